import type { JsonBudget } from './budget.ts'

/** What one pass over a document's bytes finds outside its strings. */
export interface Survey {
  /** Over the budget for depth, keys, values or the length of a number; the pass ended there. */
  readonly over: boolean
  /** Colons, that is members, duplicates included: `JSON.parse` dropped one where it has fewer. */
  readonly members: number
  /** There is white space between tokens. */
  readonly spaced: boolean
  /** Numbers whose text a double would change: start and end of each, in order. */
  readonly exact: readonly number[]
}

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
const ZERO = 0x30

/**
 * Counts structure in the bytes themselves, whatever they are: it proves nothing about grammar, and says the truth
 * about a document that `JSON.parse` accepts.
 *
 * `latin1` is the same bytes as a string, one unit a byte: its native `indexOf` passes over long strings, and a
 * number's text is cut from it.
 */
export function surveyText(bytes: Uint8Array, latin1: string, budget: JsonBudget): Survey {
  const { maxDepth, maxKeys, maxValues, maxNumberLength } = budget
  const end = bytes.length
  const exact: number[] = []
  let at = 0
  let depth = 0
  let opened = 0
  let members = 0
  let commas = 0
  let spaced = false
  let over = false
  while (at < end && !over) {
    const byte = bytes[at++] ?? 0
    if (byte <= 0x20) {
      spaced = true
      while (bytes[at] === 0x20) at++
    } else if (byte === QUOTE) {
      at = stringEnd(bytes, latin1, at)
    } else if (byte === COMMA) {
      over = ++commas > maxValues
    } else if (byte === COLON) {
      over = ++members > maxKeys
    } else if ((byte | 0x20) === 0x7b) {
      // `{` and `[`
      over = ++depth > maxDepth || ++opened > maxValues
    } else if ((byte | 0x20) === 0x7d) {
      depth--
    } else if (byte < COLON) {
      const start = at - 1
      at = numberEnd(bytes, at)
      if (!keepsText(bytes, latin1, start, at)) exact.push(start, at)
      over = at - start > maxNumberLength
    }
  }
  return { over, members, spaced, exact }
}

/** A short string is quicker to walk than to hand to `indexOf`. */
const SHORT = 24

/** Offset behind the closing quote of the string whose content begins at `from`; the end of the text where none is. */
export function stringEnd(bytes: Uint8Array, latin1: string, from: number): number {
  const near = Math.min(from + SHORT, bytes.length)
  let at = from
  while (at < near) {
    const byte = bytes[at++]
    if (byte === QUOTE) return at
    if (byte === BACKSLASH) at++
  }
  for (;;) {
    const quote = latin1.indexOf('"', at)
    if (quote < 0) return bytes.length
    let before = quote - 1
    while (bytes[before] === BACKSLASH) before--
    at = quote + 1
    // An even number of backslashes before it: they escape each other, not the quote.
    if ((quote - before) % 2 === 1) return at
  }
}

/** Offset behind the characters that a number may go on with. */
export function numberEnd(bytes: Uint8Array, at: number): number {
  let next = at
  for (;;) {
    const byte = bytes[next] ?? 0
    // Digits, then plus, minus, point, e, E.
    if ((byte ^ ZERO) > 9 && byte !== 0x2b && byte !== 0x2d && byte !== 0x2e && (byte | 0x20) !== 0x65)
      return next
    next++
  }
}

/**
 * Would a double, written again as ECMAScript writes it, have this very text?
 *
 * A decimal of up to 15 digits survives a double (IEEE 754: DBL_DIG), so that plain integers and fractions need no
 * conversion: only their form can differ (`-0`, `1.50`, exponents, fractions that ECMAScript writes as `1e-7`).
 */
export function keepsText(bytes: Uint8Array, latin1: string, start: number, end: number): boolean {
  if (end - start > 25) return false
  const negative = bytes[start] === 0x2d
  const first = negative ? start + 1 : start
  let at = first
  while (at < end && ((bytes[at] ?? 0) ^ ZERO) <= 9) at++
  if (at === end && at - first <= 15) return !(negative && bytes[first] === ZERO)
  // Below 0.1 the number of zeros decides whether there is an exponent: left to the conversion.
  const large = bytes[first] !== ZERO || bytes[first + 2] !== ZERO
  if (bytes[at] === 0x2e && end - first <= 16 && bytes[end - 1] !== ZERO && large) {
    at++
    while (at < end && ((bytes[at] ?? 0) ^ ZERO) <= 9) at++
    if (at === end) return true
  }
  const text = latin1.slice(start, end)
  return String(Number(text)) === text
}

/**
 * Can this text, however it is read, hold no more than `maxDepth` levels and `maxKeys` members? Counts brackets and
 * colons natively, inside strings too, and gives up early: the quick answer for a long text in few strings.
 */
export function hasLittleStructure(text: string, budget: JsonBudget): boolean {
  const brackets = countUpTo(text, '[', budget.maxDepth) + countUpTo(text, '{', budget.maxDepth)
  return brackets <= budget.maxDepth && countUpTo(text, ':', budget.maxKeys) <= budget.maxKeys
}

/** Occurrences of one character, counting stops above `limit`. */
function countUpTo(text: string, character: string, limit: number): number {
  let count = 0
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) {
    if (++count > limit) break
  }
  return count
}
