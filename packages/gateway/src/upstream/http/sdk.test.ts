/**
 * Against the official SDK's servers, over real sockets: v2 for the modern era, v1 for the legacy transports.
 */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { McpServer as LegacyServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js'
import {
  type EventStore,
  StreamableHTTPServerTransport,
} from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { createMcpHandler, McpServer as ModernServer } from '@modelcontextprotocol/server'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { silentLog } from '../../log.ts'
import { probeModern } from '../probe.ts'
import { openRemote, type RemoteOptions } from '../remote.ts'
import { Recorder } from '../testing/recorder.ts'

import { closeAfterEach } from '../testing/remoteClient.ts'

const onEnd = closeAfterEach()

async function listen(listener: RequestListener): Promise<string> {
  const server = http.createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onEnd(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const common = {
  serverId: 's',
  headers: () => ({}),
  maxMessageBytes: 1 << 20,
  connectTimeoutMs: 2_000,
  endpointTimeoutMs: 2_000,
  log: silentLog,
} as const

function connect(url: string, more: Pick<RemoteOptions, 'era' | 'transport'>) {
  const seen = new Recorder()
  const transport = openRemote({ ...common, url, ...more }, seen.events)
  onEnd(() => transport.close())
  return { transport, seen }
}

describe('SDK v2, modern', () => {
  let cancelled: Promise<string>
  let tellCancelled: (reason: string) => void

  async function serve(): Promise<string> {
    ;({ promise: cancelled, resolve: tellCancelled } = Promise.withResolvers<string>())
    const handler = createMcpHandler(() => {
      const server = new ModernServer({ name: 'modern', version: '1.0.0' })
      server.registerTool('echo', { inputSchema: z.object({ text: z.string() }) }, ({ text }) => ({
        content: [{ type: 'text', text }],
      }))
      server.registerTool('steps', { inputSchema: z.object({}) }, async (_, context) => {
        const progressToken = context.mcpReq._meta?.progressToken
        if (progressToken !== undefined) {
          for (const progress of [1, 2]) {
            await context.mcpReq.notify({
              method: 'notifications/progress',
              params: { progressToken, progress, total: 2 },
            })
          }
        }
        return { content: [{ type: 'text', text: 'done' }] }
      })
      server.registerTool('hang', { inputSchema: z.object({}) }, async (_, context) => {
        const { signal } = context.mcpReq
        await once(signal, 'abort')
        tellCancelled('aborted')
        return { content: [] }
      })
      return server
    })
    onEnd(() => handler.close())
    return listen(toNodeHandler(handler) as unknown as RequestListener)
  }

  const send = (id: number, method: string, params: Record<string, unknown> = {}, progressToken?: number) => {
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
      ...(progressToken === undefined ? {} : { progressToken }),
    }
    const name = typeof params.name === 'string' ? { 'mcp-name': params.name } : {}
    return {
      kind: 'request',
      id,
      method,
      text: JSON.stringify({ jsonrpc: '2.0', id, method, params: { ...params, _meta: meta } }),
      headers: { 'mcp-protocol-version': '2026-07-28', 'mcp-method': method, ...name },
    } as const
  }

  it('is recognised, lists, answers, reports progress and keeps error statuses', async () => {
    const url = await serve()
    expect(await probeModern({ ...common, url, timeoutMs: 5_000 })).toMatchObject({
      era: 'modern',
      answer: expect.any(Buffer),
    })
    const { transport, seen } = connect(url, { era: 'modern', transport: 'auto' })
    transport.send(send(1, 'tools/list'))
    expect((await seen.message()).value).toMatchObject({
      id: 1,
      result: { tools: [{ name: 'echo' }, { name: 'steps' }, { name: 'hang' }] },
    })
    transport.send(send(2, 'tools/call', { name: 'echo', arguments: { text: 'Zürich 😀' } }))
    expect((await seen.message()).value).toMatchObject({
      id: 2,
      result: { content: [{ text: 'Zürich 😀' }] },
    })
    transport.send(send(3, 'tools/call', { name: 'steps', arguments: {} }, 3))
    for (const progress of [1, 2]) {
      expect(await seen.message()).toMatchObject({
        value: { params: { progressToken: 3, progress } },
        context: { relatedTo: 3 },
      })
    }
    expect((await seen.message()).value).toMatchObject({ id: 3, result: { content: [{ text: 'done' }] } })
    transport.send(send(4, 'no/such'))
    expect(await seen.message()).toMatchObject({
      value: { id: 4, error: { code: -32601 } },
      context: { status: 404 },
    })
    transport.send({ ...send(5, 'tools/list'), headers: { 'mcp-protocol-version': '2026-07-28' } })
    expect(await seen.message()).toMatchObject({
      value: { error: { code: -32020 } },
      context: { status: 400, relatedTo: 5 },
    })
  })

  it('sees a cancelled request as cancelled', async () => {
    const { transport, seen } = connect(await serve(), { era: 'modern', transport: 'streamable' })
    transport.send(send(1, 'tools/call', { name: 'hang', arguments: {} }))
    transport.send(send(2, 'tools/list'))
    await seen.message()
    transport.cancel(1)
    expect(await cancelled).toBe('aborted')
    expect(seen.all).toHaveLength(1)
  })

  it('a subscription stays open until it is cancelled', async () => {
    const { transport, seen } = connect(await serve(), { era: 'modern', transport: 'streamable' })
    transport.send(send(1, 'subscriptions/listen', { notifications: { toolsListChanged: true } }))
    expect(await seen.message()).toMatchObject({
      value: { method: 'notifications/subscriptions/acknowledged' },
      context: { relatedTo: 1 },
    })
    transport.cancel(1)
    transport.send(send(2, 'tools/list'))
    expect((await seen.message()).value.id).toBe(2)
  })
})

function legacyServer(): LegacyServer {
  const server = new LegacyServer({ name: 'legacy', version: '1.0.0' })
  server.registerTool('echo', { inputSchema: { text: z.string() } }, ({ text }) => ({
    content: [{ type: 'text', text }],
  }))
  server.registerTool('ask', { inputSchema: {} }, async () => {
    const requestedSchema = { type: 'object', properties: { name: { type: 'string' } } } as const
    const answer = await server.server.elicitInput({ message: 'Name?', requestedSchema })
    return { content: [{ type: 'text', text: JSON.stringify(answer) }] }
  })
  server.registerTool('later', { inputSchema: {} }, async (_, extra) => {
    extra.closeSSEStream?.()
    await new Promise((resolve) => setTimeout(resolve, 50))
    return { content: [{ type: 'text', text: 'resumed' }] }
  })
  return server
}

/** Keeps events in memory, as servers that can be resumed do. */
class MemoryEvents implements EventStore {
  readonly #events: { readonly id: string; readonly stream: string; readonly message: JSONRPCMessage }[] = []

  async storeEvent(stream: string, message: JSONRPCMessage): Promise<string> {
    const id = `${stream}_${this.#events.length}`
    this.#events.push({ id, stream, message })
    return id
  }

  async replayEventsAfter(
    last: string,
    { send }: { send: (id: string, message: JSONRPCMessage) => Promise<void> },
  ): Promise<string> {
    const at = this.#events.findIndex((event) => event.id === last)
    const stream = this.#events[at]?.stream ?? ''
    for (const event of this.#events.slice(at + 1)) {
      if (event.stream === stream && 'jsonrpc' in event.message) await send(event.id, event.message)
    }
    return stream
  }
}

const request = (id: number, method: string, params: Record<string, unknown> = {}) =>
  ({ kind: 'request', id, method, text: JSON.stringify({ jsonrpc: '2.0', id, method, params }) }) as const
const initialize = (capabilities = {}) =>
  request(1, 'initialize', {
    protocolVersion: '2025-11-25',
    capabilities,
    clientInfo: { name: 't', version: '1' },
  })
const initialized = {
  kind: 'notification',
  method: 'notifications/initialized',
  text: '{"jsonrpc":"2.0","method":"notifications/initialized"}',
} as const

describe('SDK v1, Streamable HTTP', () => {
  async function serve(): Promise<{ url: string; sessions: Map<string, StreamableHTTPServerTransport> }> {
    const sessions = new Map<string, StreamableHTTPServerTransport>()
    const listener = async (incoming: IncomingMessage, response: ServerResponse) => {
      const known = sessions.get(String(incoming.headers['mcp-session-id']))
      if (known !== undefined) return known.handleRequest(incoming, response)
      if (incoming.headers['mcp-session-id'] !== undefined) return response.writeHead(404).end()
      const transport = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: (id) => void sessions.set(id, transport),
        onsessionclosed: (id) => void sessions.delete(id),
        eventStore: new MemoryEvents(),
        retryInterval: 120,
      })
      await legacyServer().connect(transport as Parameters<LegacyServer['connect']>[0])
      return transport.handleRequest(incoming, response)
    }
    const url = await listen((incoming, response) => void listener(incoming, response))
    return { url, sessions }
  }

  async function open(url: string, capabilities = {}) {
    const { transport, seen } = connect(url, { era: 'legacy', transport: 'auto' })
    await transport.start()
    transport.send(initialize(capabilities))
    const { value } = await seen.message()
    expect(value).toMatchObject({ id: 1, result: { protocolVersion: '2025-11-25' } })
    transport.initialized?.('2025-11-25')
    transport.send(initialized)
    return { transport, seen }
  }

  it('is recognised as legacy, answers, and loses its session on close', async () => {
    const { url, sessions } = await serve()
    expect(await probeModern({ ...common, url, timeoutMs: 5_000 })).toMatchObject({ era: 'legacy' })
    const { transport, seen } = await open(url)
    transport.send(request(2, 'tools/call', { name: 'echo', arguments: { text: 'hello' } }))
    expect((await seen.message()).value).toMatchObject({ id: 2, result: { content: [{ text: 'hello' }] } })
    expect(sessions.size).toBe(1)
    await transport.close()
    expect(sessions.size).toBe(0)
  })

  it('asks the user in the middle of a call', async () => {
    const { url } = await serve()
    const { transport, seen } = await open(url, { elicitation: { form: {} } })
    transport.send(request(2, 'tools/call', { name: 'ask', arguments: {} }))
    const question = await seen.message()
    expect(question.value).toMatchObject({ method: 'elicitation/create' })
    const result = { action: 'accept', content: { name: 'Ada' } }
    transport.send({
      kind: 'response',
      text: JSON.stringify({ jsonrpc: '2.0', id: question.value.id, result }),
    })
    expect((await seen.message()).value).toMatchObject({
      id: 2,
      result: { content: [{ text: JSON.stringify(result) }] },
    })
  })

  it('closes the stream of a call and gives the answer when asked again', async () => {
    const { url } = await serve()
    const { transport, seen } = await open(url)
    transport.send(request(2, 'tools/call', { name: 'later', arguments: {} }))
    expect(await seen.message()).toMatchObject({
      value: { id: 2, result: { content: [{ text: 'resumed' }] } },
      context: { relatedTo: 2 },
    })
  })

  it('sends list_changed on its own stream', async () => {
    const { url, sessions } = await serve()
    const { transport, seen } = await open(url)
    const [session] = sessions.values()
    transport.send(request(2, 'ping'))
    await seen.message()
    await session?.send({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' })
    expect(await seen.message()).toMatchObject({
      value: { method: 'notifications/tools/list_changed' },
      context: {},
    })
  })

  it('that forgot the session ends the transport', async () => {
    const { url, sessions } = await serve()
    const { transport, seen } = await open(url)
    transport.send(request(2, 'tools/list'))
    await seen.message()
    sessions.clear()
    transport.send(request(3, 'tools/list'))
    expect(await seen.next()).toMatchObject({ kind: 'failed', id: 3, fault: { code: 'session-lost' } })
    expect(await seen.next()).toMatchObject({ kind: 'closed', fault: { code: 'session-lost' } })
  })
})

describe('SDK v1, HTTP+SSE', () => {
  async function serve(): Promise<string> {
    const sessions = new Map<string, SSEServerTransport>()
    const listener = async (incoming: IncomingMessage, response: ServerResponse) => {
      const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://x')
      if (incoming.method === 'GET' && pathname === '/sse') {
        const transport = new SSEServerTransport('/messages', response)
        sessions.set(transport.sessionId, transport)
        return legacyServer().connect(transport)
      }
      const known = sessions.get(searchParams.get('sessionId') ?? '')
      if (incoming.method === 'POST' && known !== undefined)
        return known.handlePostMessage(incoming, response)
      return response.writeHead(404, { 'content-type': 'text/html' }).end('Cannot POST')
    }
    return `${await listen((incoming, response) => void listener(incoming, response))}/sse`
  }

  it.each(['auto', 'sse'] as const)('answers with transport %s', async (kind) => {
    const url = await serve()
    expect(await probeModern({ ...common, url, timeoutMs: 5_000 })).toMatchObject({ era: 'legacy' })
    const { transport, seen } = connect(url, { era: 'legacy', transport: kind })
    await transport.start()
    transport.send(initialize())
    expect((await seen.message()).value).toMatchObject({ id: 1 })
    expect(transport.kind).toBe('sse')
    transport.initialized?.('2025-11-25')
    transport.send(initialized)
    transport.send(request(2, 'tools/call', { name: 'echo', arguments: { text: 'old' } }))
    expect((await seen.message()).value).toMatchObject({ id: 2, result: { content: [{ text: 'old' }] } })
  })
})
