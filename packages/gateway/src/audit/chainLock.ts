/**
 * One writer a chain.
 */
import { join } from 'node:path'
import { type ExclusiveLock, lockExclusively } from '../state/exclusiveLock.ts'
import { LOCK_FILE } from './layout.ts'

/** Held until `release`, and only as long as something refers to it. */
export type ChainLock = ExclusiveLock

/** Locks a chain's directory; `undefined` while another process, or another trail of this one, has it. */
export function lockChain(chainDir: string): ChainLock | undefined {
  return lockExclusively(join(chainDir, LOCK_FILE))
}
