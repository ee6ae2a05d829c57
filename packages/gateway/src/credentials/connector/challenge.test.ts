import { describe, expect, it } from 'vitest'
import { bearerChallenge, scopesIn, unionOf } from './challenge.ts'

describe('the Bearer challenge', () => {
  it.each([
    ['Bearer', {}],
    ['bearer error="invalid_token"', { error: 'invalid_token' }],
    ['Bearer realm="a, Bearer error=\\"x\\"", scope="a b a"', { scopes: ['a', 'b'] }],
    [
      'Basic realm="x", Bearer resource_metadata="https://x/y", error=insufficient_scope',
      {
        resourceMetadata: 'https://x/y',
        error: 'insufficient_scope',
      },
    ],
    ['Bearer error="one", Basic realm="x", Bearer error="two"', { error: 'one' }],
    ['Bearer error="one", error="two"', { error: 'one' }],
    ['Bearer  scope = "a"', { scopes: ['a'] }],
    ['Bearer error="never closed', {}],
  ])('of %s', (header, expected) => {
    expect(bearerChallenge(header)).toEqual(expected)
  })

  it.each([undefined, '', 'Basic realm="x"', ';;', `Bearer error="${'x'.repeat(9_000)}"`])(
    'of %s is none',
    (header) => {
      expect(bearerChallenge(header)).toBeUndefined()
    },
  )
})

it('scopes that are none are left out, and there are no more than a few', () => {
  expect(scopesIn('a "b" c\\d é ok')).toEqual(['a', 'ok'])
  expect(scopesIn(Array.from({ length: 1000 }, (_, at) => `s${at}`).join(' ')).length).toBeLessThanOrEqual(64)
  expect(unionOf(['a', 'b'], ['b', 'c'])).toEqual(['a', 'b', 'c'])
})
