import type { AuditTrail } from '../audit/entry.ts'
import { appendEvent } from '../audit/unrecorded.ts'
import type { Log } from '../log.ts'
import type { Decision } from './decide.ts'
import type { PinStore } from './pinStore.ts'

/**
 * Records a decision, then makes it: one that cannot be recorded is none. When it is recorded and cannot be made, that
 * is recorded too.
 *
 * @throws AuditUnavailable when it could not be recorded: nothing was changed
 * @throws PinsChanged when what was decided on is not what is there now: nothing was changed
 * @throws PinsUnavailable when the pins could not be read or written
 */
export async function carryOut(
  { events, change }: Decision,
  store: PinStore,
  audit: Pick<AuditTrail, 'append'>,
  log: Log,
): Promise<void> {
  // Before anything is recorded that is known to be in vain; for certain it is looked at once more within the commit.
  await store.refresh()
  change.check?.(store)
  await Promise.all(events.map((entry) => audit.append(entry)))
  try {
    await store.commit(change)
  } catch (error) {
    const explain = error instanceof Error ? error.message : String(error)
    const servers = [...new Set(events.map(({ server }) => server))].join(' ')
    const principal = events[0]?.principal
    appendEvent(audit, log, {
      kind: 'event',
      event: 'pins.decision-failed',
      ...(principal === undefined ? {} : { principal }),
      explain: `recorded and not in force: ${explain}`,
      details: { decisions: events.length, servers },
    })
    throw error
  }
}
