import { knownBits, knownWords, letterAt } from './knownWords.ts'

/**
 * How much a text says, in bits, roughly: how unlikely it is that two people write it without knowing of each other.
 *
 * Common words and boilerplate say little, one unusual word some, a number or an id a lot. A rough guess is enough: what is asked is
 * whether it can be chance among a million characters (20 bits) times the length of some arguments.
 *
 * @example informationOf('please check the following function') // small
 * @example informationOf('ghp_x8Qm2Lr0Zt') // large
 */
export function informationOf(
  text: string,
  cut: { readonly start: boolean; readonly end: boolean },
  enough = Number.POSITIVE_INFINITY,
): number {
  let bits = 0
  let index = 0
  // The word before.
  let last = 0
  let lastLength = 0
  while (index < text.length && bits < enough) {
    const from = index
    const code = text.charCodeAt(index)
    if (isLetter(code)) {
      while (index < text.length && isLetter(text.charCodeAt(index))) index++
      const isCut = (from === 0 && cut.start) || (index === text.length && cut.end)
      const length = Math.min(index - from, MAX_JOINED)
      if (length > LONGEST_WORD) {
        const says = joinedBits(text.slice(from, from + length))
        bits += isCut ? Math.min(says, length) : says
      } else if (length <= 2 && isPartOfCode(text, from, index)) bits += 4 * length
      else if (length !== lastLength || !isSame(text, last, from, length)) {
        const says = wordBits(text, from, index)
        bits += isCut ? Math.min(says, length) : says
      }
      last = from
      lastLength = length
    } else if (isDigitCode(code)) {
      if (codeAt(text, index + 4) === DASH || codeAt(text, index + 2) === COLON) {
        TIME.lastIndex = index
        const time = TIME.exec(text)
        if (time !== null) {
          bits += TIME_BITS
          index += time[0].length
          continue
        }
      }
      while (index < text.length && isDigitCode(text.charCodeAt(index))) index++
      if (index - from <= 2 && isPartOfCode(text, from, index)) bits += 3 * (index - from)
      else bits += digitBits(text.slice(from, Math.min(index, from + 64)))
    } else {
      index++
      if (code <= 127) continue
      const point = text.codePointAt(index - 1) ?? code
      if (LETTER.test(String.fromCodePoint(point))) bits += NON_ASCII_BITS
      if (point > 0xffff) index++
    }
  }
  return bits
}

const NON_ASCII_BITS = 3
const LETTER = /[\p{L}\p{N}]/u
/** A time is what many results say; two of them agree more often than their digits would. */
const TIME_BITS = 8
const TIME =
  /(?:19|20)\d\d-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?|\d\d:\d\d(?::\d\d)?/y

/** Do digits and letters stand side by side, as in `Q7-33-X9`? */
function isPartOfCode(text: string, from: number, to: number): boolean {
  return isCodeAt(text, from - 1, -1) || isCodeAt(text, to, 1)
}

function isCodeAt(text: string, at: number, step: 1 | -1): boolean {
  const there = codeAt(text, at)
  const joins = there === DASH || there === UNDERSCORE
  const code = joins ? codeAt(text, at + step) : there
  return isDigitCode(code) || (!joins && isLetter(code))
}

/** Are the letters that begin at these places the same, in any case? */
function isSame(text: string, one: number, other: number, length: number): boolean {
  for (let index = 0; index < length; index++) {
    if ((text.charCodeAt(one + index) & 31) !== (text.charCodeAt(other + index) & 31)) return false
  }
  return true
}

/** What a word says that stands at `from..to` in any case. */
function wordBits(text: string, from: number, to: number): number {
  if (to - from <= 2) return 2
  const known = knownBits(text, from, to)
  if (known > 0) return known
  const { bits, isUsual } = pairBits(text, from, to)
  // A word that is built like words is one of some fifty thousand, whatever its length.
  return isUsual ? Math.min(bits, 15) : bits
}

/** Beyond this it is no word but several without spaces: a sentence, or a name as programs have. */
const LONGEST_WORD = 22
const MAX_JOINED = 96

/** What words say that were written without spaces: as they are taken apart by capitals, or else as says least. */
function joinedBits(written: string): number {
  const word = written.toLowerCase()
  let bits = 0
  let from = 0
  for (let index = 1; index <= written.length; index++) {
    const isEnd = index === written.length || (isCapital(written, index) && !isCapital(written, index - 1))
    if (!isEnd) continue
    bits += index - from > LONGEST_WORD ? leastBits(word.slice(from, index)) : wordBits(word, from, index)
    from = index
  }
  return Math.min(bits, pairBits(word, 0, word.length).bits)
}

function isCapital(text: string, index: number): boolean {
  const code = text.charCodeAt(index)
  return code >= 65 && code <= 90
}

/** The least that known words and stretches without any can say of it. */
function leastBits(word: string): number {
  const { next, bits } = knownWords()
  const least = new Float64Array(word.length + 1).fill(Number.POSITIVE_INFINITY)
  least[0] = 0
  let unknown = Number.POSITIVE_INFINITY
  for (let start = 0; start < word.length; start++) {
    const here = Math.min(least[start] ?? 0, unknown)
    least[start] = here
    unknown = Math.min(unknown, here + NEW_WORD_BITS) + UNKNOWN_BITS
    let node = 0
    for (let end = start; end < word.length; end++) {
      node = next[node * 26 + word.charCodeAt(end) - 97] ?? 0
      if (node === 0) break
      const known = bits[node] ?? 0
      if (known > 0) least[end + 1] = Math.min(least[end + 1] ?? 0, here + known)
    }
  }
  return Math.min(least[word.length] ?? 0, unknown)
}
/** A letter of a word that is not known, as others before it have told something of it. */
const UNKNOWN_BITS = 1.4
const NEW_WORD_BITS = 4

function pairBits(
  text: string,
  from: number,
  to: number,
): { readonly bits: number; readonly isUsual: boolean } {
  let bits = 4
  let usual = 0
  let before = letterAt(text, from)
  let beforeThat = -1
  for (let index = from + 1; index < to; index++) {
    const letter = letterAt(text, index)
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

function digitBits(digits: string): number {
  if (digits.length <= 2) return digits.length * 1.5
  if (digits.length === 4 && (digits.startsWith('19') || digits.startsWith('20'))) return 3
  let bits = 3.3
  let before = Number.NaN
  for (let index = 1; index < digits.length; index++) {
    const step = digits.charCodeAt(index) - digits.charCodeAt(index - 1)
    // Counting up, down, or not at all: the next digit was to be expected.
    bits += step === 0 || (step === before && Math.abs(step) === 1) ? 1 : 3.3
    before = step
  }
  return bits
}

/** A number also where nothing is: not to be one is what would cost. */
function codeAt(text: string, at: number): number {
  return at >= 0 && at < text.length ? text.charCodeAt(at) : 0
}
const DASH = 45
const COLON = 58
const UNDERSCORE = 95

function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90)
}

function isDigitCode(code: number): boolean {
  return code >= 48 && code <= 57
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
