/**
 * Programs that registered themselves: how many there may be, how long they are kept, and what of them stands in the file.
 *
 * Open registration invites floods (RFC 7591, 5): a few per address and minute, a cap for all, and whoever was never
 * allowed anything is forgotten after a day. Whoever was, is kept half a year after the last use: hosts keep a client id
 * for ever, and one that is unknown costs its user a new sign-in.
 */

import { timingSafeEqual } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { inTransaction } from '../../../state/inTransaction.ts'
import { hashed } from './identityDatabase.ts'

const PER_ADDRESS_PER_MINUTE = 60
const MAX_UNUSED = 1_000
const MAX_ALL = 20_000
const UNDERWAY_MS = 15 * 60_000
const UNUSED_MS = 86_400_000
const USED_MS = 180 * 86_400_000
/** In front of the hash that stands for a secret. */
const HASH_MARK = 'sha256:'

export type Metadata = Record<string, unknown>
export type Admission = 'admitted' | 'too-fast' | 'full'

export class ClientRecords {
  readonly #database: DatabaseSync
  readonly #now: () => number
  /** Clients that are known from elsewhere: by a document, or from the configuration. */
  readonly #others: (id: string) => Promise<Metadata | undefined>
  /** From whom the request underway comes. */
  readonly #address: () => string

  constructor(
    database: DatabaseSync,
    options: {
      readonly now: () => number
      readonly others: (id: string) => Promise<Metadata | undefined>
      readonly address: () => string
    },
  ) {
    this.#database = database
    this.#now = options.now
    this.#others = options.others
    this.#address = options.address
  }

  async find(id: string): Promise<Metadata | undefined> {
    const row = this.#database.prepare('SELECT metadata FROM clients WHERE id = ?').get(id)
    return row === undefined ? await this.#others(id) : (JSON.parse(String(row.metadata)) as Metadata)
  }

  /** Whether the caller may register one more, now. Forgets those whose time is over. */
  admits(): Admission {
    const now = this.#now()
    const address = this.#address()
    return inTransaction(this.#database, () => {
      this.#database
        .prepare(
          'DELETE FROM clients WHERE (used_at IS NULL AND created_at < ?) OR (used_at IS NOT NULL AND used_at < ?)',
        )
        .run(now - UNUSED_MS, now - USED_MS)
      const recent = this.#count('address = ? AND created_at > ?', address, now - 60_000)
      if (recent >= PER_ADDRESS_PER_MINUTE) return 'too-fast'
      if (this.#count('1') >= MAX_ALL) return 'full'
      if (this.#count('used_at IS NULL') < MAX_UNUSED) return 'admitted'
      // Whoever floods makes room for others again: a person who is signing in now has some minutes.
      const oldest =
        'SELECT id FROM clients WHERE used_at IS NULL AND created_at < ? ORDER BY created_at LIMIT 1'
      const { changes } = this.#database
        .prepare(`DELETE FROM clients WHERE id IN (${oldest})`)
        .run(now - UNDERWAY_MS)
      return changes > 0 ? 'admitted' : 'full'
    })
  }

  add(id: string, metadata: Metadata): void {
    const { client_secret: secret } = metadata
    const kept =
      typeof secret === 'string' ? { ...metadata, client_secret: HASH_MARK + hashed(secret) } : metadata
    this.#database
      .prepare(
        'INSERT INTO clients (id, metadata, address, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET metadata = excluded.metadata',
      )
      .run(id, JSON.stringify(kept), this.#address(), this.#now())
  }

  /** It was allowed something, or used what it was allowed. */
  used(id: string): void {
    this.#database.prepare('UPDATE clients SET used_at = ? WHERE id = ?').run(this.#now(), id)
  }

  remove(id: string): void {
    this.#database.prepare('DELETE FROM clients WHERE id = ?').run(id)
  }

  #count(condition: string, ...values: (string | number)[]): number {
    return Number(
      this.#database.prepare(`SELECT count(*) AS n FROM clients WHERE ${condition}`).get(...values)?.n,
    )
  }
}

/** Whether a secret is the one that was kept, as such or as its hash; in constant time. */
export function isSecret(kept: string | undefined, given: string): boolean {
  if (kept === undefined) return false
  const wanted = kept.startsWith(HASH_MARK) ? kept.slice(HASH_MARK.length) : hashed(kept)
  return timingSafeEqual(Buffer.from(hashed(given)), Buffer.from(wanted))
}
