/**
 * Which of several workers something belongs to. Workers have slots, 0 to `workers - 1`; one that ends is replaced in its
 * slot. Everything here is told from the thing itself, so that no worker has to ask another, or a table, where it is.
 */
import { createHash } from 'node:crypto'

export const MAX_WORKERS = 64

/** base64url, one digit a slot. */
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const SESSION_BYTES = 24

/**
 * The id of a new session in a slot: as long and of the same letters as without workers. The first letter is the slot, the
 * other 186 bits are random. It proves nothing (no session id does): a made-up slot finds no session there.
 *
 * @example newSessionId(2, randomBytes) // 'Cq0v...', 32 letters
 */
export function newSessionId(slot: number, random: (bytes: number) => Uint8Array): string {
  return `${DIGITS[slot]}${Buffer.from(random(SESSION_BYTES)).toString('base64url').slice(1)}`
}

/** The slot a session id names; `undefined` where no worker of so many has it. */
export function slotOfSession(id: string, workers: number): number | undefined {
  const slot = id === '' ? -1 : DIGITS.indexOf(id.charAt(0))
  return slot >= 0 && slot < workers ? slot : undefined
}

/**
 * A principal's home: the worker where everything of it is that lasts longer than a request. The same in every worker and
 * after every restart. `principal` is a `principalKey`.
 */
export function homeOf(principal: string, workers: number): number {
  return createHash('sha256').update(principal).digest().readUInt32BE(0) % workers
}
