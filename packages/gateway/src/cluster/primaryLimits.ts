/**
 * Limits of a gateway of several workers. The primary counts, so that the limit is one limit: the calls of a principal come
 * in at all workers, and no share of a window can be dealt out without letting through too many or too few.
 */
import type { Admission, LimitedCall } from '@sallyport/controls/limits'
import type { CallLimiter } from '../limits/limitBook.ts'

/** What one turn of a worker's event loop wants to know: `asks[i]` is answered by `answers[i]`. */
export interface LimitQuestion {
  readonly kind: 'limits'
  readonly turn: number
  readonly asks: readonly LimitedCall[]
}

export interface LimitAnswer {
  readonly kind: 'limits'
  readonly turn: number
  readonly answers: readonly Admission[]
}

/** More calls than this wait for the primary: it is not answering, and more would only cost memory. */
const MAX_WAITING = 100_000

interface Waiting {
  readonly call: LimitedCall
  readonly resolve: (admission: Admission) => void
  readonly reject: (error: Error) => void
}

/**
 * A worker's limiter: asks the primary, once for all calls of a turn. A primary that does not answer refuses: the
 * control that waits for it has a budget, and fails closed.
 */
export class PrimaryLimits implements CallLimiter {
  readonly #ask: (question: LimitQuestion) => void
  readonly #asked = new Map<number, readonly Waiting[]>()
  #next: Waiting[] = []
  #turns = 0
  #waiting = 0

  constructor(ask: (question: LimitQuestion) => void) {
    this.#ask = ask
  }

  take(call: LimitedCall): Promise<Admission> {
    if (this.#waiting >= MAX_WAITING) return Promise.reject(new Error('too many calls wait to be counted'))
    this.#waiting++
    return new Promise((resolve, reject) => {
      // What comes in one turn of the event loop is asked in one message: a message costs more than counting.
      if (this.#next.length === 0) setImmediate(() => this.#send())
      this.#next.push({ call, resolve, reject })
    })
  }

  /** The primary follows the configuration itself. */
  follow(): void {}

  answered({ turn, answers }: LimitAnswer): void {
    const asked = this.#asked.get(turn)
    if (asked === undefined) return
    this.#asked.delete(turn)
    this.#waiting -= asked.length
    for (const [at, { resolve, reject }] of asked.entries()) {
      const answer = answers[at]
      if (answer === undefined) reject(new Error('the primary left a call out'))
      else resolve(answer)
    }
  }

  #send(): void {
    const turn = ++this.#turns
    const asked = this.#next
    this.#next = []
    this.#asked.set(turn, asked)
    this.#ask({ kind: 'limits', turn, asks: asked.map(({ call }) => call) })
  }
}
