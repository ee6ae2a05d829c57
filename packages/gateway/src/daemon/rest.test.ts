import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Rest } from './rest.ts'

const { gc } = globalThis
const collect = vi.fn()

beforeEach(() => {
  vi.useFakeTimers()
  collect.mockClear()
  globalThis.gc = collect
})
afterEach(() => {
  vi.useRealTimers()
  globalThis.gc = gc
})

it('memory is given back once, a moment after it became quiet', () => {
  const rest = new Rest(() => true)
  rest.soon()
  rest.soon()
  expect(collect).not.toHaveBeenCalled()
  vi.runAllTimers()
  expect(collect).toHaveBeenCalledTimes(1)
})

it('a host that has come meanwhile does not wait for the collector', () => {
  const rest = new Rest(() => false)
  rest.soon()
  vi.runAllTimers()
  expect(collect).not.toHaveBeenCalled()
})

it('a Node without a collector to call is left alone', () => {
  globalThis.gc = undefined
  const rest = new Rest(() => true)
  rest.soon()
  expect(() => vi.runAllTimers()).not.toThrow()
})
