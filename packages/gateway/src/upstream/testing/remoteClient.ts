/**
 * Streamable HTTP sessions for tests: opened against a server of the test, closed after each of them.
 */
import { afterEach, expect } from 'vitest'
import { silentLog } from '../../log.ts'
import type { Era } from '../../protocol/era.ts'
import { type HttpOptions, openHttp } from '../http.ts'
import type { Outbound, UpstreamTransport } from '../transport.ts'
import { type Behaviour, type Received, startServer, type TestServer } from './httpServer.ts'
import { Recorder } from './recorder.ts'

/** Registers what a test file opens, and closes it after each test, last opened first. */
export function closeAfterEach(): (close: () => Promise<void>) => void {
  const closers: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close()
  })
  return (close) => {
    closers.push(close)
  }
}

export interface Session {
  readonly transport: UpstreamTransport
  readonly seen: Recorder
}

/** Servers and sessions of one era. */
export function remoteTests(era: Era) {
  const onEnd = closeAfterEach()

  const serve = async (behaviour: Behaviour): Promise<TestServer> => {
    const server = await startServer(behaviour)
    onEnd(() => server.close())
    return server
  }

  const connect = (url: string, more: Partial<HttpOptions> = {}): Session => {
    const seen = new Recorder()
    const options = {
      serverId: 's',
      url,
      headers: () => ({}),
      maxMessageBytes: 10_000,
      connectTimeoutMs: 2_000,
      log: silentLog,
      retry: { initialMs: 100, maxMs: 1_000, random: () => 0 },
    }
    const transport = openHttp({ ...options, ...more, era }, seen.events)
    onEnd(() => transport.close())
    return { transport, seen }
  }

  return { onEnd, serve, connect }
}

/** A request with the headers that a modern one mirrors. */
export function modernCall(id: number, method = 'tools/call'): Outbound {
  const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': method, 'mcp-name': 'echo' }
  return { ...legacyCall(id, method), headers }
}

export function legacyCall(id: number, method = 'tools/call'): Outbound {
  return { kind: 'request', id, method, text: JSON.stringify({ jsonrpc: '2.0', id, method }) }
}

export function notificationOf(method: string): Outbound {
  return { kind: 'notification', method, text: JSON.stringify({ jsonrpc: '2.0', method }) }
}

/** Goes through the legacy handshake. */
export async function handshake({ transport, seen }: Session, revision = '2025-11-25'): Promise<Session> {
  await transport.start()
  transport.send(legacyCall(1, 'initialize'))
  await seen.message()
  transport.initialized?.(revision)
  transport.send(notificationOf('notifications/initialized'))
  return { transport, seen }
}

/** The first request of this kind, when it has come. */
export async function find(server: TestServer, match: (request: Received) => boolean): Promise<Received> {
  await expect.poll(() => server.received.some(match)).toBe(true)
  const found = server.received.find(match)
  if (found === undefined) throw new Error('it was there a moment ago')
  return found
}

export const isGet = (request: Received): boolean => request.method === 'GET'
