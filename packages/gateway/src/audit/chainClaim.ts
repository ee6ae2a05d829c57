/**
 * Taking a chain to write to: the first that is free and in order, so that chains do not pile up, else a new one.
 */
import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type ChainLock, lockChain } from './chainLock.ts'
import { type ChainTail, readChainTail } from './chainTail.ts'
import { type Checkpoint, isSignedBy, readCheckpoint } from './checkpoint.ts'
import { CHECKPOINTS_FILE, listChains, listSegments, syncFolder } from './layout.ts'
import { holdsOpeningsOnly } from './opening.ts'
import { readLines } from './segmentReader.ts'
import type { PublicKey } from './signingKey.ts'

export interface ClaimedChain {
  readonly id: string
  readonly dir: string
  readonly lock: ChainLock
  readonly tail: ChainTail
  /** Records at its end that no checkpoint covers: their process was killed. */
  readonly unsigned: number
}

export interface ChainClaim {
  readonly chain: ClaimedChain
  /** Free chains that are not continued because their end was altered: `audit verify` reports them. */
  readonly passedOver: readonly { readonly chain: string; readonly why: string }[]
}

/** Claims a chain in `dir`, which is created if need be, private to this user. `fresh` asks for a new one. */
export function claimChain(
  dir: string,
  key: PublicKey,
  random: (bytes: number) => Uint8Array,
  fresh = false,
): ChainClaim {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  // `mode` is nothing to a directory that was there: a trail that others can read is none.
  if (process.platform !== 'win32') chmodSync(dir, 0o700)
  const passedOver: { chain: string; why: string }[] = []
  for (const id of fresh ? [] : listChains(dir)) {
    const result = claimExisting(dir, id, key)
    if (result === 'busy') continue
    if ('why' in result) passedOver.push({ chain: id, why: result.why })
    else return { chain: result, passedOver }
  }
  for (;;) {
    const id = Buffer.from(random(8)).toString('hex')
    mkdirSync(join(dir, id), { mode: 0o700 })
    syncFolder(dir)
    const result = claimExisting(dir, id, key)
    if (result !== 'busy' && !('why' in result)) return { chain: result, passedOver }
  }
}

/** Claims one chain if it is free and its end is as we left it. */
export function claimExisting(
  dir: string,
  id: string,
  key: PublicKey,
): ClaimedChain | 'busy' | { readonly why: string } {
  const chainDir = join(dir, id)
  const lock = lockChain(chainDir)
  if (!lock) return 'busy'
  try {
    const result = readChainTail(chainDir)
    const signed = lastSignedPlace(dir, id, key)
    const why = result.ok ? contradiction(chainDir, result.tail, signed) : result.why
    if (result.ok && why === undefined) {
      return { id, dir: chainDir, lock, tail: result.tail, unsigned: result.tail.seq - (signed?.seq ?? 0) }
    }
    lock.release()
    return { why: why ?? 'unreadable' }
  } catch (error) {
    lock.release()
    throw error
  }
}

/**
 * Going on behind a cut would bury it under new records, and behind what no gateway wrote would sign it: such a chain is left
 * as it is.
 */
function contradiction(
  chainDir: string,
  tail: ChainTail,
  signed: SignedPlace | undefined,
): string | undefined {
  if (!signed) {
    const begun = tail.segment <= 1 && listSegments(chainDir).every(({ path }) => holdsOpeningsOnly(path))
    return begun ? undefined : 'no checkpoint names it'
  }
  if (signed.seq > tail.seq) return `it ends at record ${tail.seq}, a checkpoint names record ${signed.seq}`
  if (signed.seq === tail.seq && signed.hash !== tail.hash)
    return `record ${tail.seq} is not the one a checkpoint names`
  if (signed.kind === 'close' && tail.seq > signed.seq)
    return `records stand behind record ${signed.seq}, with which it was closed`
  return undefined
}

type SignedPlace = Pick<Checkpoint, 'kind' | 'seq' | 'hash'>

/** How much of the end of the checkpoints is looked at first; of a chain that rested long the last one is before it. */
const LOOK_BACK_BYTES = 256 * 1024

/** The last checkpoint that names a record to go on from. */
function lastSignedPlace(dir: string, chain: string, key: PublicKey): SignedPlace | undefined {
  const path = join(dir, CHECKPOINTS_FILE)
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size === 0) return undefined
  const near = Math.max(0, size - LOOK_BACK_BYTES)
  return lastSignedIn(path, near, chain, key) ?? (near > 0 ? lastSignedIn(path, 0, chain, key) : undefined)
}

function lastSignedIn(path: string, from: number, chain: string, key: PublicKey): SignedPlace | undefined {
  let found: SignedPlace | undefined
  for (const { text } of readLines(path, from)) {
    if (!text.includes(chain)) continue
    // The first line may have been cut, and is none then.
    const reading = readCheckpoint(text)
    if (!reading.ok || reading.checkpoint.chain !== chain || reading.checkpoint.kind === 'retention') continue
    if (found && reading.checkpoint.seq < found.seq) continue
    if (isSignedBy(reading, key)) found = reading.checkpoint
  }
  return found
}
