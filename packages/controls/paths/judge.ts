import { deniedBy } from './deny.ts'
import { type PathFamily, type Resolved, resolvePosix, resolveWindows, writePlace } from './place.ts'
import type { Reader } from './policy.ts'
import type { PathDecoding } from './readings.ts'
import { type Root, rootOf, siblingOf } from './roots.ts'
import type { PathRule } from './rules.ts'
import { windowsNameOf } from './windowsNames.ts'

/** Where one reading leads, and the root that holds it or why it is refused. */
export type Judged =
  | { readonly reading: string; readonly root: string }
  | { readonly reading: string; readonly rule: PathRule }

type InPlace = Extract<Resolved, { kind: 'place' }>

/** One text, taken apart in one way. Several answers where Windows itself has several. */
export function judge(reader: Reader, family: PathFamily, decoding: PathDecoding, text: string): Judged[] {
  if (family !== 'windows') {
    const { base } = reader.posix
    if (base === undefined) return []
    const parted = family === 'backslash' ? slashed(text) : text
    return [judgePlace(reader, family, decoding, text, resolvePosix(base.place, parted))]
  }
  const { base } = reader.windows
  if (base === undefined) return []
  const judged = [judgePlace(reader, family, decoding, text, resolveWindows(base.place, text, false))]
  // Whether trailing dots and spaces are dropped depends on the function that opens the file.
  if (TRAILING.test(text)) {
    judged.push(judgePlace(reader, family, decoding, text, resolveWindows(base.place, text, true)))
  }
  // `/c/x` is `C:\x` to what is made for Unix and runs on Windows.
  const drive = reader.strict ? UNIX_DRIVE.exec(text)?.[1] : undefined
  if (drive !== undefined) {
    const onDrive = `${drive}:${text.slice(2)}`
    judged.push(judgePlace(reader, family, decoding, onDrive, resolveWindows(base.place, onDrive, false)))
  }
  return judged
}

const UNIX_DRIVE = /^[\\/]([A-Za-z])(?=[\\/])/

/** As code that is meant for every system takes a path apart: a backslash is a slash. */
export function slashed(text: string): string {
  return text.replaceAll('\\', '/')
}

/** A name that ends in dots or spaces. */
const TRAILING = /[. ](?:[\\/]|$)/

function judgePlace(
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
  const below = resolved.place.names.slice(root.names.length)
  if (family === 'windows' && reader.strict) {
    const rule = reasonInside(text, resolved, below, reader.deny.length > 0)
    if (rule !== undefined) return { rule, reading }
  }
  if (reader.deny.length > 0 && deniedBy(below, reader.deny) !== undefined) {
    return { rule: 'path/denied', reading }
  }
  return { reading, root: root.written }
}

function reasonOutside(
  decoding: PathDecoding,
  { place, absolute, climbs, driveRelative }: InPlace,
  roots: readonly Root[],
): PathRule {
  if (decoding === 'file-url') return 'path/url'
  if (decoding !== 'raw') return 'path/encoded'
  if (place.volume.startsWith('\\\\')) return 'path/unc'
  if (driveRelative) return 'path/drive'
  if (absolute) {
    if (place.volume !== '' && roots.every((root) => root.place.volume !== place.volume)) return 'path/drive'
    return siblingOf(place, roots) === undefined ? 'path/absolute' : 'path/sibling'
  }
  return climbs ? 'path/parent' : 'path/outside'
}

/** What is inside a root and still not a file there, on Windows. */
function reasonInside(
  text: string,
  { driveRelative }: InPlace,
  below: readonly string[],
  denies: boolean,
): PathRule | undefined {
  // `C:name` starts from wherever that drive stands for the process, which is not the base.
  if (driveRelative) return 'path/drive'
  // A URL is judged by what it names; as a name, its scheme would be a file with a stream.
  const isUrl = FILE_URL.test(text)
  for (const name of below) {
    const means = windowsNameOf(name)
    if (means === 'device') return 'path/device'
    if (means === 'stream' && !isUrl) return 'path/stream'
    if (means === 'short-name' && denies) return 'path/short-name'
  }
  return undefined
}

const FILE_URL = /^[\0-\u0020]*file:/i
