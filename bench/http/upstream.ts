/** The upstream of the HTTP runs, a process of its own: a modern MCP server on plain `node:http`, as light as can be. */
import { createServer } from 'node:http'
import { answerTo } from '../mcp/answer.ts'
import { announce } from '../measure/child.ts'

const server = createServer((incoming, outgoing) => {
  if (incoming.method !== 'POST') {
    outgoing.writeHead(405, { allow: 'POST' }).end()
    return
  }
  const parts: Buffer[] = []
  incoming.on('data', (part: Buffer) => parts.push(part))
  incoming.on('end', () => {
    const body = answerTo(Buffer.concat(parts).toString())
    if (body === undefined) {
      outgoing.writeHead(202).end()
      return
    }
    const headers = { 'content-type': 'application/json', 'content-length': body.length }
    outgoing.writeHead(200, headers).end(body, 'latin1') // all of it is ASCII, and this is the cheapest way out
  })
})
server.keepAliveTimeout = 300_000
server.listen(0, '127.0.0.1', () => announce(server.address()))
