/**
 * One walk over a text for the way of a call: is anything in it that has to be decoded first, and where are the words that no order
 * to a model can do without (`orderWords.ts`)?
 *
 * The loop over the bytes holds what every character needs and nothing more; whatever is rare is a function of its own, since what a
 * loop does seldom makes all of it slow where it stands inside.
 */
import { ALONE, anchorPairs, anchors, anchorTails, FIRST, MARK, pairOf } from './orderWords.ts'
import { isUnspaced } from './words/characters.ts'
import { placeOf, TAIL_CODES } from './words/tailFilter.ts'
import {
  codeAt,
  endOfWord,
  formsOf,
  hashBytes,
  isLetterBeyond,
  leetHash,
  widthOf,
} from './words/wordBytes.ts'

/** What one walk noticed beside its answer; made anew by each. */
export interface Glance {
  /** Where anchors begin, in bytes. */
  readonly anchors: number[]
  /** `<|` or `<<`, with which marks of chat templates begin. */
  marks: boolean
  /** `<`, `[` or `##`, one of which is in all of them, and a word that is in the others. */
  signs: boolean
  markWords: boolean
  brackets: boolean
  /** The word before, when it begins an anchor, and where it stood. */
  first: number
  firstAt: number
}

export function newGlance(): Glance {
  return {
    anchors: [],
    marks: false,
    signs: false,
    markWords: false,
    brackets: false,
    first: 0,
    firstAt: 0,
  }
}

/** `unusual`: only a closer look can tell what it says. `words`: it has to be inspected whatever it says. */
export type Seen = 'usual' | 'unusual' | 'words'

const LONG_RUN = 20
const SHORT_WORDS = 5

const OTHER = 0
const JOINER = 1
/** Looked at closer. */
const SIGN = 2

/** What stands between words. */
const KINDS = Uint8Array.from({ length: 256 }, (_, code) => {
  const character = String.fromCharCode(code)
  if (/[+/_-]/.test(character)) return JOINER
  if (/[\t\n\r]/.test(character)) return OTHER
  return code < 0x20 || code > 0x7e || /[<[#&%\\]/.test(character) ? SIGN : OTHER
})

/** `decoded`: it is a reading of another text, in which nothing is unusual any more. */
export function findAnchors(bytes: Buffer, length: number, decoded: boolean, glance: Glance): Seen {
  reset(glance)
  const { bits } = anchorTails
  const longRun = decoded ? 0x7fffffff : LONG_RUN
  const shortest = decoded ? 0x7fffffff : SHORT_WORDS
  /** The word before begins an anchor. */
  let pending = false
  let run = 0
  let shortWords = 0
  let at = 0
  while (at < length) {
    const byte = bytes[at] as number
    let code = TAIL_CODES[byte] as number
    if (code !== 0) {
      const start = at
      let key = 0
      do {
        key = (key << 5) | code
        code = TAIL_CODES[bytes[++at] as number] as number
      } while (code !== 0)
      let letters = at - start
      const end = bytes[at] as number
      if (end > 0x7f || end === APOSTROPHE) {
        at = endOfWord(bytes, start)
        letters = oddWord(bytes, start, at, decoded, pending, glance)
        if (letters < 0) return 'unusual'
        pending = glance.first !== 0
      } else {
        const place = placeOf(key)
        if (pending || ((bits[place >>> 5] as number) & (1 << (place & 31))) !== 0)
          pending = takeWord(bytes, start, at, glance)
      }
      run += letters
      shortWords = letters < 3 || (letters === 4 && isHexByte(bytes, start)) ? shortWords + 1 : 0
      if (run >= longRun || shortWords >= shortest) return 'unusual'
      continue
    }
    const kind = KINDS[byte] as number
    if (kind === OTHER) {
      run = 0
      at++
    } else if (kind === JOINER) {
      if (++run >= longRun) return 'unusual'
      at++
    } else if (byte > 0x7f && isLetterBeyond(codeAt(bytes, at))) {
      const start = at
      at = endOfWord(bytes, start)
      const letters = oddWord(bytes, start, at, decoded, pending, glance)
      if (letters < 0) return 'unusual'
      pending = glance.first !== 0
      run += letters
      shortWords = letters < 3 ? shortWords + 1 : 0
      if (run >= longRun || shortWords >= shortest) return 'unusual'
    } else {
      run = 0
      const seen = takeSign(bytes, at, decoded, glance)
      if (seen !== 'usual') return seen
      at += widthOf(byte)
    }
  }
  return 'usual'
}

function reset(glance: Glance): void {
  glance.anchors.length = 0
  glance.marks = false
  glance.signs = false
  glance.markWords = false
  glance.brackets = false
  glance.first = 0
}

/** A word of ASCII that may be an anchor, or the second of one. Does it begin one? */
function takeWord(bytes: Uint8Array, start: number, end: number, glance: Glance): boolean {
  const previous = glance.first
  glance.first = 0
  takeForm(hashBytes(bytes, start, end), previous, start, glance)
  const letters = leetHash(bytes, start, end)
  if (letters !== undefined) takeForm(letters, previous, start, glance)
  glance.firstAt = start
  return glance.first !== 0
}

/** A word as it may be read. */
function takeForm(form: number, previous: number, start: number, glance: Glance): void {
  if (previous !== 0 && anchorPairs.of(pairOf(previous, form)) !== 0) glance.anchors.push(glance.firstAt)
  const kind = anchors.of(form)
  if (kind === 0) return
  if ((kind & ALONE) !== 0) glance.anchors.push(start)
  if ((kind & FIRST) !== 0 && glance.first === 0) glance.first = form
  if ((kind & MARK) !== 0) glance.markWords = true
}

/** A word with apostrophes or letters beyond ASCII: how many characters it has, or -1 where only a closer look can tell what it is. */
function oddWord(
  bytes: Buffer,
  start: number,
  end: number,
  decoded: boolean,
  pending: boolean,
  glance: Glance,
): number {
  if (!pending && isPlain(bytes, start, end)) return end - start
  const word = bytes.toString('utf8', start, end)
  // Letters that look like others are put right before they are read.
  if (!decoded && FAR.test(word)) return -1
  const previous = glance.first
  glance.first = 0
  for (const form of formsOf(word)) takeForm(form, previous, start, glance)
  glance.firstAt = start
  return word.length
}

const APOSTROPHE = 0x27
const FAR = /[^\u0020-\u00ff\u2019]/

/** A word of ASCII that is no anchor in any of its forms. */
function isPlain(bytes: Uint8Array, start: number, end: number): boolean {
  let part = 0
  let whole = 0
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number
    if (byte > 0x7f) return false
    if (byte === APOSTROPHE) {
      if (anchorTails.has(part)) return false
      part = 0
      continue
    }
    const code = TAIL_CODES[byte] as number
    part = (part << 5) | code
    whole = (whole << 5) | code
  }
  return !anchorTails.has(part) && !anchorTails.has(whole)
}

/** Between words, what may begin a mark, a comment, an escape, or is no usual character at all. */
function takeSign(bytes: Uint8Array, at: number, decoded: boolean, glance: Glance): Seen {
  const byte = bytes[at] as number
  const next = bytes[at + 1] as number
  switch (byte) {
    case 0x3c:
      glance.signs = true
      if (next === 0x7c || next === 0x3c) glance.marks = true
      // A comment is a text of its own.
      return next === 0x21 && !decoded ? 'unusual' : 'usual'
    case 0x5b:
      glance.signs = true
      glance.brackets = true
      return 'usual'
    case 0x23:
      if (next === 0x23) glance.signs = true
      return 'usual'
    case 0x25:
      return !decoded && isHex(next) && isHex(bytes[at + 2] as number) ? 'unusual' : 'usual'
    case 0x26:
      return !decoded && (next === 0x23 || (next | 0x20) >= 0x61) ? 'unusual' : 'usual'
    case 0x5c:
      return !decoded && isEscape(next) ? 'unusual' : 'usual'
    default: {
      if (byte > 0x7f && isUsual(codeAt(bytes, at))) return 'usual'
      if (!decoded) return 'unusual'
      return byte > 0x7f && isUnspaced(codeAt(bytes, at)) ? 'words' : 'usual'
    }
  }
}

/** Dashes, quotation marks, bullets and dots of the general punctuation are nothing unusual in English text. */
function isUsual(code: number): boolean {
  return (code >= 0x2010 && code <= 0x2027) || code === 0x2192
}

/** `\x41`, `\u0041`, `\101`. */
function isEscape(next: number): boolean {
  return next === 0x75 || next === 0x55 || next === 0x78 || next === 0x58 || (next >= 0x30 && next <= 0x39)
}

/** `0x61`, two letters that are written in four. */
function isHexByte(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x30 && ((bytes[at + 1] as number) | 0x20) === 0x78
}

function isHex(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x66)
}
