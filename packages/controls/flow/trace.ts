import type { JsonValue } from '../json/index.ts'
import { boilerplateIndex } from './boilerplate.ts'
import { type CommonRun, type FlowIndex, type FoldedText, FoldRoom, MIN_RUN, placeOf } from './flowIndex.ts'
import { informationOf } from './information.ts'
import { readingsOf, type TextReading } from './readings.ts'
import type { FlowSource, FlowTrace, FlowUndone } from './source.ts'
import { type FoundText, textsIn } from './textsIn.ts'

/** What a stretch has to say, in bits, to be no chance among a million characters. */
const MIN_BITS = 30
/** Digits and letters that make no words say as much in less. */
const MIN_CODE = 10
const DIGITS = /[0-9].*[0-9]/s
const MAX_EXCERPT = 80
/** What is looked at of a long stretch to say whether it says anything. */
const MAX_JUDGED = 1024
/** Parts that do not follow one another are put together as long as there are few. */
const MAX_PARTS = 6
const MANY_PARTS = 64
const SEAM = 32
const NEAR = 20
const MAX_CODE = 1024
const CODE_SEEN = 24

/** Could an encoding have been cut in two here? */
function looksEncoded(left: string, right: string): boolean {
  const end = left.slice(-CODE_SEEN)
  const start = right.slice(0, CODE_SEEN)
  if (ESCAPED.test(end) || ESCAPED.test(start)) return true
  if (isCode((CODE_END.exec(end)?.[0] ?? '') + (CODE_START.exec(start)?.[0] ?? ''))) return true
  return isCode((PAIRS_END.exec(end)?.[0] ?? '') + (PAIRS_START.exec(start)?.[0] ?? ''))
}

function isCode(text: string): boolean {
  return text.length >= MIN_RUN && MIXED.test(text)
}
const ESCAPED = /[%&\\]/
const CODE_END = /[A-Za-z0-9+/=_-]{1,24}$/
const CODE_START = /^[A-Za-z0-9+/=_-]{1,24}/
const PAIRS_END = /[0-9a-fA-F\s:,-]{1,24}$/
const PAIRS_START = /^[0-9a-fA-F\s:,-]{1,24}/
/** Digits and capitals within, as prose has not. */
const MIXED = /(?:[0-9]|[a-z][A-Z]).*(?:[0-9]|[a-z][A-Z])/s

export interface Seen {
  readonly results: FlowIndex
  /** What the model wrote itself. */
  readonly own: FlowIndex
  readonly sources: readonly FlowSource[]
  readonly maxTraces: number
}

/** Which values of what was seen are in these arguments. */
export function traceValues(args: JsonValue, seen: Seen): readonly FlowTrace[] {
  const found = new Found(seen)
  const parts: Part[] = []
  for (const text of textsIn(args, 1)) {
    const readings = readingsOf(text.text)
    parts.push({ found: text, plain: readings[0]?.text ?? '' })
    for (const reading of readings) found.look(reading, text.text, text.where)
  }
  if (parts.length > 1) joined(parts, found)
  return found.traces()
}

interface Part {
  readonly found: FoundText
  readonly plain: string
}

/**
 * Values that were cut in two, wherever the parts went. A value that reaches far into one part is found there, so only what is near
 * the cut is put together; of what may be encoded, more.
 */
function joined(parts: readonly Part[], found: Found): void {
  if (parts.length > MANY_PARTS) {
    chained(parts, found)
    return
  }
  for (let index = 1; index < parts.length; index++) {
    seam(before(parts, index), after(parts, index), found, SEAM)
  }
  if (parts.length > MAX_PARTS) return
  for (const [first, left] of parts.entries()) {
    for (const [second, right] of parts.entries()) {
      if (second !== first && second !== first + 1) seam([left], [right], found, NEAR)
    }
  }
}

/** All parts as one text: of very many, what is cut is found only where they follow one another and nothing has to be decoded. */
function chained(parts: readonly Part[], found: Found): void {
  const starts: number[] = []
  const texts: string[] = []
  let length = 0
  for (const { plain } of parts) {
    starts.push(length)
    texts.push(plain)
    length += plain.length
  }
  const partAt = (unit: number): number => {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= unit) low = middle
      else high = middle - 1
    }
    return low
  }
  const text = texts.join('')
  found.lookAcross({ text, via: [], start: 0, end: length, isAsSent: true }, text, (start, end) => {
    const first = partAt(start)
    return partAt(end - 1) === first ? undefined : (parts[first]?.found.where() ?? '')
  })
}

/** The parts that end where this one begins, as far as a seam reaches. */
function before(parts: readonly Part[], index: number): readonly Part[] {
  let length = 0
  let from = index
  while (from > 0 && length < SEAM) length += parts[--from]?.plain.length ?? 0
  return parts.slice(from, index)
}

function after(parts: readonly Part[], index: number): readonly Part[] {
  let length = 0
  let to = index
  while (to < parts.length && length < SEAM) length += parts[to++]?.plain.length ?? 0
  return parts.slice(index, to)
}

function seam(lefts: readonly Part[], rights: readonly Part[], found: Found, reach: number): void {
  const written = (of: readonly Part[]): string =>
    of.length === 1 ? (of[0]?.found.text ?? '') : of.map((part) => part.found.text).join('')
  const plain = (of: readonly Part[]): string =>
    of.length === 1 ? (of[0]?.plain ?? '') : of.map((part) => part.plain).join('')
  const end = written(lefts)
  const start = written(rights)
  const isCode = looksEncoded(end, start)
  const left = isCode ? end.slice(-MAX_CODE) : plain(lefts).slice(-reach)
  const text = left + (isCode ? start.slice(0, MAX_CODE) : plain(rights).slice(0, reach))
  const where = (): string => {
    // Where the left half begins to matter: the last part of it that has any text.
    const last = lefts.findLast((part) => part.plain !== '') ?? lefts[0]
    return last?.found.where() ?? ''
  }
  const across = (from: number, to: number): string | undefined =>
    from < left.length && to > left.length ? where() : undefined
  if (isCode) for (const reading of readingsOf(text)) found.lookAcross(reading, text, across)
  else
    found.lookAcross(
      { text, via: NOTHING, start: 0, end: text.length, isAsSent: true },
      text,
      across,
      left.length,
    )
}

const NOTHING: readonly never[] = []
const SPLIT: readonly FlowUndone[] = ['split']

/** One text at a time is looked at. */
const ROOM = new FoldRoom()

/** Collects what is found: the best of each place and source. */
class Found {
  readonly #seen: Seen
  readonly #best = new Map<string, { readonly trace: FlowTrace; readonly length: number }>()

  constructor(seen: Seen) {
    this.#seen = seen
  }

  /** Nothing was found so far. */
  get isNews(): boolean {
    return this.#best.size === 0
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

/** What of a text is nobody's: boilerplate, and what the model itself wrote before. */
class Known {
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
    this.#stretches ??= [...boilerplateIndex().runsIn(this.#folded), ...this.#own.runsIn(this.#folded)]
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
    this.#specials ??= this.#own.specialsIn(this.#folded)
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
    const { text, places, length } = this.#folded
    const from = places[start] ?? 0
    const to = (places[end - 1] ?? 0) + 1
    const isCut = {
      start: start > 0 && places[start - 1] === from - 1,
      end: end < length && places[end] === to,
    }
    const says = text.slice(from, Math.min(to, from + MAX_JUDGED))
    if (end - start < MIN_RUN && !DIGITS.test(says)) return false
    return informationOf(says, isCut, MIN_BITS) >= MIN_BITS
  }
}

function cut(text: string): string {
  return text.length <= MAX_EXCERPT ? text : `${text.slice(0, MAX_EXCERPT - 1).toWellFormed()}\u2026`
}
