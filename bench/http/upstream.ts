/** The upstream of the HTTP runs, a process of its own: an MCP server on plain `node:http`, as light as can be. */
import { createServer, type ServerResponse } from 'node:http'
import { answerToRequest } from '../mcp/answer.ts'
import { type EventsCall, eventText, lastEventText, readEventsCall } from '../mcp/events.ts'
import { announce } from '../measure/child.ts'

const server = createServer((incoming, outgoing) => {
  if (incoming.method !== 'POST') {
    outgoing.writeHead(405, { allow: 'POST' }).end()
    return
  }
  const parts: Buffer[] = []
  incoming.on('data', (part: Buffer) => parts.push(part))
  incoming.on('end', () => {
    const request = JSON.parse(Buffer.concat(parts).toString())
    const body = answerToRequest(request)
    if (body === undefined) {
      outgoing.writeHead(202).end()
      return
    }
    const call = readEventsCall(request)
    if (call !== undefined) {
      sendEvents(outgoing, call)
      return
    }
    const headers = { 'content-type': 'application/json', 'content-length': body.length }
    outgoing.writeHead(200, headers).end(body, 'latin1') // all of it is ASCII, and this is the cheapest way out
  })
})
server.keepAliveTimeout = 300_000
server.listen(0, '127.0.0.1', () => announce(server.address()))

/** One event after another; each gap varies by half, so that no timer of anybody's falls into step with it. */
function sendEvents(outgoing: ServerResponse, call: EventsCall): void {
  // nginx passes events on as they come only when told so.
  outgoing.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
  let sent = 0
  const next = () => {
    if (outgoing.destroyed) return
    if (sent === call.events) {
      outgoing.end(lastEventText(call))
      return
    }
    outgoing.write(eventText(call, ++sent))
    setTimeout(next, call.gapMs * (0.75 + Math.random() / 2))
  }
  next()
}
