/**
 * A text as bytes of UTF-8, for walks that look at every character: reading a byte takes half the time that reading a character of
 * a string takes. Words of ASCII are read as bytes; whatever else occurs is decoded.
 */
import { hashWord } from './hash.ts'
import { TAIL_CODES } from './tailFilter.ts'

/** Texts are read one at a time, and none is kept. Longer ones get bytes of their own. */
const KEPT = Buffer.alloc(3 * 65_536 + 8)
/** A space behind the last byte, so that no walk over a word asks whether the text ends. */
const SPACE = 0x20

export interface TextBytes {
  readonly bytes: Buffer
  /** A space stands there. */
  readonly length: number
}

/** The bytes are good until the next text is asked for. A lone surrogate is U+FFFD. */
export function bytesOf(text: string): TextBytes {
  const bytes = text.length * 3 < KEPT.length ? KEPT : Buffer.alloc(Buffer.byteLength(text) + 8)
  const length = bytes.write(text, 0)
  bytes[length] = SPACE
  return { bytes, length }
}

const SEED = 0x811c9dc5 | 0
const PRIME = 0x01000193

/** What `hashWord` has for a word of ASCII, in small letters. */
export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = SEED
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number
    hash = Math.imul(hash ^ (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte), PRIME)
  }
  return hash
}

/** The same with its digits as the letters they look like; `undefined` for a word without digits, or with nothing else. */
export function leetHash(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (end - start > LONGEST_WORD) return undefined
  let hash = SEED
  let digits = 0
  for (let at = start; at < end; at++) {
    let byte = bytes[at] as number
    if (byte < 0x3a) {
      digits++
      const letter = TAIL_CODES[byte] as number
      if (letter < 27) byte = letter + 0x60
    }
    hash = Math.imul(hash ^ (byte | 0x20), PRIME)
  }
  return digits === 0 || digits === end - start ? undefined : hash
}

/** No word of ours is longer. */
const LONGEST_WORD = 64

/** The end of a word that begins there and has apostrophes or letters beyond ASCII in it. */
export function endOfWord(bytes: Uint8Array, start: number): number {
  let at = start
  for (;;) {
    const byte = bytes[at] as number
    if (byte < 0x80) {
      if (TAIL_CODES[byte] === 0 && byte !== APOSTROPHE) return at
      at++
    } else {
      const code = codeAt(bytes, at)
      if (code !== TYPOGRAPHIC && !isLetterBeyond(code)) return at
      at += widthOf(byte)
    }
  }
}

const APOSTROPHE = 0x27
const TYPOGRAPHIC = 0x2019

/** A word with apostrophes or accents, as it is read: without apostrophes, and each of its parts. */
export function formsOf(word: string): readonly number[] {
  const lower = word.slice(0, LONGEST_WORD).toLowerCase()
  return [lower.replace(APOSTROPHES, ''), ...lower.split(APOSTROPHES)].map(hashWord)
}

const APOSTROPHES = /['\u2019]/g

/** The code point there; of those beyond the BMP one of a surrogate, which is no letter and nothing usual. */
export function codeAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] as number
  if (lead >= 0xf0) return 0xd800
  const second = (bytes[at + 1] as number) & 0x3f
  if (lead < 0xe0) return ((lead & 0x1f) << 6) | second
  return ((lead & 0x0f) << 12) | (second << 6) | ((bytes[at + 2] as number) & 0x3f)
}

/** How many bytes a character has that begins with this one. */
export function widthOf(lead: number): number {
  return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
}

export function isLetterBeyond(code: number): boolean {
  return code >= 0xc0 && code < 0x2000 && code !== 0xd7 && code !== 0xf7
}
