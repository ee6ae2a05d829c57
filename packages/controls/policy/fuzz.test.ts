import { compileGlob } from '@sallyport/controls/patterns'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileCondition, uriReadings } from './index.ts'

const NAME = fc.string({ unit: fc.constantFrom('a', 'b', '_', '*', '.'), maxLength: 12 })

/** What a glob means, said another way: try every length of every star. */
function naive(pattern: string, text: string): boolean {
  if (pattern === '') return text === ''
  const [head, rest] = [pattern[0], pattern.slice(1)]
  if (head !== '*') return text[0] === head && naive(rest, text.slice(1))
  for (let taken = 0; taken <= text.length; taken++) if (naive(rest, text.slice(taken))) return true
  return false
}

describe('a glob', () => {
  it('means what trying every way means', () => {
    fc.assert(
      fc.property(NAME, NAME, (pattern, text) => {
        expect(compileGlob(pattern)(text)).toBe(naive(pattern, text))
      }),
    )
  })

  it('takes a long text in one pass', () => {
    const text = 'ab'.repeat(500_000)
    expect(compileGlob(`${'*a'.repeat(100)}*c`)(text)).toBe(false)
    expect(compileGlob(`${'*a'.repeat(100)}*b`)(text)).toBe(true)
  })
})

describe('readings of a URI', () => {
  it('are few, and begin with the URI itself', () => {
    fc.assert(
      fc.property(fc.oneof(fc.webUrl(), fc.string({ unit: 'binary' })), (uri) => {
        const readings = uriReadings(uri)
        expect(readings[0]).toBe(uri)
        expect(readings.length).toBeLessThan(20)
      }),
    )
  })

  it('find a path through however many layers of percent up to three', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{1,8}$/), fc.integer({ min: 0, max: 3 }), (name, layers) => {
        let text = name
        for (let round = 0; round < layers; round++)
          text = [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
        expect(uriReadings(`file:///etc/${text}`)).toContain(`file:///etc/${name}`)
      }),
      { numRuns: 50 },
    )
  })
})

describe('a condition', () => {
  it('of any text compiles or is refused with its place, and never throws', () => {
    const word = fc.constantFrom(
      'args',
      'tool',
      '.',
      'name',
      '==',
      '"x"',
      '(',
      ')',
      '&&',
      'exists',
      'k',
      ',',
      '[',
      ']',
      '1',
      '?',
      '!',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(word).map((words) => words.join('')),
          fc.string(),
        ),
        (source) => {
          const compiled = compileCondition(source)
          if (!compiled.ok) {
            expect(compiled.explain).not.toBe('')
            expect(compiled.offset).toBeGreaterThanOrEqual(0)
            expect(compiled.offset).toBeLessThanOrEqual(source.length)
          }
        },
      ),
    )
  })
})
