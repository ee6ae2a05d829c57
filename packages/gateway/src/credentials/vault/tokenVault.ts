/**
 * The vault: what the gateway keeps secret for its users, sealed in one private SQLite file that all gateways, workers and
 * commands of an installation share. Every look-up names the principal: there is no way to ask for somebody's record by a
 * number (CWE-639). There is no export.
 */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite'
import { inTransaction } from '../../state/inTransaction.ts'
import { openPrivateDatabase } from '../../state/privateDatabase.ts'
import { openRecord, type RecordName, sealRecord } from './sealedRecord.ts'
import { type VaultKeys, VaultLocked } from './vaultKey.ts'

/** A record that was opened. */
export interface Opened {
  readonly name: RecordName
  readonly version: number
  readonly text: string
}

/** What may be listed of a record: never what is in it. */
export interface RecordAbout extends RecordName {
  readonly version: number
  readonly updatedAt: number
  readonly expiresAt: number | undefined
}

const SCHEMA = {
  version: 1,
  create: `
  CREATE TABLE records (kind TEXT NOT NULL, tenant TEXT NOT NULL, principal TEXT NOT NULL, server TEXT NOT NULL,
    issuer TEXT NOT NULL, version INTEGER NOT NULL, key_id TEXT NOT NULL, nonce BLOB NOT NULL, sealed BLOB NOT NULL,
    updated_at INTEGER NOT NULL, expires_at INTEGER,
    PRIMARY KEY (kind, tenant, principal, server, issuer)) STRICT, WITHOUT ROWID;
  CREATE TABLE state (last_version INTEGER NOT NULL, key_id TEXT) STRICT;
  INSERT INTO state VALUES (0, NULL);
  CREATE TABLE leases (key TEXT PRIMARY KEY, holder TEXT NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;`,
}

type Owner = Pick<RecordName, 'kind' | 'principal' | 'server'>

export class TokenVault {
  readonly #path: string
  readonly #tenant: string
  readonly #now: () => number
  #keys: VaultKeys
  readonly #readKeys: (() => VaultKeys) | undefined
  #database: DatabaseSync | undefined
  readonly #statements = new Map<string, StatementSync>()

  constructor(options: {
    readonly path: string
    readonly keys: VaultKeys
    /** Milliseconds since 1970. */
    readonly now: () => number
    readonly tenant?: string
    /** Reads the keys again, where they may change. */
    readonly readKeys?: () => VaultKeys
  }) {
    this.#path = options.path
    this.#keys = options.keys
    this.#readKeys = options.readKeys
    this.#now = options.now
    this.#tenant = options.tenant ?? 'default'
  }

  /** The newest record of an owner, whoever issued it. One that does not open is as good as none. */
  newest(owner: Owner): Opened | undefined {
    const [row] = this.#rows(
      'SELECT * FROM records WHERE kind = ? AND tenant = ? AND principal = ? AND server = ? ORDER BY version DESC LIMIT 1',
      owner,
    )
    return row === undefined ? undefined : this.#open(row)
  }

  /** The version of it, without opening it: what a cache is checked against. */
  versionOf(owner: Owner): number | undefined {
    const [row] = this.#rows(
      'SELECT version FROM records WHERE kind = ? AND tenant = ? AND principal = ? AND server = ? ORDER BY version DESC LIMIT 1',
      owner,
    )
    return row === undefined ? undefined : Number(row.version)
  }

  /** The record of an owner at one issuer. */
  find(owner: Owner, issuer: string): Opened | undefined {
    const row = this.#statement(
      'SELECT * FROM records WHERE kind = ? AND tenant = ? AND principal = ? AND server = ? AND issuer = ?',
    ).get(owner.kind, this.#tenant, owner.principal, owner.server, issuer)
    return row === undefined ? undefined : this.#open(row)
  }

  /**
   * Keeps a record in place of the one before. `ifVersion`: only where that is still the one (0: where there is none).
   * `false` where it was not.
   */
  put(
    owner: Owner,
    issuer: string,
    text: string,
    options: { readonly expiresAt?: number; readonly ifVersion?: number } = {},
  ): boolean {
    return this.#transaction(() => {
      const { ifVersion, expiresAt } = options
      if (ifVersion !== undefined && (this.find(owner, issuer)?.version ?? 0) !== ifVersion) return false
      const name = this.#name(owner, issuer)
      // One count for all records, never used twice: a row put back from a copy of the file is older than what is known.
      const state = this.#statement('UPDATE state SET last_version = last_version + 1 RETURNING *').get()
      const version = Number(state?.last_version)
      if (state?.key_id !== null && state?.key_id !== this.#keys[0].id) this.#reload(String(state?.key_id))
      const { keyId, nonce, sealed } = sealRecord(this.#keys[0], name, version, text)
      this.#statement('INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)').run(
        name.kind,
        name.tenant,
        name.principal,
        name.server,
        name.issuer,
        version,
        keyId,
        nonce,
        sealed,
        this.#now(),
        expiresAt ?? null,
      )
      return true
    })
  }

  /** Takes a record out: of two that ask for it, one gets it. */
  take(owner: Owner, issuer: string): Opened | undefined {
    return this.#transaction(() => {
      const found = this.find(owner, issuer)
      this.delete(owner, issuer)
      return found
    })
  }

  /** Deletes what an owner has, at one issuer or at all. */
  delete(owner: Owner, issuer?: string): void {
    const of = 'kind = ? AND tenant = ? AND principal = ? AND server = ?'
    const values = [owner.kind, this.#tenant, owner.principal, owner.server]
    if (issuer === undefined) this.#statement(`DELETE FROM records WHERE ${of}`).run(...values)
    else this.#statement(`DELETE FROM records WHERE ${of} AND issuer = ?`).run(...values, issuer)
  }

  /** Deletes what an owner has at every issuer but this one. */
  deleteOthers(owner: Owner, issuer: string): void {
    this.#statement(
      'DELETE FROM records WHERE kind = ? AND tenant = ? AND principal = ? AND server = ? AND issuer <> ?',
    ).run(owner.kind, this.#tenant, owner.principal, owner.server, issuer)
  }

  /** What there is of a principal, or of all: never what is in it. */
  list(kind: string, principal?: string): readonly RecordAbout[] {
    const rows =
      principal === undefined
        ? this.#statement('SELECT * FROM records WHERE kind = ? AND tenant = ?').all(kind, this.#tenant)
        : this.#statement('SELECT * FROM records WHERE kind = ? AND tenant = ? AND principal = ?').all(
            kind,
            this.#tenant,
            principal,
          )
    return rows.map((row) => ({
      ...nameOf(row),
      version: Number(row.version),
      updatedAt: Number(row.updated_at),
      expiresAt: row.expires_at === null ? undefined : Number(row.expires_at),
    }))
  }

  /** Every record of a kind that opens: for what has to be recognised elsewhere. */
  openAll(kind: string): readonly Opened[] {
    const rows = this.#statement('SELECT * FROM records WHERE kind = ? AND tenant = ?').all(
      kind,
      this.#tenant,
    )
    return rows.flatMap((row) => this.#open(row) ?? [])
  }

  /** Deletes what is over. */
  sweep(): void {
    this.#statement('DELETE FROM records WHERE expires_at IS NOT NULL AND expires_at < ?').run(this.#now())
    this.#statement('DELETE FROM leases WHERE until < ?').run(this.#now())
  }

  /**
   * Seals every record anew with the first of these keys. Records that do not open are deleted: nobody can use them.
   * Returns how many were sealed.
   */
  rotate(keys: VaultKeys): number {
    return this.#transaction(() => {
      let count = 0
      for (const row of this.#statement('SELECT * FROM records').all()) {
        const name = nameOf(row)
        const opened = this.#open(row, keys)
        const of = [name.kind, name.tenant, name.principal, name.server, name.issuer]
        const where = 'kind = ? AND tenant = ? AND principal = ? AND server = ? AND issuer = ?'
        if (opened === undefined) {
          this.#statement(`DELETE FROM records WHERE ${where}`).run(...of)
          continue
        }
        const { keyId, nonce, sealed } = sealRecord(keys[0], name, opened.version, opened.text)
        this.#statement(`UPDATE records SET key_id = ?, nonce = ?, sealed = ? WHERE ${where}`).run(
          keyId,
          nonce,
          sealed,
          ...of,
        )
        count++
      }
      this.#keys = keys
      this.#statement('UPDATE state SET key_id = ?').run(keys[0].id)
      return count
    })
  }

  /** Takes a lease unless somebody else has it. It ends by itself: a process that was killed holds up nobody for long. */
  lease(key: string, holder: string, ms: number): boolean {
    const now = this.#now()
    const { changes } = this.#statement(
      `INSERT INTO leases VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET holder = excluded.holder, until = excluded.until
       WHERE leases.until < ? OR leases.holder = excluded.holder`,
    ).run(key, holder, now + ms, now)
    return Number(changes) === 1
  }

  release(key: string, holder: string): void {
    this.#statement('DELETE FROM leases WHERE key = ? AND holder = ?').run(key, holder)
  }

  close(): void {
    this.#statements.clear()
    this.#database?.close()
    this.#database = undefined
  }

  /** Another process changed the key: it is read again, so that nothing more is sealed with the old one. */
  #reload(keyId: string): void {
    if (this.#freshKeys()[0].id !== keyId)
      throw new VaultLocked('the vault was sealed with another key than the one that is configured')
  }

  #freshKeys(): VaultKeys {
    this.#keys = this.#readKeys?.() ?? this.#keys
    return this.#keys
  }

  #rows(sql: string, { kind, principal, server }: Owner): Record<string, SQLOutputValue>[] {
    return this.#statement(sql).all(kind, this.#tenant, principal, server)
  }

  #open(row: Record<string, SQLOutputValue>, keys = this.#keys): Opened | undefined {
    const name = nameOf(row)
    const version = Number(row.version)
    const { key_id, nonce, sealed } = row
    if (!(nonce instanceof Uint8Array) || !(sealed instanceof Uint8Array)) return undefined
    const keyId = String(key_id)
    const isForeign = keys === this.#keys && keys.every(({ id }) => id !== keyId)
    const record = { version, keyId, nonce, sealed }
    const text = openRecord(isForeign ? this.#freshKeys() : keys, name, record)
    return text === undefined ? undefined : { name, version, text }
  }

  #name({ kind, principal, server }: Owner, issuer: string): RecordName {
    return { kind, tenant: this.#tenant, principal, server, issuer }
  }

  #transaction<T>(work: () => T): T {
    return inTransaction(this.#opened(), work)
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const made = this.#opened().prepare(sql)
    this.#statements.set(sql, made)
    return made
  }

  #opened(): DatabaseSync {
    if (this.#database === undefined) {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 })
      this.#database = openPrivateDatabase(this.#path, SCHEMA)
      // What was deleted is overwritten, not only forgotten.
      this.#database.exec('PRAGMA secure_delete = ON')
    }
    return this.#database
  }
}

function nameOf(row: Record<string, SQLOutputValue>): RecordName {
  return {
    kind: String(row.kind),
    tenant: String(row.tenant),
    principal: String(row.principal),
    server: String(row.server),
    issuer: String(row.issuer),
  }
}
