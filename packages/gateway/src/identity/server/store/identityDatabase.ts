/**
 * What the authorization server keeps, in one private SQLite file that all workers and restarts share: registered programs,
 * codes and refresh tokens (as hashes), who allowed what, what was revoked, and the keys that sign.
 */
import { createHash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { openPrivateDatabase } from '../../../state/privateDatabase.ts'

const SCHEMA = {
  version: 1,
  create: `
  CREATE TABLE artifacts (kind TEXT NOT NULL, id TEXT NOT NULL, payload TEXT NOT NULL, grant_id TEXT, uid TEXT,
    expires_at INTEGER NOT NULL, consumed_at INTEGER, PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID;
  CREATE INDEX artifacts_by_grant ON artifacts (grant_id) WHERE grant_id IS NOT NULL;
  CREATE INDEX artifacts_by_uid ON artifacts (uid) WHERE uid IS NOT NULL;
  CREATE INDEX artifacts_by_end ON artifacts (expires_at);
  CREATE TABLE clients (id TEXT PRIMARY KEY, metadata TEXT NOT NULL, address TEXT NOT NULL, created_at INTEGER NOT NULL,
    used_at INTEGER) STRICT, WITHOUT ROWID;
  CREATE INDEX clients_by_address ON clients (address, created_at);
  CREATE TABLE consents (account TEXT NOT NULL, client TEXT NOT NULL, redirect TEXT NOT NULL, resource TEXT NOT NULL,
    scopes TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (account, client, redirect, resource)) STRICT, WITHOUT ROWID;
  CREATE TABLE accounts (sub TEXT PRIMARY KEY, name TEXT NOT NULL, groups TEXT NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE revoked (n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, expires_at INTEGER NOT NULL) STRICT;
  CREATE TABLE once (key TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE sign_ins (state TEXT PRIMARY KEY, payload TEXT NOT NULL, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE replays (token TEXT PRIMARY KEY, request TEXT NOT NULL, sealed BLOB NOT NULL, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE attempts (kind TEXT NOT NULL, who TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
  CREATE INDEX attempts_by_who ON attempts (kind, who, at);
  CREATE TABLE keys (kid TEXT PRIMARY KEY, jwk TEXT NOT NULL, created_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;`,
}

/** What came later, beside what files of the same version have. */
const ADDED =
  'CREATE TABLE IF NOT EXISTS account_claims (sub TEXT PRIMARY KEY, claims TEXT NOT NULL) STRICT, WITHOUT ROWID'

/** Everything with an end, and the column that says it. */
const ENDING = ['artifacts', 'revoked', 'once', 'sign_ins', 'replays'] as const
const BUSY_MS = 2_000
const ATTEMPTS_KEPT_MS = 60 * 60_000

/** Where it is, in the folder of the state. */
export function identityPath(stateDir: string): string {
  return join(stateDir, 'identity', 'identity.sqlite')
}

export function openIdentityDatabase(path: string): DatabaseSync {
  const database = openPrivateDatabase(path, SCHEMA)
  // A refresh must not fail half way for a moment's wait, and a revocation must survive power loss.
  database.exec(`PRAGMA busy_timeout = ${BUSY_MS}; PRAGMA synchronous = FULL`)
  database.exec(ADDED)
  return database
}

/** Forgets what has ended. */
export function sweep(database: DatabaseSync, now: number): void {
  for (const table of ENDING) database.prepare(`DELETE FROM ${table} WHERE expires_at < ?`).run(now)
  database.prepare('DELETE FROM attempts WHERE at < ?').run(now - ATTEMPTS_KEPT_MS)
}

/** A random value by its name, made on first use; all workers end up with the same one. */
export function keptSecret(database: DatabaseSync, name: string): Buffer {
  database.prepare('INSERT INTO secrets VALUES (?, ?) ON CONFLICT DO NOTHING').run(name, randomBytes(32))
  const value = database.prepare('SELECT value FROM secrets WHERE name = ?').get(name)?.value
  if (!(value instanceof Uint8Array)) throw new Error(`secret ${name} of the identity store is not there`)
  return Buffer.from(value)
}

/** What stands in the file for a value that opens something: whoever reads the file cannot use it. */
export function hashed(value: string): string {
  return createHash('sha256').update(value).digest('base64url')
}

/** True the first time a key is seen; false from then on, in whatever worker. */
export function firstTime(database: DatabaseSync, key: string, expiresAt: number): boolean {
  return (
    database.prepare('INSERT INTO once VALUES (?, ?) ON CONFLICT DO NOTHING').run(hashed(key), expiresAt)
      .changes === 1
  )
}
