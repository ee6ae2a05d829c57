import { describe, expect, it } from 'vitest'
import { silentLog } from '../log.ts'
import { openRemote, type RemoteOptions } from './remote.ts'
import {
  type Behaviour,
  beginEvents,
  eventOf,
  resultOf,
  sendJson,
  startServer,
} from './testing/httpServer.ts'
import { Recorder } from './testing/recorder.ts'
import { closeAfterEach } from './testing/remoteClient.ts'
import type { Outbound } from './transport.ts'

const onEnd = closeAfterEach()

async function serve(behaviour: Behaviour) {
  const server = await startServer(behaviour)
  onEnd(() => server.close())
  return server
}

function connect(url: string, more: Partial<RemoteOptions> = {}) {
  const seen = new Recorder()
  const options = {
    serverId: 's',
    url,
    era: 'legacy',
    transport: 'auto',
    headers: () => ({}),
    maxMessageBytes: 10_000,
    connectTimeoutMs: 2_000,
    endpointTimeoutMs: 200,
    log: silentLog,
  } as const
  const transport = openRemote({ ...options, ...more }, seen.events)
  onEnd(() => transport.close())
  return { transport, seen }
}

const initialize: Outbound = {
  kind: 'request',
  id: 1,
  method: 'initialize',
  text: '{"jsonrpc":"2.0","id":1,"method":"initialize"}',
}
const list: Outbound = {
  kind: 'request',
  id: 2,
  method: 'tools/list',
  text: '{"jsonrpc":"2.0","id":2,"method":"tools/list"}',
}

/** A server of 2024-11-05 that refuses POSTs to its stream's URL in this way. */
function oldServer(refuse: Behaviour): Behaviour {
  let send: ((text: string) => void) | undefined
  return (request, response) => {
    if (request.method === 'GET') {
      beginEvents(response)
      response.write('event: endpoint\ndata: /messages\n\n')
      send = (text) => response.write(text)
    } else if (request.url === '/messages') {
      response.writeHead(202).end()
      send?.(eventOf(resultOf(request)))
    } else {
      refuse(request, response)
    }
  }
}

describe('transport auto', () => {
  it('stays with Streamable HTTP where that is spoken', async () => {
    const server = await serve((request, response) => sendJson(response, resultOf(request)))
    const { transport, seen } = connect(server.url)
    await transport.start()
    transport.send(initialize)
    expect((await seen.message()).value.id).toBe(1)
    expect(transport.kind).toBe('http')
    transport.send(list)
    expect((await seen.message()).value.id).toBe(2)
    expect(server.received.every((request) => request.method === 'POST')).toBe(true)
  })

  it.each<[string, Behaviour]>([
    ['400', (_, r) => r.writeHead(400).end('no')],
    ['404 with a page', (_, r) => r.writeHead(404, { 'content-type': 'text/html' }).end('<p>Cannot POST')],
    ['405', (_, r) => r.writeHead(405, { allow: 'GET' }).end()],
    [
      '400 with an error for nobody',
      (_, r) => sendJson(r, { jsonrpc: '2.0', id: null, error: { code: -32000, message: 'no' } }, 400),
    ],
  ])('falls back to HTTP+SSE on %s, and sends what waited', async (_, refuse) => {
    const server = await serve(oldServer(refuse))
    const { transport, seen } = connect(server.url)
    await transport.start()
    transport.send(initialize)
    transport.send(list)
    expect((await seen.message()).value).toMatchObject({ id: 1, result: {} })
    expect((await seen.message()).value).toMatchObject({ id: 2, result: {} })
    expect(transport.kind).toBe('sse')
    expect(seen.all).toHaveLength(2)
    expect(server.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /mcp',
      'GET /mcp',
      'POST /messages',
      'POST /messages',
    ])
    await transport.close()
    expect(seen.all.slice(2)).toMatchObject([{ kind: 'closed', fault: { code: 'closed' } }])
    await expect.poll(() => server.openSockets()).toBe(0)
  })

  it.each([401, 403, 500, 503, 302])(
    'does not fall back on %d, which says nothing about the transport',
    async (status) => {
      const server = await serve((_, response) => response.writeHead(status, { location: '/x' }).end())
      const { transport, seen } = connect(server.url)
      transport.send(initialize)
      expect(await seen.next()).toMatchObject({ kind: 'failed', id: 1, fault: { status } })
      expect(server.received).toHaveLength(1)
    },
  )

  it('does not fall back when the refusal answers the request: that server speaks Streamable HTTP', async () => {
    const error = { jsonrpc: '2.0', id: 1, error: { code: -32602, message: 'Unsupported protocol version' } }
    const server = await serve((_, response) => sendJson(response, error, 400))
    const { transport, seen } = connect(server.url)
    transport.send(initialize)
    expect(await seen.message()).toEqual({ value: error, context: { relatedTo: 1, status: 400 } })
    expect(server.received).toHaveLength(1)
  })

  it.each<[string, Behaviour]>([
    ['refuses', (_, r) => r.writeHead(405).end()],
    ['opens a stream and names no URL', (_, r) => beginEvents(r)],
    [
      'names a URL elsewhere',
      (_, r) => {
        beginEvents(r)
        r.write('event: endpoint\ndata: http://evil.example/\n\n')
      },
    ],
  ])('gives the first answer when the GET %s', async (_, get) => {
    const refusal = { jsonrpc: '2.0', id: null, error: { code: -32000, message: 'no' } }
    const server = await serve((request, response) => {
      if (request.method === 'GET') get(request, response)
      else sendJson(response, refusal, 400)
    })
    const { transport, seen } = connect(server.url)
    transport.send(initialize)
    expect(await seen.message()).toEqual({ value: refusal, context: { relatedTo: 1, status: 400 } })
    expect(await seen.next()).toMatchObject({
      kind: 'failed',
      id: 1,
      fault: { code: 'http-status', status: 400 },
    })
    await expect.poll(() => server.received.filter((request) => request.method === 'GET').length).toBe(1)
  })

  it('can be closed while it tries', async () => {
    const server = await serve((request, response) => {
      if (request.method === 'GET') beginEvents(response)
      else response.writeHead(405).end()
    })
    const { transport, seen } = connect(server.url, { endpointTimeoutMs: 60_000 })
    transport.send(initialize)
    await server.next()
    const get = await server.next()
    await transport.close()
    expect(await get.ended).toBe(false)
    expect(seen.all).toMatchObject([{ kind: 'closed', fault: { code: 'closed' } }])
  })
})

describe('a transport that is configured', () => {
  it('is believed', () => {
    expect(connect('http://127.0.0.1:1/', { transport: 'sse' }).transport.kind).toBe('sse')
    expect(connect('http://127.0.0.1:1/', { transport: 'streamable' }).transport.kind).toBe('http')
    expect(connect('http://127.0.0.1:1/', { transport: 'sse', era: 'modern' }).transport.kind).toBe('http')
  })
})
