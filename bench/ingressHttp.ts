/**
 * What the HTTP door costs: `node bench/ingressHttp.ts [--calls N] [--rounds N]`.
 *
 * Server processes that all answer the same: a bare `node:http` server that parses the body and answers, the same with
 * the strict parser, and the door in front of a gateway that answers at once. Rounds are interleaved and shuffled; CPU is
 * the server process's own. Prints a table, and as its last line JSON with the same figures.
 */
import { createServer, type ServerResponse } from 'node:http'
import { parseArgs } from 'node:util'
import { openHttpIngress } from '../packages/gateway/src/ingress/http.ts'
import type { Front } from '../packages/gateway/src/ingress/port.ts'
import { LIMITS, LISTEN } from '../packages/gateway/src/ingress/testing/httpDoor.ts'
import { silentLog } from '../packages/gateway/src/log.ts'
import { readInbound } from '../packages/gateway/src/protocol/message.ts'
import { openConnection } from './http/connection.ts'
import { announce, startChild } from './measure/child.ts'
import { restedCpuUs } from './measure/cpu.ts'
import { shuffled, spreadOf } from './measure/figures.ts'
import { table } from './report.ts'

const PARALLEL = 16
const REVISION = '2026-07-28'
const PADDING = 'x'.repeat(800)
const RESULT = 'y'.repeat(1_950)
const NOTE = Buffer.from(
  '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1}}',
)

/** The servers by the name they are started with. */
const SUBJECTS = {
  bare: 'node:http, JSON.parse',
  strict: 'node:http, strict parse',
  door: 'door, JSON answer',
  bareStream: 'node:http, event stream',
  doorStream: 'door, event stream',
} as const
type Subject = keyof typeof SUBJECTS

function answerOf(id: unknown): Buffer {
  return Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":{"content":[{"type":"text","text":"${RESULT}"}]}}`)
}

function serveBare(subject: Subject): void {
  const respond = (response: ServerResponse, answer: Buffer): void => {
    if (subject === 'bareStream') {
      response.writeHead(200, ['Content-Type', 'text/event-stream'])
      response.write(`event: message\ndata: ${NOTE}\n\n`)
      response.end(Buffer.concat([Buffer.from('event: message\ndata: '), answer, Buffer.from('\n\n')]))
      return
    }
    response.writeHead(200, ['Content-Type', 'application/json', 'Content-Length', String(answer.length)])
    response.end(answer)
  }
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const body = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)
      if (subject === 'strict') {
        const inbound = readInbound(body)
        if (inbound.ok) respond(response, answerOf(inbound.message.id))
      } else {
        respond(response, answerOf(JSON.parse(body.toString('utf8')).id))
      }
    })
  })
  server.listen(0, '127.0.0.1', () => announce(server.address()))
}

/** A gateway that answers at once. */
function echo(streams: boolean): Front {
  const call = { cancel: () => undefined }
  return {
    view: () => ({ kind: 'all' }),
    openLegacy: () => {
      throw new Error('not measured here')
    },
    callModern(_caller, _view, message, reply) {
      if (streams) reply.notify(NOTE)
      reply.finish(answerOf(message.id), 200)
      return call
    },
    notifyModern: () => undefined,
    record: () => Promise.resolve(),
  }
}

async function serveDoor(streams: boolean): Promise<void> {
  const { address } = await openHttpIngress({
    config: LISTEN,
    limits: LIMITS,
    front: echo(streams),
    log: silentLog,
    now: () => performance.now(),
  })
  announce(address)
}

function requestOf(port: number, id: number): Buffer {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': REVISION,
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  const params = { name: 'lookup', arguments: { query: PADDING }, _meta: meta }
  const body = JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params })
  const head = [
    'POST /mcp HTTP/1.1',
    `host: 127.0.0.1:${port}`,
    'content-type: application/json',
    'accept: application/json, text/event-stream',
    `mcp-protocol-version: ${REVISION}`,
    'mcp-method: tools/call',
    'mcp-name: lookup',
    `content-length: ${body.length}`,
    '\r\n',
  ]
  return Buffer.from(head.join('\r\n') + body)
}

/** Makes `calls` calls, `PARALLEL` at a time, and checks every answer. */
async function run(port: number, calls: number): Promise<void> {
  let next = 100_000
  const last = next + calls
  const worker = async (): Promise<void> => {
    const connection = await openConnection('127.0.0.1', port)
    while (next < last) {
      const id = next++
      const { status, body } = await connection.exchange(requestOf(port, id))
      if (status !== 200 || !body.equals(answerOf(id)))
        throw new Error(`call ${id} was answered wrongly: ${status} ${body}`)
    }
    connection.close()
  }
  await Promise.all(Array.from({ length: PARALLEL }, worker))
}

async function measure(calls: number, rounds: number): Promise<void> {
  const names = Object.keys(SUBJECTS) as Subject[]
  const servers = await Promise.all(
    names.map(async (name) => {
      const child = startChild([process.execPath, import.meta.filename, '--serve', name])
      return { name, child, port: await child.port, samples: [] as number[] }
    }),
  )
  for (const { port } of servers) await run(port, calls)
  for (let round = 0; round < rounds; round++) {
    for (const { child, port, samples } of shuffled(servers, Math.random)) {
      const before = await restedCpuUs([child.pid])
      await run(port, calls)
      samples.push(((await restedCpuUs([child.pid])) - before) / calls)
    }
  }
  await Promise.all(servers.map(({ child }) => child.stop()))
  const cpuUs = Object.fromEntries(servers.map(({ name, samples }) => [name, spreadOf(samples)]))
  const median = (name: Subject): number => cpuUs[name]?.median ?? Number.NaN
  const over = (name: Subject): number =>
    median(name) / median(name.endsWith('Stream') ? 'bareStream' : 'bare')
  const rows = names.map((name) => {
    const spread = `${cpuUs[name]?.low.toFixed(1)}-${cpuUs[name]?.high.toFixed(1)}`
    return [SUBJECTS[name], median(name).toFixed(1), spread, over(name).toFixed(2)]
  })
  console.log(table([['1 KB request, 2 KB answer', 'CPU us', 'low-high', 'x bare'], ...rows]))
  const medians = Object.fromEntries(names.map((name) => [name, median(name)]))
  console.log(
    JSON.stringify({
      ingressHttp: { cpuUs: medians, overBare: over('door'), streamOverBare: over('doorStream') },
    }),
  )
}

const { values } = parseArgs({
  options: {
    serve: { type: 'string' },
    calls: { type: 'string', default: '8000' },
    rounds: { type: 'string', default: '7' },
  },
})
if (values.serve === 'door' || values.serve === 'doorStream') await serveDoor(values.serve === 'doorStream')
else if (values.serve !== undefined) serveBare(values.serve as Subject)
else await measure(Number(values.calls), Number(values.rounds))
