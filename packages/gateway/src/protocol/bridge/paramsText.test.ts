import { type JsonObject, parseJson } from '@sallyport/controls/json'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { paramsText, progressTokenOf } from './paramsText.ts'

const read = (text: string): JsonObject => {
  const parsed = parseJson(Buffer.from(text))
  if (!parsed.ok) throw new Error(text)
  return parsed.value as JsonObject
}

describe('the params a server gets', () => {
  it.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf'])(
    'a member "%s" is not taken for one the gateway changes',
    (name) => {
      expect(paramsText({ [name]: 1 }, {}).of(1)).toBe(`{"${name}":1}`)
    },
  )

  it("never carry the client's own progress token, and none it did not ask for", () => {
    const params = { _meta: { progressToken: 'mine', traceparent: 'x' }, name: 'a' }
    expect(read(paramsText(params).of(7))).toEqual({
      name: 'a',
      _meta: { progressToken: 7, traceparent: 'x' },
    })
    expect(paramsText({ name: 'a', _meta: { traceparent: 'x' } }).of(7)).not.toContain('progressToken')
    expect(paramsText({}).of(7)).toBe('{}')
  })

  it('have what the gateway changes in the place it stood in', () => {
    expect(paramsText({ name: 'files__read', x: 1 }, { name: 'read' }).of(1)).toBe('{"name":"read","x":1}')
  })

  it('say arguments to the digit, and the record gets that very text', () => {
    const text = '{"a":9007199254740993,"b":-0,"c":1.0}'
    const { of, argumentsText } = paramsText(read(`{"arguments":${text}}`))
    expect(argumentsText).toBe(text)
    expect(of(1)).toBe(`{"arguments":${text}}`)
    expect(paramsText({ name: 'x' }).argumentsText).toBeUndefined()
  })

  it('what goes in comes out, whatever it is', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(), (params, id) => {
        const expected = structuredClone(params) as { _meta?: { progressToken?: unknown } }
        const meta = expected._meta
        if (typeof meta === 'object' && meta !== null && !Array.isArray(meta) && 'progressToken' in meta)
          meta.progressToken = id
        expect(JSON.parse(paramsText(params as JsonObject).of(id))).toEqual(
          JSON.parse(JSON.stringify(expected)),
        )
      }),
    )
  })
})

describe('arguments cut from the text of the message they came in', () => {
  const params = fc.record(
    {
      name: fc.string(),
      arguments: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue()),
      _meta: fc.dictionary(fc.oneof(fc.string(), fc.constant('progressToken')), fc.jsonValue()),
      '"params":{': fc.jsonValue(),
      'x","arguments":': fc.constantFrom('}}', '"arguments":', '"params":{"arguments":{}}'),
    },
    { requiredKeys: [] },
  )
  const id = fc.oneof(fc.nat(), fc.constantFrom('"params":{', '}}', '"arguments":1'))
  const order = fc.shuffledSubarray(['id', 'method', 'params'], { minLength: 3 })

  it('are the very text that would be written, whatever stands around them', () => {
    fc.assert(
      fc.property(params, id, order, (given, own, keys) => {
        const members: Record<string, unknown> = { id: own, method: 'tools/call', params: given }
        const message = { jsonrpc: '2.0', ...Object.fromEntries(keys.map((key) => [key, members[key]])) }
        const text = JSON.stringify(message)
        const value = read(text).params as JsonObject
        const plain = paramsText(value, { name: 'own' })
        const cut = paramsText(value, { name: 'own' }, { canonical: true, bytes: Buffer.from(text) })
        expect(cut.argumentsText).toBe(plain.argumentsText)
        expect(cut.of(7)).toBe(plain.of(7))
        const whole = paramsText(value, {}, { canonical: true, bytes: Buffer.from(text) })
        expect(whole.of(7)).toBe(paramsText(value).of(7))
        expect(whole.argumentsText).toBe(plain.argumentsText)
        expect(whole.argumentsValue).toEqual(plain.argumentsValue)
      }),
      { numRuns: 500 },
    )
  })

  it('are written when the text is not the one of these params, or not canonical', () => {
    const value = { name: 'a', arguments: { b: 1 } }
    for (const text of [
      '',
      '{}',
      '{"params":{"name":"b","arguments":{"b":2}}}',
      '{"params":{"name":"a","arguments":}}',
    ])
      expect(paramsText(value, {}, { canonical: true, bytes: Buffer.from(text) }).argumentsText).toBe(
        '{"b":1}',
      )
    const bytes = Buffer.from('{"params":{"name":"a","arguments":{"b": 1}}}')
    expect(paramsText(value, {}, { canonical: false, bytes }).argumentsText).toBe('{"b":1}')
    const other = paramsText(value, { arguments: { c: 1 } }, { canonical: true, bytes })
    expect(other.of(1)).toBe('{"name":"a","arguments":{"c":1}}')
  })
})

it('a progress token is one only where it belongs', () => {
  expect(progressTokenOf({ _meta: { progressToken: 0 } })).toBe(0)
  for (const params of [{}, { progressToken: 1 }, { _meta: [] }, { _meta: null }])
    expect(progressTokenOf(params)).toBeUndefined()
})
