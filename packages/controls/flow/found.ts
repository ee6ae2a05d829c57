import { Earlier } from './earlier.ts'
import { type FlowIndex, FoldRoom, MAX_RUNS, placeOf } from './flowIndex.ts'
import { Known } from './known.ts'
import type { TextReading } from './readings.ts'
import type { FlowSource, FlowTrace, FlowUndone } from './source.ts'

/** What there is to find, and in what. */
export interface Seen {
  readonly results: FlowIndex
  /** What the model wrote itself. */
  readonly own: FlowIndex
  /** What was shown that has no label. */
  readonly trusted: FlowIndex
  /** The server that the call goes to. */
  readonly sink?: string | undefined
  readonly sources: readonly FlowSource[]
  /** Of each source. */
  readonly maxTraces: number
}

/** What was found, private sources first, and whether that can be all. */
export interface FlowSearch {
  readonly traces: readonly FlowTrace[]
  /** There was more than is looked through: what was not found may be there all the same. */
  readonly isPartial: boolean
}

interface Best {
  readonly trace: FlowTrace
  readonly length: number
}

/**
 * Characters that are read or looked at for one call, so that none holds up others: a quarter of a million of prose, fewer where there is
 * much to decode. A look at any text costs as much as some characters.
 */
const MAX_WORK = 1 << 19
const LOOK_UNITS = 64

const MAX_EXCERPT = 80
const NOTHING: readonly never[] = []
const SPLIT: readonly FlowUndone[] = ['split']

/** One text at a time is looked at. */
const ROOM = new FoldRoom()

/** Collects what is found: the best of each place, for each source on its own, so that none takes the room of another. */
export class Found {
  /** Something was left out. */
  isPartial = false
  #left = MAX_WORK
  readonly #seen: Seen
  readonly #best = new Map<number, Map<string, Best>>()

  constructor(seen: Seen) {
    this.#seen = seen
  }

  /** As much of a text as can still be read and looked at. */
  afford(text: string): string {
    const most = Math.max(0, this.#left >> 1)
    this.#left -= Math.min(text.length, most)
    if (text.length <= most) return text
    this.isPartial = true
    return text.slice(0, most)
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

  search(): FlowSearch {
    const traces = [...this.#best.values()]
      .flatMap((places) => [...places.values()].sort(byNews).slice(0, this.#seen.maxTraces))
      .sort((one, other) => rank(other) - rank(one) || other.length - one.length)
      .map(({ trace }) => trace)
    return { traces, isPartial: this.isPartial }
  }

  #look(
    reading: TextReading,
    sent: string,
    where: (start: number, end: number) => string | undefined,
    more: readonly FlowUndone[],
    cutAt?: number,
  ): void {
    if (this.#left <= 0) {
      this.isPartial = true
      return
    }
    this.#left -= reading.text.length + LOOK_UNITS
    const folded = ROOM.fold(reading.text)
    if (folded.length < 4) return
    const { results } = this.#seen
    const runs = results.runsIn(folded, cutAt === undefined ? undefined : placeOf(folded, cutAt))
    const specials = results.specialsIn(folded, MAX_RUNS, cutAt)
    if (runs.length === 0 && specials.length === 0) return
    if (runs.length >= MAX_RUNS || specials.length >= MAX_RUNS) this.isPartial = true
    const known = new Known(folded, this.#seen.own)
    const all = specials.length === 0 ? runs : specials.concat(runs)
    const earlier = new Earlier(folded, all, this.#seen)
    for (const run of all) {
      const source = this.#seen.sources[run.source]
      if (source === undefined) continue
      const value = run.isSpecial ? known.special(run) : known.part(run)
      if (value === undefined) continue
      const from = folded.places[value.start] ?? 0
      const to = (folded.places[value.end - 1] ?? 0) + 1
      const at = reading.isAsSent ? where(from, to) : where(reading.start, reading.end)
      if (at === undefined) continue
      const isSaidBefore = source.untrusted && earlier.covers(value, run, source)
      // Nothing else is asked of what only a stranger said: it need not be kept.
      if (isSaidBefore && !source.private) continue
      const excerpt = reading.isAsSent ? sent.slice(from, to) : sent.slice(reading.start, reading.end)
      this.#keep(run.source, value.end - value.start, {
        where: at,
        excerpt: cut(excerpt),
        value: cut(reading.text.slice(from, to)),
        source,
        via: [...reading.via, ...more],
        ...(isSaidBefore ? { saidBefore: true as const } : {}),
      })
    }
  }

  #keep(source: number, length: number, trace: FlowTrace): void {
    let places = this.#best.get(source)
    if (places === undefined) {
      places = new Map()
      this.#best.set(source, places)
    }
    // The longer of two that stand at one place, but what was said before does not take the place of what was not.
    const place = trace.saidBefore ? `${trace.where}\n` : trace.where
    const best = places.get(place)
    if (best !== undefined && best.length >= length) return
    // One more place of the same source changes no question.
    if (best === undefined && places.size >= 2 * this.#seen.maxTraces) return
    places.set(place, { trace, length })
  }
}

/** What nobody had said before is not to be crowded out by what somebody had; then the longest. */
function byNews(one: Best, other: Best): number {
  return (
    Number(one.trace.saidBefore ?? false) - Number(other.trace.saidBefore ?? false) ||
    other.length - one.length
  )
}

function rank({ trace }: Best): number {
  return trace.source.private ? 1 : 0
}

function cut(text: string): string {
  return text.length <= MAX_EXCERPT ? text : `${text.slice(0, MAX_EXCERPT - 1).toWellFormed()}\u2026`
}
