/**
 * Path containment: would this path, as a server may read it, leave the folders it was given?
 *
 * Decides on text alone, for every reading a server may apply: as written; percent-decoded up to three times; overlong UTF-8 and
 * `%u`; full-width and other compatible characters; backslashes; drives, shares, devices and streams of Windows; NUL;
 * `file:` URLs; `~` and variables; filters that delete `../` once. It is inside only if every one of them is.
 * Follows CWE-22, 23, 36, 39, 40, 41, 59, 67, 69, 158, 182. Cannot know: links (the edge resolves them and asks again
 * with the real path), how a server joins paths after decoding more than three times, what else it does to a name.
 *
 * Costs about 0.6 us for an ordinary path; one that is encoded in many ways is walked over up to some hundred times, which
 * is below a millisecond for a thousand characters.
 *
 * @example
 * checkPath('../data-evil/x', { roots: ['/project/data'] })
 * // { inside: false, rule: 'path/parent', reading: '/project/data-evil/x', by: 'posix/raw', explain: '...' }
 */

import { expandedStart } from './expanded.ts'
import { explainPath } from './explain.ts'
import { judge, slashed } from './judge.ts'
import { type PathPolicy, type Reader, readerOf } from './policy.ts'
import { type DecodedPath, decodePath, everyDecoding, hasOneReading, type PathReading } from './readings.ts'
import type { PathRule } from './rules.ts'

export { explainPath } from './explain.ts'
export type { PathPolicy } from './policy.ts'
export type { PathDecoding, PathReading } from './readings.ts'
export { PATH_RULES, type PathRule } from './rules.ts'

export interface PathInside {
  readonly inside: true
  /** Where the path leads as it is written: absolute, without `.` and `..`. */
  readonly reading: string
  /** Every place that some reading leads to, `reading` first. What resolves links asks for each of them. */
  readonly readings: readonly string[]
  /**
   * Readings with `..`, absolute, before any `name/..` is taken out: where `name` is a link, a file system goes up from its
   * target. Windows takes it out itself.
   */
  readonly climbing: readonly string[]
  /** The root that holds `reading`, as the policy has it. */
  readonly root: string
}

export interface PathRefusal {
  readonly inside: false
  readonly rule: PathRule
  /** Where the path leads, or the text that was objected to. Untrusted text: show it with `visible`. */
  readonly reading: string
  /** The way to read the path that leads there. */
  readonly by: PathReading
  readonly explain: string
}

export type PathDecision = PathInside | PathRefusal

/** One reading of a path, for whoever wants to see all of them. */
export interface ReadPath {
  readonly by: PathReading
  readonly reading: string
  readonly inside: boolean
}

/** Longer than any file system takes by default (Linux 4,096 bytes, macOS 1,024), with room for what is encoded. */
const MAX_CHARS = 8192

/** @throws TypeError if a root or the base of the policy is not an absolute path. */
export function checkPath(candidate: string, policy: PathPolicy): PathDecision {
  const reader = readerOf(policy)
  const refuse = (rule: PathRule, reading: string, by: PathReading): PathRefusal => ({
    inside: false,
    rule,
    reading,
    by,
    explain: explainPath(rule, candidate, reading, by, reader.written),
  })
  if (candidate.length > MAX_CHARS) return refuse('path/length', `${candidate.slice(0, 64)}...`, 'posix/raw')
  if (candidate.includes('\0')) return refuse('path/nul', candidate, 'posix/raw')

  const ordinary = hasOneReading(candidate)
  const decodings: readonly DecodedPath[] = ordinary
    ? [{ decoding: 'raw', text: candidate }]
    : decodePath(candidate)
  const readings: string[] = []
  let climbing: string[] = NONE
  let root: string | undefined
  for (const { decoding, text } of decodings) {
    const expanded = decoding === 'file-url' ? undefined : expandedStart(text)
    if (expanded !== undefined) {
      return refuse(expanded, text, `${reader.strict ? 'windows' : 'posix'}/${decoding}`)
    }
    for (const family of familiesFor(reader, text, ordinary)) {
      if (family !== 'windows' && text.includes('..')) {
        climbing = [...climbing, unshortened(reader, family === 'backslash' ? slashed(text) : text)]
      }
      for (const judged of judge(reader, family, decoding, text)) {
        if ('rule' in judged) return refuse(judged.rule, judged.reading, `${family}/${decoding}`)
        root ??= judged.root
        // Windows reads a root such as `/data` on a drive that nobody named: there is nothing to look at.
        if ((family !== 'windows' || reader.strict) && !readings.includes(judged.reading)) {
          readings.push(judged.reading)
        }
      }
    }
  }
  const [reading] = readings
  if (root === undefined || reading === undefined) return refuse('path/outside', candidate, 'posix/raw')
  return { inside: true, reading, readings, climbing, root }
}

/**
 * A path that nobody will decode any more, such as what a file system says it is: as it is written, and denied patterns. Percent
 * signs and backslashes are letters of names here.
 */
export function checkPlainPath(path: string, policy: PathPolicy): PathDecision {
  const reader = readerOf(policy)
  const family = reader.strict ? 'windows' : 'posix'
  for (const judged of judge(reader, family, 'raw', path)) {
    const { reading } = judged
    if ('root' in judged)
      return { inside: true, reading, readings: [reading], climbing: NONE, root: judged.root }
    const explain = explainPath(judged.rule, path, reading, `${family}/raw`, reader.written)
    return { inside: false, rule: judged.rule, reading, by: `${family}/raw`, explain }
  }
  const explain = explainPath('path/outside', path, path, `${family}/raw`, reader.written)
  return { inside: false, rule: 'path/outside', reading: path, by: `${family}/raw`, explain }
}

/** Every reading that is looked at, also those that come to the same: what the tests hold against computed truth. */
export function readPath(candidate: string, policy: PathPolicy): ReadPath[] {
  const reader = readerOf(policy)
  const all: ReadPath[] = []
  for (const { decoding, text } of everyDecoding(candidate)) {
    for (const family of reader.families) {
      for (const judged of judge(reader, family, decoding, text)) {
        all.push({ by: `${family}/${decoding}`, reading: judged.reading, inside: 'root' in judged })
      }
    }
  }
  return all
}

function unshortened(reader: Reader, text: string): string {
  const base = reader.posix.base
  return text.startsWith('/') || base === undefined ? text : `${base.written}/${text}`
}

const NONE: string[] = []
const POSIX = ['posix'] as const
const POSIX_AND_WINDOWS = ['posix', 'windows'] as const

/** Who may take the text apart in a way of their own: without a backslash, fewer do. */
function familiesFor(reader: Reader, text: string, ordinary: boolean) {
  if (reader.strict || text.includes('\\')) return reader.families
  // An ordinary text is the same to Windows, but for shares (`//host/x`) and ways to climb (`.. `).
  const same = ordinary && !text.startsWith('//') && !text.includes('..')
  return same || reader.families.length === 2 ? POSIX : POSIX_AND_WINDOWS
}
