import { OUTCOMES } from '../audit/outcomes.ts'
import { parseMoment, type RecordFilter } from '../audit/recordFilter.ts'

/** The filters of `audit tail`, `query` and `export`, as they were given. */
export interface AuditFilterOptions {
  readonly since?: string
  readonly until?: string
  readonly server?: string
  readonly name?: string
  readonly principal?: string
  readonly outcome?: string
  readonly rule?: string
  readonly method?: string
  readonly text?: string
}

/** The filter they mean, or a sentence saying which of them means nothing. */
export function readFilter(options: AuditFilterOptions, nowMs: number): RecordFilter | string {
  const { since, until, server, name, principal, outcome, rule, method, text } = options
  const moments: { sinceMs?: number; untilMs?: number } = {}
  for (const [option, given, member] of [
    ['--since', since, 'sinceMs'],
    ['--until', until, 'untilMs'],
  ] as const) {
    if (given === undefined) continue
    const at = parseMoment(given, nowMs)
    if (at === undefined)
      return `${option} ${given}: give a time like 2026-11-22T17:40:00Z, a day, or how long ago: 90s, 15m, 2h, 7d`
    moments[member] = at
  }
  if (outcome !== undefined && !OUTCOMES.some((known) => known === outcome)) {
    return `--outcome ${outcome}: it is one of ${OUTCOMES.join(', ')}`
  }
  const given = { server, name, principal, outcome, rule, method, text }
  return {
    ...moments,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  }
}
