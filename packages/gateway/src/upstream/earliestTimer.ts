/**
 * One timer for many deadlines: it is set for the earliest, and only ever moved when an earlier one comes. Calls are many
 * and deadlines are hardly ever reached; a timer for each would be set and cleared for nothing.
 *
 * @example
 * const timer = new EarliestTimer({ now: () => performance.now(), due: (now) => expireUntil(now) })
 * timer.include(expiresAt)
 */
export class EarliestTimer {
  readonly #now: () => number
  readonly #due: (now: number) => number
  #timer: NodeJS.Timeout | undefined
  #setFor = Number.POSITIVE_INFINITY

  constructor(options: {
    /** Monotonic clock, in milliseconds. */
    readonly now: () => number
    /** Does what is due at `now`; returns when the next thing is, `Infinity` for nothing. */
    readonly due: (now: number) => number
  }) {
    this.#now = options.now
    this.#due = options.due
  }

  /** Something is due at this time. */
  include(time: number): void {
    if (time < this.#setFor) this.#set(time)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#setFor = Number.POSITIVE_INFINITY
  }

  #set(time: number): void {
    clearTimeout(this.#timer)
    this.#setFor = time
    // Rounded up: Node cuts fractions off, and then it would find nothing due yet.
    const left = Math.min(Math.ceil(time - this.#now()), LONGEST_TIMEOUT_MS)
    this.#timer = setTimeout(() => this.#fire(), Math.max(1, left))
  }

  #fire(): void {
    this.#setFor = Number.POSITIVE_INFINITY
    const next = this.#due(this.#now())
    if (next < this.#setFor) this.#set(next)
  }
}

/** Longer ones Node takes for 1 ms. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1
