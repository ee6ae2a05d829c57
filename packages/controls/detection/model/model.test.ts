import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeWeights, encodeWeights } from './coding.ts'
import { BUCKETS, scoreOf, sumOf, weigh } from './linear.ts'
import { MODEL } from './model.ts'
import { trainLinear } from './train.ts'

const weights = new URL('./weights.ts', import.meta.url)

describe('the model that is shipped', () => {
  it('takes less than 512 KiB in the repository and in memory', () => {
    expect(readFileSync(weights).byteLength).toBeLessThan(512 * 1024)
    expect(MODEL.weights.byteLength).toBeLessThan(512 * 1024)
    expect(MODEL.weights.some((weight) => weight !== 0)).toBe(true)
  })

  it('reads back as it was written', () => {
    expect(decodeWeights(encodeWeights(MODEL.weights))).toEqual(MODEL.weights)
    const edges = new Int8Array(BUCKETS)
    edges.set([-128, 127, -1, 1], 0)
    edges[BUCKETS - 1] = -128
    expect(decodeWeights(encodeWeights(edges))).toEqual(edges)
  })

  it('cannot be talked down by more than it says, however many harmless words there are', () => {
    const features = fc.array(fc.integer({ min: 0, max: BUCKETS - 1 }), { maxLength: 300 })
    fc.assert(
      fc.property(features, features, (attack, words) => {
        const alone = weigh(MODEL, attack)
        const among = weigh(MODEL, [...attack, ...words])
        expect(sumOf(MODEL, among)).toBeGreaterThanOrEqual(MODEL.bias + alone.plus - MODEL.most - 1e-9)
      }),
    )
  })
})

describe('a score', () => {
  it('rises with the sum and passes 0.5 and 0.9 at the thresholds', () => {
    const thresholds = { review: 2, block: 9 }
    expect(scoreOf(2, thresholds)).toBe(0.5)
    expect(scoreOf(9, thresholds)).toBe(0.9)
    const scores = [-50, -3, 0, 1, 2, 4, 9, 12, 80].map((sum) => scoreOf(sum, thresholds))
    expect([...scores].sort((one, other) => one - other)).toEqual(scores)
    expect(scores[0]).toBeGreaterThanOrEqual(0)
    expect(scores.at(-1)).toBeLessThanOrEqual(1)
    expect(scoreOf(Number.NEGATIVE_INFINITY, thresholds)).toBe(0)
  })
})

describe('training', () => {
  const samples = Array.from({ length: 400 }, (_, index) => ({
    features: index % 2 === 0 ? [1, 2, 3] : [3, 4, 5],
    attack: index % 2 === 0,
    weight: 1,
  }))

  it('learns what tells two kinds apart, always alike', () => {
    const model = trainLinear(samples)
    expect(sumOf(model, weigh(model, [1, 2, 3]))).toBeGreaterThan(0)
    expect(sumOf(model, weigh(model, [3, 4, 5]))).toBeLessThan(0)
    expect(trainLinear(samples)).toEqual(model)
  })
})
