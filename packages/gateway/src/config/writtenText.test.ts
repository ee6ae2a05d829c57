import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { writtenText } from './writtenText.ts'

it('shows what hides, and leaves what a person reads', () => {
  expect(writtenText('a\u{202e}b\u{a0}c\u{200b}\u{e0041} d "é" 文')).toBe(
    '"a\\u202eb\\u00a0c\\u200b\\udb40\\udc41 d \\"é\\" 文"',
  )
})

it('is the same text to JSON and to YAML, on one line (property)', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('\u{202e}', '\u{2028}', '\u{85}', '\n', ''),
      (text, more) => {
        const written = writtenText(text + more + text)
        expect(JSON.parse(written)).toBe(text + more + text)
        expect(parse(`- ${written}`)).toEqual([text + more + text])
        expect(written).not.toMatch(/[\n\r\p{Cf}\p{Zl}\p{Zp}]/u)
      },
    ),
  )
})
