/**
 * How much of the pins' files one server may fill by itself: a server that shows other names with every list would else fill
 * them, and then nothing of any server could be written down any more, a person's decisions neither.
 */
import { itemKey, type SurfaceItem } from '@sallyport/controls/surface'
import type { Hold } from './hold.ts'
import { MAX_HOLDS_BYTES } from './holdsFile.ts'
import type { Judgement } from './judge.ts'
import type { ApprovedVersion, LockedServer } from './lock.ts'
import { MAX_LOCK_BYTES } from './lockFile.ts'

/** What the rules of a trust level may approve of one server without a person; a list of twenty thousand tools fits. */
export const LOCK_QUOTA_BYTES = MAX_LOCK_BYTES / 2
/** What may wait or be blocked of one server beyond what was approved of it once. */
export const HOLDS_QUOTA_BYTES = MAX_HOLDS_BYTES / 4
/**
 * Of what the others left a server may take this much: several that flood us together take less and less, and never all. What is
 * left is room for other servers, and for a person's decisions.
 */
const SHARE = 1 / 2

/** Of a version in the lock beside its name, at most; its hints; and of a character of the name, which may be escaped. */
const VERSION_BYTES = 200
const HINTS_BYTES = 120
const CHARACTER_BYTES = 6

interface Judged {
  readonly item: SurfaceItem
  readonly judgement: Judgement
}

/**
 * What of some judgements is over the quota of their server: it is neither written down nor shown. That something which was
 * approved once is held is never over it, so that a block of it always persists (invariant 6).
 *
 * @param written of all servers; left out, there are no others
 *
 * @example overQuota(judged, lockedServer(lock, 'files'), holds).size // 0
 */
export function overQuota<One extends Judged>(
  judged: readonly One[],
  locked: LockedServer,
  holds: ReadonlyMap<string, Hold>,
  written: WrittenBytes = NOTHING_WRITTEN,
): ReadonlySet<One> {
  const over = new Set<One>()
  let lockLeft: number | undefined
  let holdsLeft: number | undefined
  for (const one of judged) {
    const { judgement } = one
    const key = itemKey(one.item)
    const known = locked.items.has(key)
    if (judgement.kind === 'accepted') {
      lockLeft ??= quota(LOCK_QUOTA_BYTES, MAX_LOCK_BYTES, written.lock, lockedBytes(locked))
      lockLeft -= versionBytes(known ? '' : key, judgement.version)
      if (lockLeft < 0) over.add(one)
    } else if (judgement.kind === 'held' && judgement.fresh && !known && !holds.has(key)) {
      holdsLeft ??= quota(HOLDS_QUOTA_BYTES, MAX_HOLDS_BYTES, written.holds, heldBytes(holds))
      holdsLeft -= holdBytes(judgement.hold)
      if (holdsLeft < 0) over.add(one)
    }
  }
  return over
}

/** How large the files are now, all servers together. */
export interface WrittenBytes {
  readonly lock: number
  readonly holds: number
}

const NOTHING_WRITTEN: WrittenBytes = { lock: 0, holds: 0 }

/** What is left to a server that has `own` of what is written. */
function quota(most: number, file: number, written: number, own: number): number {
  const others = Math.max(0, written - own)
  return Math.min(most, (file - others) * SHARE) - own
}

function lockedBytes({ items }: LockedServer): number {
  let bytes = 0
  for (const [key, versions] of items)
    for (const [at, version] of versions.entries()) bytes += versionBytes(at === 0 ? key : '', version)
  return bytes
}

function versionBytes(key: string, { hints }: Pick<ApprovedVersion, 'hints'>): number {
  return VERSION_BYTES + (hints === undefined ? 0 : HINTS_BYTES) + CHARACTER_BYTES * key.length
}

function heldBytes(holds: ReadonlyMap<string, Hold>): number {
  let bytes = 0
  for (const hold of holds.values()) bytes += holdBytes(hold)
  return bytes
}

function holdBytes(hold: Hold): number {
  return Buffer.byteLength(JSON.stringify(hold), 'utf8') + 1
}
