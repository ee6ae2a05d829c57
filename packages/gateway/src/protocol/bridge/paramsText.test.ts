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

it('a progress token is one only where it belongs', () => {
  expect(progressTokenOf({ _meta: { progressToken: 0 } })).toBe(0)
  for (const params of [{}, { progressToken: 1 }, { _meta: [] }, { _meta: null }])
    expect(progressTokenOf(params)).toBeUndefined()
})
