import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { AuditIndex, IndexRow } from '../state/auditIndex.ts'
import { listChains, listSegments } from './layout.ts'
import { readLines } from './segmentReader.ts'
import { readRecord, rulesOf, type StoredRecord, subjectOf } from './storedRecord.ts'

/**
 * Brings the index up to what the segments hold now. Segments only grow and go, so only what is new is read.
 */
export function catchUpIndex(dir: string, index: AuditIndex): void {
  const known = new Map(index.segments().map((row) => [`${row.chain}/${row.segment}`, row]))
  for (const chain of listChains(dir)) {
    for (const { number, path } of listSegments(join(dir, chain))) {
      const key = `${chain}/${number}`
      const size = statSync(path).size
      const before = known.get(key)?.bytes ?? 0
      known.delete(key)
      if (before === size) continue
      index.transaction(() => {
        // Shorter than what was read: it is not the segment that was read.
        if (before > size) index.drop(chain, number)
        readInto(index, chain, number, path, before > size ? 0 : before, size)
      })
    }
  }
  for (const { chain, segment } of known.values()) index.drop(chain, segment)
}

function readInto(
  index: AuditIndex,
  chain: string,
  segment: number,
  path: string,
  from: number,
  to: number,
): void {
  const id = index.reach(chain, segment, from)
  let reached = from
  for (const { text, offset, whole } of readLines(path, from, to)) {
    if (!whole) break
    reached = offset + text.length + 1
    const record = readRecord(text)
    // What is no record is for `audit verify` to report.
    if (record) index.add(id, rowOf(record, offset, text.length))
  }
  index.reach(chain, segment, reached)
}

function rowOf(record: StoredRecord, offset: number, length: number): IndexRow {
  const { seq, server, name, principal, outcome, method } = record
  const subject = principal === undefined ? undefined : subjectOf(principal)
  return {
    offset,
    length,
    seq,
    timeMs: Date.parse(record.time),
    server,
    name,
    principal,
    subject,
    outcome,
    method,
    rules: rulesOf(record),
  }
}
