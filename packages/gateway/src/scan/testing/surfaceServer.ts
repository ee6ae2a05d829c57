/**
 * A server that says what a file tells it to, or misbehaves: `node surfaceServer.ts FILE`. For tests only.
 *
 * The file: `{ era?, pages?: [[tools], ...], prompts?, instructions?, mode? }`. Modes: `hang` answers the greeting and no
 * more, `mute` nothing at all, `flood` notifies without end, `babble` prints noise without end, `loop` pages without end,
 * `ask` asks its client before it answers, `crash` ends when it is listed, `huge` lists more than is taken.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

interface Said {
  readonly era?: 'legacy' | 'modern'
  readonly pages?: readonly (readonly object[])[]
  readonly prompts?: readonly object[]
  readonly instructions?: string
  readonly mode?: string
  /** Leaves a child that ignores everything. */
  readonly child?: boolean
}

interface Message {
  readonly id?: unknown
  readonly method?: string
  readonly params?: { readonly cursor?: string }
  readonly error?: unknown
}

const said = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Said
const modern = said.era === 'modern'
const pages = said.pages ?? [[]]
const complete = modern ? { resultType: 'complete', ttlMs: 0, cacheScope: 'private' } : {}
const INFO = { name: 'surface', version: '1.2.3' }

if (said.child === true) {
  process.on('SIGTERM', () => undefined)
  spawn('/bin/sh', ['-c', 'trap "" TERM HUP INT; while :; do sleep 1; done'], {
    stdio: 'ignore',
    detached: true,
  })
}

function send(message: object): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
}

/** Writes as fast as it is read. */
function forEver(line: string): void {
  const more = () => {
    while (process.stdout.write(line));
  }
  process.stdout.on('drain', more)
  more()
}

let waiting: (() => void) | undefined

function receive(message: Message): void {
  const { id, method } = message
  if (method === undefined) return waiting?.()
  if (id === undefined || said.mode === 'mute') return
  const answer = (result: object) => send({ id, result: { ...complete, ...result } })
  const capabilities = { tools: {}, ...(said.prompts === undefined ? {} : { prompts: {} }) }
  if (method === 'initialize')
    return answer({
      protocolVersion: '2025-11-25',
      capabilities,
      serverInfo: INFO,
      instructions: said.instructions,
    })
  if (method === 'server/discover' && modern)
    return answer({
      supportedVersions: ['2026-07-28'],
      capabilities,
      instructions: said.instructions,
      _meta: { 'io.modelcontextprotocol/serverInfo': INFO },
    })
  if (method === 'prompts/list') return answer({ prompts: said.prompts ?? [] })
  if (method === 'tools/list') return list(message, answer)
  send({ id, error: { code: -32601, message: 'no such method' } })
}

function list({ params }: Message, answer: (result: object) => void): void {
  const page = Number(params?.cursor ?? 0)
  const next = page + 1 < pages.length ? { nextCursor: String(page + 1) } : {}
  const tools = pages[page] ?? []
  switch (said.mode) {
    case 'hang':
      return
    case 'flood':
      return forEver(
        '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"x"}}\n',
      )
    case 'babble':
      return forEver(`${'noise '.repeat(200)}\n`)
    case 'loop':
      return answer({ tools, nextCursor: String(page + 1) })
    case 'crash':
      process.stderr.write('out of \u001b[31mcheese\n', () => process.exit(3))
      return
    case 'huge':
      return answer({ tools: [{ name: 'big', description: 'x'.repeat(40_000_000) }] })
    case 'ask':
      send({ id: 'q', method: 'roots/list' })
      waiting = () => answer({ tools, ...next })
      return
    default:
      return answer({ tools, ...next })
  }
}

let rest = ''
process.stdin.setEncoding('utf8').on('data', (chunk: string) => {
  const lines = (rest + chunk).split('\n')
  rest = lines.pop() ?? ''
  for (const line of lines) if (line !== '') receive(JSON.parse(line) as Message)
})
process.stdin.on('end', () => {
  if (said.child !== true) process.exit(0)
})
