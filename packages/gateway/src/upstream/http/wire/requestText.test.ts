import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HeaderLines } from './requestText.ts'

describe('header lines', () => {
  it.each([
    ['a line end', 'a', 'b\r\nc: d'],
    ['LF', 'a', 'b\nc: d'],
    ['CR', 'a', 'b\rc'],
    ['NUL', 'a', 'b\0'],
    ['a character outside Latin-1', 'a', '\u{10a}'],
    ['a name with a colon', 'a:', 'b'],
    ['a name with a space', 'a ', 'b'],
    ['a name with a line end', 'a\r\nb', 'c'],
    ['no name', '', 'b'],
  ])('are none with %s, also after a value of that name was good', (_, name, value) => {
    const lines = new HeaderLines()
    expect(lines.of(['a', 'good'])).toBe('a: good\r\n')
    expect(lines.of(['x', 'y', name, value])).toBeUndefined()
    expect(lines.of(['a', 'good'])).toBe('a: good\r\n')
  })

  it('say what they are asked for, whatever was written before', () => {
    const pair = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2', '', 'x\n'))
    fc.assert(
      fc.property(fc.array(fc.array(pair, { maxLength: 4 }), { maxLength: 8 }), (requests) => {
        const lines = new HeaderLines()
        for (const pairs of requests) {
          const expected = pairs.some(([, value]) => value === 'x\n')
            ? undefined
            : pairs.map(([name, value]) => `${name}: ${value}\r\n`).join('')
          expect(lines.of(pairs.flat())).toBe(expected)
        }
      }),
    )
  })

  it('remember a bounded number of names', () => {
    const lines = new HeaderLines()
    for (let i = 0; i < 1_000; i++) expect(lines.of([`x-${i}`, 'y'])).toBe(`x-${i}: y\r\n`)
  })
})
