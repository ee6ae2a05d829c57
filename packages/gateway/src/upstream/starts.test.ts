import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { afterCrash, BACKOFF_LIMITS, type Backoff, decideStart, NO_CRASHES, StartGate } from './starts.ts'

describe('the start gate', () => {
  test('lets so many in and the others in the order they came', async () => {
    const gate = new StartGate(2)
    const order: number[] = []
    const leaves: (() => void)[] = []
    const all = [0, 1, 2, 3, 4].map(async (n) => {
      leaves[n] = await gate.enter()
      order.push(n)
    })
    await Promise.all(all.slice(0, 2))
    expect([order, gate.inside, gate.waiting]).toEqual([[0, 1], 2, 3])
    leaves[1]?.()
    await all[2]
    // One who comes now does not overtake those who wait.
    const late = gate.enter()
    leaves[0]?.()
    await all[3]
    leaves[2]?.()
    await all[4]
    expect([order, gate.inside, gate.waiting]).toEqual([[0, 1, 2, 3, 4], 2, 1])
    leaves[3]?.()
    ;(await late)()
    leaves[4]?.()
    expect([gate.inside, gate.waiting]).toEqual([0, 0])
  })

  test('leaving twice gives back one place', async () => {
    const gate = new StartGate(1)
    const leave = await gate.enter()
    const second = gate.enter()
    const third = gate.enter()
    leave()
    leave()
    await second
    expect([gate.inside, gate.waiting]).toEqual([1, 1])
    ;(await second)()
    ;(await third)()
  })

  test('one who gives up while waiting takes no place', async () => {
    const gate = new StartGate(1)
    const leave = await gate.enter()
    const stop = new AbortController()
    const impatient = gate.enter(stop.signal)
    const patient = gate.enter()
    stop.abort(new Error('the client left'))
    await expect(impatient).rejects.toThrow('the client left')
    await expect(gate.enter(stop.signal)).rejects.toThrow('the client left')
    leave()
    ;(await patient)()
    expect([gate.inside, gate.waiting]).toEqual([0, 0])
  })

  test('giving up after being let in changes nothing', async () => {
    const gate = new StartGate(1)
    const stop = new AbortController()
    const first = await gate.enter()
    const waiting = gate.enter(stop.signal)
    first()
    const leave = await waiting
    stop.abort()
    expect(gate.inside).toBe(1)
    leave()
    expect(gate.inside).toBe(0)
  })

  test('never lets more in than its limit, whatever happens in what order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.constantFrom('enter', 'leave', 'abort')),
        async (limit, steps) => {
          const gate = new StartGate(limit)
          const inside: (() => void)[] = []
          const stops: AbortController[] = []
          for (const step of steps) {
            if (step === 'enter') {
              const stop = new AbortController()
              stops.push(stop)
              gate.enter(stop.signal).then(
                (leave) => inside.push(leave),
                () => {},
              )
            } else if (step === 'leave') inside.shift()?.()
            else stops.pop()?.abort()
            await new Promise((resolve) => setImmediate(resolve))
            expect(inside.length).toBe(gate.inside)
            expect(gate.inside).toBeLessThanOrEqual(limit)
            expect(gate.waiting === 0 || gate.inside === limit).toBe(true)
          }
        },
      ),
      { numRuns: 50 },
    )
  })

  test('a limit that would let nobody in is a mistake', () => {
    expect(() => new StartGate(0)).toThrow(RangeError)
  })
})

describe('back-off', () => {
  /** Crashes that often, each `runMs` after its start and started as soon as allowed. */
  const loop = (times: number, runMs: number) => {
    let backoff: Backoff = NO_CRASHES
    const waits: number[] = []
    for (let i = 0, now = 1_000_000; i < times; i++) {
      const startedAt = Math.max(now, backoff.notBefore)
      now = startedAt + runMs
      backoff = afterCrash(backoff, { startedAt, endedAt: now })
      waits.push(backoff.notBefore - now)
    }
    return { backoff, waits }
  }

  test('the schedule: at once, then 100 ms doubling to 30 s', () => {
    expect(loop(12, 5).waits).toEqual([0, 100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000])
  })

  test('a server that crashes now and then is back at once, however often', () => {
    expect(loop(50, BACKOFF_LIMITS.goodRunMs).waits.every((wait) => wait === 0)).toBe(true)
  })

  test('the first six crashes are healed within two seconds of the next call, by starting or by waiting', () => {
    for (let times = 1; times <= 6; times++) {
      const { backoff } = loop(times, 5)
      const decision = decideStart('files', backoff, backoff.notBefore - (loop(times, 5).waits.at(-1) ?? 0))
      expect(decision.kind).not.toBe('refuse')
      if (decision.kind === 'wait') expect(decision.waitMs).toBeLessThanOrEqual(2000)
    }
  })

  test('a crash loop is refused at once, with when the next try is', () => {
    const backoff = { quickCrashes: 9, notBefore: Date.parse('2026-11-22T10:00:12.8Z'), lastRunMs: 40 }
    expect(decideStart('files', backoff, Date.parse('2026-11-22T10:00:00Z'))).toEqual({
      kind: 'refuse',
      retryAt: backoff.notBefore,
      explain:
        'server "files" failed 9 times in a row, the last time 0.0 s after its start; it is tried again in 13 s ' +
        '(at 2026-11-22T10:00:12.800Z). Its own messages are in the gateway log under "upstream.stderr"',
    })
    expect(decideStart('files', backoff, backoff.notBefore)).toEqual({ kind: 'start' })
  })

  test('one good run ends a crash loop', () => {
    const { backoff } = loop(9, 5)
    const healed = afterCrash(backoff, { startedAt: 0, endedAt: BACKOFF_LIMITS.goodRunMs })
    expect(healed.quickCrashes).toBe(0)
    expect(decideStart('files', healed, healed.notBefore)).toEqual({ kind: 'start' })
  })

  test('a clock that is set back locks nobody out', () => {
    const { backoff } = loop(9, 5)
    expect(decideStart('files', backoff, backoff.notBefore - 3_600_000)).toEqual({ kind: 'start' })
    expect(afterCrash(NO_CRASHES, { startedAt: 1000, endedAt: 500 }).lastRunMs).toBe(0)
  })
})
