import { visible } from '@sallyport/controls/text'
import { type StoredRecord, subjectOf } from './storedRecord.ts'

const MAX_CELL_CHARS = 160

/**
 * A record as one line for people. Nothing in it can move a cursor, hide or reverse text (CWE-117, CWE-150).
 *
 * @example '2026-11-22 17:40:00.123Z  refused     alice  files/delete_file  tools/call  0.4 ms  [limits/rate] ...'
 */
export function printRecord(record: StoredRecord): string {
  const what = record.event ?? record.outcome ?? record.kind
  const cells = [
    record.time.replace('T', ' '),
    cell(what).padEnd(13),
    cell(record.principal === undefined ? '-' : subjectOf(record.principal)).padEnd(8),
    ...targetOf(record),
  ]
  if (record.durationMs !== undefined) cells.push(`${record.durationMs} ms`)
  if (record.rule !== undefined) cells.push(`[${cell(record.rule)}]`)
  if (record.explain !== undefined) cells.push(cell(record.explain))
  for (const [name, value] of Object.entries(record.details ?? {}))
    cells.push(`${cell(name)}=${cell(String(value))}`)
  return cells.join('  ').trimEnd()
}

function targetOf({ server, name, method }: StoredRecord): string[] {
  const target = [server, name].filter((part) => part !== undefined).map(cell)
  return [...(target.length > 0 ? [target.join('/')] : []), ...(method === undefined ? [] : [cell(method)])]
}

function cell(text: string): string {
  const shown = visible(text)
  return shown.length > MAX_CELL_CHARS ? `${shown.slice(0, MAX_CELL_CHARS)}…` : shown
}
