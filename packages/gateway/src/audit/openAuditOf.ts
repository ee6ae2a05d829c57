import type { Config } from '../config/config.ts'
import type { Log } from '../log.ts'
import type { AuditTrail } from './entry.ts'
import { openAuditTrail } from './openTrail.ts'

/**
 * Opens the audit trail that a configuration names, for this process. Rejects with `AuditUnavailable` when nothing can be
 * recorded.
 *
 * @param stateDir holds the signing key (`statePaths`)
 */
export function openAuditOf(
  { audit }: Pick<Config, 'audit'>,
  stateDir: string,
  log: Log,
): Promise<AuditTrail> {
  return openAuditTrail({
    dir: audit.dir,
    stateDir,
    durability: audit.durability,
    maxSegmentBytes: audit.maxSegmentBytes,
    retainMs: audit.retainMs,
    retainBytes: audit.retainBytes,
    now: () => Date.now(),
    log,
  })
}
