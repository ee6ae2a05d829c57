import { describe, expect, it } from 'vitest'
import { tokenDigest, VerifiedTokens } from './verifiedTokens.ts'

describe('verified tokens', () => {
  let now = 0
  const make = (maxEntries = 10) => new VerifiedTokens<string>({ maxEntries, now: () => now })
  const [one, other] = [{}, {}]

  it('are known for a minute, and never beyond their end', () => {
    const tokens = make()
    now = 0
    tokens.add('a', 'A', one, undefined)
    tokens.add('b', 'B', one, 1_000)
    now = 999
    expect([tokens.get('a'), tokens.get('b')]).toEqual(['A', 'B'])
    now = 1_000
    expect([tokens.get('a'), tokens.get('b')]).toEqual(['A', undefined])
    now = 60_000
    expect(tokens.get('a')).toBeUndefined()
    expect(tokens.size).toBe(0)
  })

  it('are forgotten together when the keys of their issuer change', () => {
    const tokens = make()
    now = 0
    tokens.add('a', 'A', one, undefined)
    tokens.add('b', 'B', other, undefined)
    tokens.forget(one)
    expect([tokens.get('a'), tokens.get('b')]).toEqual([undefined, 'B'])
  })

  it('are no more than there may be; the oldest goes', () => {
    const tokens = make(2)
    for (const name of ['a', 'b', 'c']) tokens.add(name, name, one, undefined)
    expect([tokens.get('a'), tokens.get('b'), tokens.get('c'), tokens.size]).toEqual([undefined, 'b', 'c', 2])
  })

  it('are known by their digest alone', () => {
    expect(tokenDigest('secret')).toMatch(/^[A-Za-z0-9+/]{43}=$/)
  })
})
