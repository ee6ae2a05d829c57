/**
 * What the bridges put on record: one entry for every exchange, and events for what was left out.
 */
import type { AuditTrail, ExchangeEntry } from '../../audit/entry.ts'
import type { Log } from '../../log.ts'
import type { Ending, Exchange } from '../../pipeline/exchange.ts'

export interface Recording {
  readonly audit: AuditTrail
  readonly log: Log
  /** Monotonic clock, in milliseconds. */
  readonly now: () => number
}

/** Writes the one record of an exchange. */
export function recordExchange(recording: Recording, exchange: Exchange, ending: Ending): Promise<void> {
  const {
    bytes: _bytes,
    startedAt,
    row: _row,
    params: _params,
    exposedName: _exposed,
    findings,
    ...known
  } = exchange
  const entry: ExchangeEntry = {
    kind: 'exchange',
    ...known,
    ...ending,
    ...(findings.length === 0 ? {} : { findings }),
    durationMs: Math.round((recording.now() - startedAt) * 1000) / 1000,
  }
  return recording.audit.append(entry)
}

/** Records something the gateway did or left out; a failure to write shows in `audit.healthy` and the log. */
export function recordEvent(
  recording: Recording,
  exchange: Exchange,
  event: string,
  rule: string,
  explain: string,
): void {
  recording.log.warn(event, { server: exchange.server, rule, explain })
  recording.audit
    .append({
      kind: 'event',
      event,
      principal: exchange.principal,
      ...(exchange.conversation === undefined ? {} : { conversation: exchange.conversation }),
      ...(exchange.server === undefined ? {} : { server: exchange.server }),
      rule,
      explain,
    })
    .catch((error: unknown) => recording.log.error('audit.unavailable', { explain: String(error) }))
}
