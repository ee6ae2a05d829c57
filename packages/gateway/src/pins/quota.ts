/**
 * How much of the pins' files one server may fill by itself: a server that shows other names with every list would else fill
 * them, and then nothing of any server could be written down any more, a person's decisions neither.
 */
import { itemKey, type SurfaceItem } from '@sallyport/controls/surface'
import type { Hold } from './hold.ts'
import { MAX_HOLDS_BYTES } from './holdsFile.ts'
import type { Judgement } from './judge.ts'
import type { LockedServer } from './lock.ts'
import { MAX_LOCK_BYTES } from './lockFile.ts'

/** What the rules of a trust level may approve of one server without a person; a list of twenty thousand tools fits. */
export const LOCK_QUOTA_BYTES = MAX_LOCK_BYTES / 2
/** What may wait or be blocked of one server beyond what was approved of it once. */
export const HOLDS_QUOTA_BYTES = MAX_HOLDS_BYTES / 4

/** Of a version in the lock beside its name, at most; and of a character of the name, which may be escaped. */
const VERSION_BYTES = 200
const CHARACTER_BYTES = 6

interface Judged {
  readonly item: SurfaceItem
  readonly judgement: Judgement
}

/**
 * What of some judgements is over the quota of their server: it is neither written down nor shown. What was approved once
 * is never over it, so that a block of it always persists (invariant 6).
 *
 * @example overQuota(judged, lockedServer(lock, 'files'), holds).size // 0
 */
export function overQuota<One extends Judged>(
  judged: readonly One[],
  locked: LockedServer,
  holds: ReadonlyMap<string, Hold>,
): ReadonlySet<One> {
  const over = new Set<One>()
  let lockLeft: number | undefined
  let holdsLeft: number | undefined
  for (const one of judged) {
    const { judgement } = one
    const key = itemKey(one.item)
    if (locked.items.has(key)) continue
    if (judgement.kind === 'accepted') {
      lockLeft ??= LOCK_QUOTA_BYTES - lockedBytes(locked)
      lockLeft -= versionBytes(key)
      if (lockLeft < 0) over.add(one)
    } else if (judgement.kind === 'held' && judgement.fresh && !holds.has(key)) {
      holdsLeft ??= HOLDS_QUOTA_BYTES - heldBytes(holds)
      holdsLeft -= holdBytes(judgement.hold)
      if (holdsLeft < 0) over.add(one)
    }
  }
  return over
}

function lockedBytes({ items }: LockedServer): number {
  let bytes = 0
  for (const [key, versions] of items) bytes += versions.length * versionBytes(key)
  return bytes
}

function versionBytes(key: string): number {
  return VERSION_BYTES + CHARACTER_BYTES * key.length
}

function heldBytes(holds: ReadonlyMap<string, Hold>): number {
  let bytes = 0
  for (const hold of holds.values()) bytes += holdBytes(hold)
  return bytes
}

function holdBytes(hold: Hold): number {
  return Buffer.byteLength(JSON.stringify(hold), 'utf8') + 1
}
