/**
 * A server on a pipe that says its mark in every place where a server can say anything: greeting, lists, errors, answers to
 * whatever it is asked, logs, progress, changes, questions. Its witness says what it received.
 *
 *   node talkingServer.ts --era legacy|modern --log FILE
 */
import { appendFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

interface Message {
  readonly id?: unknown
  readonly method?: string
  readonly params?: {
    readonly name?: string
    readonly uri?: string
    readonly cursor?: string
    readonly _meta?: { readonly progressToken?: unknown }
  }
}

const { values } = parseArgs({
  options: { era: { type: 'string', default: 'legacy' }, log: { type: 'string' } },
})
const modern = values.era === 'modern'
const mark = (where: string) => `MARK:${where}`
const INFO_KEY = 'io.modelcontextprotocol/serverInfo'
const info = { name: mark('name'), version: mark('version'), title: mark('title') }
const capabilities = {
  tools: { listChanged: true, [mark('flag')]: true, word: mark('word') },
  prompts: {},
  resources: { subscribe: true },
  logging: {},
  completions: {},
  experimental: { [mark('experiment')]: { x: mark('setting') } },
  extensions: {
    [mark('extension')]: {},
    'io.modelcontextprotocol/skills': { directoryRead: true, words: mark('skills') },
  },
  [mark('capability')]: {},
}

function send(message: object): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
}

function noise(): void {
  const meta = { _meta: { x: mark('meta') }, more: mark('more') }
  send({ method: 'notifications/message', params: { level: 'error', data: mark('log') } })
  send({ method: 'notifications/resources/updated', params: { uri: mark('updated'), ...meta } })
  send({ method: 'notifications/tools/list_changed', params: meta })
  const task = { taskId: mark('task'), status: 'working', statusMessage: mark('status') }
  send({ method: 'notifications/tasks/status', params: task })
  send({ method: 'notifications/elicitation/complete', params: { elicitationId: mark('elicitation') } })
  if (modern) return
  const requestedSchema = { type: 'object', properties: {} }
  send({ id: 'e', method: 'elicitation/create', params: { message: mark('elicit'), requestedSchema } })
  send({ id: 's', method: 'sampling/createMessage', params: sampling })
}

const sampling = {
  maxTokens: 5,
  messages: [{ role: 'user', content: { type: 'text', text: mark('sampling') } }],
}

function receive({ id, method, params }: Message): void {
  const said = { method: method ?? 'response', name: params?.name ?? params?.uri }
  if (values.log !== undefined)
    appendFileSync(values.log, `${JSON.stringify({ at: process.pid, ...said })}\n`)
  if (method === 'notifications/initialized') noise()
  if (method === undefined || id === undefined) return
  if (method === 'subscriptions/listen') return noise()
  const progressToken = params?._meta?.progressToken
  if (progressToken !== undefined)
    send({
      method: 'notifications/progress',
      params: { progressToken, progress: 1, message: mark('progress') },
    })
  const error = { code: -32000, message: mark(`error ${method}`), data: { x: mark('data') } }
  if (method === (modern ? 'initialize' : 'server/discover'))
    return send({ id, error: { code: -32601, message: 'no such method' } })
  const result = RESULTS[method]?.(params)
  send(result === undefined ? { id, error } : { id, result: { ...beside(method), ...result } })
}

/** What stands in an answer beside the answer. */
function beside(method: string) {
  const meta = { x: mark(`meta ${method}`), ...(modern ? { [INFO_KEY]: info } : {}) }
  const complete = modern ? { resultType: 'complete', ttlMs: 0, cacheScope: 'private' } : {}
  return { ...complete, _meta: meta, note: mark(`beside ${method}`) }
}

const contents = [{ uri: 'x://other', text: mark('contents') }]
const asksForInput = {
  resultType: 'input_required',
  requestState: mark('state'),
  inputRequests: { a: { method: 'sampling/createMessage', params: sampling } },
}

const RESULTS: Readonly<Record<string, (params: Message['params']) => object | undefined>> = {
  ping: () => ({}),
  initialize: () => ({
    protocolVersion: '2025-11-25',
    capabilities,
    serverInfo: info,
    instructions: mark('instructions'),
  }),
  'server/discover': () => ({
    supportedVersions: ['2026-07-28', mark('version')],
    capabilities,
    instructions: mark('instructions'),
  }),
  'tools/list': (params) => ({
    tools: [{ name: 'bad', description: mark('tool'), inputSchema: { type: 'object' } }, mark('no tool')],
    ...(params?.cursor === undefined ? { nextCursor: 'more' } : {}),
  }),
  'resources/list': () => ({ resources: [{ uri: 'x://bad', name: mark('resource') }] }),
  'resources/templates/list': () => ({
    resourceTemplates: [{ uriTemplate: 'x://{a}', name: mark('template') }],
    ...(modern ? asksForInput : {}),
  }),
  'skills/list': () => ({ skills: mark('skills') }),
  'skills/get': () => ({ contents }),
  'resources/directory/read': () => ({ resources: [{ uri: 'x://a', name: mark('entry') }] }),
  'resources/read': () => ({ contents }),
  'prompts/get': () => ({ messages: [{ role: 'user', content: { type: 'text', text: mark('prompt') } }] }),
  'completion/complete': () => ({ completion: { values: [mark('completion')] } }),
  'tools/call': () => ({ content: [{ type: 'text', text: mark('called') }] }),
}

let rest = ''
process.stdin.setEncoding('utf8').on('data', (chunk: string) => {
  const lines = (rest + chunk).split('\n')
  rest = lines.pop() ?? ''
  for (const line of lines) if (line !== '') receive(JSON.parse(line) as Message)
})
process.stdin.on('end', () => process.exit(0))
