/**
 * Where the audit trail keeps what: `<dir>/<chain>/<segment>.jsonl`, `<dir>/<chain>/lock`, `<dir>/checkpoints.jsonl`,
 * `<dir>/public-key.pem`, and the signing key in the state directory.
 */
import { closeSync, fsyncSync, openSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

export const CHECKPOINTS_FILE = 'checkpoints.jsonl'
export const PUBLIC_KEY_FILE = 'public-key.pem'
export const SIGNING_KEY_FILE = 'audit-key.pem'
export const INDEX_FILE = 'index.sqlite'
export const LOCK_FILE = 'lock'

const CHAIN = /^[0-9a-f]{16}$/
const SEGMENT = /^(\d{8})\.jsonl$/

export interface SegmentPath {
  readonly number: number
  readonly path: string
}

/** The file of a chain's segment. @example segmentPath('/a/chain-1', 7) // '/a/chain-1/00000007.jsonl' */
export function segmentPath(chainDir: string, number: number): string {
  return join(chainDir, `${String(number).padStart(8, '0')}.jsonl`)
}

/** Ids of the chains in an audit directory, in a fixed order. Throws when the directory cannot be read. */
export function listChains(dir: string): string[] {
  return readdirSync(dir)
    .filter((name) => CHAIN.test(name))
    .sort()
}

/** Segments of a chain by rising number. Throws when the directory cannot be read. */
export function listSegments(chainDir: string): SegmentPath[] {
  return readdirSync(chainDir)
    .map((name) => SEGMENT.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map((digits) => ({ number: Number(digits), path: segmentPath(chainDir, Number(digits)) }))
    .sort((a, b) => a.number - b.number)
}

/** Makes names that were just created in a directory survive a power loss. Windows has no such call, and no need. */
export function syncFolder(dir: string): void {
  if (process.platform === 'win32') return
  const fd = openSync(dir, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
