import type { JsonObject } from '@sallyport/controls/json'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { lastMomentMs, Patience, type PatienceOptions } from './patience.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

interface Beat {
  readonly progressToken: unknown
  readonly progress: number
  readonly total?: number
}

function make(options: Partial<PatienceOptions['budget']> & { readonly token?: string | number } = {}) {
  const { token, ...budget } = options
  const beats: Beat[] = []
  let gaveUpAt: number | undefined
  const from = Date.now()
  const patience = new Patience({
    budget: { silentMs: 60_000, progressExtends: true, ...budget },
    token,
    server: 'build',
    notify: (bytes) => void beats.push((JSON.parse(bytes.toString()) as { params: Beat }).params),
    giveUp: () => {
      gaveUpAt = Date.now() - from
    },
  })
  patience.begin()
  return { patience, beats, gaveUpAt: () => gaveUpAt }
}

describe('a host that progress keeps waiting', () => {
  it('gets heartbeats under its own token while the server is silent, and is never given up', () => {
    const { beats, gaveUpAt } = make({ token: 't' })
    vi.advanceTimersByTime(24 * 3_600_000)
    expect(gaveUpAt()).toBeUndefined()
    expect(beats.length).toBe((24 * 3_600) / 15)
    expect(new Set(beats.map(({ progressToken }) => progressToken))).toEqual(new Set(['t']))
    expect(beats.every(({ progress }, at) => at === 0 || progress > (beats[at - 1]?.progress ?? 0))).toBe(
      true,
    )
    expect(beats.at(-1)?.progress).toBeLessThan(0.01)
  })

  it('gets none while the server itself reports', () => {
    const { patience, beats } = make({ token: 1 })
    for (let step = 1; step <= 100; step++) {
      vi.advanceTimersByTime(14_000)
      expect(patience.passes({ progressToken: 1, progress: step })).toEqual({
        progressToken: 1,
        progress: step,
      })
    }
    expect(beats).toEqual([])
    vi.advanceTimersByTime(15_000)
    expect(beats).toMatchObject([{ progress: expect.closeTo(100, 5) }])
  })

  it('gets nothing more when the call is over', () => {
    const { patience, beats } = make({ token: 1 })
    patience.stop()
    vi.advanceTimersByTime(600_000)
    patience.passes({ progressToken: 1, progress: 1 })
    vi.advanceTimersByTime(600_000)
    expect(beats).toEqual([])
  })

  it('without a token is answered before it gives up', () => {
    const { beats, gaveUpAt } = make({})
    vi.advanceTimersByTime(60_000)
    expect([beats.length, gaveUpAt()]).toEqual([0, 55_000])
  })
})

describe('a host that nothing keeps waiting', () => {
  it('is answered before it gives up, token and progress or not', () => {
    const { patience, beats, gaveUpAt } = make({ progressExtends: false, token: 't' })
    vi.advanceTimersByTime(30_000)
    expect(patience.passes({ progressToken: 't', progress: 0.5 })).toMatchObject({ progress: 0.5 })
    vi.advanceTimersByTime(30_000)
    expect([beats.length, gaveUpAt()]).toEqual([0, 55_000])
  })

  it('is not answered early when its budget is short', () => {
    expect(lastMomentMs({ silentMs: 5_000, progressExtends: false })).toBe(4_000)
    expect(lastMomentMs({ silentMs: 300_000, progressExtends: false })).toBe(295_000)
  })

  it('is left alone when nothing is known of how long it waits', () => {
    const { beats, gaveUpAt } = make({ silentMs: Number.POSITIVE_INFINITY, token: 't' })
    vi.advanceTimersByTime(24 * 3_600_000)
    expect([beats.length, gaveUpAt()]).toEqual([0, undefined])
  })
})

it('a server that reports the largest number there is makes no heartbeat a client cannot read', () => {
  const { patience, beats } = make({ token: 't' })
  patience.passes({ progressToken: 't', progress: Number.MAX_VALUE })
  vi.advanceTimersByTime(60_000)
  patience.stop()
  expect(beats.length).toBeGreaterThan(1)
  for (const { progress } of beats) expect(progress).toBe(Number.MAX_VALUE)
})

it('what a client is told grows with every message, whatever the server reports and when', () => {
  // The server's own values grow: the link drops those that do not.
  const step = fc.record({
    silentMs: fc.integer({ min: 0, max: 100_000 }),
    by: fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
  })
  fc.assert(
    fc.property(fc.double({ min: -1e12, max: 1e12, noNaN: true }), fc.array(step), (first, steps) => {
      const { patience, beats } = make({ token: 't' })
      const told: number[] = []
      const note = (params: JsonObject) => void told.push(Number(params.progress))
      let value = first
      for (const { silentMs, by } of steps) {
        const before = beats.length
        vi.advanceTimersByTime(silentMs)
        for (const beat of beats.slice(before)) told.push(beat.progress)
        if (value + by > value) value += by
        else continue
        note(patience.passes({ progressToken: 't', progress: value, total: 1e13 }))
      }
      patience.stop()
      expect(told.every((one, at) => at === 0 || one > (told[at - 1] ?? one))).toBe(true)
    }),
  )
})
