import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { type LogFields, silentLog } from '../../log.ts'
import { openHttp } from '../http.ts'
import { type Behaviour, beginEvents, type Received, resultOf, sendJson } from '../testing/httpServer.ts'
import { Recorder } from '../testing/recorder.ts'
import { modernCall, remoteTests } from '../testing/remoteClient.ts'
import type { HttpOptions } from './client.ts'
import { HttpPools } from './pools.ts'

const { onEnd, serve, connect } = remoteTests('modern')

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
    transport.send(modernCall(1))
    const request = await server.next()
    transport.cancel(1)
    expect(await request.ended).toBe(false)
    transport.send(modernCall(2))
    expect((await seen.message()).value.id).toBe(2)
    expect(seen.all).toHaveLength(1)
  })

  it('in the turn of the sending sends nothing', async () => {
    const server = await serve((request, response) => sendJson(response, resultOf(request)))
    const { transport, seen } = connect(server.url, { headers: () => Promise.resolve({}) })
    transport.send(modernCall(1))
    transport.cancel(1)
    transport.cancel(99)
    transport.send(modernCall(2))
    await seen.message()
    expect(server.received.map((one) => one.message.id)).toEqual([2])
  })

  it('after the answer does nothing', async () => {
    const server = await serve((request, response) => sendJson(response, resultOf(request)))
    const { transport, seen } = connect(server.url)
    transport.send(modernCall(1))
    await seen.message()
    transport.cancel(1)
    expect(await (await server.next()).ended).toBe(true)
    transport.send(modernCall(2))
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
    transport.send(modernCall(1))
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
      transport.send(modernCall(id))
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
    transport.send(modernCall(1))
    transport.send(modernCall(2))
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
    transport.send(modernCall(1))
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
      transport.send(modernCall(id))
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
    onEnd(() => transport.close())
    transport.send(modernCall(1))
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
      transport.send(modernCall(id))
      requests.push(await server.next())
    }
    await Promise.all([transport.close(), transport.close()])
    for (const request of requests) expect(await request.ended).toBe(false)
    transport.send(modernCall(4))
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
    onEnd(() => pools.close())
    const one = connect(server.url, { pools })
    const two = connect(server.url, { pools })
    one.transport.send(modernCall(1))
    await server.next()
    await one.transport.close()
    two.transport.send(modernCall(2))
    expect((await two.seen.message()).value.id).toBe(2)
    await pools.close()
    two.transport.send(modernCall(3))
    expect(await two.seen.next()).toMatchObject({ kind: 'failed', id: 3, fault: { code: 'closed' } })
  })

  it('streams of one session do not keep calls of another from getting through', async () => {
    const server = await serve((request, response) => sendJson(response, resultOf(request)))
    const pools = new HttpPools({ connectTimeoutMs: 1_000, connections: { calls: 1 } })
    onEnd(() => pools.close())
    const { transport, seen } = connect(server.url, { pools })
    for (let id = 1; id <= 20; id++) transport.send(modernCall(id))
    for (let id = 1; id <= 20; id++) expect((await seen.message()).value.id).toBe(id)
    expect(server.connections()).toBe(1)
  })
})
