import { parseJson } from '@sallyport/controls/json'
import { MAX_RECORD_BYTES } from '../audit/record.ts'
import { readRecord, type StoredRecord } from '../audit/storedRecord.ts'

/** Whatever fits in a record was let through once: no bound but its own. */
const BUDGET = {
  maxBytes: MAX_RECORD_BYTES,
  maxDepth: 1000,
  maxKeys: MAX_RECORD_BYTES,
  maxValues: MAX_RECORD_BYTES,
  maxNumberLength: MAX_RECORD_BYTES,
}

/** What is taken as recorded (`isWhole`): a field that was cut in the middle of a character leaves no strict JSON. */
const NOT_EXACT = '[cut: no exact reading]'

/**
 * Reads a line of the trail back with the numbers of its arguments as they were sent: a rounded one may be another to a
 * schema or a rule. `undefined` for what is no record.
 *
 * @example readExact(line)?.arguments // { n: 9007199254740993 } as an exact number
 */
export function readExact(line: string): StoredRecord | undefined {
  const record = readRecord(line)
  if (record?.arguments === undefined) return record
  const read = parseJson(Buffer.from(line, 'utf8'), BUDGET)
  return { ...record, arguments: read.ok ? (read.value as { arguments?: unknown }).arguments : NOT_EXACT }
}
