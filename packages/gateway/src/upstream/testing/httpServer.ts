/**
 * HTTP servers for tests: each behaves exactly as a test writes it, and keeps a log of what reached it.
 */
import { once } from 'node:events'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import https from 'node:https'
import net, { type AddressInfo, type Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'

export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
  /** The body as JSON-RPC. */
  readonly message: {
    readonly id?: number
    readonly method?: string
    readonly params?: unknown
    readonly result?: unknown
  }
  /** Resolves when the answer ended: true when it was completed, false when the client went away first. */
  readonly ended: Promise<boolean>
}

export interface TestServer {
  readonly origin: string
  /** `origin` + `/mcp`. */
  readonly url: string
  /** Every request that arrived whole, in order: the witness of what was sent. */
  readonly received: readonly Received[]
  /** The next request nobody has asked for yet. */
  next(): Promise<Received>
  /** Connections open now, and made so far. */
  openSockets(): number
  connections(): number
  close(): Promise<void>
}

export type Behaviour = (request: Received, response: ServerResponse) => void

/** Starts a server on a free loopback port. `tls` makes it an HTTPS server, which tells `secured` of each handshake. */
export async function startServer(
  behaviour: Behaviour,
  tls?: https.ServerOptions,
  secured?: (socket: TLSSocket) => void,
): Promise<TestServer> {
  const received: Received[] = []
  let read = 0
  let waiting: (() => void) | undefined
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('error', () => undefined)
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8')
      const one: Received = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body,
        message: body.startsWith('{') ? JSON.parse(body) : {},
        ended: new Promise((resolve) => response.on('close', () => resolve(response.writableFinished))),
      }
      received.push(one)
      waiting?.()
      behaviour(one, response)
    })
  }
  const server = tls === undefined ? http.createServer(listener) : https.createServer(tls, listener)
  if (secured !== undefined) server.on('secureConnection', secured)
  return listen(server, tls === undefined ? 'http' : 'https', {
    received,
    next: async () => {
      for (;;) {
        const one = received[read]
        if (one !== undefined) {
          read++
          return one
        }
        await new Promise<void>((resolve) => {
          waiting = resolve
        })
      }
    },
  })
}

/** Starts a server that answers whatever it is asked with these bytes, valid HTTP or not, and keeps the connection open. */
export async function startRawServer(reply: (socket: Socket) => void): Promise<TestServer> {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => reply(socket))
  })
  return listen(server, 'http', {
    received: [],
    next: () => Promise.reject(new Error('a raw server keeps no log')),
  })
}

async function listen(
  server: net.Server,
  scheme: 'http' | 'https',
  log: Pick<TestServer, 'received' | 'next'>,
): Promise<TestServer> {
  const sockets = new Set<Socket>()
  let connections = 0
  server.on('connection', (socket: Socket) => {
    connections++
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    ...log,
    origin,
    url: `${origin}/mcp`,
    openSockets: () => sockets.size,
    connections: () => connections,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Answers with JSON. */
export function sendJson(
  response: ServerResponse,
  value: unknown,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(typeof value === 'string' ? value : JSON.stringify(value))
}

/** Begins an event stream; the head leaves at once. */
export function beginEvents(response: ServerResponse, headers: Record<string, string> = {}): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', ...headers })
  response.flushHeaders()
}

/** One event with a JSON message, and an id when given. */
export function eventOf(message: unknown, id?: string): string {
  return `event: message\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(message)}\n\n`
}

/** The result of a request, as JSON-RPC. */
export function resultOf(request: Received, result: unknown = {}): Record<string, unknown> {
  return { jsonrpc: '2.0', id: request.message.id, result }
}
