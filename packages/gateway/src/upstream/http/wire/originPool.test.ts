import { once } from 'node:events'
import net, { type AddressInfo, type Socket } from 'node:net'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { closeAfterEach } from '../../testing/remoteClient.ts'
import { readPeer } from './connect.ts'
import { OriginPool } from './originPool.ts'
import { ask } from './testing/ask.ts'

const onEnd = closeAfterEach()

/** A server that is told of every request (whatever arrives in one piece) and answers as the test says. */
async function serve(answer: (socket: Socket, text: string, connection: number) => void) {
  const requests: string[] = []
  const sockets: Socket[] = []
  const server = net.createServer({ noDelay: true }, (socket) => {
    const number = sockets.push(socket)
    socket.on('error', () => undefined)
    socket.on('data', (bytes: Buffer) => {
      requests.push(bytes.toString('latin1'))
      answer(socket, bytes.toString('latin1'), number)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onEnd(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, sockets }
}

function poolOf(origin: string, more: { maxConnections?: number; idleMs?: number } = {}): OriginPool {
  const pool = new OriginPool({
    peer: readPeer(origin, { ca: undefined, timeoutMs: 2_000, onSecure: undefined }),
    host: new URL(origin).host,
    maxConnections: 8,
    idleMs: 4_000,
    ...more,
  })
  onEnd(async () => pool.close())
  return pool
}

const ok = (body: string, more = '') =>
  `HTTP/1.1 200 OK\r\n${more}content-length: ${body.length}\r\n\r\n${body}`

describe('what a server sends unasked', () => {
  const poison = ok('poison')

  it.each([
    ['in the same piece', (socket: Socket) => socket.write(ok('true') + poison), 'HTTP_SURPLUS'],
    ['in one turn', (socket: Socket) => [socket.write(ok('true')), socket.write(poison)], undefined],
    [
      'behind chunks',
      (socket: Socket) =>
        socket.write(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\ntrue\r\n0\r\n\r\n${poison}`),
      'HTTP_SURPLUS',
    ],
    [
      'behind an answer without a body',
      (socket: Socket) => socket.write(`HTTP/1.1 204 x\r\n\r\n${poison}`),
      'HTTP_SURPLUS',
    ],
  ])('%s behind an answer is never the answer to the next request', async (_, answer, fault) => {
    const server = await serve((socket, _, connection) => {
      if (connection === 1) answer(socket)
      else socket.write(ok('mine'))
    })
    const pool = poolOf(server.origin)
    const first = await ask(pool).outcome
    if (fault === undefined) expect(['200:true', 'HTTP_SURPLUS']).toContain(first)
    else expect(first).toBe(fault)
    // It has come before this is asked for, whenever the client learned of it.
    await sleep(20)
    expect(await ask(pool).outcome).toBe('200:mine')
    expect(server.sockets.length).toBe(2)
  }) // prettier-ignore

  it('while nothing is asked ends the connection', async () => {
    const server = await serve((socket) => socket.write(ok('mine')))
    const pool = poolOf(server.origin)
    expect(await ask(pool).outcome).toBe('200:mine')
    server.sockets[0]?.write(poison)
    await sleep(20)
    expect(await ask(pool).outcome).toBe('200:mine')
    expect(server.sockets.length).toBe(2)
  })

  it('before the request that waits for a free connection does not answer it', async () => {
    const server = await serve((socket, _, connection) => {
      socket.write(connection === 1 ? ok('first') : ok('mine'))
      if (connection === 1) setImmediate(() => socket.write(poison))
    })
    const pool = poolOf(server.origin, { maxConnections: 1 })
    const [first, second] = [ask(pool), ask(pool)]
    expect(await first.outcome).toMatch(/^200:first$|^HTTP_SURPLUS$/)
    // The poison may come when the second request is written already: then HTTP cannot tell, and the ids of JSON-RPC do.
    expect(await second.outcome).not.toBe('200:first')
  })
})

describe('a request that waits for a connection that rests', () => {
  it.each([
    ['ends', (socket: Socket) => void socket.end()],
    ['is reset', (socket: Socket) => void socket.resetAndDestroy()],
    ['speaks', (socket: Socket) => void socket.write(ok('poison'))],
  ])('is sent on another one when that one %s', async (_, spoil) => {
    const server = await serve((socket, _, connection) => {
      socket.write(ok(String(connection)))
      if (connection % 2 === 1) spoil(socket)
    })
    const pool = poolOf(server.origin)
    for (let i = 0; i < 20; i++) {
      // Asked for in the turn of the answer, and maybe before the end of the connection is seen.
      expect(await ask(pool, { method: 'GET' }).outcome).toMatch(/^200:\d+$|HTTP_SURPLUS|ECONNRESET/)
      expect(await ask(pool, { method: 'GET' }).outcome).toMatch(/^200:\d+$|HTTP_SURPLUS|ECONNRESET/)
    }
  })
})

describe('connections', () => {
  it('are used again, the one used last first, and not before the turn is over', async () => {
    const server = await serve((socket, text) => socket.write(ok(/^\w+ (\S+)/.exec(text)?.[1] ?? '')))
    const pool = poolOf(server.origin)
    const both = [ask(pool, { path: '/a' }), ask(pool, { path: '/b' })]
    expect(await Promise.all(both.map(({ outcome }) => outcome))).toEqual(['200:/a', '200:/b'])
    for (let i = 0; i < 10; i++) {
      // In the very turn of the answer before: it waits for the connection that rests.
      const next = ask(pool, { path: `/${i}` })
      expect(await next.outcome).toBe(`200:/${i}`)
    }
    expect(server.sockets.length).toBe(2)
  })

  it('are no more than allowed; what waits is sent in order', async () => {
    const server = await serve((socket, text) =>
      setTimeout(() => socket.write(ok(/^\w+ (\S+)/.exec(text)?.[1] ?? '')), 2),
    )
    const pool = poolOf(server.origin, { maxConnections: 2 })
    const all = Array.from({ length: 20 }, (_, i) => ask(pool, { path: `/${i}` }).outcome)
    expect(await Promise.all(all)).toEqual(all.map((_, i) => `200:/${i}`))
    expect(server.sockets.length).toBe(2)
    expect(server.requests.map((text) => Number(/\/(\d+)/.exec(text)?.[1]))).toEqual([...all.keys()])
  }) // prettier-ignore

  it('that nobody uses are ended, sooner when the server says that it will', async () => {
    const server = await serve((socket, text) =>
      socket.write(ok('x', text.startsWith('POST /hint') ? 'keep-alive: timeout=1, max=5\r\n' : '')),
    )
    const pool = poolOf(server.origin, { idleMs: 50 })
    await ask(pool).outcome
    await expect.poll(() => server.sockets[0]?.destroyed || server.sockets[0]?.readableEnded).toBe(true)
    const patient = poolOf(server.origin, { idleMs: 60_000 })
    // One second is less than a request may take to arrive: such a connection is not used again at all.
    await ask(patient, { path: '/hint' }).outcome
    await expect.poll(() => server.sockets[1]?.destroyed || server.sockets[1]?.readableEnded).toBe(true)
  })

  it('that the server ends, or may end, are not used again', async () => {
    const answers = [
      ok('a', 'connection: close\r\n'),
      'HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\nb',
      ok('c'),
    ]
    const server = await serve((socket, _, connection) => socket.write(answers[connection - 1] ?? ok('x')))
    const pool = poolOf(server.origin)
    const outcomes: string[] = []
    for (let i = 0; i < 4; i++) {
      outcomes.push(await ask(pool).outcome)
      await turn()
    }
    expect(outcomes).toEqual(['200:a', '200:b', '200:c', '200:c'])
    expect(server.sockets.length).toBe(3)
  })

  it('on which the server answered before the request was written are not used again', async () => {
    const server = await serve((socket) => {
      socket.pause()
      if (socket.bytesWritten === 0) socket.write(ok('early'))
    })
    const pool = poolOf(server.origin)
    expect(await ask(pool, { body: 'x'.repeat(64 << 20) }).outcome).toBe('200:early')
    await expect.poll(() => server.sockets[0]?.resume().destroyed).toBe(true)
  })
})

describe('a connection that the server ended', () => {
  it('before a call is answered fails the call, which is not sent a second time', async () => {
    const server = await serve((socket, _, connection) => {
      if (connection === 1 && socket.bytesWritten > 0) socket.destroy()
      else socket.write(ok('x'))
    })
    const pool = poolOf(server.origin)
    expect(await ask(pool).outcome).toBe('200:x')
    await sleep(5)
    expect(await ask(pool).outcome).toMatch(/CLOSED_BY_SERVER|ECONNRESET|EPIPE/)
    expect(server.requests.length).toBe(2)
  })

  it('without a byte of an answer is replaced for a request that may be repeated', async () => {
    const server = await serve((socket, _, connection) => {
      if (connection === 1 && socket.bytesWritten > 0) socket.destroy()
      else socket.write(ok('x'))
    })
    const pool = poolOf(server.origin)
    expect(await ask(pool).outcome).toBe('200:x')
    await sleep(5)
    expect(await ask(pool, { method: 'DELETE' }).outcome).toBe('200:x')
    expect(server.sockets.length).toBe(2)
  })

  it('is not replaced when it was new, or when an answer had begun', async () => {
    const server = await serve((socket, text) => {
      if (text.startsWith('POST')) socket.write(ok('x'))
      else socket.end(text.includes('/begun') ? 'HTTP/1.1 2' : '')
    })
    const pool = poolOf(server.origin)
    expect(await ask(pool, { method: 'GET' }).outcome).toBe('CLOSED_BY_SERVER')
    expect(await ask(pool).outcome).toBe('200:x')
    await sleep(5)
    expect(await ask(pool, { method: 'GET', path: '/begun' }).outcome).toBe('CLOSED_BY_SERVER')
    expect(server.requests.length).toBe(3)
  })
})

describe('a request', () => {
  it('leaves in one piece, with its length in bytes', async () => {
    const server = await serve((socket) => socket.write(ok('x')))
    const pool = poolOf(server.origin)
    await ask(pool, { body: '{"é":"😀"}', path: '/mcp?k=1', lines: 'x-latin: \xe9\r\n' }).outcome
    const { host } = new URL(server.origin)
    const body = Buffer.from('{"é":"😀"}').toString('latin1')
    expect(server.requests).toEqual([
      `POST /mcp?k=1 HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\nx-latin: \xe9\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    ])
  })

  it.each(['/a b', '/a\r\nx: y', '/a\n', 'a', '', '/\xe9', '/a HTTP/1.1\r\n'])(
    'with the path %j is not sent',
    async (path) => {
      const server = await serve((socket) => socket.write(ok('x')))
      expect(await ask(poolOf(server.origin), { path }).outcome).toBe('INVALID_REQUEST')
      expect(server.sockets.length).toBe(0)
    },
  )

  it('that is abandoned while it waits is not sent, and its connection serves the next', async () => {
    const server = await serve((socket) => socket.write(ok('x')))
    const pool = poolOf(server.origin)
    const abandoned = ask(pool, { path: '/abandoned' })
    abandoned.abort()
    expect(await ask(pool, { path: '/next' }).outcome).toBe('200:x')
    expect(abandoned.isSent()).toBe(false)
    expect(server.requests.map((text) => text.slice(0, 10))).toEqual(['POST /next'])
  })

  it('that is abandoned under way ends its connection, which the server sees', async () => {
    const server = await serve(() => undefined)
    const pool = poolOf(server.origin)
    const asked = ask(pool)
    await expect.poll(() => server.requests.length).toBe(1)
    asked.abort()
    await expect.poll(() => server.sockets[0]?.destroyed || server.sockets[0]?.readableEnded).toBe(true)
  })

  it('fails when the pool is closed: under way, waiting, and later', async () => {
    const server = await serve(() => undefined)
    const pool = poolOf(server.origin, { maxConnections: 1 })
    const asked = [ask(pool), ask(pool)]
    await expect.poll(() => server.requests.length).toBe(1)
    pool.close()
    asked.push(ask(pool))
    expect(await Promise.all(asked.map(({ outcome }) => outcome))).toEqual(Array(3).fill('POOL_CLOSED'))
  })

  it('fails with the reason when there is no connection, each once', async () => {
    const server = net.createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    const pool = poolOf(`http://127.0.0.1:${port}`)
    const asked = Array.from({ length: 20 }, () => ask(pool).outcome)
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['ECONNREFUSED']))
  })
})

it('a hundred requests at once over few connections each get their own answer, cut anywhere', async () => {
  const server = await serve((socket, text) => {
    const answer = Buffer.from(ok((/^\w+ (\S+)/.exec(text)?.[1] ?? '').repeat(40)))
    const middle = Math.floor((answer.length * (text.length % 7)) / 7)
    socket.write(answer.subarray(0, middle))
    setImmediate(() => socket.write(answer.subarray(middle)))
  })
  const pool = poolOf(server.origin, { maxConnections: 5 })
  const asked = Array.from({ length: 100 }, (_, i) => ask(pool, { path: `/${i}` }).outcome)
  expect(await Promise.all(asked)).toEqual(asked.map((_, i) => `200:${`/${i}`.repeat(40)}`))
})
