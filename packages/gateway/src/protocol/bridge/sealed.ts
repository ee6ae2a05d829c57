/**
 * What a client keeps for us between two requests: opaque to it, of no use once changed (2026-07-28, "Multi Round-Trip
 * Requests": state is attacker-controlled). AES-256-GCM under a key of its own for each purpose.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { isObject, type JsonObject, parseJson } from '@sallyport/controls/json'

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16
/** A principal of an identity provider can be long; an answer to a server is carried along with what is asked about it. */
const MAX_LENGTH = 131_072

/** What is sealed for one purpose is nothing to another. */
export type SealedPurpose = 'sallyport/request-state' | 'sallyport/approval-state' | 'sallyport/sign-in-state'

function cipherKey(key: Buffer, purpose: SealedPurpose): Buffer {
  return Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), purpose, 32))
}

/** @example seal(key, 'sallyport/request-state', { call: 'c1' }) */
export function seal(key: Buffer, purpose: SealedPurpose, value: object): string {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, cipherKey(key, purpose), nonce)
  const body = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')
}

/** What was sealed, or `undefined` for anything that was not sealed with this key for this purpose, or was changed since. */
export function unseal(key: Buffer, purpose: SealedPurpose, text: string): JsonObject | undefined {
  if (text.length > MAX_LENGTH) return undefined
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.length <= NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== text) return undefined
  const decipher = createDecipheriv(CIPHER, cipherKey(key, purpose), bytes.subarray(0, NONCE_BYTES))
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
  let plain: Buffer
  try {
    plain = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()])
  } catch {
    // The one way node:crypto says that the tag is wrong: forged, changed, or sealed with another key.
    return undefined
  }
  const read = parseJson(plain)
  return read.ok && isObject(read.value) ? read.value : undefined
}
