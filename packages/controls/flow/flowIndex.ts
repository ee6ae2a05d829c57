import { foldInto, MAX_BYTES, roomFor } from './fold.ts'
import { Followed, GramIndex, LEAST } from './gramIndex.ts'
import { specialValues } from './special.ts'
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
  readonly places: Int32Array
  readonly length: number
}

/** Fewer letters and digits in a row count only where they are hardly words. */
export const MIN_RUN = 12

/** Stretches in common that are looked for in one text, of all sources together. Whoever gets so many has to say that there may be more. */
export const MAX_RUNS = 4096
/** A sampled run of eight begins at most three places after what it is part of; some more where places were left out. */
const MAX_BACK = 16

/** Room for folding that is used again and again. */
export class FoldRoom {
  #bytes = new Uint8Array(4096)
  #places = new Int32Array(4096)

  /** What was folded before with this room is gone. */
  fold(text: string): FoldedText {
    const room = text.length * MAX_BYTES
    if (room > this.#bytes.length) {
      if (room > MAX_ROOM) return foldText(text)
      this.#bytes = new Uint8Array(room * 2)
      this.#places = new Int32Array(room * 2)
    }
    const bytes = this.#bytes
    const places = this.#places
    return { text, bytes, places, length: foldInto(text, bytes, 0, places) }
  }
}
/** What is larger is not kept. */
const MAX_ROOM = 65_536

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

export function foldText(text: string): FoldedText {
  const room = roomFor(text)
  const bytes = new Uint8Array(room)
  const places = new Int32Array(room)
  return { text, bytes, places, length: foldInto(text, bytes, 0, places) }
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
  readonly #followed = new Followed()

  constructor(capacity: number, seed: number) {
    this.#capacity = capacity
    this.#seed = seed
    this.#young = new GramIndex(capacity, seed)
  }

  get bytes(): number {
    return this.#young.bytes + (this.#old?.bytes ?? 0)
  }

  /** Takes in a text whose escapes are undone. */
  take(text: string, source: number, order: number): void {
    const folded = foldText(text)
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
      const isSame = (place: number): boolean => young.stretchAt(place).source === source
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
    if (this.#young.length > 0) this.#gramRuns(this.#young, folded, from, to, runs, most)
    if (this.#old !== undefined) this.#gramRuns(this.#old, folded, from, to, runs, most)
    return runs
  }

  /** Short special values of the text that were seen as such. */
  specialsIn(folded: FoldedText, most = MAX_RUNS): CommonRun[] {
    const runs: CommonRun[] = []
    const young = this.#young
    const old = this.#old
    if (young.length === 0 && old === undefined) return runs
    specialValues(folded.text, (from, to) => {
      const start = placeOf(folded, from)
      const end = placeOf(folded, to)
      if (end - start < 4 || end - start > MAX_SPECIAL || runs.length >= most) return
      for (const index of old === undefined ? [young] : [young, old]) {
        index.specials.find(index.text, folded.bytes, start, end - start, (place) => {
          const { source, order } = index.stretchAt(place)
          runs.push({ start, end, source, order, isSpecial: true })
        })
      }
    })
    return runs
  }

  #gramRuns(
    index: GramIndex,
    folded: FoldedText,
    from: number,
    to: number,
    runs: CommonRun[],
    most: number,
  ): void {
    const { bytes, length } = folded
    const { text } = index
    const followed = this.#followed
    followed.clear()
    let covered: Map<number, number> | undefined
    let budget = length * 16 + 65_536
    index.findGrams(bytes, from, to, length, followed, (at, place) => {
      const first = at
      let start = at
      let behind = place
      while (start > 0 && behind > 0 && first - start < MAX_BACK && bytes[start - 1] === text[behind - 1]) {
        start--
        behind--
      }
      let end = at + 8
      let ahead = place + 8
      const limit = budget > 0 ? length : Math.min(length, end + MIN_RUN)
      while (end < limit && bytes[end] === text[ahead]) {
        end++
        ahead++
      }
      budget -= end - at - 8
      followed.note(place - at, end)
      if (end - start < LEAST || runs.length >= most) return
      const stretch = index.stretchAt(place)
      if ((covered?.get(stretch.source) ?? 0) >= end) return
      covered ??= new Map()
      covered.set(stretch.source, end)
      runs.push({ start, end, source: stretch.source, order: stretch.order, isSpecial: false })
    })
  }

  #turn(): void {
    if (this.#old !== undefined) this.hasForgotten = true
    this.#old = this.#young
    this.#young = new GramIndex(this.#capacity, this.#seed)
  }
}
