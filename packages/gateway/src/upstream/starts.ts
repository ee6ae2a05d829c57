/**
 * When a local server may start: not too many at once (`StartGate`), and not again and again (`Backoff`).
 */

/**
 * Lets at most `limit` local servers be starting at the same time, in the order they asked. Ten hosts that open at
 * once would otherwise start a hundred processes in one second.
 *
 * @example
 * const gate = new StartGate(4)
 * const leave = await gate.enter(signal)
 * try { await transport.start() } finally { leave() }
 */
export class StartGate {
  readonly #limit: number
  readonly #waiting = new Set<() => void>()
  #inside = 0

  constructor(limit: number) {
    if (!Number.isInteger(limit) || limit < 1) throw new RangeError('a start gate lets at least one through')
    this.#limit = limit
  }

  get inside(): number {
    return this.#inside
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /**
   * Waits for a place. Resolves with the function that gives it back (calling it twice does nothing).
   * Rejects with the signal's reason when aborted while waiting; the place of the one who left goes to the next.
   */
  enter(signal?: AbortSignal): Promise<() => void> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    // Nobody overtakes: a place that is given back goes to the first who waits in the same turn, so a free one means nobody waits.
    if (this.#inside < this.#limit) return Promise.resolve(this.#admit())
    return new Promise((resolve, reject) => {
      const next = () => {
        signal?.removeEventListener('abort', leave)
        resolve(this.#admit())
      }
      const leave = () => {
        this.#waiting.delete(next)
        reject(signal?.reason)
      }
      this.#waiting.add(next)
      signal?.addEventListener('abort', leave, { once: true })
    })
  }

  #admit(): () => void {
    this.#inside++
    let left = false
    return () => {
      if (left) return
      left = true
      this.#inside--
      const [next] = this.#waiting
      if (next === undefined) return
      this.#waiting.delete(next)
      next()
    }
  }
}

/** What is remembered of crashes, of one session or of the server for all. Plain data; times are milliseconds since the epoch. */
export interface Backoff {
  /** Crashes in a row, each soon after its start. */
  readonly quickCrashes: number
  /** No start before this. */
  readonly notBefore: number
  /** How long the last run lasted. */
  readonly lastRunMs: number
}

export interface BackoffLimits {
  /** A run of at least this long was a good one: its crash starts a new count. */
  readonly goodRunMs: number
  readonly firstDelayMs: number
  readonly maxDelayMs: number
  /** A call waits for a start that is at most this far away; beyond it is refused at once. */
  readonly patienceMs: number
}

export const BACKOFF_LIMITS: BackoffLimits = {
  goodRunMs: 10_000,
  firstDelayMs: 100,
  maxDelayMs: 30_000,
  patienceMs: 2_000,
}

export type StartDecision =
  | { readonly kind: 'start' }
  /** Start after this many milliseconds; the call waits. */
  | { readonly kind: 'wait'; readonly waitMs: number }
  /** The call is refused now with this sentence. */
  | { readonly kind: 'refuse'; readonly retryAt: number; readonly explain: string }

export const NO_CRASHES: Backoff = { quickCrashes: 0, notBefore: 0, lastRunMs: 0 }

/**
 * Notes the end of a run that nobody asked for (a failed start is a run that ended where it began).
 *
 * The first crash, and every crash after a good run, costs nothing: the next call starts the server at once. From the
 * second quick crash in a row the delay is 100 ms, 200 ms, 400 ms ... 30 s; so the first six restarts come within
 * the two seconds a call waits, and only a crash loop is refused.
 *
 * @example afterCrash(NO_CRASHES, { startedAt: 0, endedAt: 50 }) // { quickCrashes: 1, notBefore: 50, lastRunMs: 50 }
 */
export function afterCrash(
  before: Backoff,
  run: { readonly startedAt: number; readonly endedAt: number },
  limits: BackoffLimits = BACKOFF_LIMITS,
): Backoff {
  const lastRunMs = Math.max(0, run.endedAt - run.startedAt)
  if (lastRunMs >= limits.goodRunMs) return { quickCrashes: 0, notBefore: run.endedAt, lastRunMs }
  const quickCrashes = before.quickCrashes + 1
  const delayMs =
    quickCrashes < 2
      ? 0
      : Math.min(limits.maxDelayMs, limits.firstDelayMs * 2 ** Math.min(quickCrashes - 2, 30))
  return { quickCrashes, notBefore: run.endedAt + delayMs, lastRunMs }
}

/**
 * What a call that needs the server does now.
 *
 * @example decideStart('files', { quickCrashes: 9, notBefore: 60_000, lastRunMs: 40 }, 50_000)
 * // { kind: 'refuse', retryAt: 60000, explain: 'server "files" failed 9 times in a row, ...' }
 */
export function decideStart(
  serverId: string,
  backoff: Backoff,
  now: number,
  limits: BackoffLimits = BACKOFF_LIMITS,
): StartDecision {
  const waitMs = backoff.notBefore - now
  // Further away than the longest delay means that the clock was set back: that must not lock a server out.
  if (waitMs <= 0 || waitMs > limits.maxDelayMs) return { kind: 'start' }
  if (waitMs <= limits.patienceMs) return { kind: 'wait', waitMs }
  const retryAt = backoff.notBefore
  const explain =
    `server "${serverId}" failed ${backoff.quickCrashes} times in a row, the last time ${seconds(backoff.lastRunMs)} ` +
    `after its start; it is tried again in ${seconds(waitMs)} (at ${new Date(retryAt).toISOString()}). ` +
    'Its own messages are in the gateway log under "upstream.stderr"'
  return { kind: 'refuse', retryAt, explain }
}

function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.ceil(ms / 1000)} s`
}
