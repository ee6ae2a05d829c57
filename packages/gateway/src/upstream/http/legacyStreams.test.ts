import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { type LogFields, silentLog } from '../../log.ts'
import { type Behaviour, beginEvents, eventOf, type Received } from '../testing/httpServer.ts'
import { find, handshake, isGet, legacyCall, notificationOf, remoteTests } from '../testing/remoteClient.ts'
import { plain, withSession } from '../testing/sessionServer.ts'

const { serve, connect } = remoteTests('legacy')

describe("the server's own stream", () => {
  it('carries what belongs to no request, and a request of the server can be answered', async () => {
    const server = await serve(
      withSession((request, response) => {
        if (request.method !== 'GET') return plain(request, response)
        beginEvents(response)
        return response.write(eventOf({ jsonrpc: '2.0', id: 5, method: 'roots/list' }))
      }),
    )
    const { transport, seen } = await handshake(connect(server.url))
    expect(await seen.message()).toEqual({
      value: { jsonrpc: '2.0', id: 5, method: 'roots/list' },
      context: {},
    })
    transport.send({ kind: 'response', text: '{"jsonrpc":"2.0","id":5,"result":{"roots":[]}}' })
    const answer = await find(server, (request) => request.message.result !== undefined)
    expect(answer).toMatchObject({ method: 'POST', headers: { 'mcp-session-id': 'abc' } })
  })

  it('is opened only after the handshake, with the right Accept', async () => {
    const server = await serve(withSession(plain))
    const { transport, seen } = connect(server.url)
    transport.send(legacyCall(1, 'initialize'))
    await seen.message()
    transport.initialized?.('2025-11-25')
    transport.send(legacyCall(2, 'ping'))
    await seen.message()
    expect(server.received.some(isGet)).toBe(false)
    transport.send(notificationOf('notifications/initialized'))
    expect((await find(server, isGet)).headers.accept).toBe('text/event-stream')
  })

  it.each([400, 401, 404, 405])(
    'is not asked for again when refused with %d, and the session goes on',
    async (status) => {
      const server = await serve(
        withSession((request, response) => {
          if (request.method === 'GET') response.writeHead(status).end()
          else plain(request, response)
        }),
      )
      const { transport, seen } = await handshake(connect(server.url))
      await find(server, isGet)
      await new Promise((resolve) => setTimeout(resolve, 300))
      transport.send(legacyCall(2))
      await seen.message()
      expect(server.received.filter(isGet)).toHaveLength(1)
    },
  )

  it('is opened again after it ended, where it ended, after the wait the server asked for', async () => {
    const opened: number[] = []
    const ended: number[] = []
    const server = await serve(
      withSession((request, response) => {
        if (request.method !== 'GET') return plain(request, response)
        opened.push(performance.now())
        beginEvents(response)
        if (opened.length > 2) return undefined
        response.write(`id: e${opened.length}\nretry: 250\ndata:\n\n`)
        return setTimeout(() => {
          ended.push(performance.now())
          if (opened.length === 1) response.end()
          else response.destroy()
        }, 10)
      }),
    )
    await handshake(connect(server.url))
    await expect.poll(() => opened.length).toBe(3)
    expect(server.received.filter(isGet).map((request) => request.headers['last-event-id'])).toEqual([
      undefined,
      'e1',
      'e2',
    ])
    for (const i of [0, 1]) expect((opened[i + 1] ?? 0) - (ended[i] ?? 0)).toBeGreaterThanOrEqual(245)
  })

  it('comes back after the server was overloaded', async () => {
    const statuses = [503, 429, 500]
    const server = await serve(
      withSession((request, response) => {
        if (request.method !== 'GET') return plain(request, response)
        const status = statuses.shift()
        if (status !== undefined) return response.writeHead(status).end()
        beginEvents(response)
        return response.write(eventOf({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' }))
      }),
    )
    const { seen } = await handshake(connect(server.url))
    expect((await seen.message()).value.method).toBe('notifications/tools/list_changed')
    expect(server.received.filter(isGet)).toHaveLength(4)
  })

  it('tells of a lost session', async () => {
    let opened = 0
    const server = await serve(
      withSession((request, response) => {
        if (request.method !== 'GET') return response.writeHead(202).end()
        if (++opened > 1) return response.writeHead(404).end()
        beginEvents(response)
        return response.end()
      }),
    )
    const { seen } = await handshake(connect(server.url))
    expect(await seen.next()).toMatchObject({ kind: 'closed', fault: { code: 'session-lost' } })
  })

  it('an event over the limit ends the stream, not the session', async () => {
    let opened = 0
    const server = await serve(
      withSession((request, response) => {
        if (request.method !== 'GET') return plain(request, response)
        beginEvents(response)
        if (++opened === 1) response.write(`data: ${'x'.repeat(20_000)}\n\n`)
        return undefined
      }),
    )
    const { transport, seen } = await handshake(connect(server.url))
    await expect.poll(() => opened).toBe(2)
    transport.send(legacyCall(2))
    expect((await seen.message()).value.id).toBe(2)
  })
})

describe('a call whose stream ends early', () => {
  const polling = (
    answer: (request: Received, response: ServerResponse, id: number) => unknown,
  ): Behaviour => {
    let id = 0
    return (request, response) => {
      if (request.method === 'POST') {
        if (request.message.id === undefined) return response.writeHead(202).end()
        id = request.message.id
        beginEvents(response)
        return response.end('id: p1\nretry: 150\ndata:\n\n')
      }
      if (request.headers['last-event-id'] === undefined) return response.writeHead(405).end()
      return answer(request, response, id)
    }
  }

  it('is resumed where it ended, after the wait the server asked for', async () => {
    const server = await serve(
      withSession(
        polling((_, response, id) => {
          beginEvents(response)
          response.end(eventOf({ jsonrpc: '2.0', id, result: { late: true } }, 'p2'))
        }),
      ),
    )
    const { transport, seen } = await handshake(connect(server.url))
    const started = performance.now()
    transport.send(legacyCall(2))
    expect(await seen.message()).toMatchObject({
      value: { id: 2, result: { late: true } },
      context: { relatedTo: 2 },
    })
    expect(performance.now() - started).toBeGreaterThanOrEqual(145)
    const get = await find(server, (request) => request.headers['last-event-id'] !== undefined)
    expect(get).toMatchObject({
      method: 'GET',
      headers: { 'last-event-id': 'p1', 'mcp-session-id': 'abc', accept: 'text/event-stream' },
    })
  })

  it('is resumed as often as the server sends something', async () => {
    let turns = 0
    const server = await serve(
      withSession(
        polling((request, response, id) => {
          beginEvents(response)
          turns++
          expect(request.headers['last-event-id']).toBe(`p${turns}`)
          if (turns === 12) response.end(eventOf({ jsonrpc: '2.0', id, result: {} }))
          else response.end(`id: p${turns + 1}\nretry: 1\ndata:\n\n`)
        }),
      ),
    )
    const { transport, seen } = await handshake(connect(server.url))
    transport.send(legacyCall(2))
    expect((await seen.message()).value.id).toBe(2)
  })

  it('is given up when the server only repeats itself', async () => {
    const server = await serve(
      withSession(
        polling((_, response) => {
          beginEvents(response)
          response.end('data: {}\n\nid: p1\nretry: 1\ndata:\n\n')
        }),
      ),
    )
    const retry = { initialMs: 1, maxMs: 1, random: () => 0 }
    const { transport, seen } = await handshake(connect(server.url, { retry }), '2025-11-25')
    transport.send(legacyCall(2))
    await expect
      .poll(() => seen.all.at(-1))
      .toMatchObject({ kind: 'failed', id: 2, fault: { code: 'stream-ended' } })
    expect(seen.all.filter((one) => one.kind === 'message' && one.text === '{}')).toHaveLength(8)
  })

  it('is given up when the server does not take it up', async () => {
    const server = await serve(withSession(polling((_, response) => response.writeHead(400).end())))
    const { transport, seen } = await handshake(connect(server.url))
    transport.send(legacyCall(2))
    expect(await seen.next()).toMatchObject({
      kind: 'failed',
      id: 2,
      fault: { code: 'http-status', status: 400 },
    })
  })

  it('fails at once without an event id', async () => {
    const server = await serve(
      withSession((request, response) => {
        if (request.method === 'GET') return response.writeHead(405).end()
        beginEvents(response)
        return response.end(eventOf({ jsonrpc: '2.0', method: 'notifications/message', params: {} }))
      }),
    )
    const { transport, seen } = await handshake(connect(server.url))
    transport.send(legacyCall(2))
    await seen.message()
    expect(await seen.next()).toMatchObject({ kind: 'failed', id: 2, fault: { code: 'stream-ended' } })
  })

  it('an event id that is not fit for a header is never sent', async () => {
    const server = await serve(
      withSession((request, response) => {
        if (request.method === 'GET') return response.writeHead(405).end()
        beginEvents(response)
        return response.end('id: a\x01b\ndata:\n\n')
      }),
    )
    const { transport, seen } = await handshake(connect(server.url))
    transport.send(legacyCall(2))
    expect(await seen.next()).toMatchObject({ kind: 'failed', id: 2, fault: { code: 'stream-ended' } })
  })

  it('is not resumed once it is cancelled, or the transport closed', async () => {
    const server = await serve(withSession(polling((_, response) => beginEvents(response))))
    const { transport, seen } = await handshake(connect(server.url))
    transport.send(legacyCall(2))
    await (await find(server, (request) => request.message.id === 2)).ended
    transport.cancel(2)
    transport.send(legacyCall(3))
    await (await find(server, (request) => request.message.id === 3)).ended
    await transport.close()
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(server.received.filter((request) => request.headers['last-event-id'] !== undefined)).toEqual([])
    expect(seen.all.slice(1)).toMatchObject([{ kind: 'closed' }])
  })
})

describe('a request of the server on the stream of a call', () => {
  it('comes with that call, and the call goes on', async () => {
    let open: ServerResponse | undefined
    const server = await serve(
      withSession((request, response) => {
        if (request.method === 'GET') return response.writeHead(405).end()
        if (request.message.result !== undefined) {
          response.writeHead(202).end()
          return open?.end(eventOf({ jsonrpc: '2.0', id: 2, result: {} }))
        }
        open = response
        beginEvents(response)
        return response.write(eventOf({ jsonrpc: '2.0', id: 0, method: 'elicitation/create' }))
      }),
    )
    const { transport, seen } = await handshake(connect(server.url))
    transport.send(legacyCall(2))
    expect(await seen.message()).toMatchObject({
      value: { method: 'elicitation/create' },
      context: { relatedTo: 2 },
    })
    transport.send({ kind: 'response', text: '{"jsonrpc":"2.0","id":0,"result":{"action":"decline"}}' })
    expect(await seen.message()).toMatchObject({ value: { id: 2 }, context: { relatedTo: 2 } })
  })
})

describe('a refused notification', () => {
  it('is logged by method and ends nothing', async () => {
    const warnings: (LogFields | undefined)[] = []
    const log = { ...silentLog, warn: (_: string, fields?: LogFields) => warnings.push(fields) }
    const server = await serve(
      withSession((request, response) => {
        if (request.message.method === 'notifications/progress') response.writeHead(500).end()
        else plain(request, response)
      }),
    )
    const { transport, seen } = await handshake(connect(server.url, { log }), '2025-11-25')
    transport.send(notificationOf('notifications/progress'))
    transport.send(legacyCall(2))
    expect((await seen.message()).value.id).toBe(2)
    await expect
      .poll(() => warnings)
      .toMatchObject([{ method: 'notifications/progress', code: 'http-status' }])
  })
})
