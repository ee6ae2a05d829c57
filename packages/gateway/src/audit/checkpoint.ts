/**
 * A checkpoint: the signed statement that a chain had this hash at this sequence number.
 *
 *     {"v":1,"kind":"periodic","chain":"<id>","seq":<n>,"hash":"<hex>","segment":<n>,"time":"<ISO>","keyId":"<hex>","sig":"<base64url>"}
 *
 * `sig` is the Ed25519 signature of the line's bytes up to and without `,"sig":`. What a checkpoint names is on disk
 * before the checkpoint is written, so that a power loss never makes an honest trail look truncated.
 */
import { sign, verify } from 'node:crypto'
import type { PublicKey, SigningKey } from './signingKey.ts'

/**
 * `retention` alone also says that everything up to `seq` was removed on purpose: only a chain that starts right
 * behind such a checkpoint may start later than at its first record.
 */
export const CHECKPOINT_KINDS = ['open', 'periodic', 'rotation', 'close', 'retention'] as const
export type CheckpointKind = (typeof CHECKPOINT_KINDS)[number]

export interface CheckpointPlace {
  readonly chain: string
  readonly seq: number
  /** Hash of the record `seq`. */
  readonly hash: string
  /** Number of the segment that holds it. */
  readonly segment: number
}

export interface Checkpoint extends CheckpointPlace {
  readonly kind: CheckpointKind
  /** ISO 8601. */
  readonly time: string
  readonly keyId: string
}

/** Signs a checkpoint, off the main thread. Resolves with its line, line feed included. */
export function signCheckpoint(
  kind: CheckpointKind,
  place: CheckpointPlace,
  time: string,
  key: SigningKey,
): Promise<string> {
  const { chain, seq, hash, segment } = place
  const keyId = key.publicKey.id
  const signed = JSON.stringify({ v: 1, kind, chain, seq, hash, segment, time, keyId }).slice(0, -1)
  return new Promise((resolve, reject) => {
    sign(null, Buffer.from(signed), key.privateKey, (error, signature) => {
      if (error) reject(error)
      else resolve(`${signed},"sig":"${signature.toString('base64url')}"}\n`)
    })
  })
}

export type CheckpointReading =
  | { readonly ok: true; readonly checkpoint: Checkpoint; readonly signed: string; readonly sig: string }
  /** `torn`: the beginning of a line that was never finished, left by a full disk or a power loss. */
  | { readonly ok: false; readonly torn: boolean }

const LINE =
  /^(\{"v":1,"kind":"(\w+)","chain":"([0-9a-f]{16})","seq":([1-9]\d{0,15}),"hash":"([0-9a-f]{64})","segment":([1-9]\d{0,7}),"time":"([^"\\]{1,40})","keyId":"([0-9a-f]{16})"),"sig":"([\w-]{86})"\}$/

/** Reads one line (without its line feed) of `checkpoints.jsonl` or of a copy of it. Does not check the signature. */
export function readCheckpoint(line: string): CheckpointReading {
  const found = LINE.exec(line)
  const kind = CHECKPOINT_KINDS.find((known) => known === found?.[2])
  if (!found || !kind) return { ok: false, torn: isTorn(line) }
  const [, signed = '', , chain = '', seq, hash = '', segment, time = '', keyId = '', sig = ''] = found
  const checkpoint = { kind, chain, seq: Number(seq), hash, segment: Number(segment), time, keyId }
  return { ok: true, checkpoint, signed, sig }
}

/** Did this key sign it? */
export function isSignedBy(
  reading: { readonly signed: string; readonly sig: string },
  key: PublicKey,
): boolean {
  return verify(null, Buffer.from(reading.signed), key.key, Buffer.from(reading.sig, 'base64url'))
}

function isTorn(line: string): boolean {
  return !line.endsWith('}') && '{"v":1,"kind":"'.startsWith(line.slice(0, 15))
}
