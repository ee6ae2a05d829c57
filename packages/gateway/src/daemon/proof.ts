/**
 * How relay and daemon prove to each other that they can read the token file, without either sending the token: HMAC
 * challenge and response (as ISO/IEC 9798-4, three passes), SHA-256, a fresh challenge from each side.
 *
 * Node offers no peer credentials (`SO_PEERCRED`): that both are the same user follows from the token's file and folder
 * being readable by that user alone. A socket planted under the daemon's name learns a challenge and can answer nothing.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { hmacSha256 } from '../state/sha256.ts'

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
  return hmacSha256(token, Buffer.from([role, key, relayNonce, daemonNonce].join('\n'))).toString('hex')
}

/** Compares in constant time: a guess must not learn how much of it was right. */
export function isProof(token: Buffer, role: Role, challenge: Challenge, given: unknown): boolean {
  if (!isHex32(given)) return false
  const expected = Buffer.from(prove(token, role, challenge), 'hex')
  const proof = Buffer.from(given, 'hex')
  let difference = 0
  for (const [at, byte] of expected.entries()) difference |= byte ^ (proof[at] ?? 0x100)
  return difference === 0
}

/** A fresh challenge, from the kernel: this runs where `node:crypto` is not loaded (`state/sha256.ts`), never on Windows. */
export function freshNonce(): string {
  const file = openSync('/dev/urandom', 'r')
  try {
    const bytes = Buffer.alloc(32)
    if (readSync(file, bytes, 0, 32, null) !== 32) throw new Error('/dev/urandom gave no 32 bytes')
    return bytes.toString('hex')
  } finally {
    closeSync(file)
  }
}
