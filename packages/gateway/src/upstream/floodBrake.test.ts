import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { makeFloodBrake } from './floodBrake.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function open() {
  const calls: string[] = []
  const stream = { pause: () => calls.push('pause'), resume: () => calls.push('resume') }
  return { calls, brake: makeFloodBrake(stream, 100, () => Date.now()) }
}

test('a flood is not read for the rest of the second, once', () => {
  const { calls, brake } = open()
  vi.advanceTimersByTime(400)
  brake.spend(100)
  expect(calls).toEqual([])
  brake.spend(1)
  brake.spend(500)
  expect(calls).toEqual(['pause'])
  vi.advanceTimersByTime(599)
  expect(calls).toEqual(['pause'])
  vi.advanceTimersByTime(1)
  expect(calls).toEqual(['pause', 'resume'])
})

test('as much in every second, for ever, is no flood', () => {
  const { calls, brake } = open()
  for (let second = 0; second < 10; second++) {
    brake.spend(100)
    vi.advanceTimersByTime(1000)
  }
  expect(calls).toEqual([])
})

test('released, it flows at once and no timer is left', () => {
  const { calls, brake } = open()
  brake.spend(101)
  brake.release()
  brake.release()
  expect(calls).toEqual(['pause', 'resume'])
  expect(vi.getTimerCount()).toBe(0)
})
