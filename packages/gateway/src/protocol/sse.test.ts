import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeSse, encodeSseComment, type SseEvent, type SseFault, SseParser } from './sse.ts'

interface Seen {
  readonly events: readonly { readonly type: string; readonly data: string; readonly id: string }[]
  readonly retries: readonly number[]
  readonly lastEventId: string
  readonly fault: SseFault | undefined
}

/** Feeds a stream in the given pieces and tells what came out. */
function read(pieces: readonly Buffer[], limits = { maxEventBytes: 1 << 20 }): Seen {
  const events: SseEvent[] = []
  const retries: number[] = []
  const parser = new SseParser(limits, {
    event: (event) => events.push(event),
    retry: (ms) => retries.push(ms),
  })
  let fault: SseFault | undefined
  for (const piece of pieces) fault ??= parser.push(piece)
  return {
    events: events.map(({ type, data, lastEventId }) => ({
      type,
      data: data.toString('latin1'),
      id: lastEventId,
    })),
    retries,
    lastEventId: parser.lastEventId,
    fault,
  }
}

const whole = (text: string) => read([Buffer.from(text)])
const datas = (text: string) => whole(text).events.map((event) => event.data)

/** Cuts a buffer at the given places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b)
  const edges = [0, ...at, bytes.length]
  return edges.slice(1).map((end, i) => bytes.subarray(edges[i], end))
}

describe('reading a stream as the standard says', () => {
  it.each([
    ['LF', 'data: a\n\ndata: b\n\n'],
    ['CR', 'data: a\r\rdata: b\r\r'],
    ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n'],
    ['all three', 'data: a\r\n\rdata: b\n\r\n'],
  ])('ends lines with %s', (_, text) => {
    expect(datas(text)).toEqual(['a', 'b'])
  })

  it('joins the lines of one event with LF and strips one space only', () => {
    expect(datas('data:  a\ndata:b\ndata\ndata: \n\n')).toEqual([' a\nb\n\n'])
  })

  it('drops what is not closed by an empty line', () => {
    expect(datas('data: a\n\ndata: b\n')).toEqual(['a'])
  })

  it('gives no event without data, and an empty one for an empty data line', () => {
    expect(datas('event: x\n\nid: 1\n\n: comment\n\ndata:\n\n')).toEqual([''])
  })

  it('ignores comments, unknown fields and fields in another case', () => {
    expect(datas(': data: no\nDATA: no\ndatax: no\n data: no\ndata : no\nfoo\ndata: yes\n\n')).toEqual([
      'yes',
    ])
  })

  it('takes the last name of an event, and forgets it with the event', () => {
    const { events } = whole('event: a\nevent: b\ndata: 1\n\ndata: 2\n\nevent:\ndata: 3\n\n')
    expect(events.map((event) => event.type)).toEqual(['b', 'message', 'message'])
  })

  it('remembers an id until another one comes, and an empty id resets it', () => {
    const { events } = whole('id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n')
    expect(events.map((event) => event.id)).toEqual(['1', '1', ''])
  })

  it('does not resume after an event that was never completed', () => {
    expect(whole('id: 1\ndata: a\n\nid: 2\ndata: b\n').lastEventId).toBe('1')
  })

  it('takes the id of an event without data, as a priming event has it', () => {
    expect(whole('id: prime\nretry: 500\n\n')).toMatchObject({
      lastEventId: 'prime',
      events: [],
      retries: [500],
    })
  })

  it.each(['500x', '-1', '1.5', '', ' 5', '+5', '1e3', '٣', '9999999999999999'])(
    'ignores retry %j, which is not plain digits',
    (value) => {
      expect(whole(`retry:${value === ' 5' ? '  5' : value}\n\n`).retries).toEqual([])
    },
  )

  it('reads a byte order mark at the start only, however it is cut', () => {
    const mark = Buffer.from([0xef, 0xbb, 0xbf])
    const text = Buffer.from('data: a\n\n')
    expect(read([Buffer.concat([mark, text])]).events).toHaveLength(1)
    expect(read([mark.subarray(0, 1), mark.subarray(1, 2), mark.subarray(2), text]).events).toHaveLength(1)
    expect(read([Buffer.concat([mark, mark, text])]).events).toHaveLength(0)
    expect(read([mark.subarray(0, 2), text]).events).toHaveLength(0)
    expect(read([Buffer.concat([text, mark, text])]).events).toHaveLength(1)
  })

  it('hands on bytes that are no UTF-8 as they are', () => {
    const bytes = Buffer.from([0xff, 0x00, 0xc3, 0x28])
    const { events } = read([Buffer.concat([Buffer.from('data: '), bytes, Buffer.from('\n\n')])])
    expect(events[0]?.data).toBe(bytes.toString('latin1'))
  })

  it('never lets an id with NUL into force', () => {
    expect(whole('id: good\n\nid: ba\0d\ndata: x\n\n').lastEventId).toBe('good')
  })
})

describe('a stream meant to exhaust memory', () => {
  const limits = { maxEventBytes: 100 }
  it.each([
    ['one endless line', 'data: '.padEnd(400, 'x')],
    ['endless data lines', 'data: xxxxxxxxx\n'.repeat(40)],
    ['an endless comment', ':'.padEnd(400, 'x')],
    ['an endless id', 'id: '.padEnd(400, 'x')],
    ['a million empty lines of data', 'data\n'.repeat(200)],
  ])('%s is cut off in one piece and byte by byte', (_, text) => {
    const bytes = Buffer.from(text)
    for (const pieces of [[bytes], [...bytes].map((byte) => Buffer.from([byte]))]) {
      const seen = read(pieces, limits)
      expect(seen.fault?.code).toBe('too-large')
      expect(seen.events).toEqual([])
    }
  })

  it('an event of exactly the limit passes, and the budget starts anew with the next', () => {
    const event = `data: ${'x'.repeat(100)}\n\n`
    expect(read([Buffer.from(event.repeat(5))], limits)).toMatchObject({ fault: undefined })
    expect(read([Buffer.from(event.repeat(5))], limits).events).toHaveLength(5)
  })

  it('keep-alive comments between events cost nothing, for ever', () => {
    expect(read([Buffer.from(': ping\n'.repeat(10_000))], limits).fault).toBeUndefined()
  })

  it('4 MiB in pieces of one byte take memory of that order, not a buffer object each', () => {
    const parser = new SseParser({ maxEventBytes: 8 << 20 }, { event: () => undefined })
    const before = process.memoryUsage().rss
    const one = Buffer.from('x')
    parser.push(Buffer.from('data: '))
    for (let i = 0; i < 4 << 20; i++) parser.push(one)
    expect(process.memoryUsage().rss - before).toBeLessThan(200 << 20)
  })

  it('CRs without LFs take time in proportion to their number', () => {
    const parser = new SseParser({ maxEventBytes: 100 }, { event: () => undefined })
    const started = performance.now()
    parser.push(Buffer.alloc(4 << 20, '\r'))
    expect(performance.now() - started).toBeLessThan(15_000)
  })
})

describe('what a handler may do', () => {
  it('stops the stream from within an event', () => {
    const seen: string[] = []
    const parser = new SseParser(
      { maxEventBytes: 100 },
      {
        event: (event) => {
          seen.push(event.data.toString())
          parser.stop()
        },
      },
    )
    parser.push(Buffer.from('data: a\n\ndata: b\n\n'))
    parser.push(Buffer.from('data: c\n\n'))
    expect(seen).toEqual(['a'])
  })
})

describe('writing', () => {
  it('writes name, id and retry before the data', () => {
    const out = encodeSse({ data: Buffer.from('{}'), type: 'message', id: '7', retryMs: 500 })
    expect(out.toString()).toBe('event: message\nid: 7\nretry: 500\ndata: {}\n\n')
  })

  it.each(['\n', '\r', '\r\n', '\n\n', '\r\r', '\n\r'])(
    'a payload with %j cannot forge a field or an event',
    (end) => {
      const forged = `{"a":1}${end}event: endpoint${end}data: /evil${end}${end}id: 9`
      const seen = read([encodeSse({ data: Buffer.from(forged) })])
      expect(seen.events).toEqual([{ type: 'message', data: forged.replaceAll(/\r\n|\r/g, '\n'), id: '' }])
    },
  )

  it.each(['1\nevent: x', '1\rdata: x', 'a\0b', '\u010a'])('an id, name or comment %j is refused', (text) => {
    const data = Buffer.from('x')
    expect(() => encodeSse({ data, id: text })).toThrow(RangeError)
    expect(() => encodeSse({ data, type: text })).toThrow(RangeError)
    expect(() => encodeSseComment(text)).toThrow(RangeError)
  })

  it('a comment is no event', () => {
    expect(whole(encodeSseComment('keep-alive').toString())).toMatchObject({ events: [], fault: undefined })
  })
})

describe('for any stream', () => {
  const token = fc.constantFrom(
    'data',
    'data:',
    'data: ',
    'event: ',
    'id: ',
    'id',
    'retry: ',
    ':',
    ' ',
    '\n',
    '\r',
    '\r\n',
    '\n\n',
    '\0',
    '5',
    'é',
    '\ufeff',
    'x',
  ) // prettier-ignore
  const stream = fc.array(fc.oneof({ weight: 4, arbitrary: token }, fc.string({ maxLength: 4 })), {
    maxLength: 60,
  })

  it('the cuts change nothing', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(400), { maxLength: 12 }), (tokens, places) => {
        const bytes = Buffer.from(tokens.join(''))
        const limits = { maxEventBytes: 40 }
        const uncut = read([bytes], limits)
        expect(read(cut(bytes, places), limits)).toEqual(uncut)
        expect(
          read(
            [...bytes].map((byte) => Buffer.from([byte])),
            limits,
          ),
        ).toEqual(uncut)
      }),
      { numRuns: 1500 },
    )
  })

  it('what was written is read, in any pieces and among comments', () => {
    const payload = fc.uint8Array({ maxLength: 80 }).map((bytes) =>
      Buffer.from(bytes)
        .toString('latin1')
        .replaceAll(/[\r\n]/g, ' '),
    )
    const id = fc.string({ unit: fc.constantFrom(...'abc019-_:= é'), minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(payload, id), { maxLength: 8 }),
        fc.array(fc.nat(900), { maxLength: 12 }),
        (events, places) => {
          const bytes = Buffer.concat(
            events.flatMap(([data, id]) => [
              encodeSseComment('k'),
              encodeSse({ data: Buffer.from(data, 'latin1'), id, type: 'e' }),
            ]),
          )
          expect(read(cut(bytes, places)).events).toEqual(
            events.map(([data, id]) => ({ type: 'e', data, id })),
          )
        },
      ),
      { numRuns: 500 },
    )
  })
})
