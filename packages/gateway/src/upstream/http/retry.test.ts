import { describe, expect, it } from 'vitest'
import { retryDelayMs } from './retry.ts'

const policy = (random: number) => ({ initialMs: 1_000, maxMs: 30_000, random: () => random })

describe('the wait before a stream is opened again', () => {
  it('is never shorter than the server asked for', () => {
    for (const failures of [0, 1, 2, 5]) {
      for (const random of [0, 0.5, 0.999])
        expect(retryDelayMs(failures, 500, policy(random))).toBeGreaterThanOrEqual(500)
    }
    expect(retryDelayMs(0, 500, policy(0.999))).toBeLessThan(560)
  })

  it('grows with failures up to a bound, with jitter', () => {
    expect([0, 1, 2, 3, 10, 1000].map((n) => retryDelayMs(n, undefined, policy(0.999999)))).toEqual(
      [1_100, 2_000, 4_000, 8_000, 30_000, 30_000].map((ms) => expect.closeTo(ms, -1)),
    )
    expect(retryDelayMs(3, undefined, policy(0))).toBe(4_000)
  })

  it('is bounded both ways, whatever a server asks', () => {
    expect(retryDelayMs(0, 0, policy(0))).toBe(100)
    expect(retryDelayMs(0, 10 ** 14, policy(0))).toBe(30_000)
    expect(retryDelayMs(9, 10 ** 14, policy(0.5))).toBe(30_000)
  })
})
