export interface CircuitSettings {
  /** So many failures in a row open it. */
  readonly failures: number
  /** How long nothing passes then; afterwards one call tries. */
  readonly pauseMs: number
}

/** A call that was let through. `probe` marks one that tries whether the server is back. */
export type CircuitEntry =
  | { readonly kind: 'pass'; readonly probe?: number }
  | { readonly kind: 'open'; readonly retryAfterMs: number }

const PASS: CircuitEntry = Object.freeze({ kind: 'pass' })
/** Failures further apart than so many pauses are no row. */
const ROW_PAUSES = 20

/**
 * A circuit breaker for one server as one principal uses it: after so many failures in a row it lets nothing through for a
 * pause, then one call at a time tries.
 *
 * Never hides a server that is back for longer than a pause: an answer to any call closes it, and a trial that hangs is
 * joined by another one after a pause. Failures of calls that were under way when it opened prolong nothing. What counts
 * as a failure is the caller's to say. Cannot know: whether the server or the way to it failed.
 *
 * @example
 * const circuit = new CircuitBreaker()
 * circuit.enter({ failures: 1, pauseMs: 30_000 }, 0) // { kind: 'pass' }
 * circuit.failed({ failures: 1, pauseMs: 30_000 }, 5) // true: it is open now
 * circuit.enter({ failures: 1, pauseMs: 30_000 }, 6) // { kind: 'open', retryAfterMs: 29999 }
 */
export class CircuitBreaker {
  #failures = 0
  #lastFailureMs = Number.NEGATIVE_INFINITY
  #openUntilMs: number | undefined
  /** The trial under way, and until when it is waited for. */
  #probe: number | undefined
  #probeUntilMs = 0
  #probes = 0

  /** When the next call is let through; `undefined` while it is closed. */
  opensAtMs(): number | undefined {
    if (this.#openUntilMs === undefined) return undefined
    return this.#probe === undefined ? this.#openUntilMs : this.#probeUntilMs
  }

  /** Failures that are remembered count until then. */
  idleAtMs({ pauseMs }: CircuitSettings): number {
    return Math.max(this.#lastFailureMs + pauseMs * ROW_PAUSES, this.opensAtMs() ?? 0)
  }

  /** A call wants to pass. Every `pass` is followed by one of `failed`, `answered`, `left`. */
  enter({ pauseMs }: CircuitSettings, nowMs: number): CircuitEntry {
    const opensAtMs = this.opensAtMs()
    if (opensAtMs === undefined) return PASS
    if (nowMs < opensAtMs) return { kind: 'open', retryAfterMs: Math.ceil(opensAtMs - nowMs) }
    this.#probe = ++this.#probes
    this.#probeUntilMs = nowMs + pauseMs
    return { kind: 'pass', probe: this.#probe }
  }

  /** A call failed. True when that opened it. */
  failed({ failures, pauseMs }: CircuitSettings, nowMs: number, probe?: number): boolean {
    if (this.#openUntilMs !== undefined) {
      if (probe === undefined || probe !== this.#probe) return false
      this.#probe = undefined
      // From the trial's start: one that failed late must not hide for another pause a server that came back meanwhile.
      this.#openUntilMs = this.#probeUntilMs
      this.#lastFailureMs = nowMs
      return false
    }
    if (nowMs - this.#lastFailureMs > pauseMs * ROW_PAUSES) this.#failures = 0
    this.#lastFailureMs = nowMs
    this.#failures++
    if (this.#failures < failures) return false
    this.#openUntilMs = nowMs + pauseMs
    return true
  }

  /** A call was answered. True when that closed it. */
  answered(): boolean {
    const wasOpen = this.#openUntilMs !== undefined
    this.#openUntilMs = undefined
    this.#probe = undefined
    this.#failures = 0
    return wasOpen
  }

  /** A call ended and says nothing of the server: another one may try. */
  left(probe: number | undefined): void {
    if (probe !== undefined && probe === this.#probe) this.#probe = undefined
  }
}
