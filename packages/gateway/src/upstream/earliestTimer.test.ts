import { expect, it, vi } from 'vitest'
import { EarliestTimer } from './earliestTimer.ts'

/** Deadlines of a test, and what became of them. */
function watch(): { add: (time: number) => void; met: number[]; timer: EarliestTimer } {
  const open = new Set<number>()
  const met: number[] = []
  const timer = new EarliestTimer({
    now: () => performance.now(),
    due: (now) => {
      for (const time of open) {
        if (time > now) continue
        open.delete(time)
        met.push(time)
      }
      return Math.min(Number.POSITIVE_INFINITY, ...open)
    },
  })
  const add = (time: number) => {
    open.add(time)
    timer.include(time)
  }
  return { add, met, timer }
}

it('meets every deadline, whatever order they come in, and none twice', async () => {
  const { add, met } = watch()
  const start = performance.now()
  const times = [40, 10, 30, 10.5, 20].map((ms) => start + ms)
  for (const time of times) add(time)
  await vi.waitFor(() => expect(met).toHaveLength(5), { timeout: 10_000 })
  expect(met.toSorted()).toEqual(times.toSorted())
})

it('is set anew for one that comes after it has fired', async () => {
  const { add, met } = watch()
  add(performance.now() + 5)
  await vi.waitFor(() => expect(met).toHaveLength(1), { timeout: 10_000 })
  add(performance.now() + 5)
  await vi.waitFor(() => expect(met).toHaveLength(2), { timeout: 10_000 })
})

it('meets nothing once it is stopped, and one that is farther away than a timer can count is not met at once', async () => {
  const stopped = watch()
  stopped.add(performance.now() + 5)
  stopped.timer.stop()
  const far = watch()
  far.add(performance.now() + 2 ** 40)
  const witness = watch()
  witness.add(performance.now() + 50)
  await vi.waitFor(() => expect(witness.met).toHaveLength(1), { timeout: 10_000 })
  expect([...stopped.met, ...far.met]).toEqual([])
  far.timer.stop()
})
