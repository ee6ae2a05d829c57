/**
 * The audit trail's share of a call's CPU: what of the main thread's profile is in `src/audit` or called from there, and
 * all of libuv's pool, which under this load does nothing but write and sync the trail. The program has no switch to
 * run without its audit, so it is attributed instead of left out.
 */
import { Readings } from '../measure/readings.ts'
import { inclusiveShare } from './inclusiveShare.ts'
import { type ProfiledRounds, profiledRounds } from './profiledRounds.ts'

export const AUDIT = 'audit'
/** Readings of this are 1: shares are ratios to the whole. */
export const CALL = 'call'

export type AuditShareSuite = Omit<ProfiledRounds, 'subject' | 'more'>

const AUDIT_FILES = /\/packages\/gateway\/src\/audit\//

/** A share (0..1) for every round; `undefined` where the system does not account for threads (anything but Linux). */
export async function runAuditShareSuite(suite: AuditShareSuite): Promise<Readings | undefined> {
  const rounds = await profiledRounds({ ...suite, subject: "audit's share" })
  if (rounds === undefined) return undefined
  const readings = new Readings()
  for (const { profile, times } of rounds) {
    const share = inclusiveShare(profile, (url) => AUDIT_FILES.test(url))
    readings.add(AUDIT, (share * times.mainUs + times.poolUs) / times.totalUs)
    readings.add(CALL, 1)
  }
  return readings
}
