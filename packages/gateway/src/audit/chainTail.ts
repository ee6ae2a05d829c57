/**
 * Where a chain ends: what a new writer continues from after a stop, a crash or a power loss.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { basename } from 'node:path'
import { listSegments } from './layout.ts'
import { FIRST_PREV, isIntact, MAX_RECORD_BYTES, type RecordFrame, readFrame } from './record.ts'

export interface ChainTail {
  /** The segment to write to; 0 when the chain has none yet. */
  readonly segment: number
  /** Its size up to the end of its last whole record. */
  readonly size: number
  /** Bytes behind that: the beginning of a record whose answer was never sent. */
  readonly tornBytes: number
  /** Of the last record; 0 and `FIRST_PREV` when there is none. */
  readonly seq: number
  readonly hash: string
  /** Time of the segment's first record, if it has one. */
  readonly segmentTime: string | undefined
}

export type ChainTailResult =
  | { readonly ok: true; readonly tail: ChainTail }
  | { readonly ok: false; readonly why: string }

/** Reads the end of a chain. Fails when its last record is not one of ours: then the chain is evidence, and stays. */
export function readChainTail(chainDir: string): ChainTailResult {
  const segments = listSegments(chainDir)
  const last = segments.at(-1)
  if (!last) return { ok: true, tail: emptyTail(0, 0) }
  const end = readSegmentEnd(last.path)
  if (end.last !== undefined) return tailAt(chainDir, last.number, end, end)
  // The last segment has no whole record yet: the one before it knows.
  if (end.size > MAX_RECORD_BYTES) return { ok: false, why: `segment ${last.number} has no line in it` }
  const before = segments.at(-2)
  if (!before) {
    if (last.number !== 1) return { ok: false, why: `segment ${last.number} is empty and none is before it` }
    return { ok: true, tail: emptyTail(1, end.size) }
  }
  const endBefore = readSegmentEnd(before.path)
  if (endBefore.whole !== endBefore.size)
    return { ok: false, why: `segment ${before.number} ends within a record` }
  return tailAt(chainDir, last.number, end, endBefore)
}

/** The last record of a segment that was closed, or `undefined` when it does not end in one. */
export function readLastFrame(segmentPath: string): RecordFrame | undefined {
  const { last } = readSegmentEnd(segmentPath)
  return last !== undefined && isIntact(last) ? readFrame(last) : undefined
}

interface SegmentEnd {
  readonly size: number
  /** Size up to the last line feed. */
  readonly whole: number
  readonly first: string | undefined
  /** The last whole line. */
  readonly last: string | undefined
}

function tailAt(chainDir: string, segment: number, end: SegmentEnd, holder: SegmentEnd): ChainTailResult {
  const frame = holder.last === undefined ? undefined : readFrame(holder.last)
  if (holder.last === undefined || !frame || frame.chain !== basename(chainDir)) {
    return { ok: false, why: 'its last line is no record of it' }
  }
  if (!isIntact(holder.last)) return { ok: false, why: `record ${frame.seq} at its end was altered` }
  const segmentTime = end.first === undefined ? undefined : readFrame(end.first)?.time
  const tornBytes = end.size - end.whole
  return {
    ok: true,
    tail: { segment, size: end.whole, tornBytes, seq: frame.seq, hash: frame.hash, segmentTime },
  }
}

function emptyTail(segment: number, tornBytes: number): ChainTail {
  return { segment, size: 0, tornBytes, seq: 0, hash: FIRST_PREV, segmentTime: undefined }
}

/** Reads both ends of a file; two records fit in what is read of each. */
function readSegmentEnd(path: string): SegmentEnd {
  const fd = openSync(path, 'r')
  try {
    const { size } = fstatSync(fd)
    const head = readPart(fd, 0, Math.min(size, MAX_RECORD_BYTES))
    const start = Math.max(0, size - 2 * MAX_RECORD_BYTES)
    const tail = readPart(fd, start, size - start)
    const lineEnd = tail.lastIndexOf('\n')
    const headEnd = head.indexOf('\n')
    return {
      size,
      whole: lineEnd === -1 ? 0 : start + lineEnd + 1,
      first: headEnd === -1 ? undefined : head.slice(0, headEnd),
      last: lineEnd === -1 ? undefined : tail.slice(tail.lastIndexOf('\n', lineEnd - 1) + 1, lineEnd),
    }
  } finally {
    closeSync(fd)
  }
}

function readPart(fd: number, position: number, length: number): string {
  const buffer = Buffer.alloc(length)
  return buffer.toString('latin1', 0, readSync(fd, buffer, 0, length, position))
}
