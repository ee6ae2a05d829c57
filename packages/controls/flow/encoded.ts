import { MIN_READABLE, READABLE, readableIn, readOn, UNREAD } from './readableBytes.ts'
import { unitsOf } from './units.ts'

/**
 * Texts that hide in base64 (both alphabets, with or without padding, in lines, at any offset of a longer encoded text) and in hex
 * (in pairs with spaces, colons or dashes between them).
 *
 * Nothing has to be recognised as encoded: everything that can be read as such is read, and what comes out as text is kept.
 * Linear: every character is decoded four times as base64 and twice as hex.
 */

export interface DecodedText {
  readonly text: string
  readonly how: 'base64' | 'hex'
  /** Where its encoding stands in the text that was given. */
  readonly start: number
  readonly end: number
}

const MIN_SEXTETS = 12
/** Prose has hardly any capital or digit within its words; base64 of anything has. */
const MIN_MARKS = 2
const MIN_NIBBLES = 2 * MIN_READABLE

const OTHER = 255
const SPACE = 254
const SEXTETS: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code)
  if (/\s/.test(character)) return SPACE
  const value = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.indexOf(character)
  if (value >= 0) return value
  return character === '-' ? 62 : character === '_' ? 63 : OTHER
})
const NIBBLES: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code)
  if (/[\s:,-]/.test(character)) return SPACE
  const value = '0123456789abcdef'.indexOf(character.toLowerCase())
  return value >= 0 ? value : OTHER
})

/** @example decodedTexts('id=c2VjcmV0IGNvZGU=') // [{ text: 'secret code', how: 'base64', start: 3, end: 18 }] */
export function decodedTexts(text: string): readonly DecodedText[] {
  if (text.length < MIN_SEXTETS) return NOTHING
  const found: DecodedText[] = []
  takeSextets(text, found)
  // As programs write numbers; the places stay the same.
  takeNibbles(text.includes('0x') ? text.replace(/0x(?=[0-9a-f]{2})/gi, '  ') : text, found)
  return found
}
const NOTHING: readonly never[] = []

const MARK = 1
const CAPITAL = 2
const SEXTET = 4
/** The sign, of which a mask is made. */
const BREAK = 1 << 31
/** What each character is to base64. */
const KINDS: Int32Array = Int32Array.from(SEXTETS, (value) => {
  if (value >= 64) return value === OTHER ? BREAK : 0
  return SEXTET | (value < 26 ? CAPITAL : value < 52 ? 0 : MARK)
})

/**
 * Decodes every run of base64 that is long and mixed enough. Most texts are prose, in which there is none: so nothing is decided of any
 * character but whether enough is counted where a run ends, which no processor guesses wrong.
 */
function takeSextets(text: string, found: DecodedText[]): void {
  const units = unitsOf(text)
  const { length } = text
  for (let index = 0; index <= length; index++) {
    let from = index
    let marks = 0
    let before = 0
    for (; index < length; index++) {
      const code = units[index] ?? 0
      const kind = code < 128 ? (KINDS[code] ?? 0) : isSpace(code) ? 0 : BREAK
      const breaks = kind >> 31
      if ((marks & breaks) >= MIN_MARKS) break
      marks = (marks + ((kind | ((kind >>> 1) & (before >>> 2))) & MARK)) & ~breaks
      before = kind
      from += (index + 1 - from) & breaks
    }
    if (marks >= MIN_MARKS) base64In(units, from, index, found)
  }
}

/** Decodes every run of hex that is long enough. */
function takeNibbles(text: string, found: DecodedText[]): void {
  const units = unitsOf(text)
  const { length } = text
  for (let index = 0; index + PIECE <= length; index += PIECE) {
    if (!mayBeNibbles(units, index)) continue
    let from = index
    while (from > 0 && valueIn(NIBBLES, units[from - 1]) !== OTHER) from--
    let to = index
    while (to < length && valueIn(NIBBLES, units[to]) !== OTHER) to++
    if (to - from >= MIN_NIBBLES) hexIn(units, from, to, found)
    // Go on behind it.
    index = Math.max(index, to - (to % PIECE))
  }
}
/** A run is over at least one such piece as a whole, as hardly any prose is. */
const PIECE = MIN_NIBBLES / 2

function mayBeNibbles(units: Uint16Array, index: number): boolean {
  const a = units[index] ?? 0
  const b = units[index + 2] ?? 0
  const c = units[index + 4] ?? 0
  const d = units[index + 6] ?? 0
  if ((a | b | c | d) >= 128) return true
  return ((IS_NIBBLE[a] ?? 0) & (IS_NIBBLE[b] ?? 0) & (IS_NIBBLE[c] ?? 0) & (IS_NIBBLE[d] ?? 0)) === 1
}
const IS_NIBBLE: Uint8Array = NIBBLES.map((value) => (value === OTHER ? 0 : 1))

function valueIn(alphabet: Uint8Array, code = 0): number {
  return code < 128 ? (alphabet[code] ?? OTHER) : isSpace(code) ? SPACE : OTHER
}

/** White space outside ASCII, and what has no width. */
function isSpace(code: number): boolean {
  return (
    code === 0xa0 ||
    (code >= 0x2000 && code <= 0x200f) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x3000 ||
    code === 0xfeff
  )
}

/** Room that is used again and again; what is larger is not kept. */
const ROOM = 16_384
const VALUES = new Uint8Array(ROOM)
const PLACES = new Int32Array(ROOM)
const BYTES = new Uint8Array(ROOM)
/** Zeros behind what is to be decoded, so that what is left over at its end is decoded like the rest. */
const BEHIND = 3

/** Characters of an alphabet, white space within them left out. */
interface Run {
  readonly values: Uint8Array
  /** Where in the text each stands. */
  readonly places: Int32Array
  readonly count: number
  /** Room for what they are decoded to. */
  readonly bytes: Uint8Array
}

function runIn(units: Uint16Array, from: number, to: number, alphabet: Uint8Array): Run {
  const size = to - from + BEHIND
  const isLarge = size > ROOM
  const values = isLarge ? new Uint8Array(size) : VALUES
  const places = isLarge ? new Int32Array(size) : PLACES
  let count = 0
  for (let index = from; index < to; index++) {
    const value = valueIn(alphabet, units[index])
    values[count] = value
    places[count] = index
    // One more, but for white space.
    count += 1 - (value >>> 7)
  }
  values.fill(0, count, count + BEHIND)
  return { values, places, count, bytes: isLarge ? new Uint8Array(size) : BYTES }
}

function base64In(units: Uint16Array, from: number, to: number, found: DecodedText[]): void {
  if (to - from < MIN_SEXTETS) return
  const { values, places, count, bytes } = runIn(units, from, to, SEXTETS)
  if (count < MIN_SEXTETS) return
  const readable = readableOffsets(values, count)
  for (let offset = 0; offset < 4; offset++) {
    if ((readable & (1 << offset)) === 0) continue
    const length = ((count - offset) * 3) >> 2
    let at = 0
    for (let index = offset; index < count; index += 4) {
      const quad =
        ((values[index] ?? 0) << 18) |
        ((values[index + 1] ?? 0) << 12) |
        ((values[index + 2] ?? 0) << 6) |
        (values[index + 3] ?? 0)
      bytes[at] = quad >>> 16
      bytes[at + 1] = quad >>> 8
      bytes[at + 2] = quad
      at += 3
    }
    const sextetOf = (byte: number): number => offset + Math.trunc(byte / 3) * 4 + (byte % 3)
    readableIn(bytes, length, ({ bytes: text, first, last }) => {
      found.push({
        text: Buffer.from(text).toString('utf8'),
        how: 'base64',
        start: places[sextetOf(first)] ?? 0,
        end: (places[sextetOf(last) + 1] ?? 0) + 1,
      })
    })
  }
}

/** From which of the first four characters on there may be text in it, as bits: mostly from none. The four take turns. */
function readableOffsets(values: Uint8Array, count: number): number {
  let known = UNREAD
  let second = UNREAD
  let third = UNREAD
  let fourth = UNREAD
  let a = 0
  let b = values[0] ?? 0
  let c = values[1] ?? 0
  let d = values[2] ?? 0
  for (let index = 0; index < count; index++) {
    a = b
    b = c
    c = d
    d = values[index + 3] ?? 0
    let next = readOn(known, (a << 2) | (b >>> 4))
    next = readOn(next, ((b & 15) << 4) | (c >>> 2))
    next = readOn(next, ((c & 3) << 6) | d)
    known = second
    second = third
    third = fourth
    fourth = next
  }
  return bitOf(known, count) | bitOf(second, count + 1) | bitOf(third, count + 2) | bitOf(fourth, count + 3)
}

function bitOf(known: number, turn: number): number {
  return known >= READABLE ? 1 << (turn & 3) : 0
}

function hexIn(units: Uint16Array, from: number, to: number, found: DecodedText[]): void {
  const { values, places, count, bytes } = runIn(units, from, to, NIBBLES)
  if (count < MIN_NIBBLES) return
  for (let offset = 0; offset < 2; offset++) {
    const length = (count - offset) >> 1
    for (let at = 0; at < length; at++) {
      const index = offset + 2 * at
      bytes[at] = ((values[index] ?? 0) << 4) | (values[index + 1] ?? 0)
    }
    readableIn(bytes, length, ({ bytes: text, first, last }) => {
      found.push({
        text: Buffer.from(text).toString('utf8'),
        how: 'hex',
        start: places[offset + 2 * first] ?? 0,
        end: (places[offset + 2 * last + 1] ?? 0) + 1,
      })
    })
  }
}
