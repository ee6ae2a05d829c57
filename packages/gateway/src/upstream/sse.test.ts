import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { silentLog } from '../log.ts'
import { openSse, type SseOptions } from './sse.ts'
import { beginEvents, eventOf, resultOf, startServer, type TestServer } from './testing/httpServer.ts'
import { Recorder } from './testing/recorder.ts'
import { closeAfterEach } from './testing/remoteClient.ts'
import type { Outbound } from './transport.ts'

const onEnd = closeAfterEach()

interface SseServer extends TestServer {
  /** The stream of the client that came last. */
  stream(): ServerResponse
}

/** A server of 2024-11-05 whose first event is `first`; it answers every request on its stream. */
async function serve(
  first: string,
  post: (response: ServerResponse) => void = (r) => r.writeHead(202).end('Accepted'),
) {
  let stream: ServerResponse | undefined
  const server = await startServer((request, response) => {
    if (request.method === 'GET') {
      stream = response
      beginEvents(response)
      response.write(first)
      return
    }
    post(response)
    if (request.message.id !== undefined && response.statusCode === 202)
      stream?.write(eventOf(resultOf(request)))
  })
  onEnd(() => server.close())
  const open: SseServer = {
    ...server,
    stream: () => {
      if (stream === undefined) throw new Error('no client yet')
      return stream
    },
  }
  return open
}

function connect(url: string, more: Partial<SseOptions> = {}) {
  const seen = new Recorder()
  const options = {
    serverId: 's',
    url,
    headers: () => ({ authorization: 'Bearer s3cret' }),
    maxMessageBytes: 10_000,
    connectTimeoutMs: 2_000,
    endpointTimeoutMs: 2_000,
    log: silentLog,
  }
  const transport = openSse({ ...options, ...more }, seen.events)
  onEnd(() => transport.close())
  return { transport, seen }
}

const call = (id: number, method = 'tools/call'): Outbound => {
  return { kind: 'request', id, method, text: JSON.stringify({ jsonrpc: '2.0', id, method }) }
}
const endpoint = (url: string) => `event: endpoint\ndata: ${url}\n\n`

describe('HTTP+SSE', () => {
  it('posts to the URL that the server names and hears the answer on the stream', async () => {
    const server = await serve(endpoint('/messages?sessionId=7'))
    const { transport, seen } = connect(`${server.origin}/sse`)
    await transport.start()
    transport.send(call(1, 'initialize'))
    expect(await seen.message()).toEqual({ value: { jsonrpc: '2.0', id: 1, result: {} }, context: {} })
    expect(server.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /sse',
      'POST /messages?sessionId=7',
    ])
    for (const request of server.received) expect(request.headers.authorization).toBe('Bearer s3cret')
  })

  it.each([
    ['relative', 'messages/x', '/v1/messages/x'],
    ['a query only', '?s=1', '/v1/sse?s=1'],
    ['with a fragment', '/m#x', '/m'],
    ['without a scheme, here', '//HOST/m', '/m'],
    ['absolute, here', 'http://HOST/m', '/m'],
  ])('a URL that is %s is resolved', async (_, text, path) => {
    const server = await serve('')
    const { transport, seen } = connect(`${server.origin}/v1/sse`)
    const started = transport.start()
    await server.next()
    server.stream().write(endpoint(text.replace('HOST', server.origin.slice(7))))
    await started
    transport.send(call(1))
    await seen.message()
    expect(server.received[1]?.url).toBe(path)
  })

  it.each([
    ['on another host', 'http://evil.example/m'],
    ['on another port', 'http://127.0.0.1:1/m'],
    ['over another scheme', 'https://127.0.0.1/m'],
    ['without a scheme, elsewhere', '//evil.example/m'],
    ['with backslashes', '\\\\evil.example\\m'],
    ['with a user', 'http://user@HOST/m'],
    ['that is a script', 'javascript:alert(1)'],
    ['that is empty', ''],
    ['that is none', 'http://[/'],
    ['that is endless', `/${'x'.repeat(5_000)}`],
  ])('a URL %s is refused, and nothing is posted anywhere', async (_, text) => {
    const server = await serve('')
    const { transport, seen } = connect(`${server.origin}/sse`)
    const started = transport.start()
    const stream = await server.next()
    server.stream().write(endpoint(text.replace('HOST', server.origin.slice(7))))
    await expect(started).rejects.toMatchObject({ fault: { code: 'not-acceptable' } })
    expect(await stream.ended).toBe(false)
    transport.send(call(1))
    await transport.close()
    expect(seen.all).toMatchObject([{ kind: 'closed', fault: { code: 'closed' } }])
    expect(server.received).toHaveLength(1)
  })

  it('a second URL changes nothing', async () => {
    const server = await serve(endpoint('/m'))
    const { transport, seen } = connect(`${server.origin}/sse`)
    await transport.start()
    server.stream().write(endpoint('/other') + eventOf({ jsonrpc: '2.0', method: 'notifications/message' }))
    await seen.message()
    transport.send(call(1))
    await seen.message()
    expect(server.received[1]?.url).toBe('/m')
  })

  it('a message before the URL is refused', async () => {
    const server = await serve(eventOf({ jsonrpc: '2.0', id: 1, method: 'roots/list' }))
    await expect(connect(`${server.origin}/sse`).transport.start()).rejects.toMatchObject({
      fault: { code: 'not-acceptable' },
    })
  })

  it('a server that names no URL is given up in time', async () => {
    const server = await serve(': nothing\n\n')
    const { transport } = connect(`${server.origin}/sse`, { endpointTimeoutMs: 100 })
    await expect(transport.start()).rejects.toMatchObject({ fault: { code: 'stream-ended' } })
    await expect.poll(() => server.openSockets()).toBe(0)
  })

  it.each([
    [404, 'text/plain', 'http-status'],
    [401, 'text/plain', 'unauthorized'],
    [302, 'text/plain', 'http-status'],
    [200, 'text/html', 'not-acceptable'],
    [200, 'application/json', 'not-acceptable'],
  ])('a stream answered with %d %s does not start', async (status, type, code) => {
    const server = await startServer((_, response) =>
      response.writeHead(status, { 'content-type': type, location: '/x' }).end(),
    )
    onEnd(() => server.close())
    await expect(connect(server.url).transport.start()).rejects.toMatchObject({ fault: { code } })
    expect(server.received).toHaveLength(1)
  })

  it.each([
    [
      'refused',
      (r: ServerResponse) => r.writeHead(500).end(),
      { kind: 'failed', id: 1, fault: { code: 'http-status', status: 500 } },
    ],
    [
      'redirected',
      (r: ServerResponse) => r.writeHead(307, { location: '/x' }).end(),
      { kind: 'failed', id: 1, fault: { status: 307 } },
    ],
    [
      'not known any more',
      (r: ServerResponse) => r.writeHead(404).end(),
      { kind: 'failed', id: 1, fault: { code: 'session-lost' } },
    ],
  ])('a request whose POST is %s fails', async (_, post, expected) => {
    const server = await serve(endpoint('/m'), post)
    const { transport, seen } = connect(`${server.origin}/sse`)
    await transport.start()
    transport.send(call(1))
    expect(await seen.next()).toMatchObject(expected)
    if ('code' in expected.fault && expected.fault.code === 'session-lost') {
      expect(await seen.next()).toMatchObject({ kind: 'closed', fault: { code: 'session-lost' } })
    }
  })

  it('the end of the stream is the end of the transport', async () => {
    const server = await serve(endpoint('/m'))
    const { transport, seen } = connect(`${server.origin}/sse`)
    await transport.start()
    server.stream().end()
    expect(await seen.next()).toMatchObject({ kind: 'closed', fault: { code: 'stream-ended' } })
    transport.send(call(1))
    await transport.close()
    expect(seen.all).toHaveLength(1)
    expect(server.received).toHaveLength(1)
  })

  it('is over once, also for one who closes on hearing of it', async () => {
    const server = await serve(endpoint('/m'))
    let ends = 0
    const gone = Promise.withResolvers<void>()
    const ignore = () => undefined
    const transport = openSse(
      {
        serverId: 's',
        url: `${server.origin}/sse`,
        headers: () => ({}),
        maxMessageBytes: 1e4,
        connectTimeoutMs: 1e3,
        endpointTimeoutMs: 1e3,
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
    await transport.start()
    server.stream().end()
    await gone.promise
    expect(ends).toBe(1)
  })

  it('an event over the limit ends the transport', async () => {
    const server = await serve(endpoint('/m'))
    const { transport, seen } = connect(`${server.origin}/sse`)
    await transport.start()
    server.stream().write(`data: ${'x'.repeat(10_001)}\n\n`)
    expect(await seen.next()).toMatchObject({ kind: 'closed', fault: { code: 'too-large' } })
    await expect.poll(() => server.openSockets()).toBe(0)
  })

  it('other events are noise', async () => {
    const server = await serve(endpoint('/m'))
    const { transport, seen } = connect(`${server.origin}/sse`)
    await transport.start()
    server.stream().write('event: ping\ndata: 2026-11-22\n\n')
    expect(await seen.next()).toEqual({ kind: 'noise', preview: '2026-11-22', bytes: 10 })
  })

  it('closing ends the stream and a start that is under way', async () => {
    const server = await serve('')
    const { transport, seen } = connect(`${server.origin}/sse`)
    const started = transport.start()
    const stream = await server.next()
    const failed = expect(started).rejects.toMatchObject({ fault: { code: 'closed' } })
    await transport.close()
    await failed
    expect(await stream.ended).toBe(false)
    expect(seen.all).toMatchObject([{ kind: 'closed' }])
  })

  it('requests wait until the server has taken notifications/initialized', async () => {
    let taken = false
    let stream: ServerResponse | undefined
    const server = await startServer((request, response) => {
      if (request.method === 'GET') {
        stream = response
        beginEvents(response)
        response.write(endpoint('/m'))
      } else if (request.message.id === undefined) {
        setTimeout(() => {
          taken = true
          response.writeHead(202).end()
        }, 50)
      } else {
        response.writeHead(202).end()
        stream?.write(eventOf(resultOf(request, { taken })))
      }
    })
    onEnd(() => server.close())
    const { transport, seen } = connect(`${server.origin}/sse`)
    await transport.start()
    transport.send({ kind: 'notification', method: 'notifications/initialized', text: '{}' })
    transport.send(call(2, 'tools/list'))
    expect((await seen.message()).value.result).toEqual({ taken: true })
  })
})
