import { describe, expect, it } from 'vitest'
import { compilePattern } from './index.ts'

function matches(source: string, text: string, left = 10_000_000): boolean | undefined {
  const compiled = compilePattern(source)
  if (!compiled.ok) throw new Error(`${source} at ${compiled.at} ${compiled.explain}`)
  return compiled.pattern.matches(text, { left })
}

describe('a pattern', () => {
  it.each([
    ['^a*$', 'aaa', true],
    ['^a*$', 'aab', false],
    ['b', 'abc', true],
    ['', '', true],
    ['^$', 'x', false],
    ['^(?:foo|bar)+$', 'foobarfoo', true],
    ['^(?<year>\\d{4})-(\\d{2})$', '2026-11', true],
    ['^[a-z0-9_]{1,16}$', 'a'.repeat(16), true],
    ['^[a-z0-9_]{1,16}$', 'a'.repeat(17), false],
    ['^a{2,}$', 'a', false],
    ['^a{2,}?$', 'aaa', true],
    ['^a{,2}$', 'a{,2}', true],
    ['^\\p{L}+$', 'Größe', true],
    ['^\\P{L}+$', 'Größe', false],
    ['^\\u{1F600}$', '\u{1f600}', true],
    ['^\\ud83d\\ude00$', '\u{1f600}', true],
    ['^.$', '\u{1f600}', true],
    ['^.$', '\n', false],
    ['^[^\\]x]$', ']', false],
    ['^[\\w.\\-\\@\\_]+$', 'a.b-c@d_', true],
    ['^\\-\\#\\ $', '-# ', true],
    ['\\bcat\\b', 'a cat sat', true],
    ['\\bcat\\b', 'concatenate', false],
    ['\\Bcat\\B', 'concatenate', true],
    ['^(?!.*\\.\\.)[\\w.]+$', 'a.b', true],
    ['^(?!.*\\.\\.)[\\w.]+$', 'a..b', false],
    ['^(?=.*\\d)(?=.*[a-z]).{3,}$', 'a1x', true],
    ['^(?=.*\\d)(?=.*[a-z]).{3,}$', 'abc', false],
    ['^(a|^b)$', 'b', true],
    ['a^b', 'ab', false],
    ['(a*)*', '', true],
    ['^(a?){3}$', 'aa', true],
  ])('%s on %j: %s', (source, text, found) => {
    expect(matches(source, text)).toBe(found)
  })

  it.each([
    ['(a)\\1', 3, 'refers back'],
    ['\\k<a>', 0, 'refers back'],
    ['(?<=a)b', 0, 'looks behind'],
    ['a(?=b)', 1, 'looks ahead'],
    ['^(?=a)b|c', 0, 'alternatives'],
    ['(?i:a)', 0, 'group of a kind'],
    ['(a', 0, 'without an end'],
    ['a)', 1, 'was not opened'],
    ['[a', 0, 'without an end'],
    ['[z-a]', 0, 'malformed'],
    ['*', 0, 'repeats nothing'],
    ['a**', 2, 'repeats a repetition'],
    ['a{3,2}', 1, 'before its start'],
    ['a{5000}', 1, 'more than'],
    ['\\A', 0, 'anchor'],
    ['\\', 0, 'backslash'],
    ['\\p{Nonsense}', 0, 'unknown escape'],
    ['((a{1000}){1000}){1000}', 0, 'states'],
    ['('.repeat(100) + ')'.repeat(100), 64, 'deeper'],
    ['a'.repeat(10_000), 8192, 'longer'],
  ])('%s is refused at %i: %s', (source, at, explain) => {
    const compiled = compilePattern(source)
    expect(compiled).toMatchObject({ ok: false, at, explain: expect.stringContaining(explain) })
  })

  it.each(['^(a+)+$', '(a|a)*b', '(.*)*x', '^(\\w+\\s?)*$', '(x+x+)+y', '^([a-z]+)*@$', 'a*a*a*a*a*b'])(
    '%s takes steps in proportion to the text, however hostile',
    (source) => {
      const compiled = compilePattern(source)
      if (!compiled.ok) throw new Error(compiled.explain)
      const steps = (length: number) => {
        const meter = { left: 1_000_000_000 }
        expect(compiled.pattern.matches(`${'a'.repeat(length)}!`, meter)).toBe(false)
        return 1_000_000_000 - meter.left
      }
      expect(steps(1 << 20) / steps(1 << 10)).toBeLessThan(1100)
    },
  )

  it('says that it does not know when its steps are used up', () => {
    expect(matches('(a*)*b', 'a'.repeat(10_000), 1_000)).toBeUndefined()
  })
})
