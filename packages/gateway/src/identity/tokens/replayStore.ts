/**
 * Proofs that were used (RFC 9449, 11.1): none is taken twice while it could still pass for fresh.
 *
 * One that counts is never dropped to make room: whoever could push it out by sending others could replay it. A full
 * store takes nobody new.
 */
export class ReplayStore {
  readonly #until = new Map<string, number>()
  readonly #max: number
  readonly #windowMs: number

  constructor(options: { readonly maxEntries: number; readonly windowMs: number }) {
    this.#max = options.maxEntries
    this.#windowMs = options.windowMs
  }

  get size(): number {
    return this.#until.size
  }

  /** Notes one. `used`: it was there before; `full`: it cannot be told any more. */
  take(id: string, nowMs: number): 'taken' | 'used' | 'full' {
    const until = this.#until.get(id)
    if (until !== undefined && nowMs < until) return 'used'
    if (this.#until.size >= this.#max) this.#dropOld(nowMs)
    if (this.#until.size >= this.#max) return 'full'
    this.#until.delete(id)
    this.#until.set(id, nowMs + this.#windowMs)
    return 'taken'
  }

  /** They stand in the order in which they end. */
  #dropOld(nowMs: number): void {
    for (const [id, until] of this.#until) {
      if (nowMs < until) return
      this.#until.delete(id)
    }
  }
}
