/**
 * Path containment: would this path, as a server may read it, leave the folders it was given?
 *
 * Decides on text alone, for every reading a server may apply: as written; percent-decoded up to three times; overlong UTF-8 and
 * `%u`; full-width and other compatible characters; backslashes; drives, shares, devices and streams of Windows; NUL;
 * `file:` URLs; `~` and variables; filters that delete `../` once. It is inside only if every one of them is.
 * Follows CWE-22, 23, 36, 39, 40, 41, 59, 67, 69, 158, 182. Cannot know: links (the edge resolves them and asks again
 * with the real path), how a server joins paths after decoding more than three times, what else it does to a name.
 *
 * Costs about 0.4 us for an ordinary path and at most some sixty walks over the text for one that is encoded in many ways.
 *
 * @example
 * checkPath('../data-evil/x', { roots: ['/project/data'] })
 * // { inside: false, rule: 'path/parent', reading: '/project/data-evil/x', by: 'posix/raw', explain: '...' }
 */
import { visible } from '../text/index.ts'
import { deniedBy } from './deny.ts'
import { type PathFamily, type Resolved, resolvePosix, resolveWindows, writePlace } from './place.ts'
import { decodePath, everyDecoding, hasOneReading, type PathDecoding, type PathReading } from './readings.ts'
import { isWindowsPath, type Root, readRoot, rootOf, siblingOf } from './roots.ts'
import type { PathRule } from './rules.ts'
import { windowsNameOf } from './windowsNames.ts'

export type { PathDecoding, PathReading } from './readings.ts'
export { PATH_RULES, type PathRule } from './rules.ts'

export interface PathPolicy {
  /** The folders that are allowed, as absolute paths. None means that no path is inside. */
  readonly roots: readonly string[]
  /** What relative paths start from: an absolute path, by default the first root. */
  readonly base?: string
  /** Does the file system take `A` and `a` for one name? By default only where Windows reads the path. */
  readonly caseInsensitive?: boolean
  /**
   * Who reads the path. `any` (the default for roots such as `/data`) takes both ways to part names, but lets pass what only Windows
   * would take amiss inside a root (`aux.c`, `12:30.log`); `windows` (the default for roots such as `C:\data`) refuses these.
   */
  readonly flavour?: 'posix' | 'windows' | 'any'
  /** Patterns (`.env`, `*.pem`, `config/**`) that are refused inside the roots; see `deniedBy`. */
  readonly deny?: readonly string[]
}

export type PathDecision =
  | {
      readonly inside: true
      /** Where the path leads as it is written: absolute, without `.` and `..`. */
      readonly reading: string
      /** Every place that some reading leads to, `reading` first. What resolves links asks for each of them. */
      readonly readings: readonly string[]
      /** The root that holds `reading`, as the policy has it. */
      readonly root: string
    }
  | {
      readonly inside: false
      readonly rule: PathRule
      /** Where the path leads, or the text that was objected to. Untrusted text: show it with `visible`. */
      readonly reading: string
      /** The way to read the path that leads there. */
      readonly by: PathReading
      readonly explain: string
    }

/** One reading of a path, for whoever wants to see all of them. */
export interface ReadPath {
  readonly by: PathReading
  readonly reading: string
  readonly inside: boolean
}

/** Longer than any file system takes (Linux 4,096 bytes, macOS 1,024; 32,767 characters on Windows where asked for). */
const MAX_CHARS = 8192

/** @throws TypeError if a root or the base of the policy is not an absolute path. */
export function checkPath(candidate: string, policy: PathPolicy): PathDecision {
  const reader = readerOf(policy)
  if (candidate.length > MAX_CHARS) {
    return refuse('path/length', `${candidate.slice(0, 64)}...`, 'posix/raw', reader, '')
  }
  if (candidate.includes('\0')) return refuse('path/nul', candidate, 'posix/raw', reader, candidate)

  const decodings = hasOneReading(candidate)
    ? [{ decoding: 'raw', text: candidate } as const]
    : decodePath(candidate)
  const readings = new Set<string>()
  let first: { reading: string; root: string } | undefined
  for (const { decoding, text } of decodings) {
    const begins = decoding === 'file-url' ? undefined : beginning(text)
    if (begins !== undefined) {
      const by = `${reader.strict ? 'windows' : 'posix'}/${decoding}` as const
      return refuse(begins, text, by, reader, candidate)
    }
    for (const family of reader.families) {
      // Without a backslash both ways to part names see the same ones.
      if (family === 'backslash' && !text.includes('\\')) continue
      const by = `${family}/${decoding}` as const
      for (const resolved of resolve(reader, family, text)) {
        const judged = judge(reader, family, decoding, text, resolved)
        if ('rule' in judged) return refuse(judged.rule, judged.reading, by, reader, candidate)
        first ??= judged
        // The reading of Windows for a root such as `/data` has a drive that nobody named: nothing to look at.
        if (family !== 'windows' || reader.strict) readings.add(judged.reading)
      }
    }
  }
  if (first === undefined) return refuse('path/outside', candidate, 'posix/raw', reader, candidate)
  return { inside: true, reading: first.reading, readings: [...readings], root: first.root }
}

/** Every reading that is looked at, also those that come to the same: what the tests hold against computed truth. */
export function readPath(candidate: string, policy: PathPolicy): ReadPath[] {
  const reader = readerOf(policy)
  const all: ReadPath[] = []
  for (const { decoding, text } of everyDecoding(candidate)) {
    for (const family of reader.families) {
      for (const resolved of resolve(reader, family, text)) {
        const judged = judge(reader, family, decoding, text, resolved)
        all.push({ by: `${family}/${decoding}`, reading: judged.reading, inside: !('rule' in judged) })
      }
    }
  }
  return all
}

interface Reader {
  readonly families: readonly PathFamily[]
  readonly posix: Roots
  readonly windows: Roots
  /** Windows for certain: its devices, streams and trailing dots count inside the roots as well. */
  readonly strict: boolean
  readonly deny: readonly string[]
  readonly written: readonly string[]
}

interface Roots {
  readonly roots: readonly Root[]
  readonly base: Root | undefined
  readonly caseInsensitive: boolean
}

function readerOf(policy: PathPolicy): Reader {
  const { roots, base = roots[0], deny = [] } = policy
  const flavour = policy.flavour ?? 'any'
  const strict = flavour === 'windows' || (flavour === 'any' && roots.some(isWindowsPath))
  const families: readonly PathFamily[] = strict
    ? ['windows']
    : flavour === 'posix'
      ? ['posix', 'backslash']
      : ['posix', 'backslash', 'windows']
  const readRoots = (windows: boolean): Roots => {
    const caseInsensitive = policy.caseInsensitive ?? windows
    const read = (root: string) => readRoot(root, windows, caseInsensitive)
    return { roots: roots.map(read), base: base === undefined ? undefined : read(base), caseInsensitive }
  }
  const none: Roots = { roots: [], base: undefined, caseInsensitive: false }
  return {
    families,
    strict,
    deny,
    written: roots,
    posix: strict ? none : readRoots(false),
    windows: families.includes('windows') ? readRoots(true) : none,
  }
}

function* resolve(reader: Reader, family: PathFamily, text: string): Generator<Resolved> {
  const { base } = family === 'windows' ? reader.windows : reader.posix
  if (base === undefined) return
  if (family !== 'windows') {
    yield resolvePosix(base.place, family === 'backslash' ? text.replaceAll('\\', '/') : text)
    return
  }
  yield resolveWindows(base.place, text, false)
  // Whether trailing dots and spaces are dropped depends on the function that opens the file.
  if (/[. ](?:[\\/]|$)/.test(text)) yield resolveWindows(base.place, text, true)
}

type Judged =
  | { readonly reading: string; readonly root: string }
  | { readonly rule: PathRule; readonly reading: string }

function judge(
  reader: Reader,
  family: PathFamily,
  decoding: PathDecoding,
  text: string,
  resolved: Resolved,
): Judged {
  if (resolved.kind === 'device') return { rule: 'path/device', reading: resolved.name }
  const { roots, caseInsensitive } = family === 'windows' ? reader.windows : reader.posix
  const reading = writePlace(resolved.place)
  const root = rootOf(resolved.place, roots, caseInsensitive)
  if (root === undefined) return { rule: reasonOutside(decoding, resolved, roots), reading }
  if (family === 'windows' && reader.strict) {
    const rule = windowsReason(reader, text, resolved, root)
    if (rule !== undefined) return { rule, reading }
  }
  const below = resolved.place.names.slice(root.names.length)
  if (reader.deny.length > 0 && deniedBy(below, reader.deny) !== undefined) {
    return { rule: 'path/denied', reading }
  }
  return { reading, root: root.written }
}

function reasonOutside(
  decoding: PathDecoding,
  { place, absolute, climbs, driveRelative }: Extract<Resolved, { kind: 'place' }>,
  roots: readonly Root[],
): PathRule {
  if (decoding === 'file-url') return 'path/url'
  if (decoding !== 'raw') return 'path/encoded'
  if (place.volume.startsWith('\\\\')) return 'path/unc'
  if (driveRelative === true) return 'path/drive'
  if (absolute) {
    if (place.volume !== '' && roots.every((root) => root.place.volume !== place.volume)) return 'path/drive'
    return siblingOf(place, roots) === undefined ? 'path/absolute' : 'path/sibling'
  }
  return climbs ? 'path/parent' : 'path/outside'
}

/** What is inside a root and still not a file there, on Windows. */
function windowsReason(
  reader: Reader,
  text: string,
  { place, driveRelative }: Extract<Resolved, { kind: 'place' }>,
  root: Root,
): PathRule | undefined {
  // `C:name` starts from wherever that drive stands for the process, which is not the base.
  if (driveRelative === true) return 'path/drive'
  const isUrl = /^[\0-\u0020]*file:/i.test(text)
  for (const name of place.names.slice(root.names.length)) {
    const means = windowsNameOf(name)
    if (means === 'device') return 'path/device'
    if (means === 'stream' && !(isUrl && /^file:$/i.test(name.trim()))) return 'path/stream'
    if (means === 'short-name' && reader.deny.length > 0) return 'path/short-name'
  }
  return undefined
}

/** What programs replace at the start of a path before they look at the rest. */
function beginning(text: string): PathRule | undefined {
  const first = text.charCodeAt(0)
  if (first === 0x7e) return HOME.test(text) ? 'path/home' : undefined
  if (first === 0x24 || first === 0x25) return VARIABLE.test(text) ? 'path/variable' : undefined
  return undefined
}

/** `~`, `~/x`, `~name`, `~name/x`, `~+/x`; not `~$letter.docx` or `~WRL0001.tmp`. */
const HOME = /^~(?:[+-]|[a-z_][a-z0-9_-]{0,31})?(?:[\\/]|$)/
/** Names that are set almost everywhere. Others (`$id.tsx`) are names of files more often than variables. */
const VARIABLE =
  /^(?:\$\{?|%)(?:home|homepath|homedrive|userprofile|appdata|localappdata|programdata|programfiles|systemroot|systemdrive|windir|public|pwd|oldpwd|temp|tmp|tmpdir|xdg_[a-z_]{1,32})(?:[}%\\/]|$)/i

function refuse(
  rule: PathRule,
  reading: string,
  by: PathReading,
  reader: Reader,
  candidate: string,
): PathDecision {
  const shown = visible(candidate.length > 120 ? `${candidate.slice(0, 120)}...` : candidate)
  const where = visible(reading.length > 120 ? `${reading.slice(0, 120)}...` : reading)
  const allowed = reader.written.slice(0, 3).map(visible).join(', ')
  return { inside: false, rule, reading, by, explain: sentence(rule, shown, where, by, allowed) }
}

function sentence(rule: PathRule, shown: string, where: string, by: PathReading, allowed: string): string {
  const within = allowed === '' ? 'no folder is allowed' : `allowed is what lies in ${allowed}`
  switch (rule) {
    case 'path/nul':
      return `The path "${shown}" has a NUL in it, which no file name can have.`
    case 'path/length':
      return `The path is longer than ${MAX_CHARS} characters.`
    case 'path/home':
      return `The path "${shown}" begins with a home folder; ${within}.`
    case 'path/variable':
      return `The path "${shown}" begins with a variable; ${within}.`
    case 'path/device':
      return `The path "${shown}" names a device of Windows, not a file.`
    case 'path/stream':
      return `The path "${shown}" names a stream within a file; name the file.`
    case 'path/denied':
      return `The path "${shown}" leads to ${where}, which is denied by a pattern.`
    case 'path/short-name':
      return `The path "${shown}" has a short name of Windows, which may stand for one that is denied; use the long name.`
    case 'path/encoded':
      return `The path "${shown}" leads to ${where} when it is read as ${by}; ${within}.`
    default:
      return `The path "${shown}" leads to ${where}; ${within}.`
  }
}
