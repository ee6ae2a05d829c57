/**
 * The format of one record: a line of printable ASCII that holds a JSON object and its own hash.
 *
 *     {"v":1,"chain":"<id>","seq":<n>,"time":"<ISO 8601, ms>",<members>,"prev":"<hex>","hash":"<hex>"}
 *
 * `hash` is the SHA-256 of the line's bytes up to and without `,"hash":`; `prev` is the `hash` of the record before, or
 * 64 zeros in the first. `docs/audit.md` says how to check it by hand.
 */
import { digestText } from './digest.ts'

/** `prev` of the first record of a chain. */
export const FIRST_PREV = '0'.repeat(64)

/** No record is longer, in bytes. What would be is stored without its arguments. */
export const MAX_RECORD_BYTES = 256 * 1024

/** Where a record stands in its chain, read from its line. */
export interface RecordFrame {
  readonly chain: string
  readonly seq: number
  /** ISO 8601. */
  readonly time: string
  readonly prev: string
  readonly hash: string
}

/** Everything of a record that its hash covers. Members as `storedMembers` gives them. */
export function hashedPart(chain: string, seq: number, time: string, members: string, prev: string): string {
  return `{"v":1,"chain":"${chain}","seq":${seq},"time":"${time}",${members},"prev":"${prev}"`
}

/** What stands behind the hashed part, the end of the line included. */
export function hashEnd(hash: string): string {
  return `,"hash":"${hash}"}\n`
}

/** Length of `hashEnd` without the line feed. */
export const HASH_END_CHARS = hashEnd(FIRST_PREV).length - 1

/**
 * JSON text in printable ASCII: a record shown raw in a terminal moves no cursor, hides nothing and reverses nothing
 * (CWE-117, CWE-150), and every byte of it is one character.
 */
export function asciiJson(json: string): string {
  return json.replace(NOT_PRINTABLE, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

const NOT_PRINTABLE = /[^\x20-\x7e]/g
const HAS_NOT_PRINTABLE = /[^\x20-\x7e]/

const FRAME =
  /^\{"v":1,"chain":"([a-z0-9-]{1,64})","seq":([1-9]\d{0,15}),"time":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)",".*,"prev":"([0-9a-f]{64})","hash":"([0-9a-f]{64})"\}$/

/**
 * Reads where a line (without its line feed) says it stands. `undefined` when it is no record.
 *
 * Does not compare the hash: `isIntact` does.
 */
export function readFrame(line: string): RecordFrame | undefined {
  const found = FRAME.exec(line)
  if (!found) return undefined
  const [, chain = '', seq = '', time = '', prev = '', hash = ''] = found
  return { chain, seq: Number(seq), time, prev, hash }
}

/** Does the line's content give the hash it ends with? */
export function isIntact(line: string): boolean {
  if (HAS_NOT_PRINTABLE.test(line)) return false
  const hash = line.slice(-HASH_END_CHARS).slice(9, 73)
  return digestText(line.slice(0, -HASH_END_CHARS)) === hash
}
