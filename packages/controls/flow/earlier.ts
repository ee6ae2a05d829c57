import type { CommonRun, FlowIndex, FoldedText } from './flowIndex.ts'
import { informationIn } from './information.ts'
import type { FlowSource } from './source.ts'
import { unitsOf } from './units.ts'

/** What may be left of a value, in bits: a common word that stands beside it, never a digit or a name. */
const MAX_LEFT_BITS = 8
const DIGIT = /\p{N}/u
/** Stretches of what has no label that are looked at; what is more counts as not said. */
const MAX_TRUSTED = 256

/**
 * Who had said it first? A value of a stranger that the server of the call had given out before, or that stands in what is
 * trusted (the files of the person), tells nobody anything: the stranger only repeats it. By order alone, so that nothing a
 * stranger said first becomes somebody else's by being echoed.
 */
export class Earlier {
  readonly #folded: FoldedText
  readonly #runs: readonly CommonRun[]
  readonly #seen: {
    readonly trusted: FlowIndex
    readonly sink?: string | undefined
    readonly sources: readonly FlowSource[]
  }
  #stretches: readonly CommonRun[] | undefined

  constructor(
    folded: FoldedText,
    runs: readonly CommonRun[],
    seen: {
      readonly trusted: FlowIndex
      readonly sink?: string | undefined
      readonly sources: readonly FlowSource[]
    },
  ) {
    this.#folded = folded
    this.#runs = runs
    this.#seen = seen
  }

  /** All of the value, but for what says nothing: one other digit is another account. */
  covers(
    { start, end }: { readonly start: number; readonly end: number },
    { order, isSpecial }: CommonRun,
    source: FlowSource,
  ): boolean {
    const { sink } = this.#seen
    if (source.server === sink) return false
    this.#stretches ??= this.#find()
    let at = start
    let bits = 0
    for (const one of this.#stretches) {
      if (one.order >= order || one.end <= at) continue
      if (one.start >= end) break
      if (one.start > at) {
        // A short value is one as a whole: it is not put together of parts.
        if (isSpecial) return false
        bits += this.#bitsOf(at, one.start)
      }
      at = one.end
      if (at >= end) break
    }
    if (at === start) return false
    if (at < end) {
      if (isSpecial) return false
      bits += this.#bitsOf(at, end)
    }
    return bits <= MAX_LEFT_BITS
  }

  /** From left to right. */
  #find(): readonly CommonRun[] {
    const { trusted, sink, sources } = this.#seen
    const ofSink = sink === undefined ? [] : this.#runs.filter((run) => sources[run.source]?.server === sink)
    return [
      ...ofSink,
      ...trusted.runsIn(this.#folded, undefined, MAX_TRUSTED),
      ...trusted.specialsIn(this.#folded, MAX_TRUSTED),
    ].sort((one, other) => one.start - other.start || other.end - one.end)
  }

  #bitsOf(start: number, end: number): number {
    const { text, places } = this.#folded
    const from = places[start] ?? 0
    const to = (places[end - 1] ?? 0) + 1
    if (DIGIT.test(text.slice(from, to))) return Number.POSITIVE_INFINITY
    return informationIn(unitsOf(text), from, to, WHOLE, 2 * MAX_LEFT_BITS)
  }
}
const WHOLE = { start: false, end: false }
