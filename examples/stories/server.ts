/**
 * The one server of all stories: it is whatever server of a story it is told to be, over stdio or HTTP, in either era, and
 * says what the script has for it. Its witness file has every message that reached it.
 *
 *   node server.ts --story NAME --script attack|twin --server ID --era legacy|modern --log FILE [--http PORT]
 */
import { appendFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { stories } from './index.ts'
import type { JsonObject, Reply } from './story.ts'

interface Message {
  readonly id?: string | number
  readonly method?: string
  readonly result?: JsonObject
  readonly error?: JsonObject
  readonly params?: {
    readonly name?: string
    readonly arguments?: JsonObject
    readonly taskId?: string
    readonly task?: object
    readonly inputResponses?: JsonObject
    readonly protocolVersion?: string
  }
}
type Send = (message: object) => void

const { values } = parseArgs({
  options: {
    story: { type: 'string', default: '' },
    script: { type: 'string', default: 'twin' },
    server: { type: 'string', default: '' },
    era: { type: 'string', default: 'legacy' },
    log: { type: 'string', default: '' },
    http: { type: 'string' },
  },
})
const story = stories.find(({ name }) => name === values.story)
const self = story?.servers[values.server]
if (story === undefined || self?.kind !== 'scripted') {
  process.stderr.write(`there is no scripted server "${values.server}" in a story "${values.story}"\n`)
  process.exit(2)
}
const script = values.script === 'attack' ? story.attack : story.twin
const { says } = script
const { later = [], instructions } = self
const tools = script.tools?.[values.server] ?? self.tools
const modern = values.era === 'modern'
const info = { name: values.server, version: '1.0.0' }

let turned = false
let lastId = 0
/** Results of tasks, by their id. */
const tasks = new Map<string, string>()
/** Questions to the client that are open (legacy), by their id. */
const waiting = new Map<string, (answer: Message) => void>()
/** Those who hear of changes. */
const listeners = new Set<Send>()

const capabilities = {
  tools: { listChanged: true },
  ...(modern ? {} : { tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } } }),
}
const asText = (text: string) => ({ content: [{ type: 'text', text }] })
const shown = () =>
  tools.map((tool) => (turned && later.find(({ name }) => name === tool.name)) || tool).map(withTasks)

/** A tool that can be called as a task says so, where the revision has that. */
function withTasks(tool: { readonly name: string }): object {
  const reply = says[`${values.server}.${tool.name}`]
  const starts = typeof reply === 'object' && 'task' in reply
  return starts && !modern ? { ...tool, execution: { taskSupport: 'optional' } } : tool
}

function receive(message: Message, send: Send): void {
  appendFileSync(values.log, `${JSON.stringify(message)}\n`)
  const { id, method, params = {} } = message
  if (method === undefined) return waiting.get(String(id))?.(message)
  if (id === undefined) return
  const answer = (result: object) => send({ id, result: { ...beside(method), ...result } })
  const fail = () => send({ id, error: { code: -32601, message: 'no such method' } })
  switch (method) {
    case 'initialize': {
      if (modern) return fail()
      const says = instructions === undefined ? {} : { instructions }
      return answer({ protocolVersion: '2025-11-25', capabilities, serverInfo: info, ...says })
    }
    case 'server/discover': {
      if (!modern) return fail()
      const says = instructions === undefined ? {} : { instructions }
      return answer({ supportedVersions: ['2026-07-28'], capabilities, ...says })
    }
    case 'ping':
      return answer({})
    case 'tools/list':
      return answer({ tools: shown() })
    case 'tools/call':
      return call(message, send, answer)
    case 'subscriptions/listen':
      return listen(id, send)
    case 'tasks/get':
      return answer(taskOf(params.taskId ?? '', 'completed'))
    case 'tasks/result':
      return answer(asText(tasks.get(params.taskId ?? '') ?? 'no such task'))
    default:
      return fail()
  }
}

function listen(id: string | number, send: Send): void {
  const _meta = { 'io.modelcontextprotocol/subscriptionId': id }
  listeners.add(({ ...message }) => send({ ...message, params: { _meta } }))
  const notifications = { toolsListChanged: true }
  send({ method: 'notifications/subscriptions/acknowledged', params: { notifications, _meta } })
}

/** What the modern revision wants in every result. */
function beside(method: string): object {
  if (!modern) return {}
  const cached = method.endsWith('/list') || method === 'server/discover'
  return {
    resultType: 'complete',
    _meta: { 'io.modelcontextprotocol/serverInfo': info },
    ...(cached ? { ttlMs: 0, cacheScope: 'private' } : {}),
  }
}

function call({ params = {} }: Message, send: Send, answer: (result: object) => void): void {
  const reply: Reply = says[`${values.server}.${params.name}`] ?? 'done'
  if (typeof reply === 'string') return answer(asText(reply))
  if ('task' in reply) {
    if (params.task === undefined) return answer(asText(reply.task))
    const taskId = `task-${++lastId}`
    tasks.set(taskId, reply.task)
    return answer({ task: taskOf(taskId, 'working') })
  }
  if ('text' in reply) {
    answer(asText(reply.text))
    if (reply.turns) turn()
    return
  }
  const question = 'ask' in reply ? form(reply.ask) : sampling(reply.sample)
  if (modern) {
    if (params.inputResponses !== undefined) return answer(asText('thank you'))
    const input = { resultType: 'input_required', requestState: 'open', inputRequests: { one: question } }
    return answer(input)
  }
  const id = `question-${++lastId}`
  waiting.set(id, ({ error }) => answer(asText(error === undefined ? 'thank you' : 'nobody answered')))
  send({ id, ...question })
}

function taskOf(taskId: string, status: string): object {
  const at = '2026-11-28T09:00:00Z'
  return { taskId, status, createdAt: at, lastUpdatedAt: at, ttl: 60_000, pollInterval: 50 }
}

function form({ message, schema }: { readonly message: string; readonly schema: JsonObject }): object {
  return {
    method: 'elicitation/create',
    params: { ...(modern ? { mode: 'form' } : {}), message, requestedSchema: schema },
  }
}

function sampling({ prompt, system }: { readonly prompt: string; readonly system?: string }): object {
  return {
    method: 'sampling/createMessage',
    params: {
      maxTokens: 500,
      messages: [{ role: 'user', content: { type: 'text', text: prompt } }],
      ...(system === undefined ? {} : { systemPrompt: system }),
    },
  }
}

/** From now on other definitions stand there, and who listens is told. */
function turn(): void {
  turned = true
  for (const send of listeners) send({ method: 'notifications/tools/list_changed' })
}

function onStdio(): void {
  const send: Send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  if (!modern) listeners.add(send)
  let rest = ''
  process.stdin.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') receive(JSON.parse(line) as Message, send)
  })
  process.stdin.on('end', () => process.exit(0))
}

function onHttp(port: number): void {
  const server = createServer((request, response) => {
    if (request.method === 'POST')
      void readBody(request).then((body) => post(JSON.parse(body) as Message, response))
    else if (request.method === 'GET' && !modern) listeners.add(stream(response))
    else response.writeHead(request.method === 'DELETE' ? 200 : 405).end()
  })
  server.listen(port, '127.0.0.1', () => {
    process.stdout.write(`listening http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp\n`)
  })
  // It lives as long as whoever started it.
  process.stdin.on('end', () => process.exit(0)).resume()
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

/** What belongs to one request goes to its own stream, which ends with the answer. */
function post(message: Message, response: ServerResponse): void {
  if (message.id === undefined || message.method === undefined) {
    receive(message, () => undefined)
    return void response.writeHead(202).end()
  }
  if (message.method === 'initialize') response.setHeader('mcp-session-id', 'one')
  const send = stream(response)
  receive(message, (said) => {
    send(said)
    if ('result' in said || 'error' in said) response.end()
  })
}

function stream(response: ServerResponse): Send {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  // Headers go out at once: whoever opened a stream to listen waits for them.
  response.flushHeaders()
  return (message) => {
    if (!response.writableEnded)
      response.write(`event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`)
  }
}

if (values.http === undefined) onStdio()
else onHttp(Number(values.http))
