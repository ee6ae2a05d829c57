/**
 * Finds records by the index, which it brings up to date first, and reads them from the segments.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { type AuditIndex, openAuditIndex, type RecordLocation } from '../state/auditIndex.ts'
import { catchUpIndex } from './catchUpIndex.ts'
import { INDEX_FILE, segmentPath } from './layout.ts'
import { readFrame } from './record.ts'
import { hasText, mayHaveText, type RecordFilter } from './recordFilter.ts'
import { readRecord, type StoredRecord } from './storedRecord.ts'

export interface FoundRecord {
  /** As it stands in the segment. */
  readonly line: string
  readonly record: StoredRecord
}

/**
 * The newest `limit` records that the filter lets through, the oldest of them first. Throws when the trail cannot be
 * read. Synchronous: for commands.
 *
 * @example queryTrail(dir, { outcome: 'refused', server: 'files' }, 100)
 */
export function queryTrail(dir: string, filter: RecordFilter, limit: number): FoundRecord[] {
  const index = openAuditIndex(join(dir, INDEX_FILE))
  try {
    catchUpIndex(dir, index)
    const found = readFound(dir, index, filter, limit)
    if (found) return found
    // A segment is not the one that was indexed (restored from a backup, or tampered with): all is read anew.
    for (const { chain, segment } of index.segments()) index.drop(chain, segment)
    catchUpIndex(dir, index)
    return readFound(dir, index, filter, limit) ?? []
  } finally {
    index.close()
  }
}

/** `undefined` when a record does not stand where the index says. */
function readFound(
  dir: string,
  index: AuditIndex,
  filter: RecordFilter,
  limit: number,
): FoundRecord[] | undefined {
  const files = new Map<string, number>()
  const found: FoundRecord[] = []
  try {
    for (const location of index.find(filter)) {
      if (found.length >= limit) break
      const path = segmentPath(join(dir, location.chain), location.segment)
      const fd = files.get(path) ?? openSync(path, 'r')
      files.set(path, fd)
      const line = readLine(fd, location)
      const frame = line === undefined ? undefined : readFrame(line)
      if (line === undefined || frame?.seq !== location.seq || frame.chain !== location.chain)
        return undefined
      if (filter.text !== undefined && !mayHaveText(line, filter.text)) continue
      const record = readRecord(line)
      if (record && (filter.text === undefined || hasText(record, filter.text))) found.push({ line, record })
    }
    return found.reverse()
  } finally {
    for (const fd of files.values()) closeSync(fd)
  }
}

function readLine(fd: number, { offset, length }: RecordLocation): string | undefined {
  const buffer = Buffer.allocUnsafe(length + 1)
  const read = readSync(fd, buffer, 0, length + 1, offset)
  return read === length + 1 && buffer[length] === 0x0a ? buffer.toString('latin1', 0, length) : undefined
}
