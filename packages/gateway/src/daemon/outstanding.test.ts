import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ERROR } from '../protocol/errors.ts'
import { errorLine, UNAVAILABLE } from './errorLine.ts'
import { Outstanding } from './outstanding.ts'

const idsOf = (one: Outstanding) => one.ids().map((id) => JSON.parse(id.toString()) as unknown)

/** What was asked and answered, each in pieces of these sizes. */
function outstanding(sent: readonly string[], received: readonly string[] = [], cut = 1 << 20): Outstanding {
  const one = new Outstanding()
  const pieces = (lines: readonly string[]) => {
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
    const count = Math.ceil(bytes.length / cut)
    return Array.from({ length: count }, (_, at) => bytes.subarray(at * cut, (at + 1) * cut))
  }
  for (const piece of pieces(sent)) one.sent(piece)
  for (const piece of pieces(received)) one.received(piece)
  return one
}

const long = 'x'.repeat(200_000)

describe('a request without an answer is remembered', () => {
  it.each([
    ['as most clients write it', '{"jsonrpc":"2.0","id":7,"method":"ping"}', 7],
    [
      'as the SDK writes it',
      '{"method":"tools/call","params":{"id":1},"jsonrpc":"2.0","id":"seven"}',
      'seven',
    ],
    ['in any order', '{ "id" : 7 , "method":"ping", "jsonrpc":"2.0"}', 7],
    ['with the method before the id', '{"jsonrpc":"2.0","method":"ping","id":7}', 7],
    ['with arguments of any size', `{"jsonrpc":"2.0","id":7,"method":"x","params":{"a":"${long}"}}`, 7],
    ['with those first', `{"method":"x","params":{"a":"${long}"},"jsonrpc":"2.0","id":7}`, 7],
    ['with an id that is escaped', '{"jsonrpc":"2.0","id":"\\u0041\\"","method":"x"}', 'A"'],
    ['with an id outside of ASCII', '{"jsonrpc":"2.0","id":"Zürich 東京","method":"x"}', 'Zürich 東京'],
    ['with a carriage return', '{"method":"x","jsonrpc":"2.0","id":7}\r', 7],
  ])('%s', (_how, line, id) => {
    for (const cut of [1, 7, 64, 1 << 20]) {
      if (line.length > 1_000 && cut < 64) continue
      expect(idsOf(outstanding([line], [], cut))).toEqual([id])
      const answer = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"a":"${long}"}}`
      expect(idsOf(outstanding([line], [answer], Math.max(cut, 64)))).toEqual([])
    }
  })

  // 9007199254740993 read as a number is 9007199254740992: the answer would be another request's.
  it.each(['9007199254740993', '-12345678901234567890', '1e3', '-0'])('with the digits of %s', (id) => {
    const texts = (one: Outstanding) => one.ids().map(String)
    for (const line of [
      `{"jsonrpc":"2.0","id":${id},"method":"x"}`,
      `{ "id": ${id}, "method": "x", "params": { "id": 5 }, "jsonrpc": "2.0" }`,
      `{"jsonrpc":"2.0","method":"x","params":{"a":{"id":6}},"id":${id}}`,
    ]) {
      expect(texts(outstanding([line]))).toEqual([id])
      expect(texts(outstanding([line], [`{"jsonrpc":"2.0","id":${id},"result":{}}`]))).toEqual([])
      const cancel = `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":${id}}}`
      expect(texts(outstanding([line, cancel]))).toEqual([])
    }
  })

  it('as often as it was asked', () => {
    const twice = ['{"jsonrpc":"2.0","id":1,"method":"a"}', '{"jsonrpc":"2.0","id":1,"method":"b"}']
    expect(idsOf(outstanding(twice, ['{"jsonrpc":"2.0","id":1,"error":{}}']))).toEqual([1])
  })
})

describe('nothing is remembered of', () => {
  it.each([
    ['a notification', '{"jsonrpc":"2.0","method":"notifications/initialized"}'],
    ['an answer to the server', '{"jsonrpc":"2.0","id":5,"result":{}}'],
    ['an answer with its id last', '{"result":{},"jsonrpc":"2.0","id":5}'],
    ['an id inside of something', '{"method":"n","params":{"jsonrpc":"2.0","id":7}}'],
    ['a text that looks like a message', '"{\\"jsonrpc\\":\\"2.0\\",\\"id\\":1,\\"method\\":\\"x\\"}"'],
    ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"x"}]'],
    ['no JSON', '{"jsonrpc":"2.0","method":"x","id":'],
    ['an id that is none', '{"id":{"a":1},"jsonrpc":"2.0","method":"x"}'],
    ['a number that is none', '{"jsonrpc":"2.0","id":1.2.3,"method":"x"}'],
    ['a text that is none', '{"jsonrpc":"2.0","id":"a\tb","method":"x"}'],
    ['an empty line', ''],
  ])('%s', (_what, line) => {
    expect(idsOf(outstanding([line]))).toEqual([])
  })

  it('a line that is not over', () => {
    const one = new Outstanding()
    one.sent(Buffer.from('{"jsonrpc":"2.0","id":1,"method":"x"}'))
    expect(idsOf(one)).toEqual([])
    one.sent(Buffer.from('\n'))
    expect(idsOf(one)).toEqual([1])
  })

  it('a request that was cancelled: nobody waits for its answer', () => {
    const cancel = '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}'
    expect(idsOf(outstanding(['{"jsonrpc":"2.0","id":1,"method":"x"}', cancel]))).toEqual([])
  })

  it('a question of the gateway that has the same id', () => {
    const ask = '{"jsonrpc":"2.0","id":1,"method":"elicitation/create"}'
    expect(idsOf(outstanding(['{"jsonrpc":"2.0","id":1,"method":"x"}'], [ask]))).toEqual([1])
  })
})

it('whatever bytes come, in whatever pieces, nothing throws, and every error line is one line of JSON', () => {
  const line = fc.oneof(
    fc.json(),
    fc.string({ unit: 'binary' }),
    fc
      .record({ jsonrpc: fc.constant('2.0'), id: fc.jsonValue(), method: fc.string() })
      .map((it) => JSON.stringify(it)),
    fc
      .record({ method: fc.string(), jsonrpc: fc.constant('2.0'), id: fc.jsonValue() })
      .map((it) => JSON.stringify(it)),
  )
  fc.assert(
    fc.property(fc.array(line), fc.array(line), fc.integer({ min: 1, max: 99 }), (sent, received, cut) => {
      for (const id of outstanding(sent, received, cut).ids()) {
        const said = errorLine(id, 'gone', 'daemon/lost').toString()
        expect(said.indexOf('\n')).toBe(said.length - 1)
        expect(JSON.parse(said).error.code).toBe(UNAVAILABLE)
      }
    }),
  )
})

it('every request with a plain id is answered or remembered, however its members are ordered', () => {
  const id = fc.oneof(fc.integer(), fc.string())
  const members = (one: { id: string | number; params: unknown }) =>
    fc.shuffledSubarray(['jsonrpc', 'id', 'method', 'params'] as const, { minLength: 4 }).map((order) => {
      const all = { jsonrpc: '2.0', method: 'tools/call', ...one }
      return JSON.stringify(Object.fromEntries(order.map((name) => [name, all[name]])))
    })
  const request = fc
    .record({ id, params: fc.jsonValue() })
    .chain((one) => members(one).map((line) => ({ line, id: one.id })))
  fc.assert(
    fc.property(fc.uniqueArray(request, { selector: (it) => it.id }), fc.nat(), (requests, seed) => {
      const answered = requests.filter((_, at) => (seed >> (at % 30)) & 1)
      const answers = answered.map((it) => `{"jsonrpc":"2.0","id":${JSON.stringify(it.id)},"result":{}}`)
      const left = idsOf(
        outstanding(
          requests.map(({ line }) => line),
          answers,
          50,
        ),
      )
      expect(left).toEqual(requests.filter((it) => !answered.includes(it)).map((it) => it.id))
    }),
  )
})

it('the code of these errors is the gateway’s own for "not available"', () => {
  expect(UNAVAILABLE).toBe(ERROR.unavailable)
})
