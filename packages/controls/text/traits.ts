/*
 * What a text has that a closer look might care for, found in one walk over it: nearly all texts have nothing, and cost
 * no more than this.
 */

/** Anything but printable ASCII, tab, line feed, form feed and CR LF. */
export const BEYOND_ASCII = 1
/** `<`, or a label with a colon behind it. */
export const MARKUP = 2
/** `&`, `%` or a backslash. */
export const ESCAPED = 4
/** White space of 13 characters and more. */
export const WIDE = 8
/** 16 letters, digits and `+/_-` in a row. */
export const LONG_WORD = 16
/** Five words in a row that have one or two characters, or are a byte as `0x61`. */
export const SHORT_WORDS = 32

/** The traits of a text, as the sum of the constants above. */
export function traitsOf(text: string): number {
  let traits = 0
  let white = 0
  let word = 0
  let run = 0
  let shortWords = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const kind = code < 128 ? (KINDS[code] ?? BEYOND) : BEYOND
    if (kind === ALPHANUMERIC) {
      word++
      run++
      white = 0
      if (run === 16) traits |= LONG_WORD
      continue
    }
    if (word > 0) {
      shortWords = word < 3 || (word === 4 && isHexByte(text, at - 4)) ? shortWords + 1 : 0
      if (shortWords === 5) traits |= SHORT_WORDS
      word = 0
    }
    if (kind === JOINER) {
      run++
      white = 0
      if (run === 16) traits |= LONG_WORD
      continue
    }
    run = 0
    if (kind === WHITE) {
      if (++white === 13) traits |= WIDE
      if (code === 13 && text.charCodeAt(at + 1) !== 10) traits |= BEYOND_ASCII
      continue
    }
    white = 0
    if (kind === ESCAPE) traits |= ESCAPED
    else if (kind === ANGLE) traits |= MARKUP
    else if (kind === COLON) {
      if (text.charCodeAt(at - 1) === 0x5d) traits |= MARKUP
    } else if (kind === BEYOND) traits |= BEYOND_ASCII
  }
  return word > 0 && word < 3 && shortWords >= 4 ? traits | SHORT_WORDS : traits
}

/** `0x61`, two letters that are written in four. */
const isHexByte = (text: string, at: number) =>
  text.charCodeAt(at) === 0x30 && (text.charCodeAt(at + 1) | 0x20) === 0x78

const OTHER = 0
const ALPHANUMERIC = 1
const JOINER = 2
const WHITE = 3
const ESCAPE = 4
const ANGLE = 5
const COLON = 6
const BEYOND = 7

const KINDS = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code)
  if (/[A-Za-z0-9]/.test(character)) return ALPHANUMERIC
  if (/[+/_-]/.test(character)) return JOINER
  if (/[ \t\n\f\r]/.test(character)) return WHITE
  if (/[&%\\]/.test(character)) return ESCAPE
  if (character === '<') return ANGLE
  if (character === ':') return COLON
  return code > 0x20 && code < 0x7f ? OTHER : BEYOND
})
