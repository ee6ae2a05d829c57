/**
 * The `requestState` of a parked call: opaque to the client, of use only to the one it was given to, for the very call
 * it was given for, once, and for a while (2026-07-28, "Multi Round-Trip Requests": state is attacker-controlled).
 */
import { createCipheriv, createDecipheriv, hash, hkdfSync, randomBytes } from 'node:crypto'
import { canonicalJson, isObject, type JsonObject, parseJson } from '@sallyport/controls/json'

export interface Handle {
  /** Which parked call, and which of its rounds. */
  readonly call: string
  readonly round: number
  readonly principal: string
  /** `requestDigest` of the call. */
  readonly digest: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16
const MAX_LENGTH = 2_048

function cipherKey(key: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), 'sallyport/request-state', 32))
}

/** @example sealHandle(key, { call: 'c1', round: 0, principal, digest, expiresAt: Date.now() + 600_000 }) */
export function sealHandle(key: Buffer, handle: Handle): string {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, cipherKey(key), nonce)
  const body = Buffer.concat([cipher.update(JSON.stringify(handle), 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')
}

/** The handle, or `undefined` for anything that was not sealed with this key or was changed since. */
export function openHandle(key: Buffer, text: string): Handle | undefined {
  if (text.length > MAX_LENGTH) return undefined
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.length <= NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== text) return undefined
  const decipher = createDecipheriv(CIPHER, cipherKey(key), bytes.subarray(0, NONCE_BYTES))
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
  let plain: Buffer
  try {
    plain = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()])
  } catch {
    // The one way node:crypto says that the tag is wrong: forged, changed, or sealed with another key.
    return undefined
  }
  const read = parseJson(plain)
  return read.ok && isObject(read.value) ? (read.value as unknown as Handle) : undefined
}

/** What a retry must have in common with the call it continues: method and params, but for what every round changes. */
export function requestDigest(method: string, params: JsonObject): string {
  const { _meta, inputResponses: _responses, requestState: _state, ...rest } = params
  return hash('sha256', canonicalJson([method, rest]), 'hex')
}
