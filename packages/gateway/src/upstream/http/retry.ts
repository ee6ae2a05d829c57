/**
 * When a stream that ended is opened again.
 */
export interface RetryPolicy {
  /** Wait before the first attempt when the server named none. */
  readonly initialMs: number
  /** The longest wait, for our own back-off and for what a server asks. */
  readonly maxMs: number
  /** A number from 0 up to 1. */
  readonly random: () => number
}

export const DEFAULT_RETRY: RetryPolicy = { initialMs: 1_000, maxMs: 60_000, random: Math.random }

/** A server that asks for no wait at all does not get a busy loop. */
const LEAST_MS = 100

/**
 * The wait before attempt number `failures` (0: the last stream worked). What a server asks for with `retry:` is never
 * undercut; failures double it. Jitter keeps a thousand sessions from returning in the same moment.
 *
 * @example
 * retryDelayMs(0, 500, policy) // 500 to 550
 * retryDelayMs(3, undefined, policy) // 4 s to 8 s
 */
export function retryDelayMs(failures: number, askedMs: number | undefined, policy: RetryPolicy): number {
  const base = Math.min(Math.max(askedMs ?? policy.initialMs, LEAST_MS), policy.maxMs)
  if (failures === 0) return base + policy.random() * Math.min(base * 0.1, 250)
  const ceiling = Math.min(base * 2 ** Math.min(failures, 20), policy.maxMs)
  return Math.max(base, ceiling * (0.5 + policy.random() / 2))
}
