import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { silentLog } from '../../log.ts'
import { openHttp } from '../http.ts'
import { beginEvents, eventOf, resultOf, sendJson, startServer } from '../testing/httpServer.ts'
import { find, handshake, isGet, legacyCall, notificationOf, remoteTests } from '../testing/remoteClient.ts'
import { plain, withSession } from '../testing/sessionServer.ts'

const { onEnd, serve, connect } = remoteTests('legacy')

describe('the session', () => {
  it('is taken from the answer to initialize and sent with everything after, with the version', async () => {
    const server = await serve(withSession(plain, 'S-1~!'))
    const { transport, seen } = await handshake(connect(server.url))
    transport.send(legacyCall(2))
    await seen.message()
    await find(server, isGet)
    await transport.close()
    const [initialize, ...rest] = server.received
    expect(initialize?.headers).not.toHaveProperty('mcp-session-id')
    expect(initialize?.headers).not.toHaveProperty('mcp-protocol-version')
    expect(rest.map((request) => request.method).sort()).toEqual(['DELETE', 'GET', 'POST', 'POST'])
    for (const request of rest) {
      expect(request.headers).toMatchObject({
        'mcp-session-id': 'S-1~!',
        'mcp-protocol-version': '2025-11-25',
      })
    }
  })

  it('has no version header before revision 2025-06-18', async () => {
    const server = await serve(withSession(plain))
    const { transport, seen } = await handshake(connect(server.url), '2025-03-26')
    transport.send(legacyCall(2))
    await seen.message()
    for (const request of server.received) expect(request.headers).not.toHaveProperty('mcp-protocol-version')
  })

  it.each([
    ['a blank', 'a b'],
    ['nothing', ''],
    ['a tab', 'a\tb'],
    ['Latin-1', 'caf\xe9'],
    ['too much', 'x'.repeat(1025)],
  ])('an id with %s is refused', async (_, session) => {
    const server = await serve(withSession(plain, session))
    const { transport, seen } = connect(server.url)
    transport.send(legacyCall(1, 'initialize'))
    expect(await seen.next()).toMatchObject({ kind: 'failed', id: 1, fault: { code: 'not-acceptable' } })
  })

  it('is never changed by a later answer', async () => {
    const server = await serve(
      withSession((request, response) => {
        if (request.method === 'GET') response.writeHead(405, { 'mcp-session-id': 'other' }).end()
        else sendJson(response, resultOf(request), 200, { 'mcp-session-id': 'other' })
      }),
    )
    const { transport, seen } = await handshake(connect(server.url))
    for (const id of [2, 3]) {
      transport.send(legacyCall(id))
      await seen.message()
    }
    expect(server.received.at(-1)?.headers['mcp-session-id']).toBe('abc')
  })

  it('may be absent; then nothing is deleted and a 404 is a plain refusal', async () => {
    const server = await startServer((request, response) => {
      if (request.message.method === 'initialize') sendJson(response, resultOf(request))
      else if (request.message.id === undefined)
        response.writeHead(request.method === 'GET' ? 405 : 202).end()
      else response.writeHead(404).end()
    })
    onEnd(() => server.close())
    const { transport, seen } = await handshake(connect(server.url))
    transport.send(legacyCall(2))
    expect(await seen.next()).toMatchObject({
      kind: 'failed',
      id: 2,
      fault: { code: 'http-status', status: 404 },
    })
    await transport.close()
    expect(server.received.some((request) => request.method === 'DELETE')).toBe(false)
  })

  it('that is lost ends the transport once, with every open call, and is not deleted', async () => {
    const server = await serve(
      withSession((request, response) => {
        if (request.method === 'GET') beginEvents(response)
        else if (request.message.id === 3)
          sendJson(response, { jsonrpc: '2.0', id: null, error: { code: -32001, message: 'no' } }, 404)
      }),
    )
    const { transport, seen } = await handshake(connect(server.url))
    const stream = await find(server, isGet)
    transport.send(legacyCall(2))
    await find(server, (request) => request.message.id === 2)
    transport.send(legacyCall(3))
    expect(await seen.next()).toMatchObject({ kind: 'failed', id: 3, fault: { code: 'session-lost' } })
    expect(await seen.next()).toMatchObject({ kind: 'closed', fault: { code: 'session-lost', status: 404 } })
    expect(await stream.ended).toBe(false)
    await transport.close()
    transport.send(legacyCall(4))
    expect(seen.all).toHaveLength(3)
    expect(server.received.map((request) => request.message.id)).not.toContain(4)
    expect(server.received.some((request) => request.method === 'DELETE')).toBe(false)
  })

  it('is over once, also for one who closes on hearing of it', async () => {
    const server = await serve(
      withSession((request, response) => response.writeHead(request.method === 'GET' ? 405 : 404).end()),
    )
    let ends = 0
    const gone = Promise.withResolvers<void>()
    const ignore = () => undefined
    const transport = openHttp(
      {
        serverId: 's',
        url: server.url,
        era: 'legacy',
        headers: () => ({}),
        maxMessageBytes: 1e4,
        connectTimeoutMs: 1e3,
        log: silentLog,
      },
      {
        message: ignore,
        failed: ignore,
        noise: ignore,
        closed: () => {
          ends++
          gone.resolve(transport.close())
        },
      },
    )
    transport.send(legacyCall(1, 'initialize'))
    transport.send(notificationOf('notifications/initialized'))
    transport.send(legacyCall(2))
    await gone.promise
    await transport.close()
    expect(ends).toBe(1)
  })

  it('is lost too when only a notification finds that out', async () => {
    const server = await serve(
      withSession((request, response) => response.writeHead(request.method === 'GET' ? 405 : 404).end()),
    )
    const { transport, seen } = await handshake(connect(server.url))
    transport.send(notificationOf('notifications/roots/list_changed'))
    expect(await seen.next()).toMatchObject({ kind: 'closed', fault: { code: 'session-lost' } })
  })

  it('ends with DELETE, and a server that does not answer that is not waited for long', async () => {
    let deletes = 0
    const server = await startServer((request, response) => {
      if (request.method === 'DELETE') deletes++
      else if (request.message.method === 'initialize')
        sendJson(response, resultOf(request), 200, { 'mcp-session-id': 'a' })
      else response.writeHead(request.method === 'GET' ? 405 : 202).end()
    })
    onEnd(() => server.close())
    const { transport, seen } = await handshake(connect(server.url))
    const started = performance.now()
    const closing = transport.close()
    expect(await seen.next()).toMatchObject({ kind: 'closed', fault: { code: 'closed' } })
    await closing
    expect(deletes).toBe(1)
    expect(performance.now() - started).toBeLessThan(15_000)
    await expect.poll(() => server.openSockets()).toBe(0)
  })
})

describe('order', () => {
  it('requests wait until the server has taken notifications/initialized', async () => {
    const order: string[] = []
    let taken = false
    const server = await startServer((request, response) => {
      if (request.method === 'GET') return response.writeHead(405).end()
      order.push(String(request.message.method))
      if (request.message.method === 'notifications/initialized') {
        return setTimeout(() => {
          taken = true
          response.writeHead(202).end()
        }, 50)
      }
      return sendJson(response, resultOf(request, { taken }), 200, { 'mcp-session-id': 'a' })
    })
    onEnd(() => server.close())
    const { transport, seen } = connect(server.url)
    transport.send(legacyCall(1, 'initialize'))
    transport.send(notificationOf('notifications/initialized'))
    transport.send(legacyCall(2, 'tools/list'))
    await seen.message()
    expect((await seen.message()).value).toMatchObject({ id: 2, result: { taken: true } })
    expect(order).toEqual(['initialize', 'notifications/initialized', 'tools/list'])
    expect(server.received[2]?.headers['mcp-session-id']).toBe('a')
  })

  it('a cancellation comes after what it cancels, on other connections and with late headers', async () => {
    let turn = 0
    const headers = async () => {
      // The first headers come last.
      const mine = turn++
      if (mine === 2) await new Promise((resolve) => setTimeout(resolve, 30))
      return {}
    }
    const server = await serve(
      withSession((request, response) => {
        if (request.method === 'GET' || request.message.id === undefined) plain(request, response)
      }),
    )
    const { transport } = await handshake(connect(server.url, { headers }), '2025-11-25')
    await find(server, isGet)
    turn = 2
    transport.send(legacyCall(2))
    transport.send(notificationOf('notifications/cancelled'))
    await find(server, (request) => request.message.method === 'notifications/cancelled')
    expect(server.received.slice(-2).map((request) => request.message.method)).toEqual([
      'tools/call',
      'notifications/cancelled',
    ])
  })

  it("requests wait until the server's own stream is open, so that nothing sent on it is lost", async () => {
    let stream: ServerResponse | undefined
    const server = await serve(
      withSession((request, response) => {
        if (request.method === 'GET') {
          setTimeout(() => {
            stream = response
            beginEvents(response)
          }, 50)
        } else {
          stream?.write(eventOf({ jsonrpc: '2.0', id: 0, method: 'elicitation/create' }))
          sendJson(response, resultOf(request))
        }
      }),
    )
    const { transport, seen } = await handshake(connect(server.url))
    transport.send(legacyCall(2))
    const methods = [(await seen.message()).value.method, (await seen.message()).value.method]
    expect(methods).toContain('elicitation/create')
  })

  it('a server that does not open its stream holds requests up for a moment only', async () => {
    const server = await serve(
      withSession((request, response) => {
        if (request.method === 'POST') sendJson(response, resultOf(request))
      }),
    )
    const { transport, seen } = await handshake(connect(server.url))
    transport.send(legacyCall(2))
    expect((await seen.message()).value.id).toBe(2)
  })

  it('cancelling initialize lets others go', async () => {
    const server = await startServer((request, response) => {
      if (request.message.method !== 'initialize') sendJson(response, resultOf(request))
    })
    onEnd(() => server.close())
    const { transport, seen } = connect(server.url)
    transport.send(legacyCall(1, 'initialize'))
    transport.send(legacyCall(2, 'ping'))
    await find(server, (request) => request.message.id === 1)
    transport.cancel(1)
    expect((await seen.message()).value.id).toBe(2)
  })
})
