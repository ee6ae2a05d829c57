import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quantile, shuffled, spreadOf } from './figures.ts'

describe('figures', () => {
  it('a median is the middle value, or the mean of the two in the middle', () => {
    expect(quantile([9, 1, 5], 0.5)).toBe(5)
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5)
    expect(quantile([7], 0.99)).toBe(7)
    expect(() => quantile([], 0.5)).toThrow('no values')
  })

  it('a quantile lies between the lowest and the highest value and grows with its share', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1 }),
        fc.double({ noNaN: true, min: 0, max: 1 }),
        (values, share) => {
          const { low, high } = spreadOf(values)
          const value = quantile(values, share)
          expect(value).toBeGreaterThanOrEqual(low)
          expect(value).toBeLessThanOrEqual(high)
          expect(value).toBeLessThanOrEqual(quantile(values, 1))
        },
      ),
    )
  })

  it('shuffling loses and invents nothing', () => {
    const items = ['a', 'b', 'c', 'd']
    expect(shuffled(items, Math.random).sort()).toEqual(items)
    const descending = [0.9, 0.5, 0.1]
    expect(shuffled([1, 2, 3], () => descending.shift() ?? 0)).toEqual([3, 2, 1])
  })
})
