import fc from 'fast-check'
import { expect, it } from 'vitest'
import { KindTable } from './kindTable.ts'

it('says of every number what was said of it, and of no other', () => {
  const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
  fc.assert(
    fc.property(
      fc.array(fc.tuple(word, fc.integer({ min: 1, max: 255 }))),
      fc.array(word),
      (added, asked) => {
        const table = new KindTable()
        const known = new Map<number, number>()
        for (const [one, kind] of added) {
          table.add(one, kind)
          known.set(one, (known.get(one) ?? 0) | kind)
        }
        for (const one of [0, ...asked, ...known.keys()]) expect(table.of(one)).toBe(known.get(one) ?? 0)
      },
    ),
  )
})

it('refuses more words than it can look up quickly', () => {
  const table = new KindTable()
  const fill = () => {
    for (let one = 0; one < 5000; one++) table.add(one * 4096, 1)
  }
  expect(fill).toThrow(RangeError)
})
