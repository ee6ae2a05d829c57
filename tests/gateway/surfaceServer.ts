/**
 * A server on a pipe that reads what it is from a file when it starts, so that a test can make it another one between
 * two starts. Its witness says when it started and what it received.
 *
 *   node surfaceServer.ts --era legacy|modern --surface FILE --log FILE
 */
import { appendFileSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

interface Said {
  readonly instructions?: string
  readonly tools: readonly { readonly name: string }[]
  readonly prompts?: readonly { readonly name: string }[]
  /** Tools that the tool "unlock" adds, or puts in the place of those with their names. */
  readonly locked?: readonly { readonly name: string }[]
  /** How long the first answer takes, in milliseconds. */
  readonly startMs?: number
  /** Never answers `tools/list`. */
  readonly mute?: boolean
}

interface Message {
  readonly id?: unknown
  readonly method?: string
  readonly params?: {
    readonly name?: string
    readonly arguments?: Record<string, unknown>
    readonly _meta?: Record<string, unknown>
  }
}

const { values } = parseArgs({
  options: {
    era: { type: 'string', default: 'legacy' },
    surface: { type: 'string' },
    log: { type: 'string' },
  },
})
const modern = values.era === 'modern'
const said = JSON.parse(readFileSync(values.surface ?? '', 'utf8')) as Said
const complete = modern ? { resultType: 'complete', ttlMs: 0, cacheScope: 'private' } : {}
let tools = [...said.tools]
let slowed = said.startMs ?? 0

function witness(entry: object): void {
  if (values.log !== undefined)
    appendFileSync(values.log, `${JSON.stringify({ at: process.pid, ...entry })}\n`)
}

function send(message: object): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
}

function receive(message: Message): void {
  const { id, method, params } = message
  witness({ method: method ?? 'response', name: params?.name, text: JSON.stringify(message) })
  if (method === undefined) return asked.get(id)?.(JSON.stringify(message))
  if (id === undefined) return
  const answer = (result: object) => send({ id, result: { ...complete, ...result } })
  const capabilities = {
    tools: { listChanged: true },
    ...(said.prompts === undefined ? {} : { prompts: {} }),
    logging: {},
  }
  const { instructions } = said
  switch (method) {
    case 'initialize': {
      const serverInfo = { name: 'surface', version: '1' }
      return answer({ protocolVersion: '2025-11-25', capabilities, serverInfo, instructions })
    }
    case 'server/discover':
      if (!modern) break
      return answer({ supportedVersions: ['2026-07-28'], capabilities, instructions })
    case 'tools/list':
      return said.mute === true ? undefined : answer({ tools })
    case 'prompts/list':
      return answer({ prompts: said.prompts ?? [] })
    case 'prompts/get':
    case 'tools/call':
      return call(params, answer)
    case 'logging/setLevel':
      return answer({})
  }
  send({ id, error: { code: -32601, message: 'no such method' } })
}

function call(params: Message['params'], answer: (result: object) => void): void {
  const text = (value: string) => answer({ content: [{ type: 'text', text: value }] })
  const token = params?._meta?.progressToken
  switch (params?.name) {
    case 'unlock':
      tools = [
        ...tools.filter(({ name }) => !said.locked?.some((other) => other.name === name)),
        ...(said.locked ?? []),
      ]
      send({ method: 'notifications/tools/list_changed' })
      return text('unlocked')
    case 'steps':
      // Zero first, as many servers do.
      for (const progress of [0, 1, 2])
        if (token !== undefined)
          send({ method: 'notifications/progress', params: { progressToken: token, progress } })
      return text('stepped')
    case 'log':
      send({
        method: 'notifications/message',
        params: { level: 'error', data: String(params.arguments?.say) },
      })
      return text('logged')
    case 'hang':
      return
    case 'ask':
      asked.set('q', text)
      return send({
        id: 'q',
        method: 'elicitation/create',
        params: { message: 'name?', requestedSchema: {} },
      })
    case 'crash':
      return process.exit(3)
    default:
      return text(`${params?.name} by ${process.pid}`)
  }
}

/** Questions that are open, by their id. */
const asked = new Map<unknown, (answer: string) => void>()

witness({ method: '(start)' })
let rest = ''
process.stdin.setEncoding('utf8').on('data', (chunk: string) => {
  const lines = (rest + chunk).split('\n')
  rest = lines.pop() ?? ''
  for (const line of lines) {
    if (line === '') continue
    setTimeout(() => receive(JSON.parse(line) as Message), slowed)
    slowed = 0
  }
})
process.stdin.on('end', () => process.exit(0))
