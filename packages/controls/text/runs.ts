import { isPrintable, printable } from './decode.ts'
import { type Mapped, Rewriting } from './mapped.ts'

/** A piece of a text that is written in another way, and what it says. */
export interface Run {
  readonly from: number
  readonly to: number
  readonly decoded: string
  /** A stretch of a longer run, the rest of which says nothing: what pictures and programs have in them. */
  readonly part?: boolean
}

/** The decoded run as a text of its own, with its places in the text it stands in. */
export function ofRun(text: string, { from, to, decoded }: Run): Mapped {
  const out = new Rewriting(text)
  out.put(decoded, from, to)
  return out.done()
}

/** Shorter runs say nothing that matters, and words are taken for them. */
const MIN_BYTES = 12
const MAX_RUNS = 64

/** The readable text in runs of Base64, also of its URL form, also where other letters touch it. */
export function* base64Runs(text: string): Generator<Run> {
  let count = 0
  let from = 0
  for (let at = 0; at <= text.length; at++) {
    if (isDigit(text, at)) continue
    if (at - from >= MIN_DIGITS) {
      at = wrappedEnd(text, at)
      for (const run of base64Run(text.slice(from, at), from)) {
        yield run
        if (++count >= MAX_RUNS) return
      }
    }
    from = at + 1
  }
}

const isDigit = (text: string, at: number) => (BASE64_VALUES[text.charCodeAt(at)] ?? -1) >= 0

/** Behind the lines that go on: mail and PEM break Base64 after 64 or 76 characters. The last may be a short one. */
function wrappedEnd(text: string, at: number): number {
  let end = at
  for (;;) {
    LINE.lastIndex = end
    const line = LINE.exec(text)
    if (line === null) return end
    end += line[0].length
    if (line[1] !== undefined) return end
  }
}

const LINE = /\r?\n[ \t]{0,8}(?:[A-Za-z0-9+/_-]{16,}|([A-Za-z0-9+/_-]{2,15})(?==))/y

function* base64Run(run: string, offset: number): Generator<Run> {
  const whole = base64Whole(run)
  if (whole !== undefined) {
    yield { from: offset, to: offset + run.length, decoded: whole }
    return
  }
  // Whatever is glued to the run moves it by up to three characters: a stretch that reads well in one of the four
  // phases is text, wherever it begins.
  const values = new Uint8Array(run.length)
  const places = WHITE.test(run) ? new Uint32Array(run.length) : undefined
  let length = 0
  for (let at = 0; at < run.length; at++) {
    const value = BASE64_VALUES[run.charCodeAt(at)] ?? -1
    if (value < 0) continue
    if (places !== undefined) places[length] = at
    values[length++] = value
  }
  const placeOf = (at: number) => (places === undefined ? at : (places[at] ?? run.length))
  for (let phase = 0; phase < 4; phase++) {
    let start = phase
    for (let at = phase; at + 1 < length; at += 4) {
      const end = Math.min(at + 4, length)
      const isText = isAsciiGroup(values, at, end)
      if (isText && end < length) continue
      const to = isText ? end : at
      if (to - start >= MIN_DIGITS) {
        const decoded = asciiOf(values, start, to)
        if (isPrintable(decoded)) {
          yield { from: offset + placeOf(start), to: offset + placeOf(to - 1) + 1, decoded, part: true }
        }
      }
      start = at + 4
    }
  }
}

const WHITE = /\s/
const MIN_DIGITS = (MIN_BYTES * 4) / 3

/** Are the bytes of one group of up to four digits printable ASCII? */
function isAsciiGroup(values: Uint8Array, at: number, end: number): boolean {
  const second = values[at + 1] ?? 0
  if (ASCII[(((values[at] ?? 0) << 2) | (second >> 4)) & 0xff] !== 1) return false
  if (end - at === 2) return true
  const third = values[at + 2] ?? 0
  if (ASCII[((second << 4) | (third >> 2)) & 0xff] !== 1) return false
  return end - at === 3 || ASCII[((third << 6) | (values[at + 3] ?? 0)) & 0xff] === 1
}

const ASCII = Uint8Array.from({ length: 256 }, (_, byte) =>
  (byte >= 0x20 && byte < 0x7f) || byte === 10 ? 1 : 0,
)

function asciiOf(values: Uint8Array, from: number, to: number): string {
  let text = ''
  let bits = 0
  for (let at = from; at < to; at++) {
    bits = ((bits << 6) | (values[at] ?? 0)) & 0xffffff
    const digit = (at - from) & 3
    if (digit > 0) text += String.fromCharCode((bits >> (6 - 2 * digit)) & 0xff)
  }
  return text
}

/** The run from its first character on, as UTF-8 of any language. */
function base64Whole(run: string): string | undefined {
  const bytes = new Uint8Array(Math.floor((run.length * 3) / 4))
  let length = 0
  let bits = 0
  let digits = 0
  for (let at = 0; at < run.length; at++) {
    const value = BASE64_VALUES[run.charCodeAt(at)] ?? -1
    if (value < 0) continue
    bits = ((bits << 6) | value) & 0xffffff
    digits++
    if (digits % 4 === 1) continue
    const byte = (bits >> (digits % 4 === 2 ? 4 : digits % 4 === 3 ? 2 : 0)) & 0xff
    if (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13) return undefined
    bytes[length++] = byte
  }
  return length < MIN_BYTES ? undefined : printable(bytes.subarray(0, length))
}

const BASE64_VALUES = new Int8Array(128).fill(-1)
for (const alphabet of ['+/', '-_'].map(
  (last) => `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789${last}`,
)) {
  for (let value = 0; value < 64; value++) BASE64_VALUES[alphabet.charCodeAt(value)] = value
}

const HEX = /(?:(?:0x|\\x)?[0-9A-Fa-f]{2}[ ,:;-]{0,2}){8,}[0-9A-Fa-f]?/g
/** A number of eight digits is no message. */
const MIN_HEX_BYTES = 10

/** The readable text in runs of hex digits, with or without something between the bytes. */
export function* hexRuns(text: string): Generator<Run> {
  let count = 0
  for (const match of text.matchAll(HEX)) {
    for (const run of hexRun(match[0], match.index)) {
      yield run
      if (++count >= MAX_RUNS) return
    }
  }
}

function* hexRun(run: string, offset: number): Generator<Run> {
  const places: number[] = []
  for (let at = 0; at < run.length; at++) {
    if (/[xX]/.test(run[at + 1] ?? '')) at++
    else if (HEX_DIGIT.test(run[at] ?? '')) places.push(at)
  }
  const digit = (at: number) => Number.parseInt(run[places[at] ?? 0] ?? '0', 16)
  for (const phase of [0, 1]) {
    const bytes = Uint8Array.from({ length: (places.length - phase) >> 1 }, (_, at) => {
      const first = 2 * at + phase
      return digit(first) * 16 + digit(first + 1)
    })
    const found = (from: number, to: number, decoded: string): Run => ({
      from: offset + (places[2 * from + phase] ?? 0),
      to: offset + (places[2 * to + phase - 1] ?? 0) + 1,
      decoded,
    })
    const whole = bytes.length < MIN_HEX_BYTES ? undefined : printable(bytes)
    if (whole !== undefined) {
      yield found(0, bytes.length, whole)
      return
    }
    // Words and numbers may have been taken for the first bytes or the last.
    for (const [from, to] of asciiStretches(bytes)) {
      const decoded = String.fromCharCode(...bytes.subarray(from, Math.min(to, from + 4096)))
      if (isPrintable(decoded)) yield found(from, Math.min(to, from + 4096), decoded)
    }
  }
}

const HEX_DIGIT = /[0-9A-Fa-f]/

function* asciiStretches(bytes: Uint8Array): Generator<[from: number, to: number]> {
  let from = 0
  for (let at = 0; at <= bytes.length; at++) {
    if (at < bytes.length && ASCII[bytes[at] ?? 0] === 1) continue
    if (at - from >= MIN_HEX_BYTES) yield [from, at]
    from = at + 1
  }
}
