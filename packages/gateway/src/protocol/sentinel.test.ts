import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeSentinel, encodeSentinel } from './sentinel.ts'

describe('a header value has one reading', () => {
  it.each([
    ['plain text', 'safe_tool', 'safe_tool'],
    ['a wrapped text', '=?base64?c2FmZV90b29s?=', 'safe_tool'],
    ['a wrapped empty text', '=?base64??=', ''],
    ['text beyond ASCII', '=?base64?WsO8cmljaCA=?=', 'Zürich '],
    ['a wrapped text of the wrapper itself', '=?base64?PT9iYXNlNjQ/P0=?=', undefined],
    ['no suffix: literal', '=?base64?c2FmZQ==', '=?base64?c2FmZQ=='],
    ['no prefix: literal', 'c2FmZQ==?=', 'c2FmZQ==?='],
    ['upper-case marker: literal', '=?BASE64?c2FmZQ==?=', '=?BASE64?c2FmZQ==?='],
    ['a byte order mark stays', '=?base64?77u/eA==?=', '\ufeffx'],
  ])('%s', (_, header, text) => {
    expect(decodeSentinel(header)).toBe(text)
  })

  it.each([
    ['padding missing', 'c2FmZQ'],
    ['padding too long', 'c2FmZV90b29s='],
    ['padding within', 'c2Fm=ZQ='],
    ['an alphabet of others', '!!!'],
    ['the URL alphabet', '_-8='],
    ['blanks within', 'c2Fm ZQ=='],
    ['a line end within', 'c2Fm\nZQ=='],
    ['unused bits that are set', 'QR=='],
    ['bytes that are no UTF-8', '/w=='],
    ['a lone surrogate', '7aCA'],
  ])('%s is refused, not guessed', (_, inner) => {
    expect(decodeSentinel(`=?base64?${inner}?=`)).toBeUndefined()
  })

  it('markers that share a character are refused', () => {
    expect(decodeSentinel('=?base64?=')).toBeUndefined()
  })
})

describe('what is written can be sent and is read back', () => {
  it('for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const header = encodeSentinel(text)
        expect(header).toMatch(/^[\x20-\x7e\t]*$/)
        expect(header.trim()).toBe(header)
        expect(decodeSentinel(header)).toBe(text)
      }),
    )
  })

  it.each(['a b', 'a\tb', 'x', 'file:///a?b=c', 'a=?base64?b?='])('%j stays plain', (text) => {
    expect(encodeSentinel(text)).toBe(text)
  })

  it.each(['', ' a', 'a ', '\ta', 'ä', 'a\r\nX: y', '=?base64?x?=', '=?base64?='])(
    '%j is wrapped',
    (text) => {
      expect(encodeSentinel(text)).toMatch(/^=\?base64\?.*\?=$/)
      expect(decodeSentinel(encodeSentinel(text))).toBe(text)
    },
  )

  it('every header is literal, or exactly what an encoder gives, or refused', () => {
    const unit = fc.constantFrom('=', '?', '=?base64?', '?=', 'A', 'Q', '/', '+', 'b', '_')
    fc.assert(
      fc.property(fc.string({ unit }), (header) => {
        const text = decodeSentinel(header)
        if (text === undefined || text === header) return
        expect(`=?base64?${Buffer.from(text).toString('base64')}?=`).toBe(header)
      }),
      { numRuns: 1000 },
    )
  })
})
