/** Whatever a server puts into its challenge, it is read once, within bounds, and never throws. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { bearerChallenge, scopesIn } from './challenge.ts'

const seed = process.env.FUZZ_SEED === undefined ? {} : { seed: Number(process.env.FUZZ_SEED) }
const numRuns = Number(process.env.FUZZ_RUNS ?? 2_000)
const piece = fc.oneof(
  fc.constantFrom(
    'Bearer',
    'bearer ',
    'Basic',
    ' ',
    ',',
    '=',
    '"',
    '\\',
    'error',
    'scope',
    'resource_metadata',
    '\t',
  ),
  fc.string({ maxLength: 8 }),
)
const header = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''))

it('a challenge is none, or has texts', () => {
  fc.assert(
    fc.property(header, (text) => {
      const read = bearerChallenge(text)
      for (const scope of read?.scopes ?? []) expect(scope).toMatch(/^[\x21\x23-\x5b\x5d-\x7e]+$/)
      expect(['string', 'undefined']).toContain(typeof read?.error)
    }),
    { ...seed, numRuns },
  )
})

it('what a server quotes comes out as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii', maxLength: 100 }), (value) => {
      const quoted = value.replace(/["\\]/g, (sign) => `\\${sign}`)
      expect(bearerChallenge(`Bearer error="${quoted}", scope="a"`)?.error).toBe(value)
    }),
    { ...seed, numRuns },
  )
})

it('a mebibyte of anything is read in one pass', () => {
  for (const text of ['"', '\\', ' ', ',', '=', 'a', 'Bearer ', 'a="', 'scope="a '])
    expect(() => bearerChallenge(text.repeat(Math.ceil(2 ** 20 / text.length)))).not.toThrow()
  expect(scopesIn('a '.repeat(2 ** 19)).length).toBe(1)
})
