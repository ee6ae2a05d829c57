import { COLON, DASH, isCapital, isDigit, isLetter, UNDERSCORE } from './characters.ts'
import { knownBits, knownWords, letterAt } from './knownWords.ts'

/** Whether the words at the ends of a text go on beyond it. */
export interface Cut {
  readonly start: boolean
  readonly end: boolean
}

/**
 * How much a text says, in bits, roughly: how unlikely it is that two people write it without knowing of each other.
 *
 * Common words and boilerplate say little, one unusual word some, a number or an id a lot. A rough guess is enough: what is asked is
 * whether it can be chance among a million characters (20 bits) times the length of some arguments.
 *
 * @example informationOf('please check the following function', { start: false, end: false }) // small
 * @example informationOf('ghp_x8Qm2Lr0Zt', { start: false, end: false }) // large
 */
export function informationOf(text: string, cut: Cut, enough = Number.POSITIVE_INFINITY): number {
  const units = new Uint16Array(text.length)
  for (let index = 0; index < text.length; index++) units[index] = text.charCodeAt(index)
  return informationIn(units, 0, text.length, cut, enough)
}

/** The same, of what stands at `start..end` among the units of a text; what is `enough` need not be exceeded. */
export function informationIn(
  units: Uint16Array,
  start: number,
  end: number,
  cut: Cut,
  enough: number,
): number {
  let bits = 0
  let index = start
  // The word before.
  let last = start
  let lastLength = 0
  while (index < end && bits < enough) {
    const from = index
    const code = units[index] ?? 0
    if (isLetter(code)) {
      while (index < end && isLetter(units[index] ?? 0)) index++
      const isCut = (from === start && cut.start) || (index === end && cut.end)
      const length = Math.min(index - from, MAX_JOINED)
      if (length > LONGEST_WORD) {
        const says = joinedBits(units, from, from + length)
        bits += isCut ? Math.min(says, length) : says
      } else if (length <= 2 && isPartOfCode(units, from, index, start, end)) bits += 4 * length
      else if (length !== lastLength || !isSame(units, last, from, length)) {
        const says = wordBits(units, from, index)
        bits += isCut ? Math.min(says, length) : says
      }
      last = from
      lastLength = length
    } else if (isDigit(code)) {
      const time = timeAt(units, index, end)
      if (time > 0) {
        bits += TIME_BITS
        index += time
        continue
      }
      while (index < end && isDigit(units[index] ?? 0)) index++
      if (index - from <= 2 && isPartOfCode(units, from, index, start, end)) bits += 3 * (index - from)
      else bits += digitBits(units, from, Math.min(index, from + 64))
    } else {
      index++
      if (code <= 127) continue
      const low = index < end ? (units[index] ?? 0) : 0
      const isPair = (code & 0xfc00) === 0xd800 && (low & 0xfc00) === 0xdc00
      if (LETTER.test(isPair ? String.fromCharCode(code, low) : String.fromCharCode(code)))
        bits += NON_ASCII_BITS
      if (isPair) index++
    }
  }
  return bits
}

const NON_ASCII_BITS = 3
const LETTER = /[\p{L}\p{N}]/u
/** A time is what many results say; two of them agree more often than their digits would. */
const TIME_BITS = 8
const TIME =
  /^(?:(?:19|20)\d\d-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?|\d\d:\d\d(?::\d\d)?)/
/** Of the longest. */
const TIME_UNITS = 36

/** How long the time is that stands here; 0 where none does. */
function timeAt(units: Uint16Array, index: number, end: number): number {
  const mayBe =
    (index + 4 < end && units[index + 4] === DASH) || (index + 2 < end && units[index + 2] === COLON)
  if (!mayBe) return 0
  const written = String.fromCharCode(...units.subarray(index, Math.min(end, index + TIME_UNITS)))
  return TIME.exec(written)?.[0].length ?? 0
}

/** Do digits and letters stand side by side, as in `Q7-33-X9`? */
function isPartOfCode(units: Uint16Array, from: number, to: number, start: number, end: number): boolean {
  return isCodeAt(units, from - 1, -1, start, end) || isCodeAt(units, to, 1, start, end)
}

function isCodeAt(units: Uint16Array, at: number, step: 1 | -1, start: number, end: number): boolean {
  if (at < start || at >= end) return false
  const there = units[at] ?? 0
  if (there !== DASH && there !== UNDERSCORE) return isDigit(there) || isLetter(there)
  return at + step >= start && at + step < end && isDigit(units[at + step] ?? 0)
}
/** Are the letters that begin at these places the same, in any case? */
function isSame(units: Uint16Array, one: number, other: number, length: number): boolean {
  for (let index = 0; index < length; index++) {
    if (letterAt(units, one + index) !== letterAt(units, other + index)) return false
  }
  return true
}

/** What a word says that stands at `from..to` in any case. */
function wordBits(units: Uint16Array, from: number, to: number): number {
  if (to - from <= 2) return 2
  const known = knownBits(units, from, to)
  if (known > 0) return known
  const { bits, isUsual } = pairBits(units, from, to)
  // A word that is built like words is one of some fifty thousand, whatever its length.
  return isUsual ? Math.min(bits, 15) : bits
}

/** Beyond this it is no word but several without spaces: a sentence, or a name as programs have. */
const LONGEST_WORD = 22
const MAX_JOINED = 96

/** What words say that were written without spaces: as they are taken apart by capitals, or else as says least. */
function joinedBits(units: Uint16Array, start: number, end: number): number {
  let bits = 0
  let from = start
  for (let index = start + 1; index <= end; index++) {
    const isEnd = index === end || (isCapital(units[index] ?? 0) && !isCapital(units[index - 1] ?? 0))
    if (!isEnd) continue
    bits += index - from > LONGEST_WORD ? leastBits(units, from, index) : wordBits(units, from, index)
    from = index
  }
  return Math.min(bits, pairBits(units, start, end).bits)
}

/** The least that known words and stretches without any can say of it. */
function leastBits(units: Uint16Array, from: number, to: number): number {
  const { next, bits } = knownWords()
  const length = to - from
  const least = new Float64Array(length + 1).fill(Number.POSITIVE_INFINITY)
  least[0] = 0
  let unknown = Number.POSITIVE_INFINITY
  for (let start = 0; start < length; start++) {
    const here = Math.min(least[start] ?? 0, unknown)
    least[start] = here
    unknown = Math.min(unknown, here + NEW_WORD_BITS) + UNKNOWN_BITS
    let node = 0
    for (let end = start; end < length; end++) {
      node = next[node * 26 + letterAt(units, from + end)] ?? 0
      if (node === 0) break
      const known = bits[node] ?? 0
      if (known > 0) least[end + 1] = Math.min(least[end + 1] ?? 0, here + known)
    }
  }
  return Math.min(least[length] ?? 0, unknown)
}
/** A letter of a word that is not known, as others before it have told something of it. */
const UNKNOWN_BITS = 1.4
const NEW_WORD_BITS = 4

function pairBits(
  units: Uint16Array,
  from: number,
  to: number,
): { readonly bits: number; readonly isUsual: boolean } {
  let bits = 4
  let usual = 0
  let before = letterAt(units, from)
  let beforeThat = -1
  for (let index = from + 1; index < to; index++) {
    const letter = letterAt(units, index)
    const isThird = letter === before && letter === beforeThat
    if (!isThird) {
      const isUsual = USUAL_PAIRS[before * 26 + letter] === 1
      if (isUsual) usual++
      bits += isUsual ? 2 : 4.5
    }
    beforeThat = before
    before = letter
  }
  return { bits, isUsual: usual >= (to - from - 1) * 0.65 }
}

function digitBits(units: Uint16Array, from: number, to: number): number {
  const length = to - from
  if (length <= 2) return length * 1.5
  const [first, second] = [units[from] ?? 0, units[from + 1] ?? 0]
  // A year.
  if (length === 4 && ((first === 49 && second === 57) || (first === 50 && second === 48))) return 3
  let bits = 3.3
  let before = Number.NaN
  for (let index = from + 1; index < to; index++) {
    const step = (units[index] ?? 0) - (units[index - 1] ?? 0)
    // Counting up, down, or not at all: the next digit was to be expected.
    bits += step === 0 || (step === before && Math.abs(step) === 1) ? 1 : 3.3
    before = step
  }
  return bits
}

/** Pairs of letters that make up most of English and of the languages near it. */
const USUAL_PAIRS: Uint8Array = pairsOf(
  'th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro ic ne ea ra ce li ch ll be ma si om ur ca el ta la ns di fo ho pe ec pr no ct us ac ot il tr ly nc et ut ss so rs un lo wa ge ie wh ee wi em ad ol rt po we na ul ni ts mo ow pa im mi ai sh ir su id os iv ia am fi ci vi pl ig tu ev ld ry mp fe bl ab gh ty op wo sa ay ex ke fr oo av ag if ap gr od bo sp rd do uc bu ei ov by rm ep tt oc fa ef cu rn sc gi da yo cr cl du ga qu ue ff ba ey ls va um pp ua up lu go ht ru ug ds lt pi rc rr eg au ck ew mu br bi pt ak pu ui rg ib tl ny ki rk ys ob mm fu ph og ms ye ud mb ip ub oi rl gu dr hr cc tw ft wn nu af hu nn eo vo rv nf xp gn sm fl iz ok nl my gl aw ju oa eq sy sl ps jo lf nv je nk kn gs dy hy ze ks xt bs ik dd pt xi iq za',
)

function pairsOf(text: string): Uint8Array {
  const known = new Uint8Array(26 * 26)
  for (const pair of text.split(' ')) known[(pair.charCodeAt(0) - 97) * 26 + pair.charCodeAt(1) - 97] = 1
  return known
}
