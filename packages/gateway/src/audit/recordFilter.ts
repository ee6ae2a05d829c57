/**
 * Which records a person asked for.
 */
import { rulesOf, type StoredRecord, subjectOf } from './storedRecord.ts'

export interface RecordFilter {
  /** Milliseconds since the epoch; both ends included. */
  readonly sinceMs?: number
  readonly untilMs?: number
  readonly server?: string
  /** The tool's, prompt's or resource's own name. */
  readonly name?: string
  /** The whole principal, or its subject. */
  readonly principal?: string
  readonly outcome?: string
  /** The rule that decided, or the rule of a finding. */
  readonly rule?: string
  readonly method?: string
  /** Somewhere in the record, in any case. */
  readonly text?: string
}

/** Is it one of them? */
export function matchesFilter(record: StoredRecord, filter: RecordFilter): boolean {
  const { sinceMs, untilMs, principal, rule, text } = filter
  for (const name of ['server', 'name', 'outcome', 'method'] as const) {
    if (filter[name] !== undefined && record[name] !== filter[name]) return false
  }
  if (sinceMs !== undefined && Date.parse(record.time) < sinceMs) return false
  if (untilMs !== undefined && Date.parse(record.time) > untilMs) return false
  if (rule !== undefined && !rulesOf(record).includes(rule)) return false
  if (principal !== undefined) {
    const has = record.principal
    if (has === undefined || (has !== principal && subjectOf(has) !== principal)) return false
  }
  return text === undefined || hasText(record, text)
}

/** Does the text stand in the record, as JSON has it, in any case? */
export function hasText(record: StoredRecord, text: string): boolean {
  const needle = JSON.stringify(text).slice(1, -1).toLowerCase()
  return JSON.stringify(record).toLowerCase().includes(needle)
}

/**
 * Could the text stand in this line of a segment? A quick look that spares reading most lines; `hasText` decides.
 * What is not ASCII is escaped in the line, and its other case is another escape: then the answer is always yes.
 */
export function mayHaveText(line: string, text: string): boolean {
  if (/[^\x20-\x7e]/.test(text)) return true
  return line.toLowerCase().includes(JSON.stringify(text).slice(1, -1).toLowerCase())
}

const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/**
 * A moment in milliseconds since the epoch: an ISO 8601 date or time, or how long ago (`90s`, `15m`, `2h`, `7d`, `4w`).
 * `undefined` for anything else.
 *
 * @example parseMoment('2h', Date.now()) // two hours ago
 */
export function parseMoment(text: string, nowMs: number): number | undefined {
  const ago = /^(\d{1,6})([smhdw])$/.exec(text)
  if (ago) return nowMs - Number(ago[1]) * (UNITS[ago[2] ?? ''] ?? 0)
  if (!/^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:?\d\d)?)?$/.test(text)) return undefined
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : at
}
