/**
 * What was revoked before its end: tokens by their `jti`, and all that was given with one consent by its grant.
 *
 * Known at once in this process; in others within `LOOK_EVERY_MS`, at the price of one `PRAGMA` in that time.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { hashed } from './identityDatabase.ts'

const LOOK_EVERY_MS = 250
/** Every worker has seen a revocation of another process by then. */
export const SEEN_EVERYWHERE_MS = 2 * LOOK_EVERY_MS
/** A token may be believed a moment after its end, and clocks of workers differ. */
export const REVOKED_KEPT_MS = 60_000
/** Longest life of an access token (`auth.server.accessTokens`): until then one may be there without any other trace. */
export const ACCESS_TOKEN_MS = 60 * 60_000
/** Longest time that a revocation can matter, whatever life of tokens is configured. */
export const LONGEST_TOKEN_MS = ACCESS_TOKEN_MS + REVOKED_KEPT_MS

export class Revocations {
  readonly #database: DatabaseSync
  readonly #now: () => number
  /** Longest life of an access token: after that nobody need remember. */
  readonly #keepMs: number
  readonly #ids = new Map<string, number>()
  readonly #version: StatementSync
  #seen = 0
  #dataVersion = -1
  #lookedAt = Number.NEGATIVE_INFINITY

  constructor(database: DatabaseSync, options: { readonly now: () => number; readonly keepMs: number }) {
    this.#database = database
    this.#now = options.now
    this.#keepMs = options.keepMs
    this.#version = database.prepare('PRAGMA data_version')
    this.#read()
  }

  revokeToken(jti: string): void {
    this.#add(`t:${jti}`)
  }

  /** `grant` as it stands in tokens: hashed. */
  revokeGrant(grant: string): void {
    this.#add(`g:${grant}`)
  }

  has(jti: string, grant: string | undefined): boolean {
    this.#look()
    return this.#ids.has(`t:${jti}`) || (grant !== undefined && this.#ids.has(`g:${grant}`))
  }

  #add(id: string): void {
    const expiresAt = this.#now() + this.#keepMs
    this.#ids.set(id, expiresAt)
    this.#database.prepare('INSERT INTO revoked (id, expires_at) VALUES (?, ?)').run(id, expiresAt)
  }

  #look(): void {
    const now = this.#now()
    if (Math.abs(now - this.#lookedAt) < LOOK_EVERY_MS) return
    this.#lookedAt = now
    // Grows with every change that another process made, and costs microseconds.
    const version = Number(this.#version.get()?.data_version)
    if (version === this.#dataVersion) return
    this.#dataVersion = version
    this.#read()
  }

  #read(): void {
    const now = this.#now()
    for (const [id, expiresAt] of this.#ids) if (expiresAt < now) this.#ids.delete(id)
    for (const row of this.#database
      .prepare('SELECT n, id, expires_at FROM revoked WHERE n > ? ORDER BY n')
      .all(this.#seen)) {
      this.#seen = Number(row.n)
      if (Number(row.expires_at) >= now) this.#ids.set(String(row.id), Number(row.expires_at))
    }
  }
}

/** How a grant is named in tokens: not by what opens it in the store. */
export function grantName(grantId: string): string {
  return hashed(`grant:${grantId}`).slice(0, 22)
}
