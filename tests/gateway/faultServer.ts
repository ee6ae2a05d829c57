/**
 * A server that misbehaves on request, of either era, on a pipe or over HTTP. It writes what it receives to a file: the
 * witness of what reached it.
 *
 *   node faultServer.ts --era legacy|modern --log FILE [--http PORT]
 */
import { appendFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    era: { type: 'string', default: 'legacy' },
    log: { type: 'string' },
    http: { type: 'string' },
    name: { type: 'string', default: 'fault' },
    /** What its lists say they are, where that is not `complete`. */
    'list-kind': { type: 'string', default: 'complete' },
    'ignore-end': { type: 'boolean', default: false },
  },
})
const modern = values.era === 'modern'
const INFO = { name: values.name, version: '1.0.0' }
const TOOLS = [
  'echo',
  'numbers',
  'hang',
  'crash',
  'garbage',
  'big',
  'slow',
  'twice',
  'foreign',
  'pid',
  'env',
  'ask',
  'kind',
  'log',
]

interface Message {
  readonly id?: unknown
  readonly method?: string
  readonly params?: {
    readonly name?: string
    readonly arguments?: Record<string, unknown>
    readonly _meta?: Record<string, unknown>
  }
}
type Send = (text: string) => void

function witness(entry: Record<string, unknown>): void {
  if (values.log !== undefined)
    appendFileSync(values.log, `${JSON.stringify({ at: process.pid, ...entry })}\n`)
}

function receive(text: string, send: Send): void {
  const message = JSON.parse(text) as Message
  const { id, method, params } = message
  witness({ method: method ?? 'response', name: params?.name, id, text })
  if (id === undefined || method === undefined) {
    const open = questions.get(id)
    if (open !== undefined) open(text)
    return
  }
  const key = JSON.stringify(id)
  const answer = (result: string) => send(`{"jsonrpc":"2.0","id":${key},"result":${result}}`)
  const fail = (code: number, why: string) =>
    send(`{"jsonrpc":"2.0","id":${key},"error":{"code":${code},"message":"${why}"}}`)
  const done = modern ? `"resultType":"complete","ttlMs":0,"cacheScope":"private",` : ''
  const textOf = (value: string) =>
    answer(`{${done}"content":[{"type":"text","text":${JSON.stringify(value)}}]}`)
  switch (method) {
    case 'initialize':
      if (modern) return fail(-32022, 'modern only')
      return answer(
        `{"protocolVersion":"2025-11-25","capabilities":{"tools":{},"logging":{}},"serverInfo":${JSON.stringify(INFO)},"instructions":"be nice to ${values.name}"}`,
      )
    case 'server/discover':
      if (!modern) return fail(-32601, 'no such method')
      return answer(
        `{"supportedVersions":["2026-07-28"],"capabilities":{"tools":{},"logging":{}},"instructions":"be nice to ${values.name}",${done.slice(0, -1)}}`,
      )
    case 'tools/list':
      return answer(
        `{${done.replace('"complete"', JSON.stringify(values['list-kind']))}"tools":${JSON.stringify(TOOLS.map((name) => ({ name, description: name, inputSchema: { type: 'object' } })))}}`,
      )
    case 'logging/setLevel':
      return answer('{}')
    case 'tools/call':
      return callTool(message, { send, answer, fail, textOf, text, done })
    default:
      return fail(-32601, 'no such method')
  }
}

interface Ways {
  readonly send: Send
  readonly answer: (result: string) => void
  readonly fail: (code: number, why: string) => void
  readonly textOf: (value: string) => void
  readonly text: string
  readonly done: string
}

const questions = new Map<unknown, (text: string) => void>()
let lastQuestion = 0

function callTool(message: Message, ways: Ways): void {
  const { send, answer, textOf, text, done } = ways
  const args = message.params?.arguments ?? {}
  const token = message.params?._meta?.progressToken
  switch (message.params?.name) {
    case 'echo':
      return textOf(text)
    case 'numbers':
      return answer(
        `{${done}"content":[],"structuredContent":{"big":12345678901234567890,"minus":-0,"huge":1e400,"one":1.0}}`,
      )
    case 'hang':
      return
    case 'crash':
      process.stderr.write('fault server: crashing as asked\n')
      process.exit(7)
      return
    case 'garbage':
      if (values.http === undefined) process.stdout.write('this is no JSON\n{"jsonrpc":\n\u001b[31mred\n')
      return textOf('after garbage')
    case 'big':
      return textOf('x'.repeat(Number(args.bytes)))
    case 'slow': {
      const steps = Number(args.steps ?? 3)
      let step = 0
      const timer = setInterval(
        () => {
          step++
          if (token !== undefined) {
            send(
              `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":${JSON.stringify(token)},"progress":${step},"total":${steps}}}`,
            )
          }
          if (step < steps) return
          clearInterval(timer)
          textOf(`slow ${String(args.tag ?? '')}`)
        },
        Number(args.ms ?? 20),
      )
      return
    }
    case 'twice':
      textOf('first')
      return textOf('second')
    case 'foreign':
      send(
        `{"jsonrpc":"2.0","id":999999,"result":{${done}"content":[{"type":"text","text":"for somebody else"}]}}`,
      )
      return textOf('own')
    case 'pid':
      return textOf(String(process.pid))
    case 'env':
      return textOf(String(process.env[String(args.name)]))
    case 'ask':
      return ask(args, ways)
    case 'kind': {
      const kind = 'kind' in args ? `"resultType":${JSON.stringify(args.kind)},` : ''
      return answer(`{${kind}"content":[{"type":"text","text":"of a kind"}]}`)
    }
    case 'log':
      for (const level of ['debug', 'warning']) {
        send(
          `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"${level}","logger":"fault","data":"${level} line"}}`,
        )
      }
      return textOf('logged')
    default:
      return textOf('unknown tool')
  }
}

/** Asks `method` so many `times`, one after the other; then it ends as `end` says, or answers with what it heard last. */
function ask(args: Record<string, unknown>, ways: Ways): void {
  const { send, fail, textOf } = ways
  const id = `q${++lastQuestion}`
  const { method = 'elicitation/create', times = 1, end } = args
  questions.set(id, (reply) => {
    if (Number(times) > 1) return ask({ ...args, times: Number(times) - 1 }, ways)
    if (end === 'big') return textOf('x'.repeat(3_000_000))
    if (end === 'never') return
    if (end === 'error') return fail(-32000, 'failed there')
    textOf(reply)
  })
  const form = '"message":"name?","requestedSchema":{"type":"object","properties":{"name":{"type":"string"}}}'
  send(`{"jsonrpc":"2.0","id":"${id}","method":"${String(method)}","params":{${form}}}`)
  if (end === 'withdraw')
    send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"${id}"}}`)
  const { aloneAfterMs } = args
  if (aloneAfterMs === 0) textOf('answered alone')
  else if (typeof aloneAfterMs === 'number') setTimeout(() => textOf('answered alone'), aloneAfterMs)
}

function serveStdio(): void {
  let rest = ''
  process.stdin.setEncoding('utf8')
  process.stdin.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') receive(line, (text) => process.stdout.write(`${text}\n`))
  })
  if (values['ignore-end']) {
    process.on('SIGTERM', () => undefined)
    setInterval(() => undefined, 1000)
  } else process.stdin.on('end', () => process.exit(0))
}

/** Modern HTTP: JSON when the first message is the answer, else SSE. */
function serveHttp(port: number): void {
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => {
      body += chunk
    })
    request.on('end', () => {
      const name = (JSON.parse(body) as Message).params?.name
      response.on('close', () => {
        if (!response.writableEnded) witness({ method: '(client left)', name })
      })
      receive(body, (text) => sendHttp(response, text))
    })
  })
  server.listen(port, '127.0.0.1', () => {
    const address = server.address()
    const at = typeof address === 'object' && address !== null ? address.port : 0
    process.stdout.write(`listening http://127.0.0.1:${at}/mcp\n`)
  })
}

function sendHttp(response: ServerResponse, text: string): void {
  if (response.writableEnded) return
  const final = 'result' in JSON.parse(text) || 'error' in JSON.parse(text)
  if (!response.headersSent)
    response.writeHead(200, { 'content-type': final ? 'application/json' : 'text/event-stream' })
  const sse = String(response.getHeader('content-type')).startsWith('text/event-stream')
  if (final) response.end(sse ? `event: message\ndata: ${text}\n\n` : text)
  else response.write(`event: message\ndata: ${text}\n\n`)
}

if (values.http === undefined) serveStdio()
else serveHttp(Number(values.http))
