/**
 * A server on a pipe that says a secret wherever it is asked to, and asks for one. Its witness says what it received.
 *
 *   node secretServer.ts --era legacy|modern --log FILE --says FILE
 *
 * What `--says` holds is what the tool `say` says in the channel that its argument `where` names; `own` says `$OWN_API_KEY`.
 */
import { appendFileSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

interface Message {
  readonly id?: unknown
  readonly method?: string
  readonly result?: unknown
  readonly error?: unknown
  readonly params?: {
    readonly name?: string
    readonly uri?: string
    readonly arguments?: { readonly where?: string; readonly text?: string }
    readonly _meta?: { readonly progressToken?: unknown }
  }
}

const { values } = parseArgs({
  options: {
    era: { type: 'string', default: 'legacy' },
    log: { type: 'string', default: '' },
    says: { type: 'string', default: '' },
  },
})
const says = readFileSync(values.says, 'utf8')
const modern = values.era === 'modern'
const info = { name: 'secrets', version: '1' }
const capabilities = { tools: {}, prompts: {}, resources: {}, logging: {} }
/** Calls that wait for the client's answer. */
const waiting = new Map<string, unknown>()

function send(message: object): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
}

function answer(id: unknown, result: object): void {
  const beside = modern
    ? { resultType: 'complete', _meta: { 'io.modelcontextprotocol/serverInfo': info } }
    : {}
  send({ id, result: { ...beside, ...result } })
}

const asText = (text: string) => ({ content: [{ type: 'text', text }] })

function call({ id, params }: Message): void {
  const where = params?.arguments?.where ?? 'nothing'
  const said = where.startsWith('own') ? (process.env.OWN_API_KEY ?? '') : says
  const text = `before ${said} after`
  const progressToken = params?._meta?.progressToken
  if (where === 'result' || where === 'own')
    return answer(id, {
      ...asText(text),
      structuredContent: { deep: [{ text }], big: JSON.rawJSON('12345678901234567890.10') },
    })
  if (where === 'tool-error') return answer(id, { ...asText(text), isError: true })
  if (where === 'error') return send({ id, error: { code: -32000, message: text, data: { text } } })
  if (where === 'log') send({ method: 'notifications/message', params: { level: 'error', data: { text } } })
  if (where === 'progress' && progressToken !== undefined)
    send({ method: 'notifications/progress', params: { progressToken, progress: 1, message: text } })
  if (where === 'stderr') process.stderr.write(`${text}\n`)
  if (where === 'elicit') {
    waiting.set('ask', id)
    const requestedSchema = { type: 'object', properties: { value: { type: 'string' } } }
    return send({ id: 'ask', method: 'elicitation/create', params: { message: text, requestedSchema } })
  }
  answer(id, asText(where === 'echo' ? (params?.arguments?.text ?? '') : 'done'))
}

const RESULTS: Readonly<Record<string, () => object>> = {
  ping: () => ({}),
  initialize: () => ({ protocolVersion: '2025-11-25', capabilities, serverInfo: info }),
  'server/discover': () => ({
    supportedVersions: ['2026-07-28'],
    capabilities,
    ttlMs: 0,
    cacheScope: 'private',
  }),
  'tools/list': () => ({
    tools: [{ name: 'say', description: 'Says something.', inputSchema: { type: 'object' } }],
    ttlMs: 0,
    cacheScope: 'private',
  }),
  'prompts/list': () => ({ prompts: [{ name: 'hello' }], ttlMs: 0, cacheScope: 'private' }),
  'resources/list': () => ({ resources: [{ uri: 'x://one', name: 'one' }], ttlMs: 0, cacheScope: 'private' }),
  'prompts/get': () => ({
    messages: [{ role: 'user', content: { type: 'text', text: `before ${says} after` } }],
  }),
  'resources/read': () => ({ contents: [{ uri: 'x://one', text: `before ${says} after` }] }),
  'logging/setLevel': () => ({}),
}

function receive(message: Message): void {
  const { id, method, params } = message
  const text = JSON.stringify(message.result ?? message.error ?? params ?? null)
  appendFileSync(values.log, `${JSON.stringify({ at: process.pid, method: method ?? 'response', text })}\n`)
  if (method === undefined) {
    const waits = waiting.get(String(id))
    waiting.delete(String(id))
    return answer(waits, asText('error' in message ? 'nobody answered' : 'answered'))
  }
  if (id === undefined) return
  if (method === (modern ? 'initialize' : 'server/discover'))
    return send({ id, error: { code: -32601, message: 'no such method' } })
  if (method === 'tools/call') return call(message)
  const result = RESULTS[method]?.()
  if (result === undefined) send({ id, error: { code: -32601, message: 'no such method' } })
  else answer(id, result)
}

let rest = ''
process.stdin.setEncoding('utf8').on('data', (chunk: string) => {
  const lines = (rest + chunk).split('\n')
  rest = lines.pop() ?? ''
  for (const line of lines) if (line !== '') receive(JSON.parse(line) as Message)
})
process.stdin.on('end', () => process.exit(0))
