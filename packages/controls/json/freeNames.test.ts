import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FreeNames } from './index.ts'

const given = (wanted: readonly string[], real: ReadonlySet<string> = new Set()) => {
  const taken = new Set<string>()
  let looks = 0
  const names = new FreeNames((name) => {
    looks++
    return taken.has(name) || real.has(name)
  })
  const got = wanted.map((name) => {
    const free = names.of(name)
    taken.add(free)
    return free
  })
  return { got, looks }
}

describe('names that come to be the same', () => {
  it('are told apart, and leave real ones alone', () => {
    expect(given(['x', 'x', 'y', 'x']).got).toEqual(['x', 'x#2', 'y', 'x#3'])
    expect(given(['x', 'x'], new Set(['x', 'x#2'])).got).toEqual(['x#3', 'x#4'])
    expect(given(['__proto__', '__proto__']).got).toEqual(['__proto__', '__proto__#2'])
  })

  it('are all different, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'a#2', 'a#3', 'b', '')), (wanted) => {
        expect(new Set(given(wanted).got).size).toBe(wanted.length)
      }),
    )
  })

  // Sixty thousand members whose names differ in what is taken out stopped the gateway for minutes.
  it('are found in as many steps as there are names', () => {
    const { looks } = given(Array.from({ length: 60_000 }, () => 'x'))
    expect(looks).toBeLessThan(130_000)
  })
})
