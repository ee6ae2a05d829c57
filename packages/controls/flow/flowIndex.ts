import { CommonRuns } from './commonRuns.ts'
import { foldInto, MAX_BYTES } from './fold.ts'
import { GramIndex, LEAST } from './gramIndex.ts'
import { specialValues, specialValuesAcross } from './special.ts'
import { MAX_SPECIAL } from './specialIndex.ts'

/** A stretch of folded text that also stands in what was seen. */
export interface CommonRun {
  readonly start: number
  readonly end: number
  readonly source: number
  readonly order: number
  /** Found by its form, not by its length. */
  readonly isSpecial: boolean
}

/** A text as it is compared, and which of its units each byte is from. */
export interface FoldedText {
  readonly text: string
  readonly bytes: Uint8Array
  /** The same bytes, four at a time. */
  readonly view: DataView
  readonly places: Int32Array
  readonly length: number
}

/** Fewer letters and digits in a row count only where they are hardly words. */
export const MIN_RUN = 12

/** Stretches in common that are looked for in one text, of all sources together. Whoever gets so many has to say that there may be more. */
export const MAX_RUNS = 4096

/** Room for folding that is used again and again. */
export class FoldRoom {
  #bytes = new Uint8Array(4096)
  #view = new DataView(this.#bytes.buffer)
  #places = new Int32Array(4096)

  /** What was folded before with this room is gone. */
  fold(text: string): FoldedText {
    const room = text.length * MAX_BYTES
    if (room > this.#bytes.length) {
      const size = Math.max(room, Math.min(2 * room, MAX_ROOM))
      const bytes = new Uint8Array(size)
      const places = new Int32Array(size)
      const view = new DataView(bytes.buffer)
      if (size > MAX_ROOM) return { text, bytes, view, places, length: foldInto(text, bytes, places) }
      this.#bytes = bytes
      this.#view = view
      this.#places = places
    }
    const bytes = this.#bytes
    const places = this.#places
    return { text, bytes, view: this.#view, places, length: foldInto(text, bytes, places) }
  }
}
/** What is larger is not kept. */
const MAX_ROOM = 65_536
/** One text at a time is looked for. */
const COMMON = new CommonRuns()
/** What is taken in is folded while something that was folded to be looked for is still in use: boilerplate is. */
const TAKEN = new FoldRoom()

/** The first byte that is from this unit of the text or a later one. */
export function placeOf(folded: FoldedText, unit: number): number {
  let low = 0
  let high = folded.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((folded.places[middle] ?? 0) < unit) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * What was seen, in two generations: when the younger is full, the older is forgotten. So memory is bounded, what is kept is the
 * latest, and nothing has to be taken out piece by piece.
 */
export class FlowIndex {
  /** Something that was taken in is not found any more. */
  hasForgotten = false
  #young: GramIndex
  #old: GramIndex | undefined
  readonly #capacity: number
  readonly #seed: number

  constructor(capacity: number, seed: number) {
    this.#capacity = capacity
    this.#seed = seed
    this.#young = new GramIndex(capacity, seed)
  }

  get bytes(): number {
    return this.#young.bytes + (this.#old?.bytes ?? 0)
  }

  /** Takes in a text whose escapes are undone. Sources are numbered from zero. */
  take(text: string, source: number, order: number): void {
    const folded = TAKEN.fold(text)
    if (folded.length === 0) return
    if (!this.#young.fits(folded.length)) this.#turn()
    const young = this.#young
    young.reserve(folded.length)
    const start = young.length
    young.text.set(folded.bytes.subarray(0, folded.length), start)
    young.take(start + folded.length, source, order)
    specialValues(text, (from, to) => {
      const first = placeOf(folded, from)
      const length = placeOf(folded, to) - first
      if (length < 4 || length > MAX_SPECIAL) return
      const isSame = (place: number): boolean => young.sourceAt(place) === source
      if (!young.specials.take(young.text, start + first, length, isSame)) young.lost++
    })
    if (young.lost > 64 && young.lost > young.length / 400) this.hasForgotten = true
  }

  /**
   * Everything that a text has in common with what was seen. Linear in its length, however often it repeats itself. `across`, where
   * given, is a byte of the folded text: only what reaches over it is looked for.
   */
  runsIn(folded: FoldedText, across?: number, most = MAX_RUNS): CommonRun[] {
    const runs: CommonRun[] = []
    if (folded.length < LEAST) return runs
    // What reaches over it, and not far enough to either side to be found there, begins within eleven of it.
    const from = across === undefined ? 0 : Math.max(0, across - MIN_RUN + 1)
    const to = across === undefined ? folded.length : Math.min(folded.length, across + MIN_RUN - 1)
    if (this.#young.length > 0) COMMON.find(this.#young, folded, from, to, most, runs)
    if (this.#old !== undefined) COMMON.find(this.#old, folded, from, to, most, runs)
    return runs
  }

  /**
   * Short special values of the text that were seen as such. `cut`, where given, is a unit of the text: what does not reach over it
   * may be left out.
   */
  specialsIn(folded: FoldedText, most = MAX_RUNS, cut?: number): CommonRun[] {
    const runs: CommonRun[] = []
    const young = this.#young
    const old = this.#old
    if (young.length === 0 && old === undefined) return runs
    const take = (from: number, to: number): void => {
      const start = placeOf(folded, from)
      const end = placeOf(folded, to)
      if (end - start < 4 || end - start > MAX_SPECIAL || runs.length >= most) return
      for (const index of old === undefined ? [young] : [young, old]) {
        index.specials.find(index.text, folded.bytes, start, end - start, (place) => {
          const stretch = index.stretches.at(place)
          const [source, order] = [index.stretches.sourceOf(stretch), index.stretches.orderOf(stretch)]
          runs.push({ start, end, source, order, isSpecial: true })
        })
      }
    }
    if (cut === undefined) specialValues(folded.text, take)
    else specialValuesAcross(folded.text, cut, take)
    return runs
  }

  #turn(): void {
    if (this.#old !== undefined) this.hasForgotten = true
    this.#old = this.#young
    this.#young = new GramIndex(this.#capacity, this.#seed)
  }
}
