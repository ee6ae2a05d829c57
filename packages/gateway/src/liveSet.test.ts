import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LiveSet, NOWHERE } from './liveSet.ts'

describe('a set of what lives shortly', () => {
  it('holds what a Set holds', () => {
    const step = fc.record({ remove: fc.boolean(), at: fc.integer({ min: 0, max: 20 }) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const members = Array.from({ length: 21 }, (_, name) => ({ name, place: NOWHERE }))
        const plain = new Set<object>()
        const live = new LiveSet<(typeof members)[number]>()
        for (const { remove, at } of steps) {
          const member = members[at]
          if (member === undefined) throw new Error('no such member')
          if (remove) expect(live.delete(member)).toBe(plain.delete(member))
          else {
            plain.add(member)
            live.add(member)
          }
          expect(live.size).toBe(plain.size)
        }
        expect(new Set(live)).toEqual(plain)
      }),
    )
  })

  it('leaves out, while it is gone through, what is removed meanwhile', () => {
    const live = new LiveSet<{ readonly name: string; place: number }>()
    const [a, b] = ['a', 'b'].map((name) => ({ name, place: NOWHERE }))
    if (a === undefined || b === undefined) throw new Error('two members')
    live.add(a)
    live.add(b)
    const seen: string[] = []
    for (const { name } of live) {
      seen.push(name)
      live.delete(b)
    }
    expect(seen).toEqual(['a'])
  })
})
