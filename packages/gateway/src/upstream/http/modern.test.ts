import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import {
  type Behaviour,
  beginEvents,
  eventOf,
  resultOf,
  sendJson,
  startRawServer,
  startServer,
} from '../testing/httpServer.ts'
import { modernCall, remoteTests } from '../testing/remoteClient.ts'
import { HttpPools } from './pools.ts'

const { onEnd, serve, connect } = remoteTests('modern')

const progress = {
  jsonrpc: '2.0',
  method: 'notifications/progress',
  params: { progressToken: 1, progress: 1 },
}

describe('an answer', () => {
  it('comes as one JSON body', async () => {
    const server = await serve((request, response) => sendJson(response, resultOf(request, { ok: true })))
    const { transport, seen } = connect(server.url)
    transport.send(modernCall(1))
    expect(await seen.message()).toEqual({
      value: { jsonrpc: '2.0', id: 1, result: { ok: true } },
      context: { relatedTo: 1, status: 200 },
    })
    const { method, url, headers, body } = await server.next()
    expect({ method, url, body }).toEqual({ method: 'POST', url: '/mcp', body: modernCall(1).text })
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
    transport.send(modernCall(1))
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
    transport.send(modernCall(1))
    expect((await seen.message()).value.result).toEqual({ text: 'é😀' })
  })

  it.each(['Application/JSON', 'application/json;charset=UTF-8', 'application/json ; Charset="utf-8"; x=y'])(
    'may say its type as %s',
    async (type) => {
      const server = await serve((request, response) =>
        sendJson(response, resultOf(request), 200, { 'content-type': type }),
      )
      const { transport, seen } = connect(server.url)
      transport.send(modernCall(1))
      expect((await seen.message()).value.id).toBe(1)
    },
  )

  it('a JSON-RPC error keeps its HTTP status', async () => {
    const error = { jsonrpc: '2.0', id: 1, error: { code: -32601, message: 'no' } }
    const server = await serve((_, response) => sendJson(response, error, 404))
    const { transport, seen } = connect(server.url)
    transport.send(modernCall(1))
    expect(await seen.message()).toEqual({ value: error, context: { relatedTo: 1, status: 404 } })
    await transport.close()
    expect(seen.all.map((one) => one.kind)).toEqual(['message', 'closed'])
  })

  it('200 requests at once get 200 answers, each on its own', async () => {
    const server = await serve((request, response) =>
      sendJson(response, resultOf(request, { for: request.message.id })),
    )
    const { transport, seen } = connect(server.url)
    for (let id = 1; id <= 200; id++) transport.send(modernCall(id))
    for (let i = 0; i < 200; i++) {
      const { value, context } = await seen.message()
      expect(value).toMatchObject({ id: context.relatedTo, result: { for: context.relatedTo } })
    }
  })

  it('two sessions with equal ids over shared connections never hear each other', async () => {
    const server = await serve((request, response) => {
      const result = resultOf(request, { team: request.headers['x-team'] })
      // Out of order, and by turns as a body and as a stream.
      setTimeout(
        () => {
          if (Number(request.message.id) % 2 === 0) sendJson(response, result)
          else response.writeHead(200, { 'content-type': 'text/event-stream' }).end(eventOf(result))
        },
        (Number(request.message.id) * 7) % 5,
      )
    })
    const pools = new HttpPools({ connectTimeoutMs: 1_000, connections: { calls: 7 } })
    onEnd(() => pools.close())
    const teams = ['red', 'blue'].map((team) => ({
      team,
      ...connect(server.url, { pools, headers: () => ({ 'x-team': team }) }),
    }))
    for (let id = 1; id <= 50; id++) for (const { transport } of teams) transport.send(modernCall(id))
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
      transport.send(modernCall(id))
      await seen.message()
    }
    expect(server.connections()).toBe(1)
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
    transport.send(modernCall(1))
    const happening = await seen.next()
    expect(happening).toMatchObject({ kind: 'failed', id: 1, fault: expected })
    expect(JSON.stringify(happening)).not.toContain('secret-in-page')
    broken = false
    transport.send(modernCall(2))
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
    onEnd(() => server.close())
    const { transport, seen } = connect(server.url)
    transport.send(modernCall(1))
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
      transport.send(modernCall(1))
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
    transport.send(modernCall(1))
    const fault = await seen.fault()
    expect(fault).toMatchObject({ code: 'connect-failed' })
    expect(fault.explain).toContain('ECONNREFUSED')
  })

  it('an answer to another id is handed on, and ends the wait for this one', async () => {
    const server = await serve((_, response) => sendJson(response, { jsonrpc: '2.0', id: 99, result: {} }))
    const { transport, seen } = connect(server.url)
    transport.send(modernCall(1))
    expect(await seen.message()).toMatchObject({ value: { id: 99 }, context: { relatedTo: 1 } })
    expect(await seen.next()).toMatchObject({ kind: 'failed', id: 1, fault: { code: 'stream-ended' } })
  })

  it('an error without an id is handed on with the request it came for', async () => {
    const error = { jsonrpc: '2.0', id: null, error: { code: -32000, message: 'Server not initialized' } }
    const server = await serve((_, response) => sendJson(response, error, 400))
    const { transport, seen } = connect(server.url)
    transport.send(modernCall(1))
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
    transport.send(modernCall(1))
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
    transport.send(modernCall(1))
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
    transport.send(modernCall(1))
    expect(await seen.next()).toMatchObject({ kind: 'message', text: '{"a":"x\ny"}\0' })
    expect((await seen.message()).value.id).toBe(1)
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
