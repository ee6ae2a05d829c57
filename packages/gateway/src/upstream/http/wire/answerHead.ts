/**
 * The head of an answer: its status, how its end is told, and the few headers that anybody asks for.
 */
import type { AnswerFault } from './httpError.ts'

/** The headers that are kept. All others are checked for their form and forgotten: what nobody reads, nobody misreads. */
const KEPT = ['content-encoding', 'content-type', 'mcp-session-id', 'www-authenticate'] as const
type KeptHeader = (typeof KEPT)[number]

/** A header that came twice is a list: which of them counts is for the reader to refuse. */
export type AnswerHeaders = { readonly [name in KeptHeader]?: string | readonly string[] | undefined }

/** How the end of an answer is told. */
export type Framing =
  | { readonly kind: 'empty' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'close' }

export interface AnswerHead {
  readonly status: number
  readonly headers: AnswerHeaders
  readonly framing: Framing
  /** The server will take another request on this connection. */
  readonly isReusable: boolean
  /** How long the server says it keeps an idle connection. */
  readonly keepAliveMs: number | undefined
}

const MAX_FIELDS = 128
const SP = 32
const HTAB = 9
const CR = 13
const COLON = 58
const ZERO = 48
const NINE = 57
/** Fifteen digits are exact in a number. */
const MAX_LENGTH_DIGITS = 15
const EMPTY: Framing = { kind: 'empty' }
const CHUNKED: Framing = { kind: 'chunked' }
const UNTIL_CLOSE: Framing = { kind: 'close' }

/** The lower-case form of each byte that may stand in a header's name (RFC 9110 5.6.2), 0 for all others. */
const TOKEN = new Uint8Array(256)
for (const character of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")
  TOKEN[character.charCodeAt(0)] = character.charCodeAt(0)
for (let upper = 65; upper <= 90; upper++) TOKEN[upper] = upper + 32

/** What each header that we look at is, by the length of its name. */
const KNOWN = [...KEPT, 'connection', 'content-length', 'keep-alive', 'transfer-encoding'] as const
type Known = (typeof KNOWN)[number]
const KNOWN_BY_LENGTH: readonly (readonly { readonly name: Known; readonly bytes: Buffer }[])[] = Array.from(
  { length: 18 },
  (_, length) =>
    KNOWN.filter((name) => name.length === length).map((name) => ({ name, bytes: Buffer.from(name) })),
)

/** What the lines of one head came to. */
interface Fields {
  readonly headers: { [name in KeptHeader]: string | readonly string[] | undefined }
  length: number | undefined
  isChunked: boolean
  isClose: boolean
  keepAliveMs: number | undefined
}

/**
 * Reads the head in `bytes[start, end)`, all of it with the empty line at its end, in which `LineBlock` found nothing wrong.
 * Returns what it says, or why it says nothing certain. Strict where readers have been told apart (response splitting and
 * smuggling: RFC 9112 11): one `Content-Length` of digits alone, no `Transfer-Encoding` but a single `chunked`, never both, no
 * white space before a colon, no folded lines.
 *
 * @example
 * const head = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n')
 * readAnswerHead(head, 0, head.length) // { status: 200, framing: { kind: 'length', bytes: 2 }, ... }
 */
export function readAnswerHead(bytes: Buffer, start: number, end: number): AnswerHead | AnswerFault {
  const status = readStatus(bytes, start)
  if (status === undefined) return 'HTTP_STATUS_LINE'
  const fields = noFields()
  const fault = readFields(bytes, endOfLine(bytes, start) + 2, end - 2, fields)
  if (fault !== undefined) return fault
  const isOld = bytes[start + 7] === ZERO
  const framing = framingOf(status, isOld, fields)
  if (typeof framing === 'string') return framing
  // HTTP/1.0 has no connections that last unless both ask for it, and we do not.
  const isReusable = !isOld && !fields.isClose && framing.kind !== 'close'
  return { status, headers: fields.headers, framing, isReusable, keepAliveMs: fields.keepAliveMs }
}

/** Trailers are checked as headers are, and dropped: `undefined` when nothing is wrong with them. */
export function checkTrailers(bytes: Buffer, start: number, end: number): AnswerFault | undefined {
  const ignored = noFields()
  const fault = readFields(bytes, start, end - 2, ignored)
  if (fault !== undefined) return fault
  // Framing that comes when it is too late to frame by (RFC 9110 6.5.1).
  return ignored.length === undefined && !ignored.isChunked ? undefined : 'HTTP_TWO_FRAMINGS'
}

function noFields(): Fields {
  return {
    headers: {
      'content-encoding': undefined,
      'content-type': undefined,
      'mcp-session-id': undefined,
      'www-authenticate': undefined,
    },
    length: undefined,
    isChunked: false,
    isClose: false,
    keepAliveMs: undefined,
  }
}

/** `HTTP/1.1 200 ...`, or HTTP/1.0; the reason may be missing, with its space or without (RFC 9112 4). */
function readStatus(bytes: Buffer, start: number): number | undefined {
  for (let i = 0; i < VERSION.length; i++) if (bytes[start + i] !== VERSION[i]) return undefined
  const minor = bytes[start + 7]
  if ((minor !== ZERO && minor !== ZERO + 1) || bytes[start + 8] !== SP) return undefined
  let status = 0
  for (let at = start + 9; at < start + 12; at++) {
    const byte = bytes[at] ?? 0
    if (byte < ZERO || byte > NINE) return undefined
    status = status * 10 + byte - ZERO
  }
  const next = bytes[start + 12]
  return status >= 100 && status <= 599 && (next === SP || next === CR) ? status : undefined
}
const VERSION = Buffer.from('HTTP/1.')

function readFields(bytes: Buffer, start: number, end: number, fields: Fields): AnswerFault | undefined {
  let count = 0
  for (let line = start; line < end; ) {
    if (++count > MAX_FIELDS) return 'HTTP_TOO_MANY_FIELDS'
    const first = bytes[line]
    if (first === SP || first === HTAB) return 'HTTP_FOLDED_LINE'
    let colon = line
    while (TOKEN[bytes[colon] ?? 0] !== 0) colon++
    if (colon === line || bytes[colon] !== COLON) return 'HTTP_FIELD_NAME'
    const lineEnd = endOfLine(bytes, colon)
    const name = knownName(bytes, line, colon)
    if (name !== undefined) {
      let from = colon + 1
      let to = lineEnd
      while (from < to && isBlank(bytes[from])) from++
      while (to > from && isBlank(bytes[to - 1])) to--
      const fault = takeField(name, bytes, from, to, fields)
      if (fault !== undefined) return fault
    }
    line = lineEnd + 2
  }
  return undefined
}

function takeField(
  name: Known,
  bytes: Buffer,
  from: number,
  to: number,
  fields: Fields,
): AnswerFault | undefined {
  if (name === 'content-length') {
    // A second one is refused even when it says the same: somebody on the way added it.
    const length = fields.length === undefined ? readLength(bytes, from, to) : undefined
    if (length === undefined) return 'HTTP_CONTENT_LENGTH'
    fields.length = length
    return undefined
  }
  const value = bytes.toString('latin1', from, to)
  if (name === 'transfer-encoding') {
    if (fields.isChunked || value.toLowerCase() !== 'chunked') return 'HTTP_TRANSFER_ENCODING'
    fields.isChunked = true
  } else if (name === 'connection') {
    fields.isClose ||= value.toLowerCase() !== 'keep-alive' && hasOption(value, 'close')
  } else if (name === 'keep-alive') {
    const seconds = /(?:^|[,; \t])timeout=(\d{1,6})(?:$|[,; \t])/i.exec(value)?.[1]
    if (seconds !== undefined) fields.keepAliveMs = Number(seconds) * 1_000
  } else {
    const before = fields.headers[name]
    fields.headers[name] =
      before === undefined ? value : typeof before === 'string' ? [before, value] : [...before, value]
  }
  return undefined
}

/** RFC 9112 6.3, without the cases that it leaves to the reader. */
function framingOf(status: number, isOld: boolean, fields: Fields): Framing | AnswerFault {
  const { length, isChunked } = fields
  if (isChunked && length !== undefined) return 'HTTP_TWO_FRAMINGS'
  if (isChunked && isOld) return 'HTTP_TRANSFER_ENCODING'
  if (status < 200 || status === 204) {
    return isChunked || (length !== undefined && length > 0) ? 'HTTP_FRAMED_WITHOUT_BODY' : EMPTY
  }
  // Its headers are those that another answer would have had.
  if (status === 304) return EMPTY
  if (isChunked) return CHUNKED
  if (length === undefined) return UNTIL_CLOSE
  return length === 0 ? EMPTY : { kind: 'length', bytes: length }
}

function readLength(bytes: Buffer, from: number, to: number): number | undefined {
  if (from === to || to - from > MAX_LENGTH_DIGITS) return undefined
  let length = 0
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0
    if (byte < ZERO || byte > NINE) return undefined
    length = length * 10 + byte - ZERO
  }
  return length
}

/** The name in `bytes[from, to)` if we look at that header, in whatever case it is written. */
function knownName(bytes: Buffer, from: number, to: number): Known | undefined {
  const candidates = KNOWN_BY_LENGTH[to - from]
  if (candidates === undefined) return undefined
  for (const candidate of candidates) if (isName(bytes, from, candidate.bytes)) return candidate.name
  return undefined
}

function isName(bytes: Buffer, from: number, name: Buffer): boolean {
  for (let i = 0; i < name.length; i++) if (TOKEN[bytes[from + i] ?? 0] !== name[i]) return false
  return true
}

/** `LineBlock` has seen to it that there is one. */
function endOfLine(bytes: Buffer, from: number): number {
  let at = from
  while (at < bytes.length && bytes[at] !== CR) at++
  return at
}

function isBlank(byte: number | undefined): boolean {
  return byte === SP || byte === HTAB
}

/** True when a list of options, as `Connection` has them, contains this one. */
function hasOption(list: string, option: string): boolean {
  return list
    .toLowerCase()
    .split(',')
    .some((one) => one.trim() === option)
}
