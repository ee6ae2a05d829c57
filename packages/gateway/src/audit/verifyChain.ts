/**
 * One chain, record by record: is it whole, and is it the one that was signed? Stops at the first record that is wrong.
 */
import type { Checkpoint } from './checkpoint.ts'
import { chainBefore, isOpening } from './opening.ts'
import { FIRST_PREV, isIntact, type RecordFrame, readFrame } from './record.ts'
import { readLines, type SegmentLine } from './segmentReader.ts'
import type { AuditProblem, ChainReport, ProblemReason } from './verifyReport.ts'

/** A segment as it was when the check began: what is written meanwhile is left to the next one. */
export interface SegmentSnapshot {
  readonly number: number
  readonly path: string
  readonly bytes: number
}

export interface ChainResult {
  readonly report: ChainReport
  readonly problem: AuditProblem | undefined
  readonly notes: readonly string[]
  /** Chains that records of this one say were written before it. */
  readonly before: readonly { readonly chain: string; readonly seq: number }[]
}

interface Place {
  readonly segment: number
  readonly line: number
}

/** Versions before 0.1 signed that they went on behind the records with which they did. */
const MOST_OPENING = 3

type Located = Place & { readonly frame: RecordFrame }

/** Checks a chain against its own hashes and the signed checkpoints that name it. */
export function verifyChain(
  chain: string,
  segments: readonly SegmentSnapshot[],
  checkpoints: readonly Checkpoint[],
): ChainResult {
  const walk = new ChainWalk(chain, segments, checkpoints)
  const problem = walk.run()
  const { first, last, records } = walk
  const firstSeq = first?.frame.seq ?? 0
  const lastSeq = last?.frame.seq ?? 0
  const signedSeq = Math.max(0, ...checkpoints.filter(({ seq }) => seq <= lastSeq).map(({ seq }) => seq))
  const unsigned = Math.min(records, lastSeq - signedSeq)
  return {
    report: { chain, segments: segments.length, records, firstSeq, lastSeq, unsigned },
    problem,
    notes: walk.notes,
    before: walk.before,
  }
}

class ChainWalk {
  readonly notes: string[] = []
  readonly before: ChainResult['before'][number][] = []
  first: Located | undefined
  last: Located | undefined
  records = 0
  readonly #chain: string
  readonly #segments: readonly SegmentSnapshot[]
  readonly #checkpoints: readonly Checkpoint[]
  readonly #bySeq = new Map<number, Checkpoint[]>()
  /** Ends with which the chain was closed, and at which no gateway went on. */
  readonly #closedAt = new Map<number, Checkpoint>()
  /** The first record that is not one of those with which a chain is begun. */
  #beyondOpening: Located | undefined
  /** `prev` of the last good record: what a record in its place would have to name. */
  #beforeLast: string | undefined

  constructor(chain: string, segments: readonly SegmentSnapshot[], checkpoints: readonly Checkpoint[]) {
    this.#chain = chain
    this.#segments = segments
    this.#checkpoints = checkpoints
    for (const checkpoint of checkpoints) {
      const others = this.#bySeq.get(checkpoint.seq)
      if (others) others.push(checkpoint)
      else this.#bySeq.set(checkpoint.seq, [checkpoint])
    }
    const opened = checkpoints.filter(({ kind }) => kind === 'open').map(({ seq }) => seq)
    for (const checkpoint of checkpoints) {
      const { kind, seq } = checkpoint
      if (kind === 'close' && !opened.some((at) => at >= seq && at <= seq + MOST_OPENING))
        this.#closedAt.set(seq, checkpoint)
    }
  }

  run(): AuditProblem | undefined {
    for (const [index, segment] of this.#segments.entries()) {
      const before = this.#segments[index - 1]
      if (before && segment.number !== before.number + 1) {
        const missing = `segment ${before.number + 1}${segment.number - before.number > 2 ? ` to ${segment.number - 1}` : ''}`
        return this.#problem(
          'gap',
          { segment: segment.number, line: 1 },
          (this.last?.frame.seq ?? 0) + 1,
          `${missing} is missing`,
        )
      }
      const isLast = index === this.#segments.length - 1
      for (const line of readLines(segment.path, 0, segment.bytes)) {
        const problem = this.#line(line, segment.number, isLast)
        if (problem) return problem
      }
    }
    return this.#end()
  }

  #line(line: SegmentLine, segment: number, isLastSegment: boolean): AuditProblem | undefined {
    const place = { segment, line: line.line }
    const expected = (this.last?.frame.seq ?? 0) + 1
    if (!line.whole) {
      if (!isLastSegment)
        return this.#problem('truncated', place, expected, 'the segment ends within a record')
      this.notes.push(
        `chain ${this.#chain}, segment ${segment}: ${line.text.length} bytes behind the last record were never finished (a crash, or a write in progress)`,
      )
      return undefined
    }
    const frame = readFrame(line.text)
    if (!frame) return this.#problem('edited', place, expected, 'this line is no record')
    if (!isIntact(line.text))
      return this.#problem('edited', place, frame.seq, 'its content does not give its hash')
    if (frame.chain !== this.#chain) {
      return this.#problem('inserted', place, expected, `a record of chain ${frame.chain} stands here`)
    }
    const located = { ...place, frame }
    const problem = this.last ? this.#follows(located, this.last) : this.#startsRightly(located)
    if (problem) return problem
    for (const checkpoint of this.#bySeq.get(frame.seq) ?? []) {
      if (checkpoint.hash !== frame.hash) return this.#rewritten(located, checkpoint)
    }
    const before = chainBefore(line.text)
    if (before !== undefined) this.before.push({ chain: before, seq: frame.seq })
    if (this.#checkpoints.length === 0 && !isOpening(line.text)) this.#beyondOpening ??= located
    const closed = this.#closedAt.get(frame.seq - 1)
    if (closed !== undefined) {
      const explain = `it stands behind record ${closed.seq}, with which the chain was closed (checkpoint of ${closed.time}), and no gateway opened it again`
      return this.#problem('inserted', located, frame.seq, explain)
    }
    this.#beforeLast = this.last?.frame.hash ?? frame.prev
    this.first ??= located
    this.last = located
    this.records += 1
    return undefined
  }

  /** The first record is number 1, or stands right behind what a signed checkpoint says was removed on purpose. */
  #startsRightly(located: Located): AuditProblem | undefined {
    const { frame, segment } = located
    if (frame.seq === 1 && frame.prev === FIRST_PREV && segment === 1) return undefined
    const removed = this.#checkpoints.some(
      ({ kind, seq, hash, segment: last }) =>
        kind === 'retention' && seq === frame.seq - 1 && hash === frame.prev && last === segment - 1,
    )
    if (removed) return undefined
    if (frame.seq === 1) return this.#problem('edited', located, 1, 'the first record does not start a chain')
    const explain = `records 1 to ${frame.seq - 1} are missing, and no retention checkpoint says that they were removed on purpose`
    if (this.#seqLater(1)) return this.#problem('reordered', located, frame.seq, 'record 1 stands further on')
    return this.#problem('removed', located, 1, explain)
  }

  #follows(located: Located, last: Located): AuditProblem | undefined {
    const { frame } = located
    const expected = last.frame.seq + 1
    if (frame.seq === expected && frame.prev === last.frame.hash) return undefined
    if (frame.seq > expected) {
      if (this.#seqLater(expected)) {
        return this.#problem(
          'reordered',
          located,
          frame.seq,
          `record ${expected} should stand here and stands further on`,
        )
      }
      const missing =
        frame.seq - 1 === expected ? `record ${expected} is` : `records ${expected} to ${frame.seq - 1} are`
      return this.#problem('removed', located, expected, `${missing} missing before record ${frame.seq}`)
    }
    const nextPrev = this.#after(located)?.prev
    if (frame.seq === expected) {
      // Either this record names another predecessor, or its predecessor was exchanged: the record behind tells.
      if (nextPrev !== undefined && nextPrev !== frame.hash) {
        return this.#problem('edited', located, frame.seq, 'it was changed: neither neighbour fits it')
      }
      return this.#problem(
        'edited',
        last,
        last.frame.seq,
        'it was changed: the record behind it names another hash',
      )
    }
    if (frame.seq === last.frame.seq && frame.prev === this.#beforeLast && nextPrev === frame.hash) {
      return this.#problem(
        'inserted',
        last,
        last.frame.seq,
        'it does not belong here: the record behind it takes its place',
      )
    }
    return this.#problem(
      'inserted',
      located,
      frame.seq,
      `it stands behind record ${last.frame.seq}, where it does not belong`,
    )
  }

  /** Behind the last record: does a checkpoint name one that is not there? */
  #end(): AuditProblem | undefined {
    const lastSeq = this.last?.frame.seq ?? 0
    let furthest: Checkpoint | undefined
    for (const checkpoint of this.#checkpoints) {
      if (checkpoint.seq > (furthest?.seq ?? lastSeq)) furthest = checkpoint
    }
    const end = {
      segment: this.last?.segment ?? this.#segments.at(-1)?.number ?? 1,
      line: (this.last?.line ?? 0) + 1,
    }
    if (furthest && !(this.records === 0 && this.#isRemoved(furthest.seq))) {
      const explain = `the chain ends here; the checkpoint of ${furthest.time} names record ${furthest.seq} in segment ${furthest.segment}`
      return this.#problem('truncated', end, lastSeq + 1, explain)
    }
    if (this.#beyondOpening !== undefined) {
      return this.#problem(
        'unsigned',
        { segment: this.first?.segment ?? 1, line: 1 },
        1,
        'no checkpoint names this chain: nothing proves it',
      )
    }
    return undefined
  }

  /** Was everything up to this record removed on purpose? */
  #isRemoved(upTo: number): boolean {
    return this.#checkpoints.some(({ kind, seq }) => kind === 'retention' && seq >= upTo)
  }

  #rewritten(located: Located, checkpoint: Checkpoint): AuditProblem {
    const good = this.#checkpoints
      .filter(({ seq }) => seq < checkpoint.seq && seq <= (this.last?.frame.seq ?? 0))
      .reduce((most, { seq }) => Math.max(most, seq), 0)
    const explain = `this record, or one after record ${good}, was changed and the chain computed anew: the checkpoint of ${checkpoint.time} signed another hash`
    return this.#problem('rewritten', located, located.frame.seq, explain)
  }

  /** Is there a record of this number further on? Only asked once something is wrong. */
  #seqLater(seq: number): boolean {
    return this.#some((frame) => frame.seq === seq)
  }

  #some(test: (frame: RecordFrame) => boolean): boolean {
    for (const { path, bytes } of this.#segments) {
      for (const { text } of readLines(path, 0, bytes)) {
        const frame = readFrame(text)
        if (frame && frame.chain === this.#chain && test(frame)) return true
      }
    }
    return false
  }

  /** The record behind one. */
  #after(located: Located): RecordFrame | undefined {
    let found = false
    for (const { number, path, bytes } of this.#segments) {
      if (number < located.segment) continue
      for (const { text, line } of readLines(path, 0, bytes)) {
        if (found) return readFrame(text)
        found = number === located.segment && line === located.line
      }
    }
    return undefined
  }

  #problem(reason: ProblemReason, place: Place, seq: number, explain: string): AuditProblem {
    return { reason, chain: this.#chain, segment: place.segment, line: place.line, seq, explain }
  }
}
