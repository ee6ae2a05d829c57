/**
 * One sealed record: AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce, bound to whose it is.
 *
 * The names that a record is found by are authenticated with it: a row that is copied to another principal, server or
 * issuer, or put back in an older version, does not open.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { VaultKey, VaultKeys } from './vaultKey.ts'

/** Whose record it is. */
export interface RecordName {
  readonly kind: string
  readonly tenant: string
  /** `principalKey`; `''` for what belongs to the gateway itself. */
  readonly principal: string
  readonly server: string
  readonly issuer: string
}

export interface SealedRecord {
  readonly version: number
  readonly keyId: string
  readonly nonce: Uint8Array
  /** Ciphertext and the 16 bytes of its tag. */
  readonly sealed: Uint8Array
}

const NONCE_BYTES = 12
const TAG_BYTES = 16

/** @example sealRecord(key, name, 1, 'text') */
export function sealRecord(key: VaultKey, name: RecordName, version: number, text: string): SealedRecord {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(boundTo(name, version))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return { version, keyId: key.id, nonce, sealed }
}

/** `undefined` when it does not open: another key, another owner, or altered. */
export function openRecord(keys: VaultKeys, name: RecordName, record: SealedRecord): string | undefined {
  const key = keys.find(({ id }) => id === record.keyId)
  const { nonce, sealed, version } = record
  if (key === undefined || nonce.length !== NONCE_BYTES || sealed.length < TAG_BYTES) return undefined
  const decipher = createDecipheriv('aes-256-gcm', key.bytes, nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(boundTo(name, version))
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES))
  try {
    const text = decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES))
    return Buffer.concat([text, decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}

/** A list, not joined texts: no two names read alike. */
function boundTo({ kind, tenant, principal, server, issuer }: RecordName, version: number): Buffer {
  return Buffer.from(
    JSON.stringify(['sallyport vault 1', kind, tenant, principal, server, issuer, version]),
    'utf8',
  )
}
