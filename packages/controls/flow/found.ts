import { type FlowIndex, FoldRoom, placeOf } from './flowIndex.ts'
import { Known } from './known.ts'
import type { TextReading } from './readings.ts'
import type { FlowSource, FlowTrace, FlowUndone } from './source.ts'

/** What there is to find, and in what. */
export interface Seen {
  readonly results: FlowIndex
  /** What the model wrote itself. */
  readonly own: FlowIndex
  readonly sources: readonly FlowSource[]
  readonly maxTraces: number
}

const MAX_EXCERPT = 80
const NOTHING: readonly never[] = []
const SPLIT: readonly FlowUndone[] = ['split']

/** One text at a time is looked at. */
const ROOM = new FoldRoom()

/** Collects what is found: the best of each place and source. */
export class Found {
  readonly #seen: Seen
  readonly #best = new Map<string, { readonly trace: FlowTrace; readonly length: number }>()

  constructor(seen: Seen) {
    this.#seen = seen
  }

  look(reading: TextReading, sent: string, where: () => string): void {
    this.#look(reading, sent, where, NOTHING)
  }

  /** `unit`, where given, is where in the text the cut is. */
  lookAcross(
    reading: TextReading,
    sent: string,
    crosses: (start: number, end: number) => string | undefined,
    unit?: number,
  ): void {
    this.#look(reading, sent, crosses, SPLIT, unit)
  }

  traces(): FlowTrace[] {
    return [...this.#best.values()]
      .sort((one, other) => other.length - one.length)
      .slice(0, this.#seen.maxTraces)
      .map(({ trace }) => trace)
  }

  #look(
    reading: TextReading,
    sent: string,
    where: (start: number, end: number) => string | undefined,
    more: readonly FlowUndone[],
    cutAt?: number,
  ): void {
    const folded = ROOM.fold(reading.text)
    if (folded.length < 4) return
    const { results } = this.#seen
    const runs = results.runsIn(folded, cutAt === undefined ? undefined : placeOf(folded, cutAt))
    const specials = results.specialsIn(folded)
    if (runs.length === 0 && specials.length === 0) return
    const known = new Known(folded, this.#seen.own)
    for (const run of [...specials, ...runs]) {
      const source = this.#seen.sources[run.source]
      if (source === undefined) continue
      const value = run.isSpecial ? known.special(run) : known.part(run)
      if (value === undefined) continue
      const from = folded.places[value.start] ?? 0
      const to = (folded.places[value.end - 1] ?? 0) + 1
      const at = reading.isAsSent ? where(from, to) : where(reading.start, reading.end)
      if (at === undefined) continue
      const excerpt = reading.isAsSent ? sent.slice(from, to) : sent.slice(reading.start, reading.end)
      this.#keep(value.end - value.start, {
        where: at,
        excerpt: cut(excerpt),
        value: cut(reading.text.slice(from, to)),
        source,
        via: [...reading.via, ...more],
      })
    }
  }

  #keep(length: number, trace: FlowTrace): void {
    const key = `${trace.where}\n${this.#seen.sources.indexOf(trace.source)}`
    const best = this.#best.get(key)
    if (best !== undefined && best.length >= length) return
    if (best === undefined && this.#best.size >= 4 * this.#seen.maxTraces) return
    this.#best.set(key, { trace, length })
  }
}

function cut(text: string): string {
  return text.length <= MAX_EXCERPT ? text : `${text.slice(0, MAX_EXCERPT - 1).toWellFormed()}\u2026`
}
