/**
 * How often somebody may show a credential that is no good: per network address, and all together. Over it they are told to
 * wait, and learn nothing more.
 *
 * Only failures count and only failures are refused: a credential that is good comes in whatever others did from the same
 * address, so that nobody can be locked out by guessing at their door (CWE-307, CWE-645).
 */
import { isIPv6 } from 'node:net'
import { Counters, type Rate, SlidingWindow } from '@sallyport/controls/limits'

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

/**
 * Of an IPv6 address its first 64 bits: whoever has one has all of them.
 *
 * @example networkOf('2001:db8::1') // '2001:db8:0:0'
 */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  if (/^::ffff:\d+\./i.test(address)) return address.slice('::ffff:'.length)
  const [head = '', tail] = address.split('::', 2)
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const gap = Math.max(0, 8 - before.length - after.length)
  return [...before, ...Array.from({ length: gap }, () => '0'), ...after].slice(0, 4).join(':')
}
