/**
 * The order in which messages leave for a server that keeps a session.
 *
 * On HTTP every message is a request of its own, on whichever connection is free: without care, a call overtakes
 * `notifications/initialized`, and a cancellation overtakes what it cancels.
 */
import type { Outbound } from '../transport.ts'

/** Nothing later depends on these, and a server that hangs must not hold up what follows its cancellation. */
const PASSING = new Set(['notifications/cancelled', 'notifications/progress'])

/** A server that does not acknowledge a notification holds up what follows this long, not for ever. */
const HOLD_MS = 5_000

/**
 * Lets messages go in order: `initialize` and notifications hold what follows until they are answered, notifications
 * leave when the requests before them are written out, requests do not wait for each other, and our answers to the
 * server wait for nothing, since a call may be waiting for them.
 */
export class Sequence {
  readonly #dispatch: (message: Outbound) => void
  #queue: Outbound[] = []
  #unsent = 0
  #held: Outbound | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(dispatch: (message: Outbound) => void) {
    this.#dispatch = dispatch
  }

  push(message: Outbound): void {
    if (message.kind === 'response') {
      this.#dispatch(message)
      return
    }
    this.#queue.push(message)
    this.#pump()
  }

  /** A request was written out, or will never be. */
  sent(): void {
    this.#unsent--
    this.#pump()
  }

  /** The server has answered this message, or never will. */
  answered(message: Outbound): void {
    if (this.#held !== message) return
    clearTimeout(this.#timer)
    this.#held = undefined
    this.#pump()
  }

  /** Takes a request out that has not left yet; false when it is gone already. */
  remove(id: number): boolean {
    const at = this.#queue.findIndex((message) => message.id === id)
    if (at === -1) return false
    this.#queue.splice(at, 1)
    return true
  }

  clear(): void {
    clearTimeout(this.#timer)
    this.#queue = []
  }

  #pump(): void {
    while (this.#held === undefined) {
      const next = this.#queue[0]
      if (next === undefined || (next.kind === 'notification' && this.#unsent > 0)) return
      this.#queue.shift()
      if (next.kind === 'request') {
        this.#unsent++
        if (next.method === 'initialize') this.#held = next
      } else if (!PASSING.has(next.method ?? '')) {
        this.#held = next
        this.#timer = setTimeout(() => this.answered(next), HOLD_MS)
      }
      this.#dispatch(next)
    }
  }
}
