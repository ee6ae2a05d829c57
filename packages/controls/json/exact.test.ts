import { describe, expect, test } from 'vitest'
import { isExactNumber, isObject, type JsonValue, parseJson, writeJson } from './index.ts'

function readValue(document: string): JsonValue {
  const parse = parseJson(Buffer.from(document))
  if (!parse.ok) throw new Error(parse.fault.explain)
  return parse.value
}

const CHANGED = [
  '9007199254740993',
  '-9007199254740993',
  '9223372036854775807',
  '18446744073709551615',
  '10000000000000000999',
  '123123123123123123123123123123',
  '-0',
  '-0.0',
  '0.0',
  '0e0',
  '1.0',
  '1.50',
  '100.0',
  '1e400',
  '-1e400',
  '1e-400',
  '1E5',
  '1e5',
  '1e+5',
  '1e21',
  '1.0e+28',
  '0.0000001',
  '0.10',
  '1.000000000000000005',
  '0.1000000000000000055511151231257827',
  '123456789012345678',
]

const KEPT = [
  '0',
  '-1',
  '42',
  '999999999999999',
  '1234567890123456',
  '9007199254740991',
  '9007199254740992',
  '100000000000000000000',
  '0.5',
  '-0.5',
  '0.05',
  '0.000001',
  '0.0000015',
  '1.25',
  '-123.456789',
  '12345678.1234567',
  '0.1',
  '0.30000000000000004',
  '3.141592653589793',
  '1e+21',
  '1e-7',
  '1.5e+300',
  '5e-324',
  '1.7976931348623157e+308',
  '-1.2345678901234568e-300',
]

describe('a number that a double would change keeps its text', () => {
  test.each(CHANGED)('%s', (text) => {
    const value = readValue(text)
    expect(isExactNumber(value) && value.rawJSON).toBe(text)
    for (const document of [text, `[${text}]`, `{"a":[{"b":${text}}]}`, `{"a":${text},"b":"x"}`]) {
      expect(writeJson(readValue(document))).toBe(document)
      expect(parseJson(Buffer.from(document))).toMatchObject({ ok: true, canonical: true })
    }
    expect(writeJson(readValue(`{ "a": [ 1, ${text} ] }`))).toBe(`{"a":[1,${text}]}`)
  })

  test.each(KEPT)('%s is a plain number', (text) => {
    expect(readValue(text)).toBe(Number(text))
    expect(readValue(`[ ${text} ]`)).toEqual([Number(text)])
    expect(parseJson(Buffer.from(text))).toMatchObject({ ok: true, canonical: true })
  })

  test('it stands in its place, whatever surrounds it', () => {
    const documents = [
      '[1.0,2,[3.0,[],{}],{"a":4.0,"b":[5.0]},6.0]',
      '{"10":1.0,"9":{"x":-0},"b":[{"2":1e5},"1.0",{"1":2.0}]}',
      '{"é":1.0,"\\n":{"\\"":2.0,"\\\\":[3.0]},"日本":[[4.0]],"a/b":5.0}',
      '{"s":"1.0, {\\"x\\": [2.0","t":"\\\\","n":1.0}',
      '{"__proto__":1.0,"constructor":{"__proto__":[2.0]}}',
      `[${'"long string \\" with quotes, 1.0 and {brackets",'.repeat(5)}7.0]`,
    ]
    for (const document of documents) {
      const spaced = document.replaceAll(',"', ' ,\n "')
      const reference = JSON.stringify(
        JSON.parse(document, (_, value, context?: { source?: string }) =>
          typeof value === 'number' && context?.source ? JSON.rawJSON(context.source) : value,
        ),
      )
      expect(writeJson(readValue(document)), document).toBe(reference)
      if (!document.startsWith('{"s"') && !document.startsWith('["long')) {
        expect(writeJson(readValue(spaced)), spaced).toBe(reference)
      }
    }
  })

  test('thousands of them in a large document', () => {
    const document = `{"rows":[${Array.from({ length: 5000 }, (_, index) => `{"id":${index}.0,"f":${index / 7}}`).join(',')}]}`
    expect(parseJson(Buffer.from(document))).toMatchObject({ ok: true, canonical: true })
    expect(writeJson(readValue(document))).toBe(document)
  })

  test('an object that looks like one is an object', () => {
    const value = readValue('{"rawJSON":"1.0"}')
    expect(isExactNumber(value)).toBe(false)
    expect(isObject(value)).toBe(true)
  })

  test('isObject is true for objects alone', () => {
    const value = readValue('[null,[],1,1.0,"a",true,{}]') as JsonValue[]
    expect(value.map(isObject)).toEqual([false, false, false, false, false, false, true])
    expect(isObject(undefined)).toBe(false)
  })
})
