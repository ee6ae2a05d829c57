import { once } from 'node:events'
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
  startRawServer,
  startServer,
  type TestServer,
} from '../testing/httpServer.ts'
import { Recorder } from '../testing/recorder.ts'
import type { Outbound, UpstreamTransport } from '../transport.ts'
import type { HttpOptions } from './client.ts'
import { HttpPools } from './pools.ts'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function serve(behaviour: Behaviour): Promise<TestServer> {
  const server = await startServer(behaviour)
  closers.push(() => server.close())
  return server
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
  const transport = openHttp({ ...options, ...more, era: 'modern' }, seen.events)
  closers.push(() => transport.close())
  return { transport, seen }
}

function call(id: number, method = 'tools/call'): Outbound {
  const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': method, 'mcp-name': 'echo' }
  return { kind: 'request', id, method, text: `{"jsonrpc":"2.0","id":${id},"method":"${method}"}`, headers }
}

const progress = {
  jsonrpc: '2.0',
  method: 'notifications/progress',
  params: { progressToken: 1, progress: 1 },
}

describe('an answer', () => {
  it('comes as one JSON body', async () => {
    const server = await serve((request, response) => sendJson(response, resultOf(request, { ok: true })))
    const { transport, seen } = connect(server.url)
    transport.send(call(1))
    expect(await seen.message()).toEqual({
      value: { jsonrpc: '2.0', id: 1, result: { ok: true } },
      context: { relatedTo: 1, status: 200 },
    })
    const { method, url, headers, body } = await server.next()
    expect({ method, url, body }).toEqual({ method: 'POST', url: '/mcp', body: call(1).text })
    expect(headers).toMatchObject({
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'echo',
    })
    expect(headers).not.toHaveProperty('accept-encoding')
  })

  it('comes on a stream after what belongs to it, comments and empty events left out', async () => {
    const server = await serve((request, response) => {
      beginEvents(response)
      response.write(': keep-alive\n\ndata:\n\n')
      response.write(eventOf(progress))
      response.end(eventOf(resultOf(request)))
    })
    const { transport, seen } = connect(server.url)
    transport.send(call(1))
    expect((await seen.message()).value).toEqual(progress)
    expect(await seen.message()).toMatchObject({ value: { id: 1 }, context: { relatedTo: 1, status: 200 } })
  })

  it('comes drop by drop', async () => {
    const server = await serve((request, response) => {
      beginEvents(response)
      const bytes = [...Buffer.from(eventOf(resultOf(request, { text: 'é😀' })))]
      const drip = () => {
        const byte = bytes.shift()
        if (byte === undefined) return response.end()
        response.write(Buffer.from([byte]))
        return setImmediate(drip)
      }
      drip()
    })
    const { transport, seen } = connect(server.url)
    transport.send(call(1))
    expect((await seen.message()).value.result).toEqual({ text: 'é😀' })
  })

  it.each(['Application/JSON', 'application/json;charset=UTF-8', 'application/json ; Charset="utf-8"; x=y'])(
    'may say its type as %s',
    async (type) => {
      const server = await serve((request, response) =>
        sendJson(response, resultOf(request), 200, { 'content-type': type }),
      )
      const { transport, seen } = connect(server.url)
      transport.send(call(1))
      expect((await seen.message()).value.id).toBe(1)
    },
  )

  it('a JSON-RPC error keeps its HTTP status', async () => {
    const error = { jsonrpc: '2.0', id: 1, error: { code: -32601, message: 'no' } }
    const server = await serve((_, response) => sendJson(response, error, 404))
    const { transport, seen } = connect(server.url)
    transport.send(call(1))
    expect(await seen.message()).toEqual({ value: error, context: { relatedTo: 1, status: 404 } })
    await transport.close()
    expect(seen.all.map((one) => one.kind)).toEqual(['message', 'closed'])
  })

  it('200 requests at once get 200 answers, each on its own', async () => {
    const server = await serve((request, response) =>
      sendJson(response, resultOf(request, { for: request.message.id })),
    )
    const { transport, seen } = connect(server.url)
    for (let id = 1; id <= 200; id++) transport.send(call(id))
    for (let i = 0; i < 200; i++) {
      const { value, context } = await seen.message()
      expect(value).toMatchObject({ id: context.relatedTo, result: { for: context.relatedTo } })
    }
  })

  it('two sessions with equal ids over shared connections never hear each other', async () => {
    const server = await serve((request, response) => {
      const result = resultOf(request, { team: request.headers['x-team'] })
      // Out of order, and by turns as a body and as a stream.
      setTimeout(() => {
        if (Number(request.message.id) % 2 === 0) sendJson(response, result)
        else response.writeHead(200, { 'content-type': 'text/event-stream' }).end(eventOf(result))
      }, Math.random() * 5)
    })
    const pools = new HttpPools({ connectTimeoutMs: 1_000, connections: { calls: 7 } })
    closers.push(() => pools.close())
    const teams = ['red', 'blue'].map((team) => ({
      team,
      ...connect(server.url, { pools, headers: () => ({ 'x-team': team }) }),
    }))
    for (let id = 1; id <= 50; id++) for (const { transport } of teams) transport.send(call(id))
    for (const { team, seen } of teams) {
      for (let i = 0; i < 50; i++) {
        const { value, context } = await seen.message()
        expect(value).toMatchObject({ id: context.relatedTo, result: { team } })
      }
    }
  })

  it('connections are used again', async () => {
    const server = await serve((request, response) => sendJson(response, resultOf(request)))
    const { transport, seen } = connect(server.url)
    for (let id = 1; id <= 10; id++) {
      transport.send(call(id))
      await seen.message()
    }
    // Two, because undici rests a connection for one turn of the loop before it is used again.
    expect(server.connections()).toBeLessThanOrEqual(2)
  })
})

describe('what is no answer', () => {
  const html = '<!doctype html><p>secret-in-page'
  const kinds: readonly [string, Behaviour, Record<string, unknown>][] = [
    ['401', (_, r) => sendJson(r, { error: 'invalid_token' }, 401), { code: 'unauthorized', status: 401 }],
    ['403', (_, r) => r.writeHead(403).end(), { code: 'unauthorized', status: 403 }],
    [
      '500 with HTML',
      (_, r) => r.writeHead(500, { 'content-type': 'text/html' }).end(html),
      { code: 'http-status', status: 500 },
    ],
    [
      '502 with other JSON',
      (_, r) => sendJson(r, { message: html }, 502),
      { code: 'http-status', status: 502 },
    ],
    ['429 with a JSON array', (_, r) => sendJson(r, '[]', 429), { code: 'http-status', status: 429 }],
    [
      '400 with broken JSON',
      (_, r) => sendJson(r, '{"jsonrpc":"2.0"', 400),
      { code: 'http-status', status: 400 },
    ],
    [
      '500 with gzip',
      (_, r) => sendJson(r, '{}', 500, { 'content-encoding': 'gzip' }),
      { code: 'http-status', status: 500 },
    ],
    [
      'HTML',
      (_, r) => r.writeHead(200, { 'content-type': 'text/html' }).end(html),
      { code: 'not-acceptable', status: 200 },
    ],
    ['no type', (_, r) => r.writeHead(200).end('{}'), { code: 'not-acceptable' }],
    [
      'a type that only starts right',
      (_, r) => sendJson(r, '{}', 200, { 'content-type': 'application/json-seq' }),
      { code: 'not-acceptable' },
    ],
    [
      'another charset',
      (_, r) => sendJson(r, '{}', 200, { 'content-type': 'application/json; charset=utf-16' }),
      { code: 'not-acceptable' },
    ],
    [
      'two charsets',
      (_, r) => sendJson(r, '{}', 200, { 'content-type': 'application/json; charset=utf-8; charset=utf-7' }),
      { code: 'not-acceptable' },
    ],
    ['gzip', (_, r) => sendJson(r, '{}', 200, { 'content-encoding': 'gzip' }), { code: 'not-acceptable' }],
    ['202', (_, r) => r.writeHead(202).end(), { code: 'not-acceptable', status: 202 }],
    ['204', (_, r) => r.writeHead(204).end(), { code: 'not-acceptable', status: 204 }],
    ['an empty body', (_, r) => sendJson(r, ''), { code: 'stream-ended' }],
    [
      'a body over the limit, announced',
      (_, r) => sendJson(r, JSON.stringify({ x: 'x'.repeat(10_001) })),
      { code: 'too-large' },
    ],
    [
      'a body over the limit, in chunks',
      (_, r) => endless(r, 'application/json', 'x'),
      { code: 'too-large' },
    ],
    ['an endless event', (_, r) => endless(r, 'text/event-stream', 'data: x\n'), { code: 'too-large' }],
    ['an endless line', (_, r) => endless(r, 'text/event-stream', 'data'), { code: 'too-large' }],
    ['an endless comment', (_, r) => endless(r, 'text/event-stream', ':'), { code: 'too-large' }],
    [
      'an oversized event',
      (_, r) => {
        beginEvents(r)
        r.write(`data: ${'x'.repeat(10_001)}\n\n`)
      },
      { code: 'too-large' },
    ],
    [
      'a stream that ends first',
      (_, r) => {
        beginEvents(r)
        r.end(': nothing\n\n')
      },
      { code: 'stream-ended' },
    ],
    [
      'a stream that breaks',
      (_, r) => {
        beginEvents(r)
        setImmediate(() => r.destroy())
      },
      { code: 'stream-ended' },
    ],
    ['a connection that breaks', (_, r) => r.destroy(), { code: 'stream-ended' }],
  ] // prettier-ignore

  it.each(kinds)('%s fails the request, and the next one works', async (_, behaviour, expected) => {
    let broken = true
    const server = await serve((request, response) => {
      if (broken) behaviour(request, response)
      else sendJson(response, resultOf(request))
    })
    const { transport, seen } = connect(server.url)
    transport.send(call(1))
    const happening = await seen.next()
    expect(happening).toMatchObject({ kind: 'failed', id: 1, fault: expected })
    expect(JSON.stringify(happening)).not.toContain('secret-in-page')
    broken = false
    transport.send(call(2))
    expect((await seen.message()).value.id).toBe(2)
    expect(seen.all).toHaveLength(2)
  })

  it.each([
    ['HTTP of another kind', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}'],
    [
      'a length and chunks',
      'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a head without end', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(10_000)}`],
    ['an upgrade', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'],
    [
      'two content types',
      'HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}',
    ],
    [
      'less than it announced',
      'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 20\r\nconnection: close\r\n\r\n{}',
    ],
  ])('%s fails the request', async (_, reply) => {
    const server = await startRawServer((socket) => socket.end(reply))
    closers.push(() => server.close())
    const { transport, seen } = connect(server.url)
    transport.send(call(1))
    expect(await seen.next()).toMatchObject({
      kind: 'failed',
      id: 1,
      fault: { code: expect.stringMatching(/^(?:not-acceptable|stream-ended)$/) },
    })
  })

  it('a redirect is not followed, wherever it points', async () => {
    const other = await serve((request, response) => sendJson(response, resultOf(request)))
    for (const status of [301, 302, 303, 307, 308]) {
      const server = await serve((_, response) => response.writeHead(status, { location: other.url }).end())
      const { transport, seen } = connect(server.url, { headers: () => ({ authorization: 'Bearer s3cret' }) })
      transport.send(call(1))
      const fault = await seen.fault()
      expect(fault).toMatchObject({ code: 'http-status', status })
      expect(fault.explain).toContain('redirect')
    }
    expect(other.received).toEqual([])
  })

  it('nothing listening is told as such', async () => {
    const server = await startServer(() => undefined)
    await server.close()
    const { transport, seen } = connect(server.url)
    transport.send(call(1))
    const fault = await seen.fault()
    expect(fault).toMatchObject({ code: 'connect-failed' })
    expect(fault.explain).toContain('ECONNREFUSED')
  })

  it('an answer to another id is handed on, and ends the wait for this one', async () => {
    const server = await serve((_, response) => sendJson(response, { jsonrpc: '2.0', id: 99, result: {} }))
    const { transport, seen } = connect(server.url)
    transport.send(call(1))
    expect(await seen.message()).toMatchObject({ value: { id: 99 }, context: { relatedTo: 1 } })
    expect(await seen.next()).toMatchObject({ kind: 'failed', id: 1, fault: { code: 'stream-ended' } })
  })

  it('an error without an id is handed on with the request it came for', async () => {
    const error = { jsonrpc: '2.0', id: null, error: { code: -32000, message: 'Server not initialized' } }
    const server = await serve((_, response) => sendJson(response, error, 400))
    const { transport, seen } = connect(server.url)
    transport.send(call(1))
    expect(await seen.message()).toEqual({ value: error, context: { relatedTo: 1, status: 400 } })
    expect(await seen.next()).toMatchObject({
      kind: 'failed',
      id: 1,
      fault: { code: 'http-status', status: 400 },
    })
  })

  it('events after the answer are not delivered, and a stream left open is closed', async () => {
    const server = await serve((request, response) => {
      beginEvents(response)
      response.write(eventOf(resultOf(request)) + eventOf(resultOf(request)) + eventOf(progress))
    })
    const { transport, seen } = connect(server.url)
    transport.send(call(1))
    await seen.message()
    expect(await (await server.next()).ended).toBe(false)
    expect(seen.all).toHaveLength(1)
  })

  it('an event of another name is noise, whatever it says', async () => {
    const server = await serve((request, response) => {
      beginEvents(response)
      response.write(`event: endpoint\ndata: https://evil.example/${'x'.repeat(500)}\n\n`)
      response.end(eventOf(resultOf(request)))
    })
    const { transport, seen } = connect(server.url)
    transport.send(call(1))
    const noise = await seen.next()
    expect(noise).toMatchObject({ kind: 'noise', bytes: 521 })
    expect(noise.kind === 'noise' && noise.preview.length).toBe(200)
    expect((await seen.message()).value.id).toBe(1)
  })

  it('line ends and NUL in an event make no second message', async () => {
    const server = await serve((request, response) => {
      beginEvents(response)
      response.write('data: {"a":"x\rdata: y"}\0\nid: 1\0\n\n')
      response.end(eventOf(resultOf(request)))
    })
    const { transport, seen } = connect(server.url)
    transport.send(call(1))
    expect(await seen.next()).toMatchObject({ kind: 'message', text: '{"a":"x\ny"}\0' })
    expect((await seen.message()).value.id).toBe(1)
  })
})

describe('cancelling', () => {
  it.each<[string, (response: ServerResponse) => void]>([
    ['before the head', () => undefined],
    ['in a stream', (response) => beginEvents(response)],
    ['in a body', (response) => response.writeHead(200, { 'content-type': 'application/json' }).write('{')],
  ])('%s closes the request at once, and nothing is reported', async (_, behaviour) => {
    const server = await serve((request, response) => {
      if (request.message.id === 1) behaviour(response)
      else sendJson(response, resultOf(request))
    })
    const { transport, seen } = connect(server.url)
    transport.send(call(1))
    const request = await server.next()
    transport.cancel(1)
    expect(await request.ended).toBe(false)
    transport.send(call(2))
    expect((await seen.message()).value.id).toBe(2)
    expect(seen.all).toHaveLength(1)
  })

  it('in the turn of the sending sends nothing', async () => {
    const server = await serve((request, response) => sendJson(response, resultOf(request)))
    const { transport, seen } = connect(server.url, { headers: () => Promise.resolve({}) })
    transport.send(call(1))
    transport.cancel(1)
    transport.cancel(99)
    transport.send(call(2))
    await seen.message()
    expect(server.received.map((one) => one.message.id)).toEqual([2])
  })

  it('after the answer does nothing', async () => {
    const server = await serve((request, response) => sendJson(response, resultOf(request)))
    const { transport, seen } = connect(server.url)
    transport.send(call(1))
    await seen.message()
    transport.cancel(1)
    expect(await (await server.next()).ended).toBe(true)
    transport.send(call(2))
    await seen.message()
    expect(seen.all).toHaveLength(2)
  })
})

describe('notifications', () => {
  it('are posted; refusals are logged and end nothing', async () => {
    const warnings: (LogFields | undefined)[] = []
    const log = { ...silentLog, warn: (_: string, fields?: LogFields) => warnings.push(fields) }
    const statuses = [202, 200, 204, 400, 500]
    const server = await serve((request, response) => {
      if (request.message.id !== undefined) sendJson(response, resultOf(request))
      else response.writeHead(statuses.shift() ?? 202).end()
    })
    const { transport, seen } = connect(server.url, { log })
    for (let i = 0; i < 5; i++) {
      transport.send({
        kind: 'notification',
        method: 'notifications/cancelled',
        text: '{"jsonrpc":"2.0","method":"x"}',
      })
      await (await server.next()).ended
    }
    transport.send(call(1))
    await seen.message()
    expect(seen.all).toHaveLength(1)
    expect(warnings).toHaveLength(2)
  })
})

describe('the configured headers', () => {
  it('are asked for with every request, and may come late', async () => {
    const server = await serve((request, response) => sendJson(response, resultOf(request)))
    let turn = 0
    const { transport, seen } = connect(server.url, {
      headers: async () => ({ authorization: `Bearer ${++turn}` }),
    })
    for (const id of [1, 2]) {
      transport.send(call(id))
      await seen.message()
    }
    expect(server.received.map((one) => one.headers.authorization)).toEqual(['Bearer 1', 'Bearer 2'])
  })

  it('cannot change framing, content type or what the protocol owns, and that is said', async () => {
    const warnings: (LogFields | undefined)[] = []
    const log = { ...silentLog, warn: (_: string, fields?: LogFields) => warnings.push(fields) }
    const server = await serve((request, response) => sendJson(response, resultOf(request)))
    const headers = {
      Host: 'evil.example',
      'Content-Length': '3',
      'Transfer-Encoding': 'chunked',
      'content-type': 'text/plain',
      Connection: 'close',
      'Mcp-Method': 'tools/list',
      'Mcp-Session-Id': 'stolen',
      'X-Team': 'blue',
    }
    const { transport, seen } = connect(server.url, { headers: () => headers, log })
    transport.send(call(1))
    transport.send(call(2))
    await seen.message()
    await seen.message()
    const [request] = server.received
    expect(request?.headers).toMatchObject({
      host: server.origin.slice(7),
      'mcp-method': 'tools/call',
      'x-team': 'blue',
    })
    expect(request?.headers).toMatchObject({ 'content-type': 'application/json', connection: 'keep-alive' })
    expect(request?.headers).not.toHaveProperty('mcp-session-id')
    expect(warnings.map((fields) => fields?.header)).toEqual(Object.keys(headers).slice(0, -1))
  })

  it.each<[string, HttpOptions['headers']]>([
    ['that cannot be read', () => Promise.reject(new Error('s3cret'))],
    [
      'that throw',
      () => {
        throw new Error('s3cret')
      },
    ],
    ['with a line end', () => ({ authorization: 's3cret\r\nx: y' })],
    ['with a name that is none', () => ({ 'x y': 's3cret' })],
  ])('%s fail the request before anything is sent, and show nothing', async (_, headers) => {
    const lines: string[] = []
    const write = (event: string, fields?: LogFields) => lines.push(`${event} ${JSON.stringify(fields)}`)
    const log = { debug: write, info: write, warn: write, error: write }
    const server = await serve((request, response) => sendJson(response, resultOf(request)))
    const { transport, seen } = connect(server.url, { headers, log })
    transport.send(call(1))
    expect(seen.all).toEqual([])
    expect(await seen.next()).toMatchObject({ kind: 'failed', id: 1, fault: { code: 'connect-failed' } })
    expect(server.connections()).toBe(0)
    expect(lines).toHaveLength(1)
    expect(JSON.stringify([seen.all, lines])).not.toContain('s3cret')
  })

  it('and a query in the URL appear in no fault and no log line', async () => {
    const lines: string[] = []
    const write = (event: string, fields?: LogFields) => lines.push(`${event} ${JSON.stringify(fields)}`)
    const log = { debug: write, info: write, warn: write, error: write }
    const answers: Behaviour[] = [
      (_, response) => response.writeHead(401).end(),
      (_, response) => response.writeHead(302, { location: '/x?s3cret' }).end(),
      (_, response) => response.destroy(),
      (request, response) =>
        response.writeHead(200, { 'content-type': `s3cret ${request.headers.authorization}` }).end(),
    ]
    const server = await serve((request, response) => answers.shift()?.(request, response))
    const { transport, seen } = connect(`${server.url}?key=s3cret`, {
      headers: () => ({ authorization: 's3cret' }),
      log,
    })
    for (const id of [1, 2, 3, 4]) {
      transport.send(call(id))
      expect((await seen.next()).kind).toBe('failed')
    }
    transport.send({ kind: 'notification', text: '{}' })
    await transport.close()
    expect(server.received[0]?.url).toBe('/mcp?key=s3cret')
    expect(JSON.stringify([seen.all, lines])).not.toContain('s3cret')
  })

  it('in a URL are refused', () => {
    for (const url of ['https://user:s3cret@x.example/', 'ftp://x.example/', '/mcp', 'javascript:1']) {
      expect(() => connect(url)).toThrow(/^(?!.*s3cret).*URL/)
    }
  })
})

describe('a fault of our own in a callback', () => {
  it.each(['application/json', 'text/event-stream'])('is logged, not swallowed (%s)', async (type) => {
    const errors: (LogFields | undefined)[] = []
    const log = { ...silentLog, error: (_: string, fields?: LogFields) => errors.push(fields) }
    const server = await serve((request, response) => {
      const result = JSON.stringify(resultOf(request))
      response
        .writeHead(200, { 'content-type': type })
        .end(type === 'application/json' ? result : `data: ${result}\n\n`)
    })
    const seen = new Recorder()
    const transport = openHttp(
      {
        serverId: 's',
        url: server.url,
        era: 'modern',
        headers: () => ({}),
        maxMessageBytes: 1e4,
        connectTimeoutMs: 1e3,
        log,
      },
      {
        ...seen.events,
        message: () => {
          throw new TypeError('oops')
        },
      },
    )
    closers.push(() => transport.close())
    transport.send(call(1))
    await expect.poll(() => errors).toHaveLength(1)
    expect(errors[0]?.error).toContain('TypeError: oops')
  })
})

describe('closing', () => {
  it('ends every stream, reports the end once and last, and leaves no socket', async () => {
    const server = await serve((_, response) => beginEvents(response))
    const { transport, seen } = connect(server.url)
    const requests: Received[] = []
    for (const id of [1, 2, 3]) {
      transport.send(call(id))
      requests.push(await server.next())
    }
    await Promise.all([transport.close(), transport.close()])
    for (const request of requests) expect(await request.ended).toBe(false)
    transport.send(call(4))
    await transport.close()
    expect(seen.all).toMatchObject([{ kind: 'closed', fault: { code: 'closed' } }])
    await expect.poll(() => server.openSockets()).toBe(0)
  })

  it('leaves shared connections to the others', async () => {
    const server = await serve((request, response) => {
      if (request.message.id === 1) beginEvents(response)
      else sendJson(response, resultOf(request))
    })
    const pools = new HttpPools({ connectTimeoutMs: 1_000 })
    closers.push(() => pools.close())
    const one = connect(server.url, { pools })
    const two = connect(server.url, { pools })
    one.transport.send(call(1))
    await server.next()
    await one.transport.close()
    two.transport.send(call(2))
    expect((await two.seen.message()).value.id).toBe(2)
    await pools.close()
    two.transport.send(call(3))
    expect(await two.seen.next()).toMatchObject({ kind: 'failed', id: 3, fault: { code: 'closed' } })
  })

  it('streams of one session do not keep calls of another from getting through', async () => {
    const server = await serve((request, response) => sendJson(response, resultOf(request)))
    const pools = new HttpPools({ connectTimeoutMs: 1_000, connections: { calls: 1 } })
    closers.push(() => pools.close())
    const { transport, seen } = connect(server.url, { pools })
    for (let id = 1; id <= 20; id++) transport.send(call(id))
    for (let id = 1; id <= 20; id++) expect((await seen.message()).value.id).toBe(id)
    expect(server.connections()).toBe(1)
  })
})

/** Sends the same bytes until the client goes away. */
function endless(response: ServerResponse, type: string, bytes: string): void {
  response.writeHead(200, { 'content-type': type })
  const block = bytes.repeat(512)
  const more = async () => {
    while (!response.destroyed) {
      if (!response.write(block)) await Promise.race([once(response, 'drain'), once(response, 'close')])
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  void more()
}
