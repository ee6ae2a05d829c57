/**
 * A small MCP server of the modern era (2026-07-28), as we would want to meet one.
 *
 *   node examples/modern-server/main.ts              over stdio
 *   node examples/modern-server/main.ts --http PORT  over HTTP on loopback; 0 takes any free port
 *
 * Modern only: `legacy: 'reject'` answers the old handshake with -32022, which names the revision to use instead.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import {
  localhostHostValidation,
  localhostOriginValidation,
  type NodeIncomingMessageLike,
  toNodeHandler,
} from '@modelcontextprotocol/node'
import { createMcpHandler } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { createNotesServer, createSealedState } from './server.ts'
import { createSampleStore } from './store.ts'

/** No tool takes more; the default of the SDK is 4 MiB. */
const MAX_BODY_BYTES = 1024 * 1024

const { values } = parseArgs({ options: { http: { type: 'string' } } })
const store = createSampleStore()
const state = createSealedState()
const stop = values.http === undefined ? onStdio() : onHttp(Number(values.http))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop())

function onStdio(): () => Promise<void> {
  const handle = serveStdio(
    () => {
      const server = createNotesServer(store, state)
      server.server.onclose = store.subscribe({
        listChanged: () => server.sendResourceListChanged(),
        noteChanged: (id) => void server.server.sendResourceUpdated({ uri: `note://${id}` }),
      })
      return server
    },
    { legacy: 'reject', onerror: report },
  )
  return () => handle.close()
}

function onHttp(port: number): () => Promise<void> {
  const handler = createMcpHandler(() => createNotesServer(store, state), {
    legacy: 'reject',
    maxSubscriptions: 64,
    maxRequestBodySize: MAX_BODY_BYTES,
    onerror: report,
  })
  store.subscribe({
    listChanged: () => handler.notify.resourcesChanged(),
    noteChanged: (id) => handler.notify.resourceUpdated(`note://${id}`),
  })
  const handle = toNodeHandler(handler, { maxRequestBodySize: MAX_BODY_BYTES, onerror: report })
  // The SDK checks neither: without them a web page could reach this server by rebinding its own name to loopback.
  const hostAllowed = localhostHostValidation()
  const originAllowed = localhostOriginValidation()
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, (request, response) => {
    if (!hostAllowed(request, response) || !originAllowed(request, response)) return
    if (request.url !== '/mcp') response.writeHead(404).end()
    else void handle(request as NodeIncomingMessageLike, response)
  })
  server.listen(port, '127.0.0.1', () => {
    process.stdout.write(`listening http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp\n`)
  })
  return async () => {
    await handler.close()
    server.close()
    server.closeIdleConnections()
  }
}

/** For whoever runs the server; the client gets the protocol's own error. */
function report(error: Error): void {
  process.stderr.write(`${error.message}\n`)
}
