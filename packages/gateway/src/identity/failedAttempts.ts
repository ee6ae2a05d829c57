/**
 * How often somebody may show a credential that is no good: per network address, and all together. Over it they are told to
 * wait, and learn nothing more.
 *
 * Only failures count and only failures are refused: a credential that is good comes in whatever others did from the same
 * address, so that nobody can be locked out by guessing at their door (CWE-307, CWE-645).
 */
import { Counters, type Rate, SlidingWindow } from '@sallyport/controls/limits'
import { networkOf } from '../ingress/clientAddress.ts'

const IN_ALL = { count: 1_000, windowMs: 60_000 }
const MAX_ADDRESSES = 10_000

export class FailedAttempts {
  readonly #addresses = new Counters<SlidingWindow>(MAX_ADDRESSES)
  readonly #all = new SlidingWindow(IN_ALL)
  readonly #rate: Rate | undefined

  /** @param rate of one address; absent: nothing is limited */
  constructor(rate: Rate | undefined) {
    this.#rate = rate
  }

  /** Counts a failure. What comes back is how long to wait, where there were too many: that one is not counted. */
  note(address: string, nowMs: number): number | undefined {
    if (this.#rate === undefined) return undefined
    const network = networkOf(address)
    const known = this.#addresses.get(network)
    const opensAtMs = Math.max(this.#all.opensAtMs(), known?.opensAtMs() ?? this.#addresses.roomAtMs(nowMs))
    if (opensAtMs > nowMs) return opensAtMs - nowMs
    const window = known ?? new SlidingWindow(this.#rate)
    if (known === undefined) this.#addresses.add(network, window)
    window.record(nowMs)
    this.#all.record(nowMs)
    return undefined
  }
}
