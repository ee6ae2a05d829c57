import { describe, expect, it } from 'vitest'
import type { Era } from '../protocol/era.ts'
import { ServerEra } from './serverEra.ts'

const NOW = { firstMs: 2_000, againMs: 0 }

function make(configured?: Era) {
  let time = 0
  const asked: { fresh: boolean; resolve(era: Era): void; reject(error: Error): void }[] = []
  const pauses: number[] = []
  const era = new ServerEra({
    configured,
    now: () => time,
    ask: (fresh) => {
      const { promise, resolve, reject } = Promise.withResolvers<Era>()
      asked.push({ fresh, resolve, reject })
      return promise
    },
    failed: (_error, pauseMs) => pauses.push(pauseMs),
  })
  const fail = async () => {
    asked.at(-1)?.reject(new Error('down'))
    await era.settled()
  }
  return { era, asked, pauses, fail, pass: (ms: number) => (time += ms) }
}

describe('a server that does not say its era', () => {
  it('is waited for once, as long as was said, and by nobody afterwards', async () => {
    const { era, asked, pass } = make()
    const began = performance.now()
    await era.learn({ firstMs: 60, againMs: 0 })
    expect(performance.now() - began).toBeLessThan(15_000)
    pass(60)
    expect(era.learn({ firstMs: 60, againMs: 0 })).toBeUndefined()
    expect([era.known, asked.length]).toEqual([undefined, 1])
    asked[0]?.resolve('modern')
    await era.settled()
    expect(era.known).toBe('modern')
  })

  it('is asked again after 1 s, 2 s, 4 s ... 60 s, in the background', async () => {
    const { era, asked, pauses, fail, pass } = make()
    for (let at = 0; at < 9; at++) {
      const wait = era.learn(NOW)
      // Only the very first question is worth a wait.
      expect(wait === undefined).toBe(at > 0)
      await fail()
      expect(era.learn(NOW)).toBeUndefined()
      expect(asked).toHaveLength(at + 1)
      pass(pauses.at(-1) ?? 0)
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1_000))
    era.learn(NOW)
    asked.at(-1)?.resolve('legacy')
    await era.settled()
    expect(era.known).toBe('legacy')
  })

  it('is waited for again by a client of its own only', async () => {
    const { era, asked, fail, pass } = make()
    era.learn(NOW)
    await fail()
    pass(1_000)
    const wait = era.learn({ firstMs: 0, againMs: 2_000 })
    asked.at(-1)?.resolve('modern')
    await wait
    expect(era.known).toBe('modern')
  })
})

describe('a server whose era is known', () => {
  it('is not asked', () => {
    const { era, asked } = make('modern')
    expect(era.learn(NOW)).toBeUndefined()
    expect([era.known, asked.length]).toEqual(['modern', 0])
  })

  it('is asked anew after a failed start, at most once a minute, and believed until it answers', async () => {
    const { era, asked, fail, pass } = make('legacy')
    for (let at = 0; at < 5; at++) era.recheck()
    expect(asked.map((one) => one.fresh)).toEqual([true])
    await fail()
    expect(era.known).toBe('legacy')
    era.recheck()
    expect(asked).toHaveLength(1)
    pass(60_000)
    era.recheck()
    asked.at(-1)?.resolve('modern')
    await era.settled()
    expect(era.known).toBe('modern')
  })
})
