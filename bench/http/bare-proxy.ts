/**
 * What a reverse proxy costs in Node with the parts at hand: `node:http` in, undici's `Pool.dispatch` out (the cheapest client
 * on npm), nothing parsed. It collects a request before it sends it on, because giving undici a stream costs
 * a quarter more. Run as `node bare-proxy.ts UPSTREAM_URL`.
 */
import { createServer, type ServerResponse } from 'node:http'
import { Pool } from 'undici'
import { announce } from '../measure/child.ts'

const upstream = new URL(process.argv[2] ?? '')
const pool = new Pool(upstream.origin, { connections: 256 })
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'host'])

const server = createServer((incoming, outgoing) => {
  const headers: string[] = []
  for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
    const name = incoming.rawHeaders[at] ?? ''
    if (!HOP_BY_HOP.has(name.toLowerCase())) headers.push(name, incoming.rawHeaders[at + 1] ?? '')
  }
  const parts: Buffer[] = []
  incoming.on('data', (part: Buffer) => parts.push(part))
  incoming.on('end', () => {
    const body = parts.length === 1 ? parts[0] : Buffer.concat(parts)
    const { method = '', url: path = '' } = incoming
    pool.dispatch({ method: method as 'POST', path, headers, body: body ?? '' }, relayTo(outgoing))
  })
})

function relayTo(outgoing: ServerResponse) {
  return {
    onRequestStart() {},
    onResponseStart(_controller: unknown, status: number, headers: Record<string, string | string[]>) {
      for (const name of HOP_BY_HOP) delete headers[name]
      outgoing.writeHead(status, headers)
    },
    onResponseData(_controller: unknown, chunk: Buffer) {
      outgoing.write(chunk)
    },
    onResponseEnd() {
      outgoing.end()
    },
    onResponseError(_controller: unknown, error: Error) {
      if (!outgoing.headersSent) outgoing.writeHead(502)
      outgoing.end(error.message)
    },
  }
}

server.keepAliveTimeout = 300_000
server.listen(0, '127.0.0.1', () => announce(server.address()))
