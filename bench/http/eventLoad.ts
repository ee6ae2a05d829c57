/** One call whose answer is a stream of events: how long is each on its way? */
import { connect } from 'node:net'
import { EventReader, eventsRequest, FIRST_EVENTS_ID } from '../mcp/events.ts'
import { REVISION } from '../mcp/messages.ts'
import { type HttpEvents, type LoadReport, Tally } from '../measure/load.ts'

/** Beyond what the events take by their own gaps. */
const PATIENCE_MS = 20_000

let nextId = FIRST_EVENTS_ID

/** The report's latencies are the events' delays. Rejects when the stream ends early or stands still. */
export async function runEvents(command: HttpEvents): Promise<LoadReport> {
  const url = new URL(command.url)
  const { tool, calls: events, gapMs } = command
  const id = nextId++
  const body = eventsRequest({ tool, events, gapMs }, id)
  const head = [
    `POST ${url.pathname} HTTP/1.1`,
    `host: ${url.host}`,
    'content-type: application/json',
    'accept: application/json, text/event-stream',
    `mcp-protocol-version: ${REVISION}`,
    'mcp-method: tools/call',
    `mcp-name: ${tool}`,
    `content-length: ${body.length}`,
    '\r\n',
  ]
  const reader = new EventReader(id)
  const began = performance.now()
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true })
    const timer = setTimeout(
      () => socket.destroy(new Error(`${url}: the stream stands still after ${reader.delaysUs.length}`)),
      events * gapMs * 2 + PATIENCE_MS,
    )
    socket.once('connect', () => socket.write(Buffer.concat([Buffer.from(head.join('\r\n')), body])))
    socket.on('data', (chunk) => {
      reader.take(chunk.toString('latin1'), process.hrtime.bigint())
      if (reader.done) socket.destroy()
    })
    socket.once('error', reject)
    socket.once('close', () => {
      clearTimeout(timer)
      if (reader.done) resolve()
      else reject(new Error(`${url}: the stream ended after ${reader.delaysUs.length} of ${events} events`))
    })
  })
  const tally = new Tally()
  for (const delay of reader.delaysUs) tally.add(delay, undefined)
  const missing = events - reader.delaysUs.length
  for (const fault of missing === 0 ? reader.faults : [...reader.faults, `${missing} events are missing`])
    tally.add(0, fault)
  return tally.report((performance.now() - began) / 1000)
}
