/**
 * What a token looks like, as a row of parts that is read once from left to right: literals, and runs of one kind of
 * character. There is nothing to try twice, so matching is linear by construction; no regular expression is involved.
 */

/** A run of characters of one set, as many as there are up to `max`; fewer than `min` is no match. */
export interface Run {
  readonly set: Uint8Array
  readonly min: number
  readonly max: number
}

/**
 * The first literal is the anchor: what the automaton looks for. Runs before it are read backwards from it.
 *
 * @example ['ghp_', alnum(36)] // ghp_ and exactly 36 letters and digits
 * @example [digits(8, 10), ':AA', word(33)] // a number, then the anchor `:AA`, then 33 more
 */
export type Shape = readonly (string | Run)[]

/** As much of a token as is read to know it by. A longer one is hidden to its end, once it is known (`tokenEnd`). */
export const MANY = 96
/** The same where something has to follow the run, so that it must be read to its end. */
export const LONG = 512

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const DIGITS = '0123456789'

export const alnum = runOf(UPPER + LOWER + DIGITS)
/** Letters, digits, `-` and `_`: Base64url, and what most tokens are made of. */
export const word = runOf(`${UPPER + LOWER + DIGITS}-_`)
export const dotted = runOf(`${UPPER + LOWER + DIGITS}-_.~`)
export const letters = runOf(UPPER + LOWER)
export const upper = runOf(UPPER + DIGITS)
export const lower = runOf(LOWER + DIGITS)
export const digits = runOf(DIGITS)
export const hex = runOf(`${DIGITS}abcdef`)
export const anyHex = runOf(`${DIGITS}abcdefABCDEF`)
/** Lower-case hex with the hyphens of a UUID. */
export const uuid = runOf(`${DIGITS}abcdef-`)(36)
export const base64 = runOf(`${UPPER + LOWER + DIGITS}+/`)
export const padding = runOf('=')
export const escaped = runOf(`${UPPER + LOWER + DIGITS}%`)

function runOf(characters: string): (min: number, max?: number) => Run {
  const set = new Uint8Array(128)
  for (const character of characters) set[character.charCodeAt(0)] = 1
  return (min, max = min) => ({ set, min, max: Math.max(min, max) })
}

/** The anchor of a shape and how many parts stand before it. */
export function anchorOf(shape: Shape): { readonly anchor: string; readonly at: number } {
  const at = shape.findIndex((part) => typeof part === 'string')
  const anchor = shape[at]
  if (typeof anchor !== 'string') throw new TypeError('a shape without a literal cannot be looked for')
  return { anchor, at }
}

/** Where a shape stands whose anchor begins at `anchorAt`; `undefined` when it is not all there. */
export function matchShape(
  shape: Shape,
  text: string,
  anchorAt: number,
  anchorPart: number,
): readonly [start: number, end: number] | undefined {
  let start = anchorAt
  for (let part = anchorPart - 1; part >= 0; part--) {
    const run = shape[part]
    if (run === undefined || typeof run === 'string') return undefined
    const before = start
    while (before - start < run.max && isIn(run.set, text, start - 1)) start--
    if (before - start < run.min) return undefined
  }
  if (startsInside(text, start)) return undefined
  let end = anchorAt
  let last: Run | undefined
  for (let part = anchorPart; part < shape.length; part++) {
    const one = shape[part]
    if (one === undefined) return undefined
    if (typeof one === 'string') {
      if (!text.startsWith(one, end)) return undefined
      end += one.length
      last = undefined
      continue
    }
    const from = end
    while (end - from < one.max && isIn(one.set, text, end)) end++
    if (end - from < one.min) return undefined
    last = one
  }
  // As many as there must be, and more of the same: something else that only begins like it.
  if (last !== undefined && last.min === last.max && isIn(last.set, text, end)) return undefined
  return [start, end]
}

/**
 * What follows a token belongs to it: it is a long one, or its provider made them longer. Asked only for what is found,
 * so that no character is read again for the next beginning within the same run.
 */
export function tokenEnd(text: string, end: number): number {
  let at = end
  while (isIn(TOKEN, text, at)) at++
  return at
}

const TOKEN = word(1).set
const ALNUM = alnum(1).set

function isIn(set: Uint8Array, text: string, at: number): boolean {
  return set[text.charCodeAt(at)] === 1
}

/**
 * A prefix within a word is no token. But what stands before it may be the end of an escape: `\nghp_...` in JSON within
 * JSON, `%3Dghp_...` in an address.
 */
export function startsInside(text: string, start: number): boolean {
  if (!isIn(ALNUM, text, start - 1)) return false
  if (text.charCodeAt(start - 2) === BACKSLASH) return !'nrtbf'.includes(text.charAt(start - 1))
  if (text.charCodeAt(start - 3) === PERCENT && isIn(HEX, text, start - 1) && isIn(HEX, text, start - 2))
    return false
  return !(text.startsWith('\\u', start - 6) && /^[0-9a-fA-F]{4}$/.test(text.slice(start - 4, start)))
}

const HEX = anyHex(1).set
const BACKSLASH = 0x5c
const PERCENT = 0x25
