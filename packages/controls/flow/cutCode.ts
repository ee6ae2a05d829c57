import { MIN_RUN } from './flowIndex.ts'

/** Characters on either side that are looked at. */
const SEEN = 24

/**
 * Could an encoding have been cut in two between these texts? Where there is an escape near the cut, or where what ends here and
 * begins there is of one alphabet and mixed as prose is not.
 */
export function isCutCode(left: string, right: string): boolean {
  const start = Math.max(0, left.length - SEEN)
  const end = Math.min(SEEN, right.length)
  // From the cut on, to either side: whatever is not of an alphabet any more is not of it again.
  let [escapes, before, after] = [0, ALPHABETS, ALPHABETS]
  let [sextets, paired] = [0, 0]
  for (let index = left.length - 1; index >= start; index--) {
    const kind = kindOf(left.charCodeAt(index))
    escapes |= kind
    before &= kind
    sextets += (before >> 1) & 1
    paired += before >> 2
  }
  const [leftSextets, leftPaired] = [sextets, paired]
  for (let index = 0; index < end; index++) {
    const kind = kindOf(right.charCodeAt(index))
    escapes |= kind
    after &= kind
    sextets += (after >> 1) & 1
    paired += after >> 2
  }
  if ((escapes & ESCAPE) !== 0) return true
  return (
    isMixed(left, leftSextets, right, sextets - leftSextets) ||
    isMixed(left, leftPaired, right, paired - leftPaired)
  )
}

function isMixed(left: string, before: number, right: string, after: number): boolean {
  if (before + after < MIN_RUN) return false
  return MIXED.test(left.slice(left.length - before) + right.slice(0, after))
}
/** Digits and capitals within, as prose has not. */
const MIXED = /(?:[0-9]|[a-z][A-Z]).*(?:[0-9]|[a-z][A-Z])/s

function kindOf(code: number): number {
  return code < 128 ? (KINDS[code] ?? 0) : SPACE.test(String.fromCharCode(code)) ? PAIRED : 0
}
const SPACE = /\s/
const ESCAPE = 1
/** Of base64. */
const SEXTET = 2
/** Of hex, with what stands between its pairs. */
const PAIRED = 4
const ALPHABETS = SEXTET | PAIRED
const KINDS: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code)
  return (
    (/[%&\\]/.test(character) ? ESCAPE : 0) |
    (/[A-Za-z0-9+/=_-]/.test(character) ? SEXTET : 0) |
    (/[0-9a-fA-F\s:,-]/.test(character) ? PAIRED : 0)
  )
})
