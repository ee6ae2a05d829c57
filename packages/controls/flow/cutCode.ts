import type { Part } from './cuts.ts'
import { MIN_RUN } from './flowIndex.ts'

/** Characters on either side that are looked at. */
const SEEN = 24

/**
 * Could an encoding have been cut in two between these parts? Where there is an escape near the cut, or where what ends here and
 * begins there is of one alphabet and mixed as prose is not.
 */
export function isCutCode(before: Part, after: Part): boolean {
  const left = before.found.text
  const right = after.found.text
  if (before.isEscaped && ESCAPE.test(left.slice(-SEEN))) return true
  if (after.isEscaped && ESCAPE.test(right.slice(0, SEEN))) return true
  return isMixed(left, right, SEXTET) || isMixed(left, right, PAIRED)
}
const ESCAPE = /[%&\\]/

function isMixed(left: string, right: string, alphabet: number): boolean {
  const most = Math.max(0, left.length - SEEN)
  let from = left.length
  while (from > most && isOf(alphabet, left.charCodeAt(from - 1))) from--
  let to = 0
  while (to < right.length && to < SEEN && isOf(alphabet, right.charCodeAt(to))) to++
  if (left.length - from + to < MIN_RUN) return false
  return MIXED.test(left.slice(from) + right.slice(0, to))
}
/** Digits and capitals within, as prose has not. */
const MIXED = /(?:[0-9]|[a-z][A-Z]).*(?:[0-9]|[a-z][A-Z])/s

function isOf(alphabet: number, code: number): boolean {
  return code < 128 ? ((KINDS[code] ?? 0) & alphabet) !== 0 : alphabet === PAIRED && isWideSpace(code)
}

function isWideSpace(code: number): boolean {
  return SPACE.test(String.fromCharCode(code))
}
const SPACE = /\s/
/** Of base64. */
const SEXTET = 1
/** Of hex, with what stands between its pairs. */
const PAIRED = 2
const KINDS: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code)
  return (/[A-Za-z0-9+/=_-]/.test(character) ? SEXTET : 0) | (/[0-9a-fA-F\s:,-]/.test(character) ? PAIRED : 0)
})
