import { MAX_ITEM_BYTES } from '@sallyport/controls/surface'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnsOf, cutTo } from './cells.ts'
import type { Paint } from './paint.ts'
import { proseLines, type Stretch } from './prose.ts'

const plain: Paint = Object.assign((_style: unknown, text: string) => text, { colours: false })
const coloured: Paint = Object.assign(
  (style: string | undefined, text: string) =>
    style === undefined || style === 'aside' ? text : `<${style}>${text}</>`,
  { colours: true },
)
const lines = (text: string | readonly Stretch[], width = 60, paint = plain) =>
  proseLines(typeof text === 'string' ? [{ text }] : text, { paint, width, margin: '| ' })

describe("a server's text", () => {
  it('keeps its lines, each behind our margin', () => {
    expect(lines('Reads a file.\n\n- `path`\n  - more')).toEqual([
      '| Reads a file.',
      '|',
      '| - `path`',
      '|   - more',
    ])
  })

  it('is broken at spaces, and where there is none anywhere', () => {
    expect(lines('one two three four', 14)).toEqual(['| one two three four'])
    expect(lines('one two three four five six', 22)).toEqual(['| one two three four', '| five six'])
    expect(lines('x'.repeat(45), 22)).toEqual([`| ${'x'.repeat(20)}`, `| ${'x'.repeat(20)}`, '| xxxxx'])
    expect(lines('\u65e5\u672c\u8a9e'.repeat(5), 22)).toEqual([
      `| ${'\u65e5\u672c\u8a9e'.repeat(3)}\u65e5`,
      '| \u672c\u8a9e\u65e5\u672c\u8a9e',
    ])
  })

  it.each([
    ['what is not shown', 'a\u200b\u200c\u200bb', '| a\u27e6zero-width: \\u{200b}\\u{200c}\\u{200b}\u27e7b'],
    ['a text in tag characters', 'ok\u{e0068}\u{e0069}', '| ok\u27e6tags: "hi"\u27e7'],
    ['a command to the terminal', 'a\u001b[2Jb', '| a\u27e6ansi: \\u{1b}[2J\u27e7b'],
    ['a carriage return', 'a\r\nb', '| a\\u{d}'],
    ['a space that is none', 'a\u00a0b\u2003c', '| a\\u{a0}b\\u{2003}c'],
    ['a gap in a line', `a${' '.repeat(500)}b`, '| a\u27e6500 spaces\u27e7b'],
    ['a gap of lines', `a${'\n'.repeat(60)}b`, '| a\u27e660 line breaks\u27e7'],
    [
      'brackets of ours',
      'a \u27e660 line breaks\u27e7 \u27e6+new+\u27e7',
      '| a \\u{27e6}60 line breaks\\u{27e7} \\u{27e6}+new+\\u{27e7}',
    ],
    ['an escape of ours', 'a\\u{200b}b', '| a\\u{5c}u{200b}b'],
  ])('shows %s as what it is', (_what, text, first) => {
    expect(lines(text, 100)[0]).toBe(first)
  })

  it('leaves what people write as it is', () => {
    for (const text of [
      'Größe \u{1f600} שלום 日本語　全角',
      '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}'.slice(0, 2),
      '    if (a) {\n        b()\n    }',
    ])
      expect(
        lines(text, 100)
          .map((line) => line.slice(2))
          .join('\n'),
      ).toBe(text)
  })

  it('of any kind never acts on a terminal, and never stands in the first column', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.integer({ min: 1, max: 80 }),
        (text, width) => {
          for (const line of lines(text, width)) {
            expect(line).toMatch(/^\|(?: |$)/)
            expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u)
            expect(columnsOf(line)).toBeLessThanOrEqual(Math.max(width, 22) + 1)
          }
        },
      ),
    )
  })

  it('as long as an item may be, and hard to break, is shown in one go', () => {
    for (const unit of [' ', '\n', ' \n', 'x', '\u200b', '\\u{', '\u27e6', '\u{e0041}', 'a ', '\u00a0'])
      expect(lines(unit.repeat(MAX_ITEM_BYTES / unit.length)).length).toBeLessThan(100_000)
  })
})

describe('a change', () => {
  const change: readonly Stretch[] = [
    { text: 'Adds ' },
    { text: 'two', style: 'removed' },
    { text: '2\nor more', style: 'added' },
    { text: ' numbers.' },
  ]

  it('without colours stands in brackets that no server can write', () => {
    expect(lines(change)).toEqual(['| Adds \u27e6-two-\u27e7\u27e6+2', '| or more+\u27e7 numbers.'])
  })

  it('with colours stands in its colour, on every line of it', () => {
    expect(lines(change, 60, coloured)).toEqual([
      '| Adds <removed>two</><added>2</>',
      '| <added>or more</> numbers.',
    ])
  })

  it('of hidden characters alone is seen', () => {
    const hidden = lines([{ text: 'read' }, { text: '\u200b', style: 'added' }])
    expect(hidden).toEqual(['| read\u27e6+\\u{200b}+\u27e7'])
  })
})

it('a cell that is cut says so, and is no wider than it may be', () => {
  expect(cutTo('abcdef', 6)).toBe('abcdef')
  expect(cutTo('abcdefg', 6)).toBe('abcde\u2026')
  expect(columnsOf(cutTo('日本語日本語', 6))).toBeLessThanOrEqual(6)
})
