/**
 * Taking a chain to write to: the first that is free and in order, so that chains do not pile up, else a new one.
 */
import { chmodSync, closeSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { type ChainLock, lockChain } from './chainLock.ts'
import { type ChainTail, readChainTail } from './chainTail.ts'
import { isSignedBy, readCheckpoint } from './checkpoint.ts'
import { CHECKPOINTS_FILE, listChains, syncFolder } from './layout.ts'
import type { PublicKey } from './signingKey.ts'

export interface ClaimedChain {
  readonly id: string
  readonly dir: string
  readonly lock: ChainLock
  readonly tail: ChainTail
  /** True when a checkpoint of this chain exists. */
  readonly signed: boolean
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
    const why = result.ok ? contradiction(result.tail, signed) : result.why
    if (result.ok && why === undefined) {
      return { id, dir: chainDir, lock, tail: result.tail, signed: signed !== undefined }
    }
    lock.release()
    return { why: why ?? 'unreadable' }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** Going on behind a cut would bury it under new records: such a chain is left as it is. */
function contradiction(
  tail: ChainTail,
  signed: { seq: number; hash: string } | undefined,
): string | undefined {
  if (!signed) return undefined
  if (signed.seq > tail.seq) return `it ends at record ${tail.seq}, a checkpoint names record ${signed.seq}`
  if (signed.seq === tail.seq && signed.hash !== tail.hash)
    return `record ${tail.seq} is not the one a checkpoint names`
  return undefined
}

/** How much of the end of the checkpoints is looked at; `audit verify` looks at all of them. */
const LOOK_BACK_BYTES = 256 * 1024

function lastSignedPlace(
  dir: string,
  chain: string,
  key: PublicKey,
): { seq: number; hash: string } | undefined {
  let found: { seq: number; hash: string } | undefined
  for (const line of lastLines(join(dir, CHECKPOINTS_FILE))) {
    if (!line.includes(chain)) continue
    const reading = readCheckpoint(line)
    if (!reading.ok || reading.checkpoint.chain !== chain || reading.checkpoint.kind === 'retention') continue
    if (found && reading.checkpoint.seq < found.seq) continue
    if (isSignedBy(reading, key)) found = reading.checkpoint
  }
  return found
}

function lastLines(path: string): string[] {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  try {
    const { size } = fstatSync(fd)
    const start = Math.max(0, size - LOOK_BACK_BYTES)
    const buffer = Buffer.alloc(size - start)
    const lines = buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, start)).split('\n')
    return start === 0 ? lines : lines.slice(1)
  } finally {
    closeSync(fd)
  }
}
