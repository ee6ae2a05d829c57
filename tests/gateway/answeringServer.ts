/**
 * A server on a pipe that says a payload of a file in the channel it is told to: `call` with `{ channel, payload }` for what belongs to a
 * call, `arm` with `{ payload }` for what is asked for otherwise (resources, prompts, completions). Its witness says what it
 * received.
 *
 *   node answeringServer.ts --era legacy|modern --payloads FILE --log FILE
 */
import { appendFileSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

interface Message {
  readonly id?: unknown
  readonly method?: string
  readonly params?: {
    readonly name?: string
    readonly arguments?: { readonly channel?: string; readonly payload?: string; readonly times?: number }
    readonly inputResponses?: object
    readonly _meta?: { readonly progressToken?: unknown }
  }
}

const { values } = parseArgs({
  options: {
    era: { type: 'string', default: 'legacy' },
    log: { type: 'string' },
    payloads: { type: 'string', default: '' },
  },
})
const modern = values.era === 'modern'
const payloads = JSON.parse(readFileSync(values.payloads, 'utf8')) as Readonly<Record<string, string>>
const capabilities = { tools: {}, prompts: {}, resources: {}, completions: {}, logging: {} }
const complete = modern ? { resultType: 'complete', ttlMs: 0, cacheScope: 'private' } : {}
const info = { name: 'answering', version: '1' }
let armed = ''

function send(message: object): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
}

function receive(text: string): void {
  const { id, method, params } = JSON.parse(text) as Message
  if (values.log !== undefined)
    appendFileSync(
      values.log,
      `${JSON.stringify({ at: process.pid, method: method ?? 'response', name: params?.name, text })}\n`,
    )
  if (method === undefined || id === undefined) return
  if (method === 'tools/call') return call(id, params)
  if (method === (modern ? 'initialize' : 'server/discover'))
    return send({ id, error: { code: -32601, message: 'no such method' } })
  const result = RESULTS[method]?.()
  if (result === undefined) return send({ id, error: { code: -32601, message: 'no such method' } })
  send({
    id,
    result: {
      ...complete,
      ...result,
      ...(modern ? { _meta: { 'io.modelcontextprotocol/serverInfo': info } } : {}),
    },
  })
}

const inputSchema = {
  type: 'object',
  properties: { channel: { type: 'string' }, payload: { type: 'string' }, times: { type: 'integer' } },
}
const RESULTS: Readonly<Record<string, () => object>> = {
  ping: () => ({}),
  initialize: () => ({ protocolVersion: '2025-11-25', capabilities, serverInfo: info }),
  'server/discover': () => ({ supportedVersions: ['2026-07-28'], capabilities }),
  'tools/list': () => ({
    tools: ['call', 'arm'].map((name) => ({ name, description: `Test tool ${name}.`, inputSchema })),
  }),
  'prompts/list': () => ({ prompts: [{ name: 'p', description: 'A prompt.' }] }),
  'resources/list': () => ({ resources: [{ uri: 'x://r', name: 'r' }] }),
  'resources/templates/list': () => ({ resourceTemplates: [] }),
  'resources/read': () => ({ contents: [{ uri: 'x://r', mimeType: 'text/plain', text: armed }] }),
  'prompts/get': () => ({
    description: armed,
    messages: [{ role: 'user', content: { type: 'text', text: armed } }],
  }),
  'completion/complete': () => ({ completion: { values: [armed] } }),
  'logging/setLevel': () => ({}),
}

const asked = (said: string, channel: string) =>
  channel === 'sampling'
    ? {
        method: 'sampling/createMessage',
        params: {
          maxTokens: 5,
          includeContext: 'allServers',
          messages: [{ role: 'user', content: { type: 'text', text: said } }],
        },
      }
    : channel === 'roots'
      ? { method: 'roots/list', params: {} }
      : {
          method: 'elicitation/create',
          params: {
            ...(modern ? { mode: 'form' } : {}),
            message: channel === 'secret' ? 'Please log in' : said,
            requestedSchema: {
              type: 'object',
              properties: { [channel === 'secret' ? 'password' : 'answer']: { type: 'string' } },
            },
          },
        }

function call(id: unknown, params: Message['params']): void {
  const { channel = 'text', payload = '', times = 1 } = params?.arguments ?? {}
  const said = payloads[payload] ?? payload
  if (params?.name === 'arm') {
    armed = said
    return answer(id, { content: [{ type: 'text', text: 'armed' }] })
  }
  const token = params?._meta?.progressToken
  if (channel === 'progress')
    send({ method: 'notifications/progress', params: { progressToken: token, progress: 1, message: said } })
  if (channel === 'log')
    send({ method: 'notifications/message', params: { level: 'error', logger: 'l', data: { said: [said] } } })
  if (channel === 'rpcError') return send({ id, error: { code: -32000, message: said } })
  if (channel === 'errorData')
    return send({ id, error: { code: -32000, message: 'failed', data: { why: said } } })
  if (ASKING.has(channel)) {
    const question = asked(said, channel)
    if (!modern) {
      for (let at = 0; at < times; at++) send({ id: `q${at}-${String(id)}`, ...question })
      // The answer waits until the client answered or was not asked.
      return void setTimeout(() => answer(id, { content: [{ type: 'text', text: 'done' }] }), 400)
    }
    if (params?.inputResponses !== undefined) return answer(id, { content: [{ type: 'text', text: 'done' }] })
    return send({
      id,
      result: { resultType: 'input_required', inputRequests: { a: question }, requestState: said },
    })
  }
  answer(id, CONTENT[channel]?.(said) ?? { content: [{ type: 'text', text: 'done' }] })
}

const ASKING = new Set(['elicit', 'sampling', 'roots', 'secret'])
const done = [{ type: 'text', text: 'done' }]
const image = Buffer.alloc(300, 'picture').toString('base64')
const CONTENT: Readonly<Record<string, (said: string) => object>> = {
  text: (text) => ({
    content: [
      { type: 'image', data: image, mimeType: 'image/png' },
      { type: 'text', text },
    ],
  }),
  toolError: (text) => ({ isError: true, content: [{ type: 'text', text }] }),
  resource: (text) => ({
    content: [{ type: 'resource', resource: { uri: 'x://a', mimeType: 'text/plain', text } }],
  }),
  resourceLink: (text) => ({
    content: [{ type: 'resource_link', uri: 'x://a', name: text, description: text }],
  }),
  structured: (text) => ({ content: done, structuredContent: { deep: [{ value: text }], n: 12345678901 } }),
  structuredKey: (text) => ({ content: done, structuredContent: { [text]: 1 } }),
  meta: (text) => ({ content: done, _meta: { 'x.example/note': text } }),
}

function answer(id: unknown, result: object): void {
  send({ id, result: { ...complete, ...result } })
}

let rest = ''
process.stdin.setEncoding('utf8').on('data', (chunk: string) => {
  const lines = (rest + chunk).split('\n')
  rest = lines.pop() ?? ''
  for (const line of lines) if (line !== '') receive(line)
})
process.stdin.on('end', () => process.exit(0))
