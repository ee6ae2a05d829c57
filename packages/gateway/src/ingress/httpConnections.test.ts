import { connect, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { describe, expect, it } from 'vitest'
import { arrivals } from './testing/httpDoor.ts'
import { open, raw } from './testing/openDoors.ts'
import { call, rawCall, rawListen } from './testing/rawCall.ts'
import { resultBytes } from './testing/scriptedFront.ts'

describe('clients that are slow or too many', () => {
  it.each([
    ['in the head', (port: number) => `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`],
    ['in the body', (port: number) => rawCall(port).slice(0, -5)],
    ['before the first byte', () => ''],
  ])('%s are cut off with 408', async (_, start) => {
    const { port, front } = await open({ listen: { headersTimeoutMs: 100, bodyTimeoutMs: 100 } })
    const client = raw(port)
    client.write(start(port))
    await client.until(() => client.closed)
    expect([client.closed, client.statuses]).toEqual([true, [408]])
    expect(front.calls).toEqual([])
    await front.until(() => front.entries.length > 0)
    expect(front.entries).toMatchObject([{ rule: 'http/slow-request' }])
  })

  it('a client that trickles is cut off too, and others are served meanwhile', async () => {
    const { port, url } = await open({ listen: { headersTimeoutMs: 150, bodyTimeoutMs: 150 } })
    const client = raw(port)
    client.write(rawCall(port, '', `${' '.repeat(5000)}${call.body}`).slice(0, 400))
    const timer = setInterval(() => client.write(' '), 10)
    expect((await fetch(url, call)).status).toBe(200)
    await client.until(() => client.closed)
    clearInterval(timer)
    expect(client.statuses).toEqual([408])
  })

  it('heads over 16 KiB are refused', async () => {
    const { port, front } = await open()
    const client = raw(port)
    client.write(rawCall(port, `X: ${'x'.repeat(17_000)}`))
    await client.until(() => client.closed)
    expect(client.statuses).toEqual([431])
    expect(front.entries).toMatchObject([{ rule: 'http/headers-size' }])
  })

  it('a repeated header cannot hide behind thousands of others', async () => {
    const { port, front } = await open()
    const client = raw(port)
    client.write(rawCall(port, `${'a:\r\n'.repeat(2_500)}Mcp-Name: danger`))
    await client.until(() => client.text.includes('jsonrpc'))
    expect(client.statuses).toEqual([400])
    expect(front.calls).toEqual([])
  })

  it('connections over the limit are not taken, and their end makes room', async () => {
    const { port, url } = await open({ maxConnections: 2 })
    const [one, two] = [raw(port), raw(port)]
    for (const client of [one, two]) {
      client.write(`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)
      await client.until(() => client.text.includes('ok'))
    }
    const three = raw(port)
    await three.until(() => three.closed)
    expect(three.text).toBe('')
    one.destroy()
    two.destroy()
    await expect
      .poll(() =>
        fetch(url, call).then(
          (response) => response.status,
          () => 0,
        ),
      )
      .toBe(200)
  })
})

/** An address of this machine that is not a loopback one: those are not counted. */
const outer = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address

it.skipIf(outer === undefined)(
  'one address has so many connections and no more, and an end makes room',
  async () => {
    const { port } = await open({
      listen: { host: '0.0.0.0', behindTlsProxy: true, maxConnectionsPerAddress: 2 },
      identify: () => ({ principal: { issuer: 'a', subject: 'b' }, transport: 'http' }),
    })
    const sockets: Socket[] = []
    /** Whether it is taken: what is not is ended without a word. */
    const taken = async (): Promise<boolean> => {
      const socket = connect(port, outer ?? '')
      sockets.push(socket)
      socket.write(`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)
      return await new Promise((resolve) => {
        socket.on('data', () => resolve(true))
        socket.on('error', () => resolve(false))
        socket.on('close', () => resolve(false))
      })
    }
    try {
      expect([await taken(), await taken(), await taken()]).toEqual([true, true, false])
      sockets[0]?.destroy()
      await expect.poll(taken).toBe(true)
    } finally {
      for (const socket of sockets) socket.destroy()
    }
  },
)

describe('requests behind requests', () => {
  it('are not executed: the first is answered, the connection ends', async () => {
    const { port, front } = await open({
      script: {
        modern: (message, reply) =>
          void setTimeout(() => reply.finish(Buffer.from(`{"id":${message.id}}`), 200), 20),
      },
    })
    const client = raw(port)
    client.write(rawCall(port) + rawCall(port, 'X: second'))
    await client.until(() => client.closed)
    expect(client.statuses).toEqual([200])
    expect(client.text).toContain('Connection: close')
    expect(front.calls).toHaveLength(1)
    expect(front.entries).toMatchObject([{ rule: 'http/pipelined' }])
  })

  it.each([
    ['read by Node’s parser', 1],
    ['plain', 0],
  ])('let the stream of a call that is underway end in its own way: %s', async (_, cut) => {
    let finish = (): void => {}
    const { port, front } = await open({
      script: {
        modern: (message, reply) => {
          reply.notify(Buffer.from('{}'))
          finish = () => reply.finish(resultBytes(message.id), 200)
        },
      },
    })
    const client = raw(port)
    client.write(rawCall(port).slice(0, cut))
    await arrivals(3)
    client.write(rawCall(port).slice(cut))
    await client.until(() => client.text.includes('data: {}'))
    client.write(rawCall(port))
    await front.until(() => front.entries.length > 0)
    finish()
    await client.until(() => client.closed)
    expect([client.statuses, front.calls.length, front.cancelled]).toEqual([[200], 1, []])
    expect(client.text).toMatch(/data: \{"jsonrpc":"2.0","id":1,"result":\{\}\}\n\n\r\n0\r\n\r\n$/)
    expect(front.entries).toMatchObject([{ rule: 'http/pipelined' }])
  })

  it.each([
    ['read by Node’s parser', 1],
    ['plain', 0],
  ])('end a stream that has no end of its own: %s', async (_, cut) => {
    const { port, front } = await open({ script: { modern: (_, reply) => reply.notify(Buffer.from('{}')) } })
    const client = raw(port)
    const listen = rawListen(port)
    client.write(listen.slice(0, cut))
    await arrivals(3)
    client.write(listen.slice(cut))
    await client.until(() => client.text.includes('data: {}'))
    client.write(rawCall(port))
    await client.until(() => client.closed)
    await front.until(() => front.cancelled.length > 0)
    expect(front.calls).toHaveLength(1)
  })

  it('end the connection at once when they are many', async () => {
    const { port, front } = await open({ script: { modern: () => undefined } })
    const client = raw(port)
    client.write(rawCall(port) + 'GET / HTTP/1.1\r\n\r\n'.repeat(500))
    await client.until(() => client.closed)
    await front.until(() => front.cancelled.length > 0)
    expect([client.text, front.calls.length]).toEqual(['', 1])
    expect(front.entries.length).toBeLessThan(10)
  })

  it('one after the other are served on one connection', async () => {
    const { port, front } = await open()
    const client = raw(port)
    for (let i = 1; i <= 3; i++) {
      client.write(rawCall(port))
      await client.until(() => client.statuses.length === i)
    }
    expect(client.statuses).toEqual([200, 200, 200])
    expect(front.calls).toHaveLength(3)
  })
})

describe('expectations and switches', () => {
  it('100 Continue is said only to a head that may come in', async () => {
    const { port, front } = await open()
    for (const [lines, statuses] of [
      [`Host: 127.0.0.1:${port}\r\nContent-Type: text/plain`, [415]],
      ['Host: evil.example\r\nContent-Type: application/json', [421]],
      [`Host: 127.0.0.1:${port}\r\nContent-Type: application/json`, [100]],
    ] as const) {
      const client = raw(port)
      client.write(`POST /mcp HTTP/1.1\r\n${lines}\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n`)
      await client.until(() => client.statuses.length > 0)
      expect(client.statuses).toEqual(statuses)
    }
    expect(front.calls).toEqual([])
  })

  it('another expectation is not met', async () => {
    const { port } = await open()
    const client = raw(port)
    client.write(rawCall(port, 'Expect: the-unexpected'))
    await client.until(() => client.closed)
    expect(client.statuses).toEqual([417])
  })

  it('an offer of h2c, as Java clients make it, is passed over', async () => {
    const { port, front } = await open()
    const client = raw(port)
    client.write(
      rawCall(port, 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk'),
    )
    await client.until(() => client.text.includes('complete'))
    expect(client.statuses).toEqual([200])
    expect(front.calls).toHaveLength(1)
  })

  it('HTTP/2 without asking is no HTTP here', async () => {
    const { port, front } = await open()
    const client = raw(port)
    client.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    await client.until(() => client.closed)
    expect(client.statuses).toEqual([400])
    expect(front.entries).toMatchObject([{ rule: 'http/framing' }])
  })

  it('what is no HTTP is refused once, however much of it comes', async () => {
    let records = 0
    const record = () => {
      records += 1
      return new Promise<void>((resolve) => setTimeout(resolve, 40))
    }
    const { port } = await open({ script: { record } })
    const client = raw(port)
    client.write('NO HTTP\r\n\r\n')
    await new Promise((resolve) => setTimeout(resolve, 10))
    client.write('MORE OF IT\r\n\r\n')
    await client.until(() => client.closed)
    expect([client.statuses, records]).toEqual([[400], 1])
  })

  it('HTTP/1.0 with a Host is served once and closed', async () => {
    const { port, front } = await open()
    const client = raw(port)
    client.write(rawCall(port, '', String(call.body), 'POST /mcp HTTP/1.0'))
    await client.until(() => client.closed)
    expect(client.statuses).toEqual([200])
    expect(front.calls).toHaveLength(1)
  })
})
