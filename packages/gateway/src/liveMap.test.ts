import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LiveMap } from './liveMap.ts'

describe('a map of what lives shortly', () => {
  it('behaves as a Map does, in the same order', () => {
    const step = fc.record({ take: fc.boolean(), key: fc.integer({ min: 0, max: 20 }) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const plain = new Map<number, object>()
        const live = new LiveMap<number, object>()
        for (const { take, key } of steps) {
          if (take) {
            expect(live.take(key)).toBe(plain.get(key))
            plain.delete(key)
          } else {
            const value = {}
            plain.set(key, value)
            live.set(key, value)
          }
          expect(live.size).toBe(plain.size)
          expect(live.get(key)).toBe(plain.get(key))
          expect(live.has(key)).toBe(plain.has(key))
        }
        expect([...live]).toEqual([...plain])
        expect([...live.keys()]).toEqual([...plain.keys()])
        expect([...live.values()]).toEqual([...plain.values()])
      }),
    )
  })

  it('leaves out, while it is gone through, what is taken meanwhile, and ends empty when cleared', () => {
    const live = new LiveMap<string, { readonly name: string }>()
    for (const name of ['a', 'b', 'c']) live.set(name, { name })
    const seen: string[] = []
    for (const { name } of live.values()) {
      seen.push(name)
      live.delete('b')
    }
    expect(seen).toEqual(['a', 'c'])
    live.clear()
    expect([live.size, ...live.keys()]).toEqual([0])
  })
})
