import { boilerplateIndex } from './boilerplate.ts'
import { isPlain } from './characters.ts'
import { type CommonRun, type FlowIndex, type FoldedText, MIN_RUN } from './flowIndex.ts'
import { informationIn, informationOf } from './information.ts'
import { unitsOf } from './units.ts'

/** What a stretch has to say, in bits, to be no chance: among a million characters (20) and some hundred of arguments (9). */
const MIN_BITS = 30
/** Digits and letters that make no words say as much in less. */
const MIN_CODE = 10
const DIGITS = /[0-9].*[0-9]/s
const MIN_DIGITS = 2
/** Nothing that is folded stands before the digits. */
const NINE = 57
const BETWEEN = /[^\p{L}\p{N}]/gu
/** What is looked at of a long stretch to say whether it says anything. */
const MAX_JUDGED = 1024

/** What is more than this counts as not known. */
const MAX_KNOWN = 256

/** What of a text is nobody's: boilerplate, and what the model itself wrote before. */
export class Known {
  readonly #folded: FoldedText
  readonly #own: FlowIndex
  #stretches: readonly CommonRun[] | undefined
  #start = -1
  #end = -1
  #said = false
  #specials: readonly CommonRun[] | undefined

  constructor(folded: FoldedText, own: FlowIndex) {
    this.#folded = folded
    this.#own = own
  }

  /** The part of a run that says something and was not known before the run was seen. */
  part(run: CommonRun): { readonly start: number; readonly end: number } | undefined {
    if (!this.#says(run.start, run.end)) return undefined
    this.#stretches ??= [boilerplateIndex(), this.#own].flatMap((index) =>
      index.runsIn(this.#folded, undefined, MAX_KNOWN),
    )
    let { start, end } = run
    for (const { start: from, end: to, order } of this.#stretches) {
      if (order >= run.order || to <= start || from >= end) continue
      if (from <= start && to >= end) return undefined
      // The longer of what is left on either side goes on being looked at.
      if (from - start >= end - to) end = from
      else start = to
    }
    if (start === run.start && end === run.end) return run
    return this.#says(start, end) ? { start, end } : undefined
  }

  special(run: CommonRun): CommonRun | undefined {
    this.#specials ??= this.#own.specialsIn(this.#folded, MAX_KNOWN)
    const isKnown = this.#specials.some(
      ({ start, end, order }) => start === run.start && end === run.end && order < run.order,
    )
    return isKnown ? undefined : run
  }

  /** The same stretch is often from several sources. */
  #says(start: number, end: number): boolean {
    if (end - start < MIN_CODE) return false
    if (start === this.#start && end === this.#end) return this.#said
    this.#start = start
    this.#end = end
    this.#said = this.#judge(start, end)
    return this.#said
  }

  #judge(start: number, end: number): boolean {
    // Most of what is in common is a short piece of two words.
    if (end - start < MIN_RUN && this.#digitsIn(start, end) < MIN_DIGITS) return false
    const { text, places, length } = this.#folded
    const from = places[start] ?? 0
    const to = (places[end - 1] ?? 0) + 1
    const isCut = {
      start: start > 0 && places[start - 1] === from - 1,
      end: end < length && places[end] === to,
    }
    const most = Math.min(to, from + MAX_JUDGED)
    if (end - start < MIN_RUN && !DIGITS.test(text.slice(from, most))) return false
    const units = unitsOf(text)
    const bits =
      areTogether(units, from, most) || TOGETHER.test(text.slice(from, most))
        ? informationIn(units, from, most, isCut, MIN_BITS)
        : // One by one, with something between them, letters and digits say as much as without.
          informationOf(text.slice(from, most).replace(BETWEEN, ''), isCut, MIN_BITS)
    return bits >= MIN_BITS
  }

  /** As they are compared: those of other scripts that stand for them are among them. */
  #digitsIn(start: number, end: number): number {
    const { bytes } = this.#folded
    let digits = 0
    for (let index = start; index < end; index++) digits += (bytes[index] ?? 0) <= NINE ? 1 : 0
    return digits
  }
}

/** Do two letters or digits of ASCII stand side by side? Nearly always some of the first do. */
function areTogether(units: Uint16Array, from: number, to: number): boolean {
  let before = false
  for (let index = from; index < to; index++) {
    const isHere = isPlain(units[index] ?? 0)
    if (isHere && before) return true
    before = isHere
  }
  return false
}
const TOGETHER = /[\p{L}\p{N}]{2}/u
