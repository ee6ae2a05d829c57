import { isObject, type JsonValue } from '../json/index.ts'
import { FlowIndex } from './flowIndex.ts'
import type { FlowSearch } from './found.ts'
import { type FlowSource, type FlowTrace, sourceKey } from './source.ts'
import { textsIn } from './textsIn.ts'
import { traceValues } from './trace.ts'
import { unescapeText } from './unescape.ts'

export interface FlowLimits {
  /** All that one conversation keeps, at most. Default 8 MiB: the last one to two million letters and digits. */
  readonly maxBytes?: number
  /** Sources told apart; what comes from more is labelled with its server alone. Default 256. */
  readonly maxSources?: number
  /** A random whole number, so that nobody can prepare texts that crowd each other out of the index. Default 0. */
  readonly seed?: number
}

/** What is kept of a conversation over a restart: labels, never anything that could be told a value from. */
export interface FlowSnapshot {
  readonly sources: readonly FlowSource[]
}

export interface TraceOptions {
  /** Of each source. Default 32, the longest. */
  readonly maxTraces?: number
  /** Names of members that say nothing, for the tool itself declares them. */
  readonly declared?: ReadonlySet<string>
  /** The server that the call goes to: what that had said first, no stranger tells it. */
  readonly sink?: string
}

/** What the model wrote, and what was shown that has no label. */
const OWN = -1
const TRUSTED = -2

interface Waiting {
  /** Index of the source, or `OWN`, or `TRUSTED`. */
  readonly source: number
  readonly order: number
  readonly bytes: number
  readonly body: JsonValue
}

const NO_NAMES: ReadonlySet<string> = new Set()
const NOTHING: FlowSearch = { traces: [], isPartial: false }

/** What the model wrote last, and what was shown last that has no label: as much as waits of each. */
const MAX_OWN_BYTES = 256 * 1024
/** One piece of work takes a few milliseconds. */
const CHUNK_UNITS = 32_768
/** Pieces of work that are done at once where too much waits: half a million characters. */
const MAX_ROUNDS = 16
/** A text is taken in by slices; what stands across the cut is in both. */
const SLICE_UNITS = 16_384
const OVERLAP_UNITS = 128

/**
 * What one conversation has seen that has a label, and whether any of it is in the arguments of a call.
 *
 * `note` keeps a reference and does no more; what was noted is indexed when it is asked for, or piece by piece with `work` when there
 * is time. Bounded: when it is full the older half of the texts is forgotten, the labels stay, and `labels().incomplete` says so.
 *
 * @example
 * const memory = new FlowMemory()
 * memory.note({ server: 'notes', name: 'read_note', kind: 'tool', untrusted: false, private: true, at: 0 }, 'The code is Q7-33-X9-1120.')
 * memory.trace({ body: 'UTctMzMtWDktMTEyMA==' })[0]?.via // ['base64']
 */
export class FlowMemory {
  readonly #maxSources: number
  readonly #maxWaitingBytes: number
  readonly #sources: FlowSource[] = []
  readonly #known = new Map<string, number>()
  readonly #results: FlowIndex
  readonly #own: FlowIndex
  readonly #trusted: FlowIndex
  #waiting: Waiting[] = []
  #waitingBytes = 0
  /** What the model wrote is looked at only when something is searched for: most conversations never come to that. */
  readonly #ownWaiting = new LastOnes(MAX_OWN_BYTES)
  readonly #trustedWaiting = new LastOnes(MAX_OWN_BYTES)
  #working: Generator<number> | undefined
  #workingBytes = 0
  #order = 0
  #incomplete = false
  #labels: FlowLabels | undefined

  constructor(limits: FlowLimits = {}) {
    const maxBytes = limits.maxBytes ?? 8 * 1024 * 1024
    const capacity = 2 ** Math.max(12, Math.floor(Math.log2(maxBytes / 8)))
    const seed = limits.seed ?? 0
    this.#maxSources = limits.maxSources ?? 256
    this.#maxWaitingBytes = Math.max(16_384, Math.floor(maxBytes / 8))
    this.#results = new FlowIndex(capacity, seed)
    this.#own = new FlowIndex(Math.max(4096, capacity / 64), seed)
    this.#trusted = new FlowIndex(Math.max(4096, capacity / 32), seed)
  }

  /** What a conversation has been shown, which must not change any more. Without a label it is not kept. */
  note(source: FlowSource, body: JsonValue): void {
    if (!source.untrusted && !source.private) return
    this.#wait(this.#sourceIndex(source), body)
  }

  /** What the model wrote: what a later result repeats of it is not from there. */
  noteOwn(args: JsonValue): void {
    this.#ownWaiting.push({ source: OWN, order: ++this.#order, bytes: roughBytes(args), body: args })
  }

  /** What was shown that has no label: what a stranger repeats of it later is not the stranger's. */
  noteTrusted(body: JsonValue): void {
    this.#trustedWaiting.push({ source: TRUSTED, order: ++this.#order, bytes: roughBytes(body), body })
  }

  /** Bytes of results that are waiting to be indexed. */
  get pendingBytes(): number {
    return this.#waitingBytes
  }

  /** All that is kept, in bytes: an upper estimate. */
  get bytes(): number {
    return (
      this.#results.bytes +
      this.#own.bytes +
      this.#trusted.bytes +
      this.#waitingBytes +
      this.#ownWaiting.bytes +
      this.#trustedWaiting.bytes +
      this.#sources.length * 512
    )
  }

  /** Indexes for a few milliseconds; says whether there is more to do. `trace` does what is left, so call this before it. */
  work(): boolean {
    let left = CHUNK_UNITS / SLICE_UNITS
    while (left > 0) {
      if (this.#working === undefined) {
        const next = this.#waiting.shift()
        if (next === undefined) return false
        this.#working = this.#take(next)
        this.#workingBytes = next.bytes
      }
      const step = this.#working.next()
      if (step.done === true) {
        this.#working = undefined
        this.#waitingBytes -= this.#workingBytes
        left -= Math.min(1, (this.#workingBytes % (2 * SLICE_UNITS)) / (2 * SLICE_UNITS) + 0.001)
      } else {
        // A character is at least a byte: of a long text, what is left of it counts.
        const taken = Math.min(this.#workingBytes, step.value)
        this.#workingBytes -= taken
        this.#waitingBytes -= taken
        left--
      }
    }
    return this.#working !== undefined || this.#waiting.length > 0
  }

  labels(): FlowLabels {
    const incomplete = this.#incomplete || this.#results.hasForgotten
    if (this.#labels === undefined || this.#labels.incomplete !== incomplete) {
      this.#labels = {
        untrusted: this.#sources.filter(({ untrusted }) => untrusted),
        private: this.#sources.filter((source) => source.private),
        incomplete: incomplete && this.#sources.length > 0,
      }
    }
    return this.#labels
  }

  /** What `search` finds, for whoever needs not know whether that is all. */
  trace(args: JsonValue, options: TraceOptions = {}): readonly FlowTrace[] {
    return this.search(args, options).traces
  }

  /**
   * Which values of labelled results of any source are in these arguments. Indexes first what is waiting, all of it: whoever serves
   * others meanwhile calls `work` until there is no more.
   */
  search(args: JsonValue, options: TraceOptions = {}): FlowSearch {
    if (this.#sources.length === 0) return NOTHING
    for (const last of [this.#ownWaiting, this.#trustedWaiting]) {
      this.#waitingBytes += last.bytes
      this.#waiting.push(...last.take())
    }
    while (this.work()) {
      // All of it: a value that was seen and not found would pass.
    }
    const seen = {
      results: this.#results,
      own: this.#own,
      trusted: this.#trusted,
      sink: options.sink,
      sources: this.#sources,
      maxTraces: options.maxTraces ?? 32,
    }
    return traceValues(args, seen, options.declared ?? NO_NAMES)
  }

  snapshot(): FlowSnapshot {
    return { sources: [...this.#sources] }
  }

  /** Takes over the labels of an earlier life of the conversation, whose values nobody knows any more. */
  restore(snapshot: FlowSnapshot): void {
    for (const source of snapshot.sources) {
      if (!source.untrusted && !source.private) continue
      this.#sourceIndex(source)
      this.#incomplete = true
    }
    this.#labels = undefined
  }

  #sourceIndex(source: FlowSource): number {
    const known = this.#known.get(sourceKey(source))
    if (known !== undefined) return known
    // Where there is no room for one more name, the server stands for it, and at last anything with the same labels.
    if (this.#sources.length >= this.#maxSources && source.name !== '*') {
      return this.#sourceIndex({ ...source, name: '*' })
    }
    if (this.#sources.length >= 2 * this.#maxSources && source.server !== '*') {
      this.#incomplete = true
      return this.#sourceIndex({ ...source, server: '*' })
    }
    this.#labels = undefined
    this.#known.set(sourceKey(source), this.#sources.length)
    return this.#sources.push(source) - 1
  }

  #wait(source: number, body: JsonValue): void {
    const bytes = roughBytes(body)
    this.#waiting.push({ source, order: ++this.#order, bytes, body })
    this.#waitingBytes += bytes
    if (this.#waitingBytes > this.#maxWaitingBytes / 2) this.#catchUp()
  }

  /**
   * Some work now, so that what waits stays bounded; what is too much all the same is forgotten, the oldest first. Of one result that is
   * more than may wait, the beginning is known by then.
   */
  #catchUp(): void {
    this.work()
    for (let round = 1; round < MAX_ROUNDS && this.#waitingBytes > this.#maxWaitingBytes; round++) this.work()
    while (this.#waitingBytes > this.#maxWaitingBytes) {
      const oldest = this.#waiting.shift()
      if (oldest !== undefined) {
        this.#waitingBytes -= oldest.bytes
        if (oldest.source >= 0) this.#incomplete = true
        continue
      }
      this.#working = undefined
      this.#waitingBytes = 0
      this.#incomplete = true
    }
  }

  *#take(waiting: Waiting): Generator<number> {
    const index =
      waiting.source === OWN ? this.#own : waiting.source === TRUSTED ? this.#trusted : this.#results
    // What has no label is all of one source.
    const source = Math.max(0, waiting.source)
    let units = 0
    for (const { text } of textsIn(waiting.body)) {
      for (let from = 0; from < text.length; from += SLICE_UNITS - OVERLAP_UNITS) {
        const slice = text.length <= SLICE_UNITS ? text : text.slice(from, from + SLICE_UNITS)
        index.take(unescapeText(slice), source, waiting.order)
        units += slice.length
        if (units >= SLICE_UNITS) {
          yield units
          units = 0
        }
        if (from + SLICE_UNITS >= text.length) break
      }
    }
  }
}

/**
 * The last ones of what only spares questions, in bounded room: what is forgotten of it is taken for somebody else's who
 * repeats it, and asked about once too often, never too seldom.
 */
class LastOnes {
  bytes = 0
  #all: Waiting[] = []
  readonly #maxBytes: number

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  push(one: Waiting): void {
    this.#all.push(one)
    this.bytes += one.bytes
    while (this.bytes > this.#maxBytes) this.bytes -= this.#all.shift()?.bytes ?? this.bytes
  }

  take(): readonly Waiting[] {
    const all = this.#all
    this.#all = []
    this.bytes = 0
    return all
  }
}

export interface FlowLabels {
  readonly untrusted: readonly FlowSource[]
  readonly private: readonly FlowSource[]
  /** Something was forgotten, or restored without its values: labels stand in for what cannot be found any more. */
  readonly incomplete: boolean
}

/** What a body weighs at most: one or two bytes a character, and something for every part of it. */
function roughBytes(body: JsonValue): number {
  if (typeof body === 'string') return textBytes(body) + 32
  if (typeof body !== 'object' || body === null) return 16
  let bytes = 0
  const waiting: JsonValue[] = [body]
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    bytes += 48
    if (typeof part === 'string') bytes += textBytes(part)
    else if (Array.isArray(part)) for (const item of part) waiting.push(item)
    else if (isObject(part)) {
      for (const name in part) {
        const member = part[name]
        bytes += 2 * name.length
        if (member !== undefined) waiting.push(member)
      }
    }
  }
  return bytes
}

/** Short texts are not looked at: two bytes a character are enough for any. */
function textBytes(text: string): number {
  return text.length < 16_384 || WIDE.test(text) ? 2 * text.length : text.length
}
const WIDE = /[^\0-\u00ff]/
