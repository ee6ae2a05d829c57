import { expect, it } from 'vitest'
import { Counters } from './counters.ts'

const until = (idleAtMs: number) => ({ idleAtMs })

it('a thousand keys a second of which each counts for a second never take more than twice their room', () => {
  const counters = new Counters<{ readonly idleAtMs: number }>(100_000)
  let most = 0
  for (let at = 0; at < 50_000; at++) {
    expect(counters.roomAtMs(at)).toBeLessThanOrEqual(at)
    counters.add(`k${at}`, until(at + 1_000))
    most = Math.max(most, counters.size)
  }
  expect(most).toBeLessThanOrEqual(2_002)
})

it('a full table forgets nothing that counts, and is not looked through again before something can be idle', () => {
  let looked = 0
  const counters = new Counters<{ readonly idleAtMs: number }>(100)
  const counter = (idleAtMs: number) => ({
    get idleAtMs() {
      looked++
      return idleAtMs
    },
  })
  for (let key = 0; key < 100; key++) {
    expect(counters.roomAtMs(0)).toBeLessThanOrEqual(0)
    counters.add(`k${key}`, counter(1_000 + key))
  }
  expect(counters.roomAtMs(1)).toBe(1_000)
  looked = 0
  for (let at = 2; at < 1_000; at++) expect(counters.roomAtMs(at)).toBe(1_000)
  expect(looked).toBe(0)
  expect(counters.roomAtMs(1_000)).toBeLessThanOrEqual(1_000)
  expect([counters.size, counters.get('k0'), counters.get('k1') === undefined]).toEqual([
    99,
    undefined,
    false,
  ])
})
