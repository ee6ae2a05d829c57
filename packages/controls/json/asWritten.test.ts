import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isAsWritten } from './asWritten.ts'

/** As `parseJson` asks: the members counted in the value. */
function ask(text: string): boolean {
  const bytes = Buffer.from(text)
  return isAsWritten(bytes, bytes.toString('latin1'), countMembers(JSON.parse(text)))
}

function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const inner = Object.values(value).reduce<number>((sum, one) => sum + countMembers(one), 0)
  return inner + (Array.isArray(value) ? 0 : Object.keys(value).length)
}

describe('a document is taken for our own writing only if it is', () => {
  it.each([
    '{"a": 1}',
    '{"a":1 }',
    '[1,\t2]',
    '{"a":1,"a":1}',
    '{"a":{"b":1,"b":1}}',
    '{"b":1,"1":2}',
    '{"1":1,"b":2}',
    '{"\\"":1}',
    '{"\\u0061":1}',
    '["\\/"]',
    '["\\u0041"]',
    '["\\n\\/"]',
    '["\\\\\\/"]',
    '["x","\\n","\\u001F"]',
    '[1.0]',
    '[1e3]',
    '[-0]',
    '[1E400]',
    '[12345678901234567890]',
    '-0',
  ])('%s is not, or not beyond doubt', (text) => {
    expect(ask(text)).toBe(false)
  })

  it.each([
    '{}',
    '[]',
    '"é😀\u2028"',
    '{"a":"/","b":[1,-2.5,1e+21,true,null],"é":{}}',
    '["\\n\\t\\"\\\\","\\\\n","a\\\\","\\\\\\""]',
    '[{"a":1},{"a":1}]',
    '0.1',
  ])('%s is', (text) => {
    expect(ask(text)).toBe(true)
  })

  it('whatever the document: what is taken for ours is byte for byte what we would write', () => {
    const json = fc.json({ maxDepth: 4 })
    // Damage that leaves it JSON, mostly.
    const piece = fc.constantFrom(
      ' ',
      '\n',
      '"a":1,',
      '\\/',
      '\\n',
      '\\u0041',
      '\\\\',
      '0',
      '.0',
      '-',
      'e1',
      '"1":0,',
    )
    fc.assert(
      fc.property(json, fc.nat(), piece, fc.boolean(), (text, at, insert, damaged) => {
        const place = at % (text.length + 1)
        const tried = damaged ? text.slice(0, place) + insert + text.slice(place) : text
        let value: unknown
        try {
          value = JSON.parse(tried)
        } catch {
          return // not JSON any more: nobody asks
        }
        if (ask(tried)) expect(JSON.stringify(value)).toBe(tried)
      }),
      { numRuns: 2_000 },
    )
  })
})
