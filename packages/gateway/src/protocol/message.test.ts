import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { isExactNumber, writeJson } from '@sallyport/controls/json'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type InboundResult, MAX_ID_LENGTH, readInbound } from './message.ts'

const numRuns = Number(process.env.FUZZ_RUNS ?? 300)

const read = (text: string) => readInbound(Buffer.from(text))
const call = (members: string) => `{"jsonrpc":"2.0","id":1,"method":"tools/call",${members}}`
const withId = (id: string) => `{"jsonrpc":"2.0","id":${id},"method":"ping"}`

function refusalOf(result: InboundResult): { code: number; rule: string; id: string | null } {
  if (result.ok) throw new Error(`accepted: ${writeJson(result.message.value)}`)
  const { code, rule, id } = result
  return { code, rule, id }
}

describe('a message that is no JSON-RPC 2.0 as MCP uses it, or that another parser could read differently', () => {
  const shape = -32600
  const refused: readonly [string, string, string, string | null, number?][] = [
    [
      'JSON with a fault',
      '{"jsonrpc":"2.0","id":1,"id":1,"method":"ping"}',
      'json/duplicate-key',
      null,
      -32700,
    ],
    ['no JSON', 'hello', 'json/syntax', null, -32700],
    ['a batch', `[${withId('1')}]`, 'message/batch', null],
    ['an empty batch', '[]', 'message/batch', null],
    ['a number kept exactly', '1.0', 'message/not-object', null],
    ['null', 'null', 'message/not-object', null],
    ['a text', '"ping"', 'message/not-object', null],
    ['an empty object', '{}', 'message/version', null],
    ['no version', '{"id":1,"method":"ping"}', 'message/version', '1'],
    ['another version', '{"jsonrpc":"1.0","id":1,"method":"ping"}', 'message/version', '1'],
    ['the version as a number', '{"jsonrpc":2.0,"id":1,"method":"ping"}', 'message/version', '1'],

    ['a method in disguise', call('"METHOD":"x"'), 'message/folded-member', '1'],
    ['params in disguise', call('"Params":{}'), 'message/folded-member', '1'],
    ['params with the long s', call('"param\u017f":{}'), 'message/folded-member', '1'],
    ['a result in disguise beside a method', call('"Result":{}'), 'message/folded-member', '1'],
    ['a second id in disguise leaves the id in doubt', call('"ID":2'), 'message/folded-member', null],
    ['an unknown member', call('"extra":1'), 'message/unknown-member', '1'],
    ['__proto__', call('"__proto__":{"method":"x"}'), 'message/unknown-member', '1'],

    ['a tool name in disguise', call('"params":{"name":"a","Name":"b"}'), 'message/folded-member', '1'],
    ['a tool name in capitals alone', call('"params":{"NAME":"b"}'), 'message/folded-member', '1'],
    ['arguments in disguise', call('"params":{"name":"a","Arguments":{}}'), 'message/folded-member', '1'],
    [
      'a name with a zero width space',
      call('"params":{"name":"a","na\u200bme":"b"}'),
      'message/folded-member',
      '1',
    ],
    ['a full width URI', call('"params":{"\uff55ri":"b"}'), 'message/folded-member', '1'],
    ['_meta in disguise', call('"params":{"_META":{}}'), 'message/folded-member', '1'],
    ['the task id in lower case', call('"params":{"taskid":"b"}'), 'message/folded-member', '1'],
    [
      'the request to cancel in disguise',
      '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"RequestId":2}}',
      'message/folded-member',
      null,
    ],
    ['request state in disguise', call('"params":{"RequestState":"x"}'), 'message/folded-member', '1'],
    [
      'a progress token in disguise',
      call('"params":{"_meta":{"ProgressToken":1}}'),
      'message/folded-member',
      '1',
    ],
    [
      'the revision in disguise',
      call('"params":{"_meta":{"io.modelcontextprotocol/ProtocolVersion":"2025-11-25"}}'),
      'message/folded-member',
      '1',
    ],
    [
      'the code of an error in disguise',
      '{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"a","Code":2}}',
      'message/folded-member',
      '1',
    ],

    ['an id of null', withId('null'), 'message/id', null],
    ['an id that is true', withId('true'), 'message/id', null],
    ['an id that is an object', withId('{}'), 'message/id', null],
    ['an id that is an array', withId('[1]'), 'message/id', null],
    ['an id with a fraction', withId('1.5'), 'message/id', null],
    ['an id with a fraction of zero', withId('1.0'), 'message/id', null],
    ['an id with an exponent', withId('1e400'), 'message/id', null],
    ['an id that is too long', withId(`"${'x'.repeat(MAX_ID_LENGTH)}"`), 'message/id', null],
    ['an id with many digits', withId('9'.repeat(300)), 'json/long-number', null, -32700],
    ['an id that ends a header line', withId('"a\\r\\nX-Evil: 1"'), 'message/id', null],
    ['an id with NUL', withId('"\\u0000"'), 'message/id', null],
    ['an id that clears the screen', withId('"\\u001b[2J"'), 'message/id', null],

    ['a method that is a number', '{"jsonrpc":"2.0","id":1,"method":1}', 'message/method', '1'],
    ['an empty method', '{"jsonrpc":"2.0","id":1,"method":""}', 'message/method', '1'],
    ['a method that is null', '{"jsonrpc":"2.0","id":1,"method":null}', 'message/method', '1'],
    [
      'a method that is too long',
      `{"jsonrpc":"2.0","id":1,"method":"${'x'.repeat(129)}"}`,
      'message/method',
      '1',
    ],
    ['params that are an array', call('"params":[]'), 'message/params', '1'],
    ['params that are null', call('"params":null'), 'message/params', '1'],
    ['params that are a number kept exactly', call('"params":1.0'), 'message/params', '1'],
    ['a method beside a result', call('"result":{}'), 'message/ambiguous', '1'],
    ['a method beside an error of null', call('"error":null'), 'message/ambiguous', '1'],

    ['an id alone', '{"jsonrpc":"2.0","id":1}', 'message/shape', '1'],
    ['a version alone', '{"jsonrpc":"2.0"}', 'message/shape', null],
    [
      'a result beside an error',
      '{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}}',
      'message/ambiguous',
      '1',
    ],
    [
      'a result beside an error of null',
      '{"jsonrpc":"2.0","id":1,"result":{},"error":null}',
      'message/ambiguous',
      '1',
    ],
    ['a result beside params', '{"jsonrpc":"2.0","id":1,"result":{},"params":{}}', 'message/ambiguous', '1'],
    ['a result without an id', '{"jsonrpc":"2.0","result":{}}', 'message/id', null],
    ['a result with an id of null', '{"jsonrpc":"2.0","id":null,"result":{}}', 'message/id', null],
    ['a result that is a text', '{"jsonrpc":"2.0","id":1,"result":"x"}', 'message/result', '1'],
    ['a result that is null', '{"jsonrpc":"2.0","id":1,"result":null}', 'message/result', '1'],
    ['a result that is a number kept exactly', '{"jsonrpc":"2.0","id":1,"result":-0}', 'message/result', '1'],
    ['an error that is a text', '{"jsonrpc":"2.0","id":1,"error":"x"}', 'message/error', '1'],
    ['an error without a code', '{"jsonrpc":"2.0","id":1,"error":{"message":"x"}}', 'message/error', '1'],
    ['an error without a message', '{"jsonrpc":"2.0","id":1,"error":{"code":1}}', 'message/error', '1'],
    [
      'an error with half a code',
      '{"jsonrpc":"2.0","id":1,"error":{"code":1.5,"message":""}}',
      'message/error',
      '1',
    ],
  ]
  test.each(refused)('%s is refused', (_, text, rule, id, code = shape) => {
    expect(refusalOf(read(text))).toEqual({ code, rule, id })
  })

  test('what is refused is named shortened and made visible', () => {
    const result = read(call(`"\\u202e${'x'.repeat(100)}":1`))
    expect(result.ok ? '' : result.explain).toBe(`a message has no member "\\u{202e}${'x'.repeat(39)}…"`)
  })
})

describe('a message with one reading is accepted', () => {
  test.each([
    ['a request', withId('1'), 'request', 'ping', '1'],
    ['a request with params', call('"params":{"name":"a"}'), 'request', 'tools/call', '1'],
    [
      'a notification',
      '{"jsonrpc":"2.0","method":"notifications/initialized"}',
      'notification',
      'notifications/initialized',
      undefined,
    ],
    ['a result', '{"jsonrpc":"2.0","id":"a","result":{}}', 'result', '', '"a"'],
    ['an error', '{"jsonrpc":"2.0","id":2,"error":{"code":-32601,"message":"no"}}', 'error', '', '2'],
    [
      'an error with data and more',
      '{"jsonrpc":"2.0","id":2,"error":{"code":1,"message":"","data":1,"x":1}}',
      'error',
      '',
      '2',
    ],
    [
      'an error to what could not be read',
      '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":""}}',
      'error',
      '',
      undefined,
    ],
    [
      'the same without an id',
      '{"jsonrpc":"2.0","error":{"code":-32700,"message":""}}',
      'error',
      '',
      undefined,
    ],
  ])('%s', (_, text, kind, method, id) => {
    const bytes = Buffer.from(text)
    const result = readInbound(bytes)
    expect(result).toMatchObject({ ok: true, message: { kind, method, id, canonical: true, bytes } })
  })

  test('keys inside arguments, results and free metadata are their senders own business', () => {
    for (const text of [
      call('"params":{"name":"a","arguments":{"Name":"x","METHOD":"y","__proto__":1}}'),
      call('"params":{"name":"a","_meta":{"Example.com/X":1,"NAME":"x"}}'),
      '{"jsonrpc":"2.0","id":1,"result":{"Content":[],"ID":2}}',
      '{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"","data":{"Code":2}}}',
    ]) {
      expect(read(text), text).toMatchObject({ ok: true })
    }
  })

  test('params that are left out are an empty object that no one can fill', () => {
    const result = read(withId('1'))
    if (!result.ok) throw new Error(result.explain)
    expect(Object.keys(result.message.params)).toEqual([])
    expect(Object.isFrozen(result.message.params)).toBe(true)
    expect(Object.getPrototypeOf(result.message.params)).toBeNull()
  })

  test.each([
    ['1', '1'],
    ['"1"', '"1"'],
    ['0', '0'],
    ['-7', '-7'],
    ['-0', '-0'],
    ['9007199254740993', '9007199254740993'],
    ['18446744073709551615', '18446744073709551615'],
    ['""', '""'],
    ['"__proto__"', '"__proto__"'],
    ['"constructor"', '"constructor"'],
    ['"listen:0"', '"listen:0"'],
    ['"\\u00e9\\""', '"é\\""'],
    [`"${'x'.repeat(MAX_ID_LENGTH - 2)}"`, `"${'x'.repeat(MAX_ID_LENGTH - 2)}"`],
  ])('the id %s keeps its type and value', (id, text) => {
    const result = read(withId(id))
    expect(result).toMatchObject({ ok: true, message: { id: text, kind: 'request' } })
  })

  test('white space and escapes are fine, but then the bytes are not ours to send on', () => {
    const result = read(' {"jsonrpc": "2.0", "id": 1, "method": "tools\\/call"}\n')
    expect(result).toMatchObject({ ok: true, message: { method: 'tools/call', canonical: false } })
  })

  test('numbers in arguments survive', () => {
    const result = read(call('"params":{"name":"a","arguments":{"n":9007199254740993,"f":1.0}}'))
    if (!result.ok) throw new Error(result.explain)
    expect(writeJson(result.message.value)).toBe(result.message.bytes.toString())
    expect(isExactNumber(result.message.params.arguments)).toBe(false)
  })

  test('a budget is passed on', () => {
    expect(refusalOf(readInbound(Buffer.from(withId('1')), { maxBytes: 10 })).rule).toBe('json/too-large')
  })
})

describe('no message makes it throw, and what it accepts it reads the same when written again', () => {
  const members = ['jsonrpc', 'id', 'method', 'params', 'result', 'error', 'Method', 'ID', 'extra']
  const value = fc.oneof(
    fc.constantFrom(
      '"2.0"',
      '1',
      '"a"',
      'null',
      '{}',
      '[]',
      '1.0',
      '"ping"',
      '{"name":"a"}',
      '{"Name":1}',
      'true',
    ),
    fc.constantFrom(
      '{"code":1,"message":"x"}',
      '{"_meta":{"progressToken":1}}',
      '9007199254740993',
      '"\\r\\n"',
    ),
    fc.jsonValue().map((json) => JSON.stringify(json)),
  )
  test('members in any order and shape', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.constantFrom(...members), value), {
          selector: ([key]) => key,
          maxLength: 6,
        }),
        fc.boolean(),
        (list, versioned) => {
          const rest = list.filter(([key]) => !versioned || key !== 'jsonrpc')
          const all = versioned ? [['jsonrpc', '"2.0"'], ...rest] : rest
          const result = read(`{${all.map(([key, text]) => `"${key}":${text}`).join(',')}}`)
          if (!result.ok) return
          const again = read(writeJson(result.message.value))
          if (!again.ok) throw new Error(again.explain)
          const { kind, method, id } = result.message
          expect(again.message).toMatchObject({ kind, method, canonical: true })
          expect(again.message.id).toBe(id)
        },
      ),
      { numRuns: numRuns * 3 },
    )
  })
})

const vectors = new URL(
  '../../../../../shared/reference/data/vectors/mcp_json_differentials.jsonl',
  import.meta.url,
)
const here = existsSync(vectors)

interface Row {
  readonly id: string
  readonly class: string
  readonly expect: string
  readonly note: string
  readonly raw_b64?: string
  readonly raw_gz_b64?: string
}

describe.skipIf(!here)(
  `messages that decoders read differently${here ? '' : ' (skipped: ../shared/reference is not beside the repository)'}`,
  () => {
    const rows = here
      ? readFileSync(vectors, 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as Row)
      : []

    test('the file has its rows', () => {
      expect(rows).toHaveLength(87)
    })

    test.each(rows.map((row) => [`${row.id} (${row.class})`, row] as const))('%s', (_, row) => {
      const bytes =
        row.raw_b64 === undefined
          ? gunzipSync(Buffer.from(row.raw_gz_b64 ?? '', 'base64'))
          : Buffer.from(row.raw_b64, 'base64')
      const result = readInbound(bytes)
      if (row.expect === 'accept' || row.expect === 'accept-and-echo-exactly') {
        if (!result.ok) throw new Error(result.explain)
        const sent = JSON.parse(bytes.toString()) as { id: unknown }
        expect(result.message.id).toBe(JSON.stringify(sent.id))
      } else if (row.class === 'tool-name-normalisation') {
        // The message is sound; that such a name is no tool's is decided by exact match, later.
        expect(result).toMatchObject({ ok: true, message: { method: 'tools/call' } })
      } else {
        expect(result.ok).toBe(false)
      }
    })
  },
)
