/**
 * The keys that sign access tokens (ES256), in the private file: all workers sign with the newest, and the
 * one before it stays published: no token lives as long. A new one comes every 30 days.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { inTransaction } from '../../../state/inTransaction.ts'
import { hashed } from './identityDatabase.ts'

const NEW_AFTER_MS = 30 * 86_400_000
/** A token that names an unknown key makes us look again, but not more often. */
const LOOK_EVERY_MS = 1_000

export interface SigningKey {
  readonly kid: string
  readonly privateJwk: Readonly<Record<string, unknown>>
  readonly publicJwk: Readonly<Record<string, unknown>>
  readonly publicKey: KeyObject
}

export class SigningKeys {
  readonly #database: DatabaseSync
  readonly #now: () => number
  #keys: readonly SigningKey[] = []
  #lookedAt = 0

  constructor(database: DatabaseSync, now: () => number) {
    this.#database = database
    this.#now = now
    this.refresh()
  }

  /** The newest first. */
  get all(): readonly SigningKey[] {
    return this.#keys
  }

  /** Makes a new key where the newest is old. True if the newest is another one than before. */
  refresh(): boolean {
    const now = this.#now()
    const before = this.#keys[0]?.kid
    inTransaction(this.#database, () => {
      const newest = this.#database.prepare('SELECT max(created_at) AS at FROM keys').get()?.at
      if (newest !== null && Number(newest) > now - NEW_AFTER_MS) return
      const { kid, jwk } = makeKey()
      this.#database.prepare('INSERT INTO keys VALUES (?, ?, ?)').run(kid, JSON.stringify(jwk), now)
      this.#database.exec(
        'DELETE FROM keys WHERE kid NOT IN (SELECT kid FROM keys ORDER BY created_at DESC LIMIT 2)',
      )
    })
    this.#read()
    return this.#keys[0]?.kid !== before
  }

  find(kid: string): KeyObject | undefined {
    const known = this.#keys.find((key) => key.kid === kid)
    if (known !== undefined) return known.publicKey
    const now = this.#now()
    if (Math.abs(now - this.#lookedAt) < LOOK_EVERY_MS) return undefined
    this.#lookedAt = now
    this.#read()
    return this.#keys.find((key) => key.kid === kid)?.publicKey
  }

  #read(): void {
    this.#keys = this.#database
      .prepare('SELECT kid, jwk FROM keys ORDER BY created_at DESC')
      .all()
      .map((row) => signingKey(String(row.kid), JSON.parse(String(row.jwk))))
  }
}

function makeKey(): { readonly kid: string; readonly jwk: Record<string, unknown> } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = privateKey.export({ format: 'jwk' }) as Record<string, unknown>
  return { kid: hashed(`${jwk.x}.${jwk.y}`).slice(0, 16), jwk }
}

function signingKey(kid: string, jwk: Record<string, unknown>): SigningKey {
  const { kty, crv, x, y } = jwk
  const about = { kid, use: 'sig', alg: 'ES256' }
  return {
    kid,
    privateJwk: { ...jwk, ...about },
    publicJwk: { kty, crv, x, y, ...about },
    publicKey: createPublicKey(createPrivateKey({ key: jwk, format: 'jwk' })),
  }
}
