/**
 * How relay and daemon prove to each other that they can read the token file, without either sending the token: HMAC
 * challenge and response (as ISO/IEC 9798-4, three passes), SHA-256, a fresh challenge from each side.
 *
 * Node offers no peer credentials (`SO_PEERCRED`): that both are the same user follows from the token's file and folder
 * being readable by that user alone. A socket planted under the daemon's name learns a challenge and can answer nothing.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'

export type Role = 'daemon' | 'relay'

/** What a proof is made over. The role is part of it, so that nobody's proof can be sent back to them as one's own. */
export interface Challenge {
  readonly key: string
  readonly relayNonce: string
  readonly daemonNonce: string
}

const HEX_32_BYTES = /^[0-9a-f]{64}$/

/** Is this a challenge or proof at all? @example isHex32('00'.repeat(32)) // true */
export function isHex32(value: unknown): value is string {
  return typeof value === 'string' && HEX_32_BYTES.test(value)
}

/** The proof of one side, 64 hex digits. `token` is the daemon's secret, 32 bytes. */
export function prove(token: Buffer, role: Role, { key, relayNonce, daemonNonce }: Challenge): string {
  return createHmac('sha256', token).update([role, key, relayNonce, daemonNonce].join('\n')).digest('hex')
}

/** Compares in constant time: a guess must not learn how much of it was right. */
export function isProof(token: Buffer, role: Role, challenge: Challenge, given: unknown): boolean {
  if (!isHex32(given)) return false
  return timingSafeEqual(Buffer.from(prove(token, role, challenge), 'hex'), Buffer.from(given, 'hex'))
}
