/** Something that may be forgotten from a moment on, because from then on it counts for nothing. */
export interface Forgettable {
  readonly idleAtMs: number
}

/** Below this looking for idle ones is not worth it. */
const KEPT = 64

/**
 * Counters by key, in bounded memory. An idle one is dropped; one that still counts never is: whoever could push a counter
 * out by making new ones would have no limit. A full table refuses new keys, and says until when.
 */
export class Counters<Counter extends Forgettable> {
  readonly #max: number
  readonly #byKey = new Map<string, Counter>()
  /** Idle ones are looked for when there are so many. */
  #sweepAt = KEPT
  /** No counter becomes idle before: until then a full table is not looked through again. */
  #fullUntilMs = Number.NEGATIVE_INFINITY

  constructor(max: number) {
    this.#max = max
    this.#sweepAt = Math.min(KEPT, max)
  }

  get size(): number {
    return this.#byKey.size
  }

  get(key: string): Counter | undefined {
    return this.#byKey.get(key)
  }

  /** When there is room for another key: `now` or earlier means at once. */
  roomAtMs(nowMs: number): number {
    if (this.#byKey.size < this.#sweepAt) return Number.NEGATIVE_INFINITY
    if (this.#fullUntilMs <= nowMs) this.#sweep(nowMs)
    return this.#byKey.size < this.#max ? Number.NEGATIVE_INFINITY : this.#fullUntilMs
  }

  /** Only after `roomAtMs` allowed it. */
  add(key: string, counter: Counter): void {
    this.#byKey.set(key, counter)
  }

  #sweep(nowMs: number): void {
    let earliest = Number.POSITIVE_INFINITY
    for (const [key, { idleAtMs }] of this.#byKey) {
      if (idleAtMs <= nowMs) this.#byKey.delete(key)
      else earliest = Math.min(earliest, idleAtMs)
    }
    const full = this.#byKey.size >= this.#max
    this.#fullUntilMs = full ? earliest : Number.NEGATIVE_INFINITY
    // Twice as many as are left: each key pays for being looked at once.
    this.#sweepAt = Math.min(this.#max, Math.max(KEPT, this.#byKey.size * 2))
  }
}
