import { describe, expect, it } from 'vitest'
import { asciiText } from '../../scripts/asciiText.ts'

/** What a program evaluates to. */
const evaluate = (code: string): unknown => new Function(`return (${code})`)()

describe('a program in ASCII', () => {
  it.each([
    ['a string', `'caf\u{e9} \u{2026} \u{1f600} \u{2028}'`],
    ['a template', `\`\u{2026}\${'\u{43a}'}\u{1f600}\``],
    ['a name', `((\u{e9}t\u{e9}) => \u{e9}t\u{e9} + 1)(1)`],
    ['a class of characters', `'xx\u{43a}yy'.replace(/[\u{430}-\u{44f}]+/, '-')`],
    ['characters outside the first plane', `'a\u{10428}b'.replace(/[\u{10400}-\u{1044f}]/u, '-')`],
    ['the same without the flag', `'a\u{10428}b'.replace(/\u{10428}+/, '-')`],
    ['a backslash that is escaped', `'\\\\\u{2026}'`],
    ['a comment', `1 /* \u{2026} */`],
  ])('means the same: %s', (_, code) => {
    const ascii = asciiText(code)
    expect(ascii).toMatch(/^[\0-\x7f]*$/)
    expect(evaluate(ascii)).toEqual(evaluate(code))
  })

  it.each([`'\\\u{2026}'`, `/\\\u{2026}/`, `'\\\\\\\u{2026}'`, `String.raw\`\u{2026}\``])(
    'is refused where it would not: %j',
    (code) => {
      expect(() => asciiText(code)).toThrow()
    },
  )
})
