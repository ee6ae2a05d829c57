import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ModernReply } from './port.ts'
import {
  EventReader,
  envelope,
  legacyPost,
  MODERN,
  modernRequest,
  openDoor,
  RawClient,
  type TestDoor,
} from './testing/httpDoor.ts'
import { open } from './testing/openDoors.ts'
import { answerModern, noteBytes, resultBytes } from './testing/scriptedFront.ts'

const call = (id: unknown = 1, signal?: AbortSignal) =>
  modernRequest('tools/call', { name: 'a' }, { id, ...(signal === undefined ? {} : { signal }) })

describe('an answer', () => {
  it('that comes first is JSON with the status the gateway gave it', async () => {
    const { url } = await open({
      script: { modern: (message, reply) => reply.finish(resultBytes(message.id, { x: 1 }), 404) },
    })
    const response = await fetch(url, call('7'))
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/json'])
    expect(await response.json()).toEqual({ jsonrpc: '2.0', id: '7', result: { x: 1 } })
  })

  it('behind notifications ends a stream: in order, without ids, not buffered by proxies', async () => {
    const { url } = await open({
      script: {
        modern: (message, reply) => {
          reply.notify(noteBytes('notifications/progress', { progress: 1 }))
          reply.notify(noteBytes('notifications/progress', { progress: 2 }))
          setImmediate(() => reply.finish(resultBytes(message.id), 200))
        },
      },
    })
    const response = await fetch(url, call())
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    expect(response.headers.get('x-accel-buffering')).toBe('no')
    expect(response.headers.get('cache-control')).toContain('no-cache')
    const events = await new EventReader(response).rest()
    expect(events.map(({ data }) => JSON.parse(data).params?.progress ?? 'result')).toEqual([1, 2, 'result'])
    expect(events.map(({ id }) => id)).toEqual([undefined, undefined, undefined])
  })

  it.each([0, 1])('in pieces arrives whole and once, behind %i notifications', async (notes) => {
    const text = 'x'.repeat(300_000)
    const { url } = await open({
      script: {
        modern: (message, reply) => {
          if (notes > 0) reply.notify(noteBytes('notifications/progress', { progress: 1 }))
          const bytes = resultBytes(message.id, { text })
          const parts = [bytes.subarray(0, 40), bytes.subarray(40, -1), bytes.subarray(-1)]
          reply.finishParts?.(parts, 200)
          reply.finishParts?.(parts, 200)
        },
      },
    })
    const response = await fetch(url, call())
    const [answer, ...more] =
      notes > 0
        ? (await new EventReader(response).rest()).slice(notes).map(({ data }) => JSON.parse(data))
        : [await response.json()]
    expect(answer).toEqual({ jsonrpc: '2.0', id: 1, result: { text } })
    expect(more).toEqual([])
  })

  it('with line ends in it forges no event', async () => {
    const forged = '{"jsonrpc":"2.0",\r\n\r\ndata: {"id":9}\n\nevent: x\n"id":1}'
    const { url } = await open({
      script: {
        modern: (_, reply) => {
          reply.notify(Buffer.from(forged))
          reply.finish(Buffer.from('{"id":1}'), 200)
        },
      },
    })
    const text = await (await fetch(url, call())).text()
    expect(text.match(/^event: /gm)).toHaveLength(2)
    expect(text.split('\n\n').filter((event) => event !== '')).toHaveLength(2)
  })

  it('is given once: what comes after it is dropped', async () => {
    const { url } = await open({
      script: {
        modern: (message, reply) => {
          reply.finish(resultBytes(message.id, { first: true }), 200)
          reply.finish(resultBytes(message.id, { second: true }), 200)
          reply.notify(noteBytes('x'))
        },
      },
    })
    expect(await (await fetch(url, call())).text()).toBe('{"jsonrpc":"2.0","id":1,"result":{"first":true}}')
  })
})

describe('a client that leaves', () => {
  it('has cancelled: once, whether it waited or read a stream', async () => {
    for (const streams of [false, true]) {
      const replies: ModernReply[] = []
      const { url, front } = await open({
        script: {
          modern: (_, reply) => {
            replies.push(reply)
            if (streams) reply.notify(noteBytes('x'))
          },
        },
      })
      const abort = new AbortController()
      const response = fetch(url, call(5, abort.signal))
      await front.until(() => front.calls.length === 1)
      if (streams) await response
      abort.abort()
      await response.catch(() => undefined)
      await front.until(() => front.cancelled.length > 0)
      for (const reply of replies) reply.finish(Buffer.from('{}'), 200)
      expect(front.cancelled).toEqual(['tools/call 5: the client went away'])
    }
  })

  it('after its answer has cancelled nothing', async () => {
    const { url, front, ingress } = await open()
    await (await fetch(url, call())).text()
    await ingress.close()
    expect(front.cancelled).toEqual([])
  })

  it('does not end the calls of others with the same id', async () => {
    const replies = new Map<string, ModernReply>()
    const { url, front } = await open({
      script: { modern: (message, reply) => void replies.set(String(message.params.name), reply) },
    })
    const abort = new AbortController()
    const leaving = fetch(
      url,
      modernRequest('tools/call', { name: 'leaving' }, { id: 1, signal: abort.signal }),
    ).catch(() => undefined)
    const staying = fetch(url, modernRequest('tools/call', { name: 'staying' }, { id: 1 }))
    await front.until(() => replies.size === 2)
    abort.abort()
    await leaving
    await front.until(() => front.cancelled.length === 1)
    replies.get('staying')?.finish(resultBytes('1', { for: 'staying' }), 200)
    expect(await (await staying).json()).toMatchObject({ result: { for: 'staying' } })
  })
})

describe('a client that does not read', () => {
  const big = noteBytes('x', { text: 'x'.repeat(60_000) })

  it('is cut off when too much waits for it, and its call is cancelled', async () => {
    let pushing: NodeJS.Timeout | undefined
    const { port, front } = await open({
      maxBufferedBytes: 300_000,
      listen: { stalledClientMs: 600_000 },
      script: {
        modern: (_, reply) => {
          pushing = setInterval(() => reply.notify(big), 1)
        },
      },
    })
    const client = new RawClient(port)
    client.socket.pause()
    client.write(rawCall(port))
    await front.until(() => front.cancelled.length > 0)
    clearInterval(pushing)
    client.destroy()
    expect(front.cancelled).toEqual(['tools/call 1: the client went away'])
  })

  it('is cut off after stalledClientMs, however little waits for it', async () => {
    const { port, front } = await open({
      listen: { stalledClientMs: 100 },
      maxBufferedBytes: 1e9,
      script: {
        modern: (_, reply) => {
          for (let i = 0; i < 200; i++) reply.notify(big)
        },
      },
    })
    const client = new RawClient(port)
    client.socket.pause()
    client.write(rawCall(port))
    await front.until(() => front.cancelled.length > 0)
    client.destroy()
    expect(front.cancelled).toHaveLength(1)
  })

  it('is not cut off while it reads, even slowly', async () => {
    const { port } = await open({
      listen: { stalledClientMs: 5_000 },
      script: {
        modern: (message, reply) => reply.finish(resultBytes(message.id, 'x'.repeat(8_000_000)), 200),
      },
    })
    const client = new RawClient(port)
    let got = 0
    client.socket.on('data', (chunk: Buffer) => {
      got += chunk.length
      client.socket.pause()
      setTimeout(() => client.socket.resume(), 60)
    })
    client.write(rawCall(port))
    await client.until(() => got > 8_000_000, 100_000)
    client.destroy()
    expect(got).toBeGreaterThan(8_000_000)
  }, 120_000)
})

function rawCall(port: number): string {
  const { headers, body } = call()
  const lines = Object.entries(headers as Record<string, string>).map(([name, value]) => `${name}: ${value}`)
  return [
    `POST /mcp HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    ...lines,
    `Content-Length: ${String(body).length}`,
    '',
    body,
  ].join('\r\n')
}

describe('a silent stream', () => {
  it('is kept alive with comments, and becomes one when nothing came', async () => {
    const replies: ModernReply[] = []
    const { url } = await open({
      listen: { keepAliveMs: 20 },
      script: { modern: (_, reply) => void replies.push(reply) },
    })
    const response = await fetch(url, call())
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const reader = new EventReader(response)
    const rest = reader.rest()
    await expect.poll(() => reader.comments).toBeGreaterThan(1)
    replies[0]?.finish(resultBytes('1'), 200)
    expect(await rest).toMatchObject([{ data: expect.stringContaining('result') }])
  })
})

describe('subscriptions', () => {
  const listen = (id: unknown, signal?: AbortSignal) =>
    modernRequest(
      'subscriptions/listen',
      { notifications: {} },
      { id, ...(signal === undefined ? {} : { signal }) },
    )
  const acknowledge = {
    modern: (_: unknown, reply: ModernReply) =>
      reply.notify(noteBytes('notifications/subscriptions/acknowledged')),
  }

  it('are bounded in number; one that ends makes room', async () => {
    const { url, front } = await open({ listen: { maxStreams: 2 }, script: acknowledge })
    const aborts = [new AbortController(), new AbortController()]
    const held = await Promise.all(aborts.map((abort) => fetch(url, listen('a', abort.signal))))
    const refused = await fetch(url, listen('c'))
    expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toMatchObject([
      503,
      '10',
      { id: 'c', error: { code: -31503 } },
    ])
    expect((await fetch(url, call())).headers.get('content-type')).toBe('text/event-stream')
    aborts[0]?.abort()
    await front.until(() => front.cancelled.length > 0)
    expect((await fetch(url, listen('d'))).status).toBe(200)
    expect(held.map((response) => response.status)).toEqual([200, 200])
  })

  it('end in order when they grow too old, and when the gateway stops', async () => {
    for (const options of [{ maxStreamMs: 50, listen: { keepAliveMs: 40 } }, {}]) {
      const { url, ingress, front } = await open({ ...options, script: acknowledge })
      const reader = new EventReader(await fetch(url, listen('s"1')))
      await reader.next()
      if (options.maxStreamMs === undefined) void ingress.close()
      const events = await reader.rest()
      expect(events.map(({ data }) => JSON.parse(data))).toEqual([
        {
          jsonrpc: '2.0',
          id: 's"1',
          result: { resultType: 'complete', _meta: { 'io.modelcontextprotocol/subscriptionId': 's"1' } },
        },
      ])
      expect(front.cancelled).toHaveLength(1)
    }
  })
})

describe('what a modern request is', () => {
  it('stateless: session and resumption headers change nothing, GET and DELETE have nothing to ask', async () => {
    const { url, front } = await open()
    const headers = { 'mcp-session-id': 'attacker', 'last-event-id': '0-1' }
    const response = await fetch(url, modernRequest('tools/list', {}, { headers }))
    expect([response.status, response.headers.get('mcp-session-id')]).toEqual([200, null])
    expect(front.calls[0]).not.toHaveProperty('conversation')
    for (const method of ['GET', 'DELETE']) {
      const other = await fetch(url, {
        method,
        headers: { ...headers, 'mcp-protocol-version': MODERN, accept: 'text/event-stream' },
      })
      expect([other.status, other.headers.get('allow')]).toEqual([405, 'POST'])
    }
  })

  it('one message: a notification is taken with 202, an answer of the client is none of it', async () => {
    const { url, front } = await open()
    const post = (message: unknown, headers: Record<string, string> = {}) =>
      fetch(url, legacyPost(message, undefined, { 'mcp-protocol-version': MODERN, ...headers }))
    const taken = await post({ jsonrpc: '2.0', method: 'notifications/roots/list_changed' })
    expect([taken.status, await taken.text()]).toEqual([202, ''])
    expect(
      (await post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } })).status,
    ).toBe(202)
    expect(
      (await post({ jsonrpc: '2.0', method: 'notifications/x' }, { 'mcp-method': 'notifications/y' })).status,
    ).toBe(400)
    expect((await post({ jsonrpc: '2.0', id: 1, result: {} })).status).toBe(400)
    // The cancellation is not passed on: an id says nothing about whose request it is.
    expect(front.calls.map((seen) => seen.method)).toEqual(['notifications/roots/list_changed'])
  })

  it('with its mirrored parameters, as they were sent', async () => {
    const { url, front } = await open()
    const headers = { 'Mcp-Param-Region': '=?base64?WsO8cmljaA==?=', 'MCP-PARAM-X': '1' }
    await fetch(url, modernRequest('tools/call', { name: 'a' }, { headers }))
    expect({ ...front.calls[0]?.mirrored }).toEqual({
      'mcp-param-region': '=?base64?WsO8cmljaA==?=',
      'mcp-param-x': '1',
    })
  })
})

describe('faults get the answers of the specification', () => {
  let door: TestDoor
  let sdkUrl: string
  const sdk = createServer()
  beforeAll(async () => {
    door = await openDoor({ script: { modern: answerModern } })
    const handler = createMcpHandler(
      () => {
        const server = new McpServer({ name: 'oracle', version: '0' })
        server.registerTool('a', {}, () => ({ content: [] }))
        return server
      },
      { legacy: 'reject' },
    )
    sdk.on('request', toNodeHandler(handler))
    await new Promise<void>((resolve) => sdk.listen(0, '127.0.0.1', resolve))
    sdkUrl = `http://127.0.0.1:${(sdk.address() as AddressInfo).port}/mcp`
  })
  afterAll(async () => {
    sdk.closeAllConnections()
    sdk.close()
    await door.ingress.close()
  })

  const meta = envelope()._meta as Record<string, unknown>
  const without = (key: string) =>
    Object.fromEntries(Object.entries(meta).filter(([name]) => !name.endsWith(key)))
  const future = { ...meta, 'io.modelcontextprotocol/protocolVersion': 'v999.0.0' }
  const request = (
    params: Record<string, unknown>,
    headers: Record<string, string | undefined> = {},
    method = 'tools/call',
  ): RequestInit => {
    const all = { ...(modernRequest(method, params).headers as Record<string, string>), ...headers }
    const sent = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined)
    return {
      method: 'POST',
      headers: Object.fromEntries(sent),
      body: JSON.stringify({ jsonrpc: '2.0', id: 'r', method, params: { _meta: meta, ...params } }),
    }
  }

  // `ours`: where the SDK answers otherwise, and why ours is what the specification or the vectors ask for.
  const cases: { name: string; init: RequestInit; status: number; code?: number; ours?: string }[] = [
    { name: 'all well', init: request({ name: 'a' }), status: 200 },
    {
      name: 'no version header',
      init: request({ name: 'a' }, { 'mcp-protocol-version': undefined }),
      status: 400,
      code: -32020,
    },
    {
      name: 'a legacy version header',
      init: request({ name: 'a' }, { 'mcp-protocol-version': '2025-11-25' }),
      status: 400,
      code: -32020,
    },
    {
      name: 'no method header',
      init: request({ name: 'a' }, { 'mcp-method': undefined }),
      status: 400,
      code: -32020,
    },
    {
      name: 'another method header',
      init: request({ name: 'a' }, { 'mcp-method': 'tools/list' }),
      status: 400,
      code: -32020,
    },
    {
      name: 'no name header',
      init: request({ name: 'a' }, { 'mcp-name': undefined }),
      status: 400,
      code: -32020,
    },
    {
      name: 'another name header',
      init: request({ name: 'a' }, { 'mcp-name': 'b' }),
      status: 400,
      code: -32020,
    },
    {
      name: 'a name header in base64',
      init: request({ name: 'a' }, { 'mcp-name': '=?base64?YQ==?=' }),
      status: 200,
    },
    {
      name: 'a name header in bad base64',
      init: request({ name: 'a' }, { 'mcp-name': '=?base64?YQ?=' }),
      status: 400,
      code: -32020,
    },
    {
      name: 'blanks around the name header',
      init: request({ name: 'a' }, { 'mcp-name': '  a  ' }),
      status: 200,
    },
    { name: 'no _meta', init: request({ name: 'a', _meta: undefined }), status: 400, code: -32602 },
    {
      name: 'no version in _meta',
      init: request({ name: 'a', _meta: without('protocolVersion') }),
      status: 400,
      code: -32602,
    },
    {
      name: 'no capabilities in _meta',
      init: request({ name: 'a', _meta: without('clientCapabilities') }),
      status: 400,
      code: -32602,
    },
    { name: 'no client info', init: request({ name: 'a' }), status: 200 },
    {
      name: 'a future version',
      init: request({ name: 'a', _meta: future }, { 'mcp-protocol-version': 'v999.0.0' }),
      status: 400,
      code: -32022,
    },
    {
      name: 'a future version in the body only',
      init: request({ name: 'a', _meta: future }),
      status: 400,
      code: -32020,
    },
    {
      name: 'an unknown version without an envelope',
      init: request({ name: 'a', _meta: undefined }, { 'mcp-protocol-version': '9999-99-99' }),
      status: 400,
      code: -32022,
      ours: 'hb-version-junk: an unknown revision is answered with the known ones, not judged by the rules of one of them',
    },
    {
      name: 'initialize with a modern header',
      init: request({ _meta: undefined }, {}, 'initialize'),
      status: 400,
      code: -32020,
    },
    {
      name: 'initialize with an envelope',
      init: request({}, {}, 'initialize'),
      status: 200,
      ours: 'the gateway behind the door answers 404 -32601; the script here answers everything',
    },
    {
      name: 'a response',
      init: { ...request({ name: 'a' }), body: '{"jsonrpc":"2.0","id":1,"result":{}}' },
      status: 400,
      code: -32600,
    },
    {
      name: 'a batch',
      init: { ...request({ name: 'a' }), body: `[${request({ name: 'a' }).body}]` },
      status: 400,
      code: -32600,
    },
    { name: 'no JSON', init: { ...request({ name: 'a' }), body: '{' }, status: 400, code: -32700 },
    { name: 'no object', init: { ...request({ name: 'a' }), body: '1' }, status: 400, code: -32600 },
    {
      name: 'text/plain',
      init: request({ name: 'a' }, { 'content-type': 'text/plain' }),
      status: 415,
      code: -31415,
      ours: 'a code outside the reserved range',
    },
  ]

  it.each(cases)('$name: $status $code', async ({ init, status, code, ours }) => {
    const answer = async (url: string) => {
      const response = await fetch(url, init)
      const text = await response.text()
      const json = text.startsWith('{')
        ? JSON.parse(text)
        : JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? '{}')
      return {
        status: response.status,
        code: json.error?.code as number | undefined,
        data: json.error?.data,
        id: json.id,
      }
    }
    const own = await answer(door.url)
    expect([own.status, own.code]).toEqual([status, code])
    const hasId =
      String(init.body).startsWith('{"jsonrpc":"2.0","id":"r"') && !String(code).startsWith('-314')
    expect(own.id).toBe(hasId ? 'r' : null)
    if (code === -32022) expect(own.data.supported).toContain(MODERN)
    if (ours === undefined) {
      const oracle = await answer(sdkUrl)
      expect([own.status, own.code], 'as the SDK answers').toEqual([oracle.status, oracle.code])
    }
  })

  it('a call without envelope, headers and session is not executed', async () => {
    const before = door.front.calls.length
    const response = await fetch(
      door.url,
      legacyPost({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'a' } }),
    )
    expect([response.status, await response.json()]).toMatchObject([400, { id: 1, error: { code: -31400 } }])
    expect(door.front.calls).toHaveLength(before)
  })
})
