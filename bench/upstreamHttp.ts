/**
 * What one modern request to a remote server costs the gateway in CPU: the transport of `upstream/http.ts` beside what
 * it is built on and what it could have been built on. 1 KB request, 2 KB result, 16 in flight, the server in a process
 * of its own; interleaved rounds, medians.
 *
 * `node bench/upstreamHttp.ts [--calls=N] [--rounds=N]` prints a table and, as the last line, one JSON object.
 */
import { createServer, Agent as HttpAgent, request as httpRequest } from 'node:http'
import { parseArgs } from 'node:util'
import { silentLog } from '../packages/gateway/src/log.ts'
import { HttpPools, openHttp } from '../packages/gateway/src/upstream/http.ts'
import type { UpstreamTransport } from '../packages/gateway/src/upstream/transport.ts'
import { announce, startChild } from './measure/child.ts'
import { shuffled, spreadOf } from './measure/figures.ts'

const PARALLEL = 16
const PADDING = 'x'.repeat(800)
const RESULT = 'y'.repeat(1_950)

/** Sends the request with this id; resolves with the answer's bytes. */
type Send = (id: number) => Promise<Buffer>

/** The server: answers `/json` with a body and `/events` with a stream. */
function serve(): void {
  const server = createServer((incoming, outgoing) => {
    const parts: Buffer[] = []
    incoming.on('data', (part: Buffer) => parts.push(part))
    incoming.on('end', () => {
      const id = /"id":(\d+)/.exec(Buffer.concat(parts).toString('latin1', 0, 64))?.[1]
      const body = `{"jsonrpc":"2.0","id":${id},"result":{"content":[{"type":"text","text":"${RESULT}"}]}}`
      if (incoming.url === '/events') {
        outgoing
          .writeHead(200, { 'content-type': 'text/event-stream' })
          .end(`event: message\ndata: ${body}\n\n`)
      } else {
        outgoing
          .writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
          .end(body)
      }
    })
  })
  server.listen(0, '127.0.0.1', () => announce(server.address()))
}

const HEADERS = {
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': 'tools/call',
  'mcp-name': 'lookup',
} as const
const POST_HEADERS = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
  authorization: 'Bearer abcdefghijklmnopqrstuvwxyz',
  ...HEADERS,
} as const

const LINES = Object.entries(POST_HEADERS)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('')

function textOf(id: number): string {
  return `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"lookup","arguments":{"query":"${PADDING}"},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`
}

async function measure(calls: number, rounds: number): Promise<void> {
  const child = startChild([process.execPath, import.meta.filename, '--serve'])
  const origin = `http://127.0.0.1:${await child.port}`
  const pools = new HttpPools({ connectTimeoutMs: 5_000 })
  const json = openSender(origin, '/json', pools)
  const events = openSender(origin, '/events', pools)
  const agent = new HttpAgent({ keepAlive: true, maxSockets: PARALLEL })
  const subjects: readonly (readonly [string, Send])[] = [
    ['transport, JSON answer', json.send],
    ['transport, event stream', events.send],
    ['the pool, bare', (id) => bareDispatch(pools, origin, id)],
    ['node:http request', (id) => nodeRequest(`${origin}/json`, agent, id)],
    ['fetch', (id) => fetched(`${origin}/json`, id)],
  ]
  const figures = new Map<string, number[]>(subjects.map(([name]) => [name, []]))
  for (const [, send] of subjects) await run(send, calls)
  for (let round = 0; round < rounds; round++) {
    for (const [name, send] of shuffled(subjects, Math.random)) {
      const before = process.cpuUsage()
      await run(send, calls)
      const { user, system } = process.cpuUsage(before)
      figures.get(name)?.push((user + system) / calls)
    }
  }
  await Promise.all([json.transport.close(), events.transport.close()])
  await pools.close()
  agent.destroy()
  await child.stop()
  const medians = Object.fromEntries([...figures].map(([name, samples]) => [name, spreadOf(samples).median]))
  const bare = medians['the pool, bare'] ?? 1
  console.log('one call: 1 KB request, 2 KB result'.padEnd(40), 'CPU us'.padStart(8), 'x pool'.padStart(12))
  for (const [name, median] of Object.entries(medians)) {
    console.log(name.padEnd(40), median.toFixed(1).padStart(8), (median / bare).toFixed(2).padStart(12))
  }
  console.log(
    JSON.stringify({
      upstreamHttp: { cpuUs: medians, overPool: (medians['transport, JSON answer'] ?? 0) / bare },
    }),
  )
}

/** Makes `calls` calls, `PARALLEL` at a time, and checks every answer. */
async function run(send: Send, calls: number): Promise<void> {
  let next = 1
  const worker = async () => {
    while (next <= calls) {
      const id = next++
      const bytes = await send(id)
      if (
        bytes.length < 2_000 ||
        bytes.toString('latin1', 0, 40) !== `{"jsonrpc":"2.0","id":${id},"result":{"content":`.slice(0, 40)
      ) {
        throw new Error(`call ${id} was answered wrongly`)
      }
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, worker))
}

function openSender(
  origin: string,
  path: string,
  pools: HttpPools,
): { transport: UpstreamTransport; send: Send } {
  const waiting = new Map<number, PromiseWithResolvers<Buffer>>()
  const headers = { authorization: POST_HEADERS.authorization }
  const transport = openHttp(
    {
      serverId: 'bench',
      url: origin + path,
      era: 'modern',
      headers: () => headers,
      maxMessageBytes: 1 << 20,
      connectTimeoutMs: 5_000,
      log: silentLog,
      pools,
    },
    {
      message: (bytes, { relatedTo }) => waiting.get(relatedTo ?? 0)?.resolve(bytes),
      failed: (id, fault) => waiting.get(id)?.reject(new Error(fault.explain)),
      noise: () => undefined,
      closed: () => undefined,
    },
  )
  const send: Send = (id) => {
    const answer = Promise.withResolvers<Buffer>()
    waiting.set(id, answer)
    transport.send({ kind: 'request', id, method: 'tools/call', text: textOf(id), headers: HEADERS })
    return answer.promise
  }
  return { transport, send }
}

function bareDispatch(pools: HttpPools, origin: string, id: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const chunks: Buffer[] = []
  pools.get(origin).dispatch(
    { method: 'POST', path: '/json', lines: LINES, body: textOf(id) },
    {
      begin: () => true,
      sent: () => undefined,
      head: () => undefined,
      data: (bytes, from, to) => void chunks.push(Buffer.from(bytes.subarray(from, to))),
      end: () => resolve(Buffer.concat(chunks)),
      failed: reject,
      broken: reject,
    },
  )
  return promise
}

function nodeRequest(url: string, agent: HttpAgent, id: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const body = textOf(id)
  const headers = { ...POST_HEADERS, 'content-length': body.length }
  httpRequest(url, { method: 'POST', agent, headers }, (response) => {
    const chunks: Buffer[] = []
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.on('end', () => resolve(Buffer.concat(chunks)))
  })
    .on('error', reject)
    .end(body)
  return promise
}

async function fetched(url: string, id: number): Promise<Buffer> {
  const response = await fetch(url, { method: 'POST', headers: POST_HEADERS, body: textOf(id) })
  return Buffer.from(await response.arrayBuffer())
}

const { values } = parseArgs({
  options: {
    serve: { type: 'boolean', default: false },
    calls: { type: 'string', default: '4000' },
    rounds: { type: 'string', default: '7' },
  },
})
if (values.serve) serve()
else await measure(Number(values.calls), Number(values.rounds))
