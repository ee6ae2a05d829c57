import type { Rate } from './rate.ts'

/** Most counters see a handful of calls: the ring begins small and grows up to the count of the rate. */
const FIRST_PLACES = 8

/**
 * One counter: never more than `count` calls in any window, wherever it is laid.
 *
 * Keeps the time of each of the last `count` calls, so there is no bucket whose border lets twice as many through: a
 * call passes when the one `count` before it is a whole window ago. A window is half open, as `[t, t + windowMs)`.
 * A clock that goes back is taken to stand still.
 */
export class SlidingWindow {
  #rate: Rate
  /** A ring of `#places`; as long as it is not full it is filled from the start, and may be shorter. */
  #times: Float64Array
  /** The highest count it ever had: one that is lowered and raised again must not have forgotten calls in between. */
  #places: number
  #next = 0
  #size = 0
  #newest = Number.NEGATIVE_INFINITY

  constructor(rate: Rate) {
    this.#rate = rate
    this.#places = rate.count
    this.#times = new Float64Array(Math.min(FIRST_PLACES, rate.count))
  }

  get rate(): Rate {
    return this.#rate
  }

  /** From then on nothing that it remembers counts any more. */
  get idleAtMs(): number {
    return this.#newest + this.#rate.windowMs
  }

  /** When the next call may pass: `now` or earlier means at once. Counts nothing. */
  opensAtMs(): number {
    const { count, windowMs } = this.#rate
    if (this.#size < count) return Number.NEGATIVE_INFINITY
    const nth = this.#next - count
    return (this.#times[nth < 0 ? nth + this.#places : nth] ?? 0) + windowMs
  }

  /** A call passes. Only after `opensAtMs` allowed it. */
  record(nowMs: number): void {
    if (this.#size < this.#places) {
      if (this.#size === this.#times.length) this.#resize(Math.min(this.#places, this.#size * 2))
      this.#size++
    }
    this.#newest = Math.max(nowMs, this.#newest)
    this.#times[this.#next] = this.#newest
    this.#next = (this.#next + 1) % this.#places
  }

  /** The rate was changed: what is remembered goes on to count, under the new one. */
  follow(rate: Rate): void {
    this.#rate = rate
    if (rate.count <= this.#places) return
    const oldest = this.#size < this.#places ? 0 : this.#next
    const inOrder = [...this.#times.subarray(oldest, this.#size), ...this.#times.subarray(0, oldest)]
    this.#places = rate.count
    this.#resize(Math.min(this.#places, Math.max(FIRST_PLACES, this.#size)))
    this.#times.set(inOrder)
    this.#next = this.#size
  }

  #resize(places: number): void {
    const times = new Float64Array(places)
    times.set(this.#times.subarray(0, places))
    this.#times = times
  }
}
