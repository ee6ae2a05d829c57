import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asText, nameText, quotedText } from './asText.ts'

describe('what a renderer would make something else of is shown as it is', () => {
  it.each([
    ['words pushed to a line of their own', `hi${' '.repeat(200)}Why: nothing`, 'hi\\u{20}{200}Why: nothing'],
    ['two spaces that look like one', 'a  b', 'a\\u{20}\\u{20}b'],
    ['another space', 'a\u{a0}b\u{3000}c', 'a\\u{a0}b\\u{3000}c'],
    ['bold words', '**Allowed**', '\\u{2a}\\u{2a}Allowed\\u{2a}\\u{2a}'],
    ['a name that would be bold', '__init__', '\\u{5f}\\u{5f}init\\u{5f}\\u{5f}'],
    ['a word that would be slanted', '_no_ yes', '_no\\u{5f} yes'],
    ['a picture that is fetched', '![x](https://e.example/?q)', '\\u{21}[x]\\u{28}https://e.example/?q)'],
    [
      'a link that says where it does not lead',
      '[bank](https://e.example)',
      '[bank]\\u{28}https://e.example)',
    ],
    ['a link by reference', '[bank][e]', '[bank]\\u{5b}e]'],
    ['a comment that hides', 'a<!-- b -->', 'a\\u{3c}!-- b -->'],
    ['a tag', '<img src=x>', '\\u{3c}img src=x>'],
    ['an entity', '&nbsp;&#10;', '\\u{26}nbsp;\\u{26}#10;'],
    ['code', '``x``', '\\u{60}\\u{60}x\\u{60}\\u{60}'],
    ['words struck out', '~~no~~', '\\u{7e}\\u{7e}no\\u{7e}\\u{7e}'],
    ['what nobody sees', 'a\u{202e}b\u{e0041}', 'a\\u{202e}b\\u{e0041}'],
  ])('%s', (_, text, shown) => {
    expect(asText(text)).toBe(shown)
  })

  it.each([
    'SELECT * FROM tides WHERE id < 5 AND a & b',
    'snake_case of my_name_is and _meta',
    'https://example.org/a_b?c=1&d=2#e',
    'if (a[0] < 3) return x && y',
    "don't ~ 5 - 3 * 2",
  ])('and what means itself is left alone: %s', (text) => {
    expect(asText(text)).toBe(text)
  })

  it('a text in quotes is one line, and its own escapes are told from ours', () => {
    expect(quotedText('a\n\n\tb')).toBe('"a\\n\\n\\tb"')
    expect(quotedText('\\u{20}')).toBe('"\\\\u{20}"')
    expect(quotedText('a  b')).not.toBe(quotedText('a\\u{20}\\u{20}b'))
  })

  it('a name that could be taken for a name and its value is in quotes', () => {
    expect(nameText('/files[0]/path')).toBe('/files[0]/path')
    expect(nameText('/my_key')).toBe('/my_key')
    expect(nameText('/to: "ada"  /body')).toBe('"/to: \\"ada\\"\\u{20}\\u{20}/body"')
    expect(nameText('/__x__')).toBe('"/\\u{5f}\\u{5f}x\\u{5f}\\u{5f}"')
  })

  it('no two texts look alike in quotes, and none has a run of spaces (property)', () => {
    const text = fc.string({
      unit: fc.constantFrom(' ', 'a', '\\', '"', '*', '_', '{', '}', '2', 'u', '\u{a0}'),
    })
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(quotedText(one) === quotedText(other)).toBe(one === other)
        expect(quotedText(one)).not.toMatch(/ {2}/)
      }),
    )
  })

  it('costs no more for a text made to cost (a mebibyte of each mark)', () => {
    for (const mark of ['*', '_', '`', '~', ' ', '<', '&', '&a', '![', '](', '_a', 'a*'])
      expect(asText(mark.repeat(2 ** 20 / mark.length)).length).toBeGreaterThan(0)
  })
})
