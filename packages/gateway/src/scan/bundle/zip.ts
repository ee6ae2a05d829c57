/**
 * A ZIP archive in the one reading that all unpackers share, or why it has none (APPNOTE 6.3.10; CWE-22, CWE-409, CWE-436).
 *
 * Bundles are unpacked by other programs than this one: what two of them could read differently is refused. So the
 * central directory counts, each local header must say the same, nothing overlaps, and no name is there twice. Only what
 * bundles need is read: stored and deflated files, UTF-8 names, no encryption, no ZIP64, one disk. Nothing is written here.
 *
 * Cannot know: what a program does that ignores the central directory and the local headers both.
 */
import { isUtf8 } from 'node:buffer'
import { crc32, inflateRawSync } from 'node:zlib'
import type { ScanRuleId } from '../rules.ts'

export interface ZipEntry {
  /** Relative, `/` between its parts; a folder ends in `/`. */
  readonly path: string
  readonly isFolder: boolean
  readonly isExecutable: boolean
  /** Unpacked. */
  readonly bytes: number
  /** Unpacks it; only when asked, and never to more than `bytes`. */
  read(): ZipContent
}

export type ZipContent = { readonly ok: true; readonly bytes: Buffer } | ZipFault

export interface ZipFault {
  readonly ok: false
  readonly rule: Extract<ScanRuleId, `bundle/${string}`>
  /** One sentence; may have a name from the archive in it. */
  readonly explain: string
}

export type ZipRead =
  | {
      readonly ok: true
      readonly entries: readonly ZipEntry[]
      /** A signature of `mcpb sign` follows the archive; it is not checked here. */
      readonly signed: boolean
    }
  | ZipFault

export interface ZipLimits {
  readonly maxEntries: number
  /** Of all entries together, unpacked. */
  readonly maxTotalBytes: number
}

/** Bundles with all their packages have thousands of files and tens of megabytes. */
export const ZIP_LIMITS: ZipLimits = { maxEntries: 50_000, maxTotalBytes: 512 * 1024 * 1024 }

const END_SIGNATURE = 0x06054b50
const END_BYTES = 22
const CENTRAL_SIGNATURE = 0x02014b50
const CENTRAL_BYTES = 46
const LOCAL_SIGNATURE = 0x04034b50
const LOCAL_BYTES = 30
const STORED = 0
const DEFLATED = 8
const ENCRYPTED = 0x0001 | 0x0040 | 0x2000
const DESCRIPTOR = 0x0008
const UTF8_NAME = 0x0800
const SIGNATURE_START = Buffer.from('MCPB_SIG_V1')
const SIGNATURE_END = Buffer.from('MCPB_SIG_END')

/**
 * @example
 * const zip = readZip(bytes)
 * if (zip.ok) for (const entry of zip.entries) console.log(entry.path, entry.bytes)
 */
export function readZip(bytes: Buffer, limits: ZipLimits = ZIP_LIMITS): ZipRead {
  const archive = withoutSignature(bytes)
  const end = findEnd(archive)
  if (end === undefined) return malformed('it has no end record where an archive ends')
  const count = archive.readUInt16LE(end + 10)
  const size = archive.readUInt32LE(end + 12)
  const start = archive.readUInt32LE(end + 16)
  if (count === 0xffff || start === 0xffffffff)
    return malformed('it is a ZIP64 archive, which bundles are not')
  if (archive.readUInt32LE(end + 4) !== 0 || archive.readUInt16LE(end + 8) !== count)
    return malformed('it is spread over several disks')
  if (start + size !== end) return malformed('its directory does not lie where its end record says')
  if (count > limits.maxEntries)
    return {
      ok: false,
      rule: 'bundle/size',
      explain: `It has ${count} entries; ${limits.maxEntries} are allowed.`,
    }
  return readDirectory(archive, { count, start, end }, limits, archive.length < bytes.length)
}

function readDirectory(
  archive: Buffer,
  directory: { readonly count: number; readonly start: number; readonly end: number },
  limits: ZipLimits,
  signed: boolean,
): ZipRead {
  const entries: ZipEntry[] = []
  const spans: { readonly from: number; readonly to: number }[] = []
  const folded = new Set<string>()
  let total = 0
  let at = directory.start
  for (let index = 0; index < directory.count; index++) {
    const header = readCentral(archive, at, directory.end)
    if (!header.ok) return header
    const { path } = header
    const wrong = pathFault(path) ?? kindFault(header)
    if (wrong !== undefined) return wrong
    const key = path.replace(/\/$/, '').normalize('NFC').toLowerCase()
    if (folded.has(key))
      return { ok: false, rule: 'bundle/duplicate', explain: `It has more than one entry "${path}".` }
    folded.add(key)
    total += header.bytes
    if (total > limits.maxTotalBytes)
      return {
        ok: false,
        rule: 'bundle/size',
        explain: `It unpacks to more than ${limits.maxTotalBytes / (1024 * 1024)} MiB.`,
      }
    const data = readLocal(archive, header, directory.start)
    if (!data.ok) return data
    spans.push({ from: header.offset, to: data.to })
    entries.push(makeEntry(header, archive.subarray(data.from, data.to)))
    at = header.next
  }
  if (at !== directory.end) return malformed('its directory has more in it than it says')
  spans.sort((a, b) => a.from - b.from)
  // Overlapping files are how a small archive unpacks to petabytes, and how two readers see two archives.
  for (const [index, { from }] of spans.entries()) {
    const before = spans[index - 1]
    if (before !== undefined && from < before.to) return malformed('its files overlap')
  }
  if (spans[0] !== undefined && spans[0].from !== 0)
    return malformed('something stands before its first file')
  return { ok: true, entries, signed }
}

interface Central {
  readonly ok: true
  readonly path: string
  readonly name: Buffer
  readonly flags: number
  readonly method: number
  readonly crc: number
  readonly packed: number
  readonly bytes: number
  readonly offset: number
  /** Unix mode, 0 where the archive was made elsewhere. */
  readonly mode: number
  readonly next: number
}

function readCentral(archive: Buffer, at: number, end: number): Central | ZipFault {
  if (at + CENTRAL_BYTES > end || archive.readUInt32LE(at) !== CENTRAL_SIGNATURE)
    return malformed('its directory has fewer entries than it says')
  const flags = archive.readUInt16LE(at + 8)
  const method = archive.readUInt16LE(at + 10)
  const nameLength = archive.readUInt16LE(at + 28)
  const next = at + CENTRAL_BYTES + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32)
  if (next > end) return malformed('an entry of its directory does not end')
  const name = archive.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameLength)
  if (!isUtf8(name) || ((flags & UTF8_NAME) === 0 && name.some((byte) => byte > 0x7e)))
    return malformed('a name in it is not in UTF-8, or does not say so')
  const path = name.toString('utf8')
  if ((flags & ENCRYPTED) !== 0) return malformed(`entry "${path}" is encrypted`)
  if (method !== STORED && method !== DEFLATED)
    return malformed(`entry "${path}" is packed in a way that bundles are not`)
  const packed = archive.readUInt32LE(at + 20)
  const bytes = archive.readUInt32LE(at + 24)
  if (method === STORED && packed !== bytes) return malformed(`entry "${path}" has two sizes`)
  const madeOnUnix = archive.readUInt8(at + 5) === 3
  return {
    ok: true,
    path,
    name,
    flags,
    method,
    crc: archive.readUInt32LE(at + 16),
    packed,
    bytes,
    offset: archive.readUInt32LE(at + 42),
    mode: madeOnUnix ? archive.readUInt16LE(at + 40) : 0,
    next,
  }
}

/** Where the data of an entry lies; its local header must say what the directory says. */
function readLocal(
  archive: Buffer,
  central: Central,
  limit: number,
): { readonly ok: true; readonly from: number; readonly to: number } | ZipFault {
  const { offset, path, name } = central
  if (offset + LOCAL_BYTES > limit || archive.readUInt32LE(offset) !== LOCAL_SIGNATURE)
    return malformed(`entry "${path}" is not where the directory says`)
  const nameLength = archive.readUInt16LE(offset + 26)
  const from = offset + LOCAL_BYTES + nameLength + archive.readUInt16LE(offset + 28)
  const to = from + central.packed
  if (to > limit) return malformed(`entry "${path}" does not end`)
  const own = archive.subarray(offset + LOCAL_BYTES, offset + LOCAL_BYTES + nameLength)
  const hasDescriptor = (archive.readUInt16LE(offset + 6) & DESCRIPTOR) !== 0
  const sizes = [archive.readUInt32LE(offset + 18), archive.readUInt32LE(offset + 22)]
  const sameSizes =
    (sizes[0] === central.packed && sizes[1] === central.bytes) ||
    (hasDescriptor && sizes[0] === 0 && sizes[1] === 0)
  if (!own.equals(name) || archive.readUInt16LE(offset + 8) !== central.method || !sameSizes)
    return malformed(`entry "${path}" is another one by its own header`)
  return { ok: true, from, to }
}

function makeEntry(central: Central, data: Buffer): ZipEntry {
  const { path, method, bytes, crc, mode } = central
  return {
    path,
    isFolder: path.endsWith('/'),
    isExecutable: (mode & 0o111) !== 0,
    bytes,
    read: () => {
      const content = method === STORED ? data : inflate(data, bytes)
      return content !== undefined && content.length === bytes && crc32(content) === crc
        ? { ok: true, bytes: content }
        : malformed(`entry "${path}" is not what its header says`)
    },
  }
}

/** Never more than the directory says: what unpacks to more is no honest archive. */
function inflate(data: Buffer, bytes: number): Buffer | undefined {
  if (bytes === 0) return data.length <= 2 ? Buffer.alloc(0) : undefined
  try {
    return inflateRawSync(data, { maxOutputLength: bytes })
  } catch {
    // Damaged, or longer than it says: the same for whoever asked.
    return undefined
  }
}

function pathFault(path: string): ZipFault | undefined {
  const parts = path.replace(/\/$/, '').split('/')
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path) || path.includes('\\') || parts.includes('..'))
    return { ok: false, rule: 'bundle/escape', explain: `Entry "${path}" leads out of the bundle's folder.` }
  if (parts.some((part) => part === '' || part === '.') || path.includes('\0') || path.length > 1024)
    return malformed(`"${path}" is no path that every unpacker reads the same`)
  return undefined
}

function kindFault({ path, mode }: Central): ZipFault | undefined {
  const kind = mode & 0o170000
  if (kind === 0 || kind === 0o100000 || kind === 0o040000) return undefined
  return {
    ok: false,
    rule: 'bundle/escape',
    explain: `Entry "${path}" is ${kind === 0o120000 ? 'a link' : 'no file or folder'}.`,
  }
}

/** The end record: the last thing in the file, but for its own comment. With two that fit, readers would differ. */
function findEnd(archive: Buffer): number | undefined {
  const lowest = Math.max(0, archive.length - END_BYTES - 0xffff)
  const found: number[] = []
  for (let at = archive.length - END_BYTES; at >= lowest; at--) {
    if (archive.readUInt32LE(at) !== END_SIGNATURE) continue
    const behind = at + END_BYTES
    if (behind === archive.length || behind + archive.readUInt16LE(at + 20) === archive.length) found.push(at)
  }
  return found.length === 1 ? found[0] : undefined
}

/** `mcpb sign` appends its signature to the archive (MCPB, "Signing"). */
function withoutSignature(bytes: Buffer): Buffer {
  if (!bytes.subarray(-SIGNATURE_END.length).equals(SIGNATURE_END)) return bytes
  const start = bytes.lastIndexOf(SIGNATURE_START)
  return start < 0 ? bytes : bytes.subarray(0, start)
}

function malformed(what: string): ZipFault {
  return { ok: false, rule: 'bundle/malformed', explain: `The bundle is no plain archive: ${what}.` }
}
