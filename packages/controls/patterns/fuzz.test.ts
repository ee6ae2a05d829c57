import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { compilePattern } from './index.ts'

const numRuns = Number(process.env.FUZZ_RUNS ?? 300)
vi.setConfig({ testTimeout: 60_000 + numRuns * 20 })

/** Patterns small enough that V8 answers too, whatever they are. */
const { pattern } = fc.letrec<{ pattern: string; term: string; atom: string }>((tie) => ({
  pattern: fc.array(tie('term'), { maxLength: 4 }).map((terms) => terms.join('')),
  term: fc
    .tuple(tie('atom'), fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,}', '{0,2}', '+?'))
    .map(([atom, quantity]) => (/^(?:\^|\$|\\[bB])$/.test(atom) ? atom : atom + quantity)),
  atom: fc.oneof(
    { depthSize: 'small', maxDepth: 3 },
    fc.constantFrom('a', 'b', '.', '\\d', '[ab]', '[^a]', '\\w', '^', '$', '\\b', '\\B', '\\p{L}', '\\u0061'),
    fc.tuple(tie('pattern'), tie('pattern')).map(([one, other]) => `(${one}|${other})`),
    tie('pattern').map((inner) => `(?:${inner})`),
  ),
}))
const text = fc.string({ unit: fc.constantFrom('a', 'b', '1', ' ', '\n', 'ä', '\u{1f600}'), maxLength: 10 })

describe('patterns', () => {
  it('match what V8 matches', () => {
    fc.assert(
      fc.property(pattern, text, (source, subject) => {
        const compiled = compilePattern(source)
        if (!compiled.ok) throw new Error(`${source}: ${compiled.explain}`)
        const found = compiled.pattern.matches(subject, { left: 1_000_000 })
        expect(found).toBe(new RegExp(source, 'u').test(subject))
      }),
      { numRuns },
    )
  })

  it('of any text are compiled or refused, and then run or out of steps', () => {
    const source = fc.string({ unit: fc.constantFrom(...'ab^$.*+?()[]{}|\\-,:=!<>19pbkuLx'), maxLength: 24 })
    fc.assert(
      fc.property(source, text, (any, subject) => {
        const compiled = compilePattern(any)
        if (!compiled.ok) expect(compiled.at).toBeLessThanOrEqual(any.length)
        else expect([true, false, undefined]).toContain(compiled.pattern.matches(subject, { left: 10_000 }))
      }),
      { numRuns: numRuns * 3 },
    )
  })
})
