import { describe, expect, it } from 'vitest'
import type { ModernReply } from './port.ts'
import { EventReader, modernRequest, RawClient } from './testing/httpDoor.ts'
import { open } from './testing/openDoors.ts'
import { noteBytes, resultBytes } from './testing/scriptedFront.ts'

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
