import { statSync } from 'node:fs'
import { join } from 'node:path'
import { listChains, listSegments } from './layout.ts'
import { readFrame } from './record.ts'
import { matchesFilter, type RecordFilter } from './recordFilter.ts'
import { readLines } from './segmentReader.ts'
import { readRecord } from './storedRecord.ts'

/** A line of the trail, or a place where one should be and is not. */
export type ExportedLine = { readonly line: string } | { readonly damaged: string }

/**
 * All records that the filter lets through, of all chains, by time, exactly as they are stored: each can still be
 * checked by its own hash. Reads a little at a time, however long the trail is.
 */
export function* exportTrail(dir: string, filter: RecordFilter): Generator<ExportedLine> {
  const chains = listChains(dir).map((chain) => chainLines(dir, chain))
  const heads = chains.map((lines) => ({ lines, head: lines.next() }))
  for (;;) {
    let first: (typeof heads)[number] | undefined
    for (const each of heads) {
      if (each.head.done) continue
      if (first === undefined || first.head.done || each.head.value.time < first.head.value.time) first = each
    }
    if (first === undefined || first.head.done) return
    const { time, text, place } = first.head.value
    first.head = first.lines.next()
    if (time === '') {
      yield { damaged: place }
      continue
    }
    const record = readRecord(text)
    if (!record) yield { damaged: place }
    else if (matchesFilter(record, filter)) yield { line: text }
  }
}

/** Lines of one chain with their time; a line that is no record has none, and comes at once. */
function* chainLines(dir: string, chain: string): Generator<{ time: string; text: string; place: string }> {
  for (const { number, path } of listSegments(join(dir, chain))) {
    // As long as it is now: what is written meanwhile belongs to the next export.
    for (const { text, line, whole } of readLines(path, 0, statSync(path).size)) {
      if (!whole) continue
      yield {
        time: readFrame(text)?.time ?? '',
        text,
        place: `chain ${chain}, segment ${number}, line ${line}`,
      }
    }
  }
}
