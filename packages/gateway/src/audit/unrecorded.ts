import type { Log } from '../log.ts'
import type { AuditTrail, EventEntry } from './entry.ts'

/**
 * Says in the log that an entry was not written. An answer that waits for it must not leave; the calls that come next
 * are refused as long as `AuditTrail.healthy` is false.
 */
export function logUnrecorded(log: Log, error: unknown): void {
  log.error('audit.unavailable', { explain: String(error) })
}

/**
 * Records an event that no answer waits for.
 *
 * @example appendEvent(audit, log, { kind: 'event', event: 'config.refused', explain })
 */
export function appendEvent(audit: Pick<AuditTrail, 'append'>, log: Log, entry: EventEntry): void {
  audit.append(entry).catch((error: unknown) => logUnrecorded(log, error))
}
