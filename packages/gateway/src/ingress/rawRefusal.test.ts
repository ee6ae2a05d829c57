import { describe, expect, it } from 'vitest'
import type { ModernReply } from './port.ts'
import { arrivals, type RawClient, type TestDoor, type TestDoorOptions } from './testing/httpDoor.ts'
import { open, raw } from './testing/openDoors.ts'
import { rawCall, rawListen } from './testing/rawCall.ts'
import { noteBytes, resultBytes } from './testing/scriptedFront.ts'

interface Held {
  readonly door: TestDoor
  readonly client: RawClient
  readonly reply: () => ModernReply
  readonly finish: () => void
}

/** A door whose calls are answered when the test says so, and a client of it. `notes`: each call's answer is a stream. */
async function hold({
  notes,
  ...options
}: TestDoorOptions & { readonly notes?: boolean } = {}): Promise<Held> {
  const replies: (readonly [string | undefined, ModernReply])[] = []
  const door = await open({
    ...options,
    script: {
      ...options.script,
      modern: (message, reply) => {
        replies.push([message.id, reply])
        if (notes) reply.notify(noteBytes('n'))
      },
    },
  })
  const reply = () => {
    const last = replies.at(-1)
    if (last === undefined) throw new Error('no call came')
    return last[1]
  }
  return {
    door,
    client: raw(door.port),
    reply,
    finish: () => reply().finish(resultBytes(replies.at(-1)?.[0]), 200),
  }
}

/** Sends so that Node's parser reads it: the first packet is no whole request. */
async function sendCut(client: RawClient, text: string): Promise<void> {
  client.write(text.slice(0, 5))
  await arrivals(3)
  client.write(text.slice(5))
}

const QUICK = { headersTimeoutMs: 100, bodyTimeoutMs: 100 }

/** What may come behind a call, and the rule it is refused by. */
const BEHIND = [
  ['no HTTP', () => '\x01garbage\r\n\r\n', 'http/framing'],
  ['a request with a bad header', (port: number) => rawCall(port, 'Content Length: 5'), 'http/framing'],
  [
    'a request with too much head',
    (port: number) => rawCall(port, `X: ${'x'.repeat(17_000)}`),
    'http/headers-size',
  ],
  ['the preface of HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'http/framing'],
  ['a tunnel', () => 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n', 'http/connect'],
  [
    'a tunnel with a body',
    () => 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nContent-Length: 5\r\n\r\n',
    'http/connect',
  ],
  ['the start of a request', () => 'POST /mc', 'http/slow-request'],
  ['a request without its end', (port: number) => rawCall(port).slice(0, -5), 'http/pipelined'],
] as const

const RESULT = '{"jsonrpc":"2.0","id":1,"result":{}}'

describe('behind a whole request', () => {
  describe.each(BEHIND)('%s', (_, behind, rule) => {
    it.each([
      ['in its packet', true],
      ['while it runs', false],
    ])('%s takes nothing from its answer, which is the last one', async (_, together) => {
      const { door, client, finish } = await hold({ listen: QUICK })
      const { front, port } = door
      if (together) client.write(rawCall(port) + behind(port))
      else await sendCut(client, rawCall(port))
      await front.until(() => front.calls.length === 1)
      if (!together) client.write(behind(port))
      await front.until(() => front.entries.length > 0)
      await arrivals(5)
      expect([client.text, client.closed]).toEqual(['', false])
      finish()
      await client.until(() => client.closed)
      expect([client.statuses, front.calls.length, front.cancelled]).toEqual([[200], 1, []])
      expect(client.text).toContain('Connection: close')
      expect(client.text.endsWith(`\r\n\r\n${RESULT}`)).toBe(true)
      expect(front.entries).toMatchObject([{ rule }])
    })

    it('lets a stream that has begun end in its own way', async () => {
      const { door, client, reply, finish } = await hold({ listen: QUICK, notes: true })
      const { front, port } = door
      await sendCut(client, rawCall(port))
      await client.until(() => client.text.includes('"method":"n"'))
      client.write(behind(port))
      await front.until(() => front.entries.length > 0)
      await arrivals(5)
      reply().notify(noteBytes('later'))
      finish()
      await client.until(() => client.closed)
      expect([client.statuses, front.calls.length, front.cancelled]).toEqual([[200], 1, []])
      expect(client.text).toContain('"method":"later"')
      expect(client.text.endsWith(`data: ${RESULT}\n\n\r\n0\r\n\r\n`)).toBe(true)
      expect(front.entries).toMatchObject([{ rule }])
    })

    it('ends a stream that has no end of its own', async () => {
      const { door, client } = await hold({ listen: QUICK, notes: true })
      const { front, port } = door
      await sendCut(client, rawListen(port))
      await client.until(() => client.text.includes('"method":"n"'))
      client.write(behind(port))
      await client.until(() => client.closed)
      await front.until(() => front.cancelled.length > 0 && front.entries.length > 0)
      expect([client.statuses, front.entries.map((entry) => entry.rule)]).toEqual([[200], [rule]])
    })
  })

  it('a stream of which nothing was sent yet ends with its connection', async () => {
    const { door, client, finish } = await hold({ notes: true })
    client.write(`${rawCall(door.port)}\x01garbage\r\n\r\n`)
    await client.until(() => client.text.includes('"method":"n"'))
    finish()
    await client.until(() => client.closed)
    expect([client.statuses, door.front.cancelled]).toEqual([[200], []])
    expect(client.text).toContain('Connection: close')
    expect(client.text.endsWith(`data: ${RESULT}\n\n\r\n0\r\n\r\n`)).toBe(true)
  })

  it('both ways in read the same: one answer, and the end', async () => {
    for (const cut of [true, false]) {
      const { door, client, finish } = await hold()
      if (cut) await sendCut(client, rawCall(door.port))
      else client.write(rawCall(door.port))
      await door.front.until(() => door.front.calls.length === 1)
      client.write('\x01garbage\r\n\r\n')
      await door.front.until(() => door.front.entries.length === 1)
      finish()
      await client.until(() => client.closed)
      expect([cut, client.statuses, door.front.cancelled]).toEqual([cut, [200], []])
      expect(client.text.slice(client.text.indexOf('\r\n\r\n') + 4)).toBe(RESULT)
    }
  })

  it('what the request itself is refused for is its answer', async () => {
    const { door, client } = await hold()
    client.write(`${rawCall(door.port, '', '{"a":')}\x01garbage\r\n\r\n`)
    await client.until(() => client.closed)
    expect([client.statuses, door.front.calls]).toEqual([[400], []])
    expect(client.text).not.toContain('HPE_')
    expect(door.front.entries.map((entry) => entry.rule)).toEqual(['http/framing', 'json/syntax'])
  })

  it('more and more of it is refused and recorded once', async () => {
    const { door, client, finish } = await hold()
    await sendCut(client, rawCall(door.port))
    await door.front.until(() => door.front.calls.length === 1)
    for (let packet = 0; packet < 30; packet++) {
      client.write('\x01garbage\r\n\r\n')
      await arrivals(1)
    }
    finish()
    await client.until(() => client.closed)
    expect([client.statuses, door.front.entries.length]).toEqual([[200], 1])
  })

  it('a refusal that cannot be recorded costs the call nothing', async () => {
    const { door, client, finish } = await hold({
      script: { record: () => Promise.reject(new Error('the disk is full')) },
    })
    client.write(`${rawCall(door.port)}\x01garbage\r\n\r\n`)
    await door.front.until(() => door.front.calls.length === 1)
    await arrivals(5)
    finish()
    await client.until(() => client.closed)
    expect([client.statuses, door.front.cancelled]).toEqual([[200], []])
  })

  it('an answer that is not read yet comes whole, and the refusal behind it', async () => {
    const { door, client, reply } = await hold()
    await sendCut(client, rawCall(door.port))
    await door.front.until(() => door.front.calls.length === 1)
    client.socket.pause()
    reply().finish(resultBytes('1', { text: 'x'.repeat(12 << 20) }), 200)
    await arrivals(5)
    client.write('\x01garbage\r\n\r\n')
    await door.front.until(() => door.front.entries.length === 1)
    client.write('\x01garbage\r\n\r\n')
    await arrivals(5)
    client.socket.resume()
    await client.until(() => client.closed)
    expect([client.text.length > 12 << 20, client.statuses]).toEqual([true, [200, 400]])
  })
})

describe('a client that leaves behind a fault', () => {
  it.each([
    ['wholly', '\x01garbage\r\n\r\n', (client: RawClient) => client.destroy()],
    ['by half', '\x01garbage\r\n\r\n', (client: RawClient) => void client.socket.end()],
    ['by half in the middle of a next request', 'POST /mc', (client: RawClient) => void client.socket.end()],
    ['by a reset', '\x01garbage\r\n\r\n', (client: RawClient) => void client.socket.resetAndDestroy()],
    ['wholly, after a tunnel', BEHIND[4][1](), (client: RawClient) => client.destroy()],
    ['by half, after a tunnel', BEHIND[4][1](), (client: RawClient) => void client.socket.end()],
    [
      'by a reset, after a tunnel',
      BEHIND[4][1](),
      (client: RawClient) => void client.socket.resetAndDestroy(),
    ],
  ])('%s, has cancelled its call', async (_, behind, leave) => {
    const { door, client } = await hold()
    await sendCut(client, rawCall(door.port))
    await door.front.until(() => door.front.calls.length === 1)
    client.write(behind)
    await arrivals(5)
    leave(client)
    await door.front.until(() => door.front.cancelled.length === 1)
    await client.until(() => client.closed)
    expect([client.text, door.front.cancelled]).toEqual(['', ['tools/call 1: the client went away']])
  })

  it('by a reset while a tunnel is refused harms nobody', async () => {
    const faults: string[] = []
    const hear = (error: Error): void => void faults.push(error.message)
    process.on('uncaughtException', hear)
    try {
      const { door, client } = await hold({
        script: { record: () => new Promise((resolve) => setTimeout(resolve, 50)) },
      })
      client.write(BEHIND[4][1]())
      await arrivals(5)
      client.socket.resetAndDestroy()
      await door.front.until(() => door.front.entries.length === 1)
      await arrivals(5)
      expect(faults).toEqual([])
    } finally {
      process.off('uncaughtException', hear)
    }
  })

  it('by half after the start of a request that took too long, has cancelled its call', async () => {
    const { door, client } = await hold({ listen: QUICK })
    await sendCut(client, rawCall(door.port))
    await door.front.until(() => door.front.calls.length === 1)
    client.write('POST /mc')
    await door.front.until(() => door.front.entries.length === 1)
    client.socket.end()
    await door.front.until(() => door.front.cancelled.length === 1)
    await client.until(() => client.closed)
    expect([client.text, door.front.entries.length]).toEqual(['', 1])
  })
})

describe('a request that is not whole', () => {
  const chunked = (port: number, chunks: string) => rawCall(port, 'Transfer-Encoding: chunked', chunks)
  it.each([
    ['no HTTP', () => 'NO HTTP\r\n\r\n', 400, 'http/framing'],
    ['a bad header', (port: number) => rawCall(port, 'Content Length: 5'), 400, 'http/framing'],
    ['a chunk without a size', (port: number) => chunked(port, 'zz\r\n{}\r\n0\r\n\r\n'), 400, 'http/framing'],
    [
      'a whole message, and no chunk behind it',
      (port: number) => {
        const [head = '', body = ''] = rawCall(port).split('\r\n\r\n')
        return `${head.replace(/Content-Length: \d+/, 'Transfer-Encoding: chunked')}\r\n\r\n${body.length.toString(16)}\r\n${body}\r\nzz\r\n`
      },
      400,
      'http/framing',
    ],
    ['a tunnel', () => 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n', 400, 'http/connect'],
    ['the start of a head', () => 'POST /mc', 408, 'http/slow-request'],
    ['a body without its end', (port: number) => rawCall(port).slice(0, -5), 408, 'http/slow-request'],
  ])('is refused at once, first or behind an answer: %s', async (_, text, status, rule) => {
    for (const before of [[], [200]]) {
      const { door, client, finish } = await hold({ listen: QUICK })
      if (before.length > 0) {
        await sendCut(client, rawCall(door.port))
        await door.front.until(() => door.front.calls.length === 1)
        finish()
        await client.until(() => client.statuses.length === 1)
      }
      client.write(text(door.port))
      await client.until(() => client.closed)
      expect([client.statuses, door.front.calls.length]).toEqual([[...before, status], before.length])
      expect(door.front.entries).toMatchObject([{ rule }])
    }
  })

  it('is not begun when its end comes while its refusal is recorded', async () => {
    let recorded = (): void => {}
    const { door, client } = await hold({
      listen: QUICK,
      script: { record: () => new Promise((resolve) => (recorded = resolve)) },
    })
    const before = recorded
    const text = rawCall(door.port)
    client.write(text.slice(0, -5))
    await expect.poll(() => recorded !== before).toBe(true)
    client.write(text.slice(-5))
    await arrivals(5)
    expect(door.front.calls).toEqual([])
    recorded()
    await client.until(() => client.closed)
    expect([client.statuses, door.front.calls]).toEqual([[408], []])
  })
})

describe('a shutdown', () => {
  it.each(BEHIND)('lets a call end behind which came %s', async (_, behind) => {
    const { door, client, finish } = await hold({ listen: QUICK })
    await sendCut(client, rawCall(door.port))
    await door.front.until(() => door.front.calls.length === 1)
    client.write(behind(door.port))
    await door.front.until(() => door.front.entries.length > 0)
    const closed = door.ingress.close()
    await arrivals(5)
    finish()
    await client.until(() => client.closed)
    await closed
    expect([client.statuses, door.front.cancelled]).toEqual([[200], []])
  })

  it.each(BEHIND)('does not wait longer for it than drainMs: %s', async (_, behind) => {
    const { door, client } = await hold({ listen: { ...QUICK, drainMs: 100 } })
    await sendCut(client, rawCall(door.port))
    await door.front.until(() => door.front.calls.length === 1)
    client.write(behind(door.port))
    await door.front.until(() => door.front.entries.length > 0)
    await door.ingress.close()
    await client.until(() => client.closed)
    expect(client.statuses).toEqual([503])
    expect(door.front.cancelled).toEqual(['tools/call 1: the gateway is shutting down'])
  })
})
