/**
 * API keys at rest, in one private SQLite file: gateways, workers and the command line of a user see the same ones. Of a key it
 * has a keyed hash, never the key.
 *
 * Every change to what a key may do gets the next revision, so that whoever watches reads what changed and nothing else.
 */
import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { openPrivateDatabase } from '../../state/privateDatabase.ts'

export interface StoredKey {
  readonly id: string
  /** The id of the first key of its row of rotations: whoever calls with any of them is the same caller. */
  readonly subject: string
  readonly name: string
  /** HMAC-SHA-256 of the key. */
  readonly hash: Uint8Array
  /** The pepper that it was made with. */
  readonly pepper: string
  /** The last four characters, to recognise it by. */
  readonly last4: string
  readonly scopes: readonly string[]
  /** CIDR ranges; none: from anywhere. */
  readonly networks: readonly string[]
  /** As written, such as `60/min`. */
  readonly rate?: string | undefined
  /** Milliseconds since 1970, all of them. */
  readonly createdAt: number
  readonly expiresAt?: number | undefined
  readonly usedAt?: number | undefined
  readonly revokedAt?: number | undefined
  /** The key that it took the place of. */
  readonly follows?: string | undefined
  /** The key that took its place. */
  readonly followedBy?: string | undefined
}

const SCHEMA = {
  version: 1,
  create: `
  CREATE TABLE keys (id TEXT PRIMARY KEY, subject TEXT NOT NULL, name TEXT NOT NULL, hash BLOB NOT NULL, pepper TEXT NOT NULL,
    last4 TEXT NOT NULL, scopes TEXT NOT NULL, networks TEXT NOT NULL, rate TEXT, created_at INTEGER NOT NULL,
    expires_at INTEGER, used_at INTEGER, revoked_at INTEGER, follows TEXT, followed_by TEXT, revision INTEGER NOT NULL)
    STRICT, WITHOUT ROWID;
  CREATE INDEX keys_by_revision ON keys (revision);
  CREATE TABLE revisions (one INTEGER PRIMARY KEY CHECK (one = 1), newest INTEGER NOT NULL) STRICT;
  INSERT INTO revisions VALUES (1, 0)`,
}

/** A key that ended is listed this long: then nobody asks any more why it was refused. */
const KEEP_ENDED_MS = 400 * 86_400_000

export class KeyStore {
  readonly path: string
  readonly #database: DatabaseSync
  readonly #version: StatementSync
  readonly #inode: number

  /** @example new KeyStore('/home/ada/.local/state/sallyport/keys.sqlite') */
  constructor(path: string) {
    this.path = path
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    this.#database = openPrivateDatabase(path, SCHEMA)
    this.#version = this.#database.prepare('PRAGMA data_version')
    this.#inode = statSync(path).ino
  }

  /** Another number after every change that another process made: cheap to ask. */
  version(): number {
    return Number(this.#version.get()?.data_version)
  }

  /** False when the file of this name is another one now: changes to that one are never seen here. */
  get inPlace(): boolean {
    return statSync(this.path, { throwIfNoEntry: false })?.ino === this.#inode
  }

  /** Every key that changed after a revision, and the revision that is in force; both of one moment. */
  changesSince(revision: number): { readonly revision: number; readonly keys: readonly StoredKey[] } {
    const newest = this.#newest()
    if (newest === revision) return { revision, keys: [] }
    return this.#transaction('DEFERRED', () => ({
      revision: this.#newest(),
      keys: this.#all('SELECT * FROM keys WHERE revision > ?', revision).map(keyOf),
    }))
  }

  all(): readonly StoredKey[] {
    return this.#all('SELECT * FROM keys ORDER BY created_at, id').map(keyOf)
  }

  find(id: string): StoredKey | undefined {
    const row = this.#database.prepare('SELECT * FROM keys WHERE id = ?').get(id)
    return row === undefined ? undefined : keyOf(row)
  }

  /** Does several steps as one, and alone: of two processes the second waits. */
  exclusively<Value>(work: () => Value): Value {
    return this.#transaction('IMMEDIATE', work)
  }

  /** Within `exclusively`. */
  add(key: StoredKey): void {
    this.#run('DELETE FROM keys WHERE coalesce(revoked_at, expires_at) < ?', key.createdAt - KEEP_ENDED_MS)
    this.#run(
      'INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, ?, NULL, ?)',
      key.id,
      key.subject,
      key.name,
      key.hash,
      key.pepper,
      key.last4,
      JSON.stringify(key.scopes),
      JSON.stringify(key.networks),
      key.rate ?? null,
      key.createdAt,
      key.expiresAt ?? null,
      key.follows ?? null,
      this.#next(),
    )
  }

  /** Within `exclusively`: from then on another key takes its place. */
  supersede(id: string, by: string, expiresAt: number): void {
    this.#run(
      'UPDATE keys SET followed_by = ?, expires_at = ?, revision = ? WHERE id = ?',
      by,
      expiresAt,
      this.#next(),
      id,
    )
  }

  /** Within `exclusively`. */
  revoke(id: string, at: number): void {
    this.#run(
      'UPDATE keys SET revoked_at = ?, revision = ? WHERE id = ? AND revoked_at IS NULL',
      at,
      this.#next(),
      id,
    )
  }

  /** Within `exclusively`: whoever watches looks again, also at the peppers. */
  touch(): void {
    this.#next()
  }

  /** Notes when keys were used, and hashes with the current pepper. Changes nothing about who may come in. */
  note(
    uses: ReadonlyMap<string, number>,
    hashes: ReadonlyMap<string, { readonly hash: Uint8Array; readonly pepper: string }>,
    currentPepper: () => string | undefined,
  ): void {
    this.exclusively(() => {
      for (const [id, at] of uses)
        this.#run('UPDATE keys SET used_at = max(coalesce(used_at, 0), ?) WHERE id = ?', at, id)
      // It may have been rotated since, and one that no key needed was dropped.
      const current = hashes.size === 0 ? undefined : currentPepper()
      for (const [id, { hash, pepper }] of hashes)
        if (pepper === current)
          this.#run(
            'UPDATE keys SET hash = ?, pepper = ?, revision = ? WHERE id = ?',
            hash,
            pepper,
            this.#next(),
            id,
          )
    })
  }

  close(): void {
    this.#database.close()
  }

  #newest(): number {
    return Number(this.#database.prepare('SELECT newest FROM revisions').get()?.newest)
  }

  #next(): number {
    return Number(
      this.#database.prepare('UPDATE revisions SET newest = newest + 1 RETURNING newest').get()?.newest,
    )
  }

  #all(sql: string, ...values: number[]) {
    return this.#database.prepare(sql).all(...values)
  }

  #run(sql: string, ...values: (string | number | null | Uint8Array)[]): void {
    this.#database.prepare(sql).run(...values)
  }

  #transaction<Value>(kind: 'DEFERRED' | 'IMMEDIATE', work: () => Value): Value {
    this.#database.exec(`BEGIN ${kind}`)
    try {
      const value = work()
      this.#database.exec('COMMIT')
      return value
    } catch (error) {
      this.#database.exec('ROLLBACK')
      throw error
    }
  }
}

function keyOf(row: Record<string, unknown>): StoredKey {
  const text = (name: string) => (row[name] === null ? undefined : String(row[name]))
  const number = (name: string) => (row[name] === null ? undefined : Number(row[name]))
  return {
    id: String(row.id),
    subject: String(row.subject),
    name: String(row.name),
    hash: row.hash as Uint8Array,
    pepper: String(row.pepper),
    last4: String(row.last4),
    scopes: JSON.parse(String(row.scopes)) as string[],
    networks: JSON.parse(String(row.networks)) as string[],
    rate: text('rate'),
    createdAt: Number(row.created_at),
    expiresAt: number('expires_at'),
    usedAt: number('used_at'),
    revokedAt: number('revoked_at'),
    follows: text('follows'),
    followedBy: text('followed_by'),
  }
}
