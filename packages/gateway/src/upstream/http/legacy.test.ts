import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { type LogFields, silentLog } from '../../log.ts'
import { openHttp } from '../http.ts'
import {
  type Behaviour,
  beginEvents,
  eventOf,
  type Received,
  resultOf,
  sendJson,
  startServer,
  type TestServer,
} from '../testing/httpServer.ts'
import { Recorder } from '../testing/recorder.ts'
import type { Outbound, UpstreamTransport } from '../transport.ts'
import type { HttpOptions } from './client.ts'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A server with a session; `behaviour` gets what the common part does not answer. */
async function serve(behaviour: Behaviour, session: string | undefined = 'abc'): Promise<TestServer> {
  const server = await startServer((request, response) => {
    if (request.message.method === 'initialize') {
      sendJson(response, resultOf(request), 200, session === undefined ? {} : { 'mcp-session-id': session })
    } else if (request.message.method === 'notifications/initialized') {
      response.writeHead(202).end()
    } else if (request.method === 'DELETE') {
      response.writeHead(200).end()
    } else {
      behaviour(request, response)
    }
  })
  closers.push(() => server.close())
  return server
}

/** Behaviour for a server without a stream of its own. */
const plain: Behaviour = (request, response) => {
  if (request.method === 'GET') response.writeHead(405).end()
  else if (request.message.id === undefined || request.message.method === undefined)
    response.writeHead(202).end()
  else sendJson(response, resultOf(request))
}

function connect(
  url: string,
  more: Partial<HttpOptions> = {},
): { transport: UpstreamTransport; seen: Recorder } {
  const seen = new Recorder()
  const options = {
    serverId: 's',
    url,
    headers: () => ({}),
    maxMessageBytes: 10_000,
    connectTimeoutMs: 2_000,
    log: silentLog,
  }
  const retry = { initialMs: 100, maxMs: 1_000, random: () => 0 }
  const transport = openHttp({ ...options, retry, ...more, era: 'legacy' }, seen.events)
  closers.push(() => transport.close())
  return { transport, seen }
}

const call = (id: number, method = 'tools/call'): Outbound => {
  return { kind: 'request', id, method, text: JSON.stringify({ jsonrpc: '2.0', id, method }) }
}
const note = (method: string): Outbound => {
  return { kind: 'notification', method, text: JSON.stringify({ jsonrpc: '2.0', method }) }
}

/** Goes through the handshake. */
async function handshake(url: string, revision = '2025-11-25', more: Partial<HttpOptions> = {}) {
  const { transport, seen } = connect(url, more)
  await transport.start()
  transport.send(call(1, 'initialize'))
  await seen.message()
  transport.initialized?.(revision)
  transport.send(note('notifications/initialized'))
  return { transport, seen }
}

/** The first request of this kind, when it has come. */
async function find(server: TestServer, match: (request: Received) => boolean): Promise<Received> {
  await expect.poll(() => server.received.some(match)).toBe(true)
  const found = server.received.find(match)
  if (found === undefined) throw new Error('unreachable')
  return found
}
const isGet = (request: Received) => request.method === 'GET'

describe('the session', () => {
  it('is taken from the answer to initialize and sent with everything after, with the version', async () => {
    const server = await serve(plain, 'S-1~!')
    const { transport, seen } = await handshake(server.url)
    transport.send(call(2))
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
    const server = await serve(plain)
    const { transport, seen } = await handshake(server.url, '2025-03-26')
    transport.send(call(2))
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
    const server = await serve(plain, session)
    const { transport, seen } = connect(server.url)
    transport.send(call(1, 'initialize'))
    expect(await seen.next()).toMatchObject({ kind: 'failed', id: 1, fault: { code: 'not-acceptable' } })
  })

  it('is never changed by a later answer', async () => {
    const server = await serve((request, response) => {
      if (request.method === 'GET') response.writeHead(405, { 'mcp-session-id': 'other' }).end()
      else sendJson(response, resultOf(request), 200, { 'mcp-session-id': 'other' })
    })
    const { transport, seen } = await handshake(server.url)
    for (const id of [2, 3]) {
      transport.send(call(id))
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
    closers.push(() => server.close())
    const { transport, seen } = await handshake(server.url)
    transport.send(call(2))
    expect(await seen.next()).toMatchObject({
      kind: 'failed',
      id: 2,
      fault: { code: 'http-status', status: 404 },
    })
    await transport.close()
    expect(server.received.some((request) => request.method === 'DELETE')).toBe(false)
  })

  it('that is lost ends the transport once, with every open call, and is not deleted', async () => {
    const server = await serve((request, response) => {
      if (request.method === 'GET') beginEvents(response)
      else if (request.message.id === 3)
        sendJson(response, { jsonrpc: '2.0', id: null, error: { code: -32001, message: 'no' } }, 404)
    })
    const { transport, seen } = await handshake(server.url)
    const stream = await find(server, isGet)
    transport.send(call(2))
    await find(server, (request) => request.message.id === 2)
    transport.send(call(3))
    expect(await seen.next()).toMatchObject({ kind: 'failed', id: 3, fault: { code: 'session-lost' } })
    expect(await seen.next()).toMatchObject({ kind: 'closed', fault: { code: 'session-lost', status: 404 } })
    expect(await stream.ended).toBe(false)
    await transport.close()
    transport.send(call(4))
    expect(seen.all).toHaveLength(3)
    expect(server.received.map((request) => request.message.id)).not.toContain(4)
    expect(server.received.some((request) => request.method === 'DELETE')).toBe(false)
  })

  it('is over once, also for one who closes on hearing of it', async () => {
    const server = await serve((request, response) =>
      response.writeHead(request.method === 'GET' ? 405 : 404).end(),
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
    transport.send(call(1, 'initialize'))
    transport.send(note('notifications/initialized'))
    transport.send(call(2))
    await gone.promise
    await transport.close()
    expect(ends).toBe(1)
  })

  it('is lost too when only a notification finds that out', async () => {
    const server = await serve((request, response) =>
      response.writeHead(request.method === 'GET' ? 405 : 404).end(),
    )
    const { transport, seen } = await handshake(server.url)
    transport.send(note('notifications/roots/list_changed'))
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
    closers.push(() => server.close())
    const { transport, seen } = await handshake(server.url)
    const started = performance.now()
    const closing = transport.close()
    expect(await seen.next()).toMatchObject({ kind: 'closed', fault: { code: 'closed' } })
    await closing
    expect(deletes).toBe(1)
    expect(performance.now() - started).toBeLessThan(3_000)
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
    closers.push(() => server.close())
    const { transport, seen } = connect(server.url)
    transport.send(call(1, 'initialize'))
    transport.send(note('notifications/initialized'))
    transport.send(call(2, 'tools/list'))
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
    const server = await serve((request, response) => {
      if (request.method === 'GET' || request.message.id === undefined) plain(request, response)
    })
    const { transport } = await handshake(server.url, '2025-11-25', { headers })
    await find(server, isGet)
    turn = 2
    transport.send(call(2))
    transport.send(note('notifications/cancelled'))
    await find(server, (request) => request.message.method === 'notifications/cancelled')
    expect(server.received.slice(-2).map((request) => request.message.method)).toEqual([
      'tools/call',
      'notifications/cancelled',
    ])
  })

  it("requests wait until the server's own stream is open, so that nothing sent on it is lost", async () => {
    let stream: ServerResponse | undefined
    const server = await serve((request, response) => {
      if (request.method === 'GET') {
        setTimeout(() => {
          stream = response
          beginEvents(response)
        }, 50)
      } else {
        stream?.write(eventOf({ jsonrpc: '2.0', id: 0, method: 'elicitation/create' }))
        sendJson(response, resultOf(request))
      }
    })
    const { transport, seen } = await handshake(server.url)
    transport.send(call(2))
    const methods = [(await seen.message()).value.method, (await seen.message()).value.method]
    expect(methods).toContain('elicitation/create')
  })

  it('a server that does not open its stream holds requests up for a moment only', async () => {
    const server = await serve((request, response) => {
      if (request.method === 'POST') sendJson(response, resultOf(request))
    })
    const { transport, seen } = await handshake(server.url)
    transport.send(call(2))
    expect((await seen.message()).value.id).toBe(2)
  })

  it('cancelling initialize lets others go', async () => {
    const server = await startServer((request, response) => {
      if (request.message.method !== 'initialize') sendJson(response, resultOf(request))
    })
    closers.push(() => server.close())
    const { transport, seen } = connect(server.url)
    transport.send(call(1, 'initialize'))
    transport.send(call(2, 'ping'))
    await find(server, (request) => request.message.id === 1)
    transport.cancel(1)
    expect((await seen.message()).value.id).toBe(2)
  })
})

describe("the server's own stream", () => {
  it('carries what belongs to no request, and a request of the server can be answered', async () => {
    const server = await serve((request, response) => {
      if (request.method !== 'GET') return plain(request, response)
      beginEvents(response)
      return response.write(eventOf({ jsonrpc: '2.0', id: 5, method: 'roots/list' }))
    })
    const { transport, seen } = await handshake(server.url)
    expect(await seen.message()).toEqual({
      value: { jsonrpc: '2.0', id: 5, method: 'roots/list' },
      context: {},
    })
    transport.send({ kind: 'response', text: '{"jsonrpc":"2.0","id":5,"result":{"roots":[]}}' })
    const answer = await find(server, (request) => request.message.result !== undefined)
    expect(answer).toMatchObject({ method: 'POST', headers: { 'mcp-session-id': 'abc' } })
  })

  it('is opened only after the handshake, with the right Accept', async () => {
    const server = await serve(plain)
    const { transport, seen } = connect(server.url)
    transport.send(call(1, 'initialize'))
    await seen.message()
    transport.initialized?.('2025-11-25')
    transport.send(call(2, 'ping'))
    await seen.message()
    expect(server.received.some(isGet)).toBe(false)
    transport.send(note('notifications/initialized'))
    expect((await find(server, isGet)).headers.accept).toBe('text/event-stream')
  })

  it.each([400, 401, 405])('is not asked for again when refused with %d', async (status) => {
    const server = await serve((request, response) => {
      if (request.method === 'GET') response.writeHead(status).end()
      else plain(request, response)
    })
    const { transport, seen } = await handshake(server.url)
    await find(server, isGet)
    await new Promise((resolve) => setTimeout(resolve, 300))
    transport.send(call(2))
    await seen.message()
    expect(server.received.filter(isGet)).toHaveLength(1)
  })

  it('is opened again after it ended, where it ended, after the wait the server asked for', async () => {
    const opened: number[] = []
    const ended: number[] = []
    const server = await serve((request, response) => {
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
    })
    await handshake(server.url)
    await expect.poll(() => opened.length, { timeout: 5_000 }).toBe(3)
    expect(server.received.filter(isGet).map((request) => request.headers['last-event-id'])).toEqual([
      undefined,
      'e1',
      'e2',
    ])
    for (const i of [0, 1]) expect((opened[i + 1] ?? 0) - (ended[i] ?? 0)).toBeGreaterThanOrEqual(245)
  })

  it('comes back after the server was overloaded', async () => {
    const statuses = [503, 429, 500]
    const server = await serve((request, response) => {
      if (request.method !== 'GET') return plain(request, response)
      const status = statuses.shift()
      if (status !== undefined) return response.writeHead(status).end()
      beginEvents(response)
      return response.write(eventOf({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' }))
    })
    const { seen } = await handshake(server.url)
    expect((await seen.message()).value.method).toBe('notifications/tools/list_changed')
    expect(server.received.filter(isGet)).toHaveLength(4)
  })

  it('tells of a lost session', async () => {
    const server = await serve((request, response) =>
      response.writeHead(request.method === 'GET' ? 404 : 202).end(),
    )
    const { seen } = await handshake(server.url)
    expect(await seen.next()).toMatchObject({ kind: 'closed', fault: { code: 'session-lost' } })
  })

  it('an event over the limit ends the stream, not the session', async () => {
    let opened = 0
    const server = await serve((request, response) => {
      if (request.method !== 'GET') return plain(request, response)
      beginEvents(response)
      if (++opened === 1) response.write(`data: ${'x'.repeat(20_000)}\n\n`)
      return undefined
    })
    const { transport, seen } = await handshake(server.url)
    await expect.poll(() => opened).toBe(2)
    transport.send(call(2))
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
      polling((_, response, id) => {
        beginEvents(response)
        response.end(eventOf({ jsonrpc: '2.0', id, result: { late: true } }, 'p2'))
      }),
    )
    const { transport, seen } = await handshake(server.url)
    const started = performance.now()
    transport.send(call(2))
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
      polling((request, response, id) => {
        beginEvents(response)
        turns++
        expect(request.headers['last-event-id']).toBe(`p${turns}`)
        if (turns === 12) response.end(eventOf({ jsonrpc: '2.0', id, result: {} }))
        else response.end(`id: p${turns + 1}\nretry: 1\ndata:\n\n`)
      }),
    )
    const { transport, seen } = await handshake(server.url)
    transport.send(call(2))
    expect((await seen.message()).value.id).toBe(2)
  })

  it('is given up when the server only repeats itself', async () => {
    const server = await serve(
      polling((_, response) => {
        beginEvents(response)
        response.end('data: {}\n\nid: p1\nretry: 1\ndata:\n\n')
      }),
    )
    const retry = { initialMs: 1, maxMs: 1, random: () => 0 }
    const { transport, seen } = await handshake(server.url, '2025-11-25', { retry })
    transport.send(call(2))
    await expect
      .poll(() => seen.all.at(-1))
      .toMatchObject({ kind: 'failed', id: 2, fault: { code: 'stream-ended' } })
    expect(seen.all.filter((one) => one.kind === 'message' && one.text === '{}')).toHaveLength(8)
  })

  it('is given up when the server does not take it up', async () => {
    const server = await serve(polling((_, response) => response.writeHead(400).end()))
    const { transport, seen } = await handshake(server.url)
    transport.send(call(2))
    expect(await seen.next()).toMatchObject({
      kind: 'failed',
      id: 2,
      fault: { code: 'http-status', status: 400 },
    })
  })

  it('fails at once without an event id', async () => {
    const server = await serve((request, response) => {
      if (request.method === 'GET') return response.writeHead(405).end()
      beginEvents(response)
      return response.end(eventOf({ jsonrpc: '2.0', method: 'notifications/message', params: {} }))
    })
    const { transport, seen } = await handshake(server.url)
    transport.send(call(2))
    await seen.message()
    expect(await seen.next()).toMatchObject({ kind: 'failed', id: 2, fault: { code: 'stream-ended' } })
  })

  it('an event id that is not fit for a header is never sent', async () => {
    const server = await serve((request, response) => {
      if (request.method === 'GET') return response.writeHead(405).end()
      beginEvents(response)
      return response.end('id: a\x01b\ndata:\n\n')
    })
    const { transport, seen } = await handshake(server.url)
    transport.send(call(2))
    expect(await seen.next()).toMatchObject({ kind: 'failed', id: 2, fault: { code: 'stream-ended' } })
  })

  it('is not resumed once it is cancelled, or the transport closed', async () => {
    const server = await serve(polling((_, response) => beginEvents(response)))
    const { transport, seen } = await handshake(server.url)
    transport.send(call(2))
    await (await find(server, (request) => request.message.id === 2)).ended
    transport.cancel(2)
    transport.send(call(3))
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
    const server = await serve((request, response) => {
      if (request.method === 'GET') return response.writeHead(405).end()
      if (request.message.result !== undefined) {
        response.writeHead(202).end()
        return open?.end(eventOf({ jsonrpc: '2.0', id: 2, result: {} }))
      }
      open = response
      beginEvents(response)
      return response.write(eventOf({ jsonrpc: '2.0', id: 0, method: 'elicitation/create' }))
    })
    const { transport, seen } = await handshake(server.url)
    transport.send(call(2))
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
    const server = await serve((request, response) => {
      if (request.message.method === 'notifications/progress') response.writeHead(500).end()
      else plain(request, response)
    })
    const { transport, seen } = await handshake(server.url, '2025-11-25', { log })
    transport.send(note('notifications/progress'))
    transport.send(call(2))
    expect((await seen.message()).value.id).toBe(2)
    await expect
      .poll(() => warnings)
      .toMatchObject([{ method: 'notifications/progress', code: 'http-status' }])
  })
})
