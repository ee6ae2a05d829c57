import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { arrivals } from '../testing/httpDoor.ts'
import { open, raw } from '../testing/openDoors.ts'
import { call, rawCall } from '../testing/rawCall.ts'
import { noteBytes, resultBytes } from '../testing/scriptedFront.ts'

/** Requests that Node's parser made: it tells whoever listens (`diagnostics_channel`). */
let byNode = 0
const count = (): void => {
  byNode += 1
}
beforeEach(() => {
  byNode = 0
  subscribe('http.server.request.start', count)
})
afterEach(() => {
  unsubscribe('http.server.request.start', count)
})

const chunked = (port: number) => {
  const body = String(call.body)
  return rawCall(port, 'Transfer-Encoding: chunked', `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`)
}

/** A client that was answered more than sockets hold, and reads nothing. `ended`: the door has let go of its connection. */
async function unread(stalledClientMs = 150) {
  const answer = Buffer.from(
    JSON.stringify({ jsonrpc: '2.0', id: 1, result: { text: 'x'.repeat(12 << 20) } }),
  )
  const { port, front } = await open({
    maxConnections: 1,
    listen: { stalledClientMs },
    script: {
      modern: (message, reply) =>
        reply.finish(front.calls.length > 1 ? resultBytes(message.id) : answer, 200),
    },
  })
  const client = raw(port)
  client.socket.pause()
  client.write(rawCall(port))
  await front.until(() => front.calls.length === 1)
  await arrivals(3)
  /** It has the only place. */
  const ended = async (): Promise<boolean> => {
    const other = raw(port)
    other.write(`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)
    await other.until(() => other.text.includes('ok'))
    other.destroy()
    return other.text.includes('ok')
  }
  return { client, port, front, ended }
}

describe('a connection', () => {
  it('with plain requests alone is served without Node’s parser', async () => {
    const { port, front } = await open()
    const client = raw(port)
    for (let i = 1; i <= 3; i++) {
      client.write(rawCall(port))
      await client.until(() => client.statuses.length === i)
    }
    expect([client.statuses, front.calls.length, byNode]).toEqual([[200, 200, 200], 3, 0])
  })

  it('cut at any byte is served, and by Node from there on', async () => {
    const { port, front } = await open()
    const text = rawCall(port)
    const places = [
      1,
      4,
      19,
      20,
      40,
      text.indexOf('\r\n\r\n') + 1,
      text.indexOf('\r\n\r\n') + 4,
      text.length - 1,
    ]
    for (const [index, place] of places.entries()) {
      const client = raw(port)
      client.write(text.slice(0, place))
      await arrivals(3)
      client.write(text.slice(place))
      await client.until(() => client.statuses.length === 1)
      client.write(rawCall(port))
      await client.until(() => client.statuses.length === 2)
      expect([place, client.statuses, byNode]).toEqual([place, [200, 200], 2 * (index + 1)])
    }
    expect(front.calls).toHaveLength(2 * places.length)
  })

  it('changes over between two requests, whatever the second is', async () => {
    const { port, front } = await open()
    for (const [second, status, rule] of [
      [chunked(port), 200, undefined],
      [`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`, 200, undefined],
      ['NO HTTP\r\n\r\n', 400, 'http/framing'],
      [rawCall(port).replace('Content-Length: ', 'Content-Length: +'), 400, 'http/framing'],
      [rawCall(port, 'Content-Length: 5'), 400, 'http/framing'],
      [rawCall(port, `X: ${'x'.repeat(17_000)}`), 431, 'http/headers-size'],
      [rawCall(port, 'Host: evil.example'), 400, 'http/repeated-header'],
    ] as const) {
      front.entries.length = 0
      const client = raw(port)
      client.write(rawCall(port))
      await client.until(() => client.statuses.length === 1)
      client.write(second)
      await client.until(() => client.statuses.length === 2)
      expect(client.statuses).toEqual([200, status])
      expect(front.entries.map((entry) => entry.rule)).toEqual(rule === undefined ? [] : [rule])
    }
  })

  it('takes no bytes behind a request that is underway, but an empty line', async () => {
    let finish = (): void => {}
    const { port, front } = await open({
      script: {
        modern: (message, reply) => {
          finish = () => reply.finish(resultBytes(message.id, { resultType: 'complete' }), 200)
        },
      },
    })
    const patient = raw(port)
    patient.write(rawCall(port))
    await front.until(() => front.calls.length === 1)
    patient.write('\r\n')
    await arrivals(3)
    finish()
    await patient.until(() => patient.statuses.length === 1)
    expect(patient.text).toContain('Connection: keep-alive')
    expect(front.entries).toEqual([])

    const hasty = raw(port)
    hasty.write(rawCall(port))
    await front.until(() => front.calls.length === 2)
    hasty.write('P')
    await front.until(() => front.entries.length === 1)
    hasty.write(rawCall(port).slice(1))
    await arrivals(3)
    finish()
    await hasty.until(() => hasty.closed)
    expect([hasty.statuses, front.calls.length]).toEqual([[200], 2])
    expect(hasty.text).toContain('Connection: close')
    expect(front.entries).toMatchObject([{ rule: 'http/pipelined' }])
  })

  it('takes nothing behind a refusal that ends it', async () => {
    const { port, front } = await open()
    const client = raw(port)
    client.write(rawCall(port, '', '{"a":1,"a":2}'))
    client.write(rawCall(port))
    await client.until(() => client.closed)
    expect([client.statuses[0], front.calls]).toEqual([400, []])
  })

  it('whose client leaves, wholly or by half, cancels its call', async () => {
    const { port, front } = await open({ script: { modern: (_, reply) => reply.notify(noteBytes('n')) } })
    const [one, two] = [raw(port), raw(port)]
    for (const client of [one, two]) {
      client.write(rawCall(port))
      await client.until(() => client.text.includes('data: '))
    }
    one.destroy()
    two.socket.end()
    await front.until(() => front.cancelled.length === 2)
    await two.until(() => two.closed)
    expect([front.cancelled.length, byNode]).toEqual([2, 0])
  })

  it('is ended when no request comes for a while, before the first one with 408', async () => {
    const { port, front } = await open({ keepAliveTimeoutMs: 50, listen: { headersTimeoutMs: 100 } })
    const used = raw(port)
    used.write(rawCall(port))
    await used.until(() => used.closed)
    const silent = raw(port)
    await silent.until(() => silent.closed)
    expect([used.statuses, silent.statuses, byNode]).toEqual([[200], [408], 0])
    expect(front.entries).toMatchObject([{ rule: 'http/slow-request' }])
  })

  it('with a call that takes longer than it may be idle is not', async () => {
    const { port } = await open({
      keepAliveTimeoutMs: 30,
      listen: { headersTimeoutMs: 60 },
      script: {
        modern: (message, reply) =>
          void setTimeout(() => reply.finish(resultBytes(message.id, { resultType: 'complete' }), 200), 300),
      },
    })
    const client = raw(port)
    client.write(rawCall(port))
    await client.until(() => client.closed)
    expect(client.statuses).toEqual([200])
  })

  it('that reads nothing is ended', async () => {
    const big = noteBytes('n', { text: 'x'.repeat(64 * 1024) })
    const { port, front } = await open({
      listen: { stalledClientMs: 100 },
      script: {
        modern: (_, reply) => {
          for (let i = 0; i < 400; i++) reply.notify(big)
        },
      },
      maxBufferedBytes: 1 << 30,
    })
    const client = raw(port)
    client.socket.pause()
    client.write(rawCall(port))
    await front.until(() => front.cancelled.length === 1)
    expect(byNode).toBe(0)
  })

  it.each([
    ['one byte', () => 'P'],
    ['an empty line', () => '\r\n'],
    ['a cut request', (port: number) => rawCall(port).slice(0, 60)],
    ['the next request', rawCall],
  ])('that reads nothing and sends %s more is ended too, and no more is done for it', async (_, more) => {
    const { client, port, front, ended } = await unread()
    expect(await ended()).toBe(false)
    client.write(more(port))
    await expect.poll(ended).toBe(true)
    expect(front.calls).toHaveLength(1)
  })

  it('that reads nothing and keeps sending is ended by that', async () => {
    const { client, front, ended } = await unread(60_000)
    for (let packet = 0; packet < 12; packet++) {
      client.write('\r\n')
      await arrivals(2)
    }
    await expect.poll(ended).toBe(true)
    expect(front.calls).toHaveLength(1)
  })

  it('goes on with what came before its answer was read', async () => {
    const { client, port, front } = await unread(60_000)
    client.write(rawCall(port))
    await arrivals(5)
    expect(front.calls).toHaveLength(1)
    client.socket.resume()
    await client.until(() => front.calls.length === 2 && client.text.length > 12 << 20)
    await client.until(() => client.text.slice(12 << 20).includes('HTTP/1.1 200 '))
    expect([client.statuses, front.calls.length]).toEqual([[200, 200], 2])
  })

  it('without anything underway ends at once when the door closes', async () => {
    const { port, ingress } = await open()
    const [used, fresh] = [raw(port), raw(port)]
    used.write(rawCall(port))
    await used.until(() => used.statuses.length === 1)
    await arrivals(3)
    await ingress.close()
    await used.until(() => used.closed)
    await fresh.until(() => fresh.closed)
    expect([used.closed, fresh.closed]).toEqual([true, true])
  })
})

it('a connection that another process took keeps to the same time limits', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'sallyport-peer-')), 'peer.sock')
  const taker = createServer({ pauseOnConnect: true })
  await once(taker.listen(0, '127.0.0.1'), 'listening')
  const address = taker.address() as AddressInfo
  const peers = {
    address,
    path,
    secret: 'x',
    newSessionId: () => 'x',
    ofSession: () => undefined,
    ofCall: () => undefined,
  }
  const { ingress, front } = await open({ peers, listen: { headersTimeoutMs: 100, bodyTimeoutMs: 100 } })
  taker.on('connection', (socket) => ingress.take(socket))
  try {
    for (const start of ['', 'POST /mcp HTTP/1.1\r\n', rawCall(address.port).slice(0, -5)]) {
      const client = raw(address.port)
      client.write(start)
      await client.until(() => client.closed)
      expect([start.length, client.statuses]).toEqual([start.length, [408]])
    }
    expect(front.calls).toEqual([])
  } finally {
    taker.close()
    rmSync(dirname(path), { recursive: true, force: true })
  }
})
