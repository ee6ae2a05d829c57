/**
 * Tokens that were found good a moment ago, by their SHA-256: never the token itself. Asked on every request, so it
 * answers at once and allocates nothing but the digest.
 *
 * An entry lasts a minute at most, never beyond the token, and no longer than the keys it was verified with
 * (`forget`). The number of entries is bounded; the oldest goes first.
 */
import { hash } from 'node:crypto'

export interface VerifiedTokensOptions {
  readonly maxEntries: number
  readonly now: () => number
}

interface Entry<Value> {
  readonly value: Value
  readonly owner: object
  readonly untilMs: number
}

const LONGEST_MS = 60_000

/** What stands for a token in this process. */
export function tokenDigest(token: string): string {
  return hash('sha256', token, 'base64')
}

/** How records name it: the first 16 hex digits of its SHA-256. */
export function tokenId(digest: string): string {
  return Buffer.from(digest, 'base64').toString('hex', 0, 8)
}

export class VerifiedTokens<Value> {
  readonly #entries = new Map<string, Entry<Value>>()
  readonly #options: VerifiedTokensOptions

  constructor(options: VerifiedTokensOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#entries.size
  }

  get(digest: string): Value | undefined {
    const entry = this.#entries.get(digest)
    if (entry === undefined) return undefined
    if (this.#options.now() < entry.untilMs) return entry.value
    this.#entries.delete(digest)
    return undefined
  }

  /** @param owner whose tokens are forgotten together @param expiresAtMs of the token; absent: it does not say */
  add(digest: string, value: Value, owner: object, expiresAtMs: number | undefined): void {
    const latest = this.#options.now() + LONGEST_MS
    if (this.#entries.size >= this.#options.maxEntries) {
      const [oldest] = this.#entries.keys()
      if (oldest !== undefined) this.#entries.delete(oldest)
    }
    // Taken out first: the order is that of when they came.
    this.#entries.delete(digest)
    this.#entries.set(digest, { value, owner, untilMs: Math.min(latest, expiresAtMs ?? latest) })
  }

  /** What was verified for this owner is verified again. */
  forget(owner: object): void {
    for (const [digest, entry] of this.#entries) if (entry.owner === owner) this.#entries.delete(digest)
  }

  delete(digest: string): void {
    this.#entries.delete(digest)
  }
}
