import { COMMON_WORDS, TECHNICAL_WORDS } from './commonWords.ts'

/** What words say that many texts share, letter by letter. */
export interface KnownWords {
  /** For each node, by its number, the node of each letter that goes on from there; none is 0. */
  readonly next: Uint16Array
  /** What the word says that ends at a node; 0 where none does. */
  readonly bits: Float32Array
}

/**
 * The known words letter by letter: looked up where they stand in a text, without being cut out of it, and all that begin at a place
 * at the cost of the longest.
 */
export function knownWords(): KnownWords {
  if (known !== undefined) return known
  const words = [
    ...[...TECHNICAL_WORDS].map((word) => [word, 7] as const),
    ...[...COMMON_WORDS].map((word) => [word, word.length <= 4 ? 2.5 : 4] as const),
  ].filter(([word]) => /^[a-z]{2,}$/.test(word))
  const most = words.reduce((sum, [word]) => sum + word.length, 1)
  const next = new Uint16Array(most * 26)
  const bits = new Float32Array(most)
  let nodes = 1
  for (const [word, says] of words) {
    let node = 0
    for (let index = 0; index < word.length; index++) {
      const slot = node * 26 + word.charCodeAt(index) - 97
      if (next[slot] === 0) next[slot] = nodes++
      node = next[slot] ?? 0
    }
    bits[node] = says
  }
  known = { next: next.slice(0, nodes * 26), bits: bits.slice(0, nodes) }
  return known
}
let known: KnownWords | undefined

/** What the word says that stands at `from..to`, as it is or without one of the commonest endings; 0 where it is not known. */
export function knownBits(units: Uint16Array, from: number, to: number): number {
  const { next, bits } = knownWords()
  const stem = stemEnd(units, from, to)
  let ofStem = 0
  let node = 0
  for (let index = from; index < to; index++) {
    node = next[node * 26 + letterAt(units, index)] ?? 0
    if (node === 0) return ofStem
    if (index + 1 === stem) ofStem = bits[node] ?? 0
  }
  return bits[node] || ofStem
}

/** Where a word ends without one of the commonest endings. */
function stemEnd(units: Uint16Array, from: number, to: number): number {
  const length = to - from
  const last = letterAt(units, to - 1)
  const before = letterAt(units, to - 2)
  if (last === G && before === N && letterAt(units, to - 3) === I && length > 6) return to - 3
  if (last === D && before === E && length > 5) return to - 2
  if (last === Y && before === L && length > 5) return to - 2
  if (last === S) return before === E && length > 5 ? to - 2 : to - 1
  return to
}
const [D, E, G, I, L, N, S, Y] = [3, 4, 6, 8, 11, 13, 18, 24]

/** From 0 for an a, in any case. */
export function letterAt(units: Uint16Array, at: number): number {
  return ((units[at] ?? 0) & 31) - 1
}
