/**
 * Where the pins are on disk, and how each file is read and written: the lock beside the configuration, the private
 * folder of what is held, and whose turn it is.
 */
import { createHash } from 'node:crypto'
import { mkdir, readFile, realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { lockExclusively } from '../state/exclusiveLock.ts'
import { readPrivate } from '../state/privateFile.ts'
import { type StagedFile, stageFile } from '../state/stagedFile.ts'
import { type Holds, MAX_HOLDS_BYTES, NO_HOLDS, readHolds, writeHolds } from './holdsFile.ts'
import { MAX_LOCK_BYTES } from './lockFile.ts'
import { PinsUnavailable } from './pinFaults.ts'

/** The private folder for a lock: one a configuration, whatever it is called. */
export function pinFolder(dataFolder: string, lockPath: string): string {
  return join(dataFolder, 'pins', createHash('sha256').update(lockPath).digest('hex').slice(0, 16))
}

/** What waits or is blocked. */
export function holdsPath(folder: string): string {
  return join(folder, 'holds.jsonl')
}

/** The lock as it was last written or read here. */
export function lastPath(folder: string): string {
  return join(folder, 'last.lock')
}

/** @throws PinsUnavailable when they are there and cannot be believed */
export async function loadHolds(folder: string): Promise<Holds> {
  const read = await readPrivate(holdsPath(folder), MAX_HOLDS_BYTES)
  if (read.kind === 'missing') return NO_HOLDS
  const holds = read.kind === 'read' ? readHolds(read.bytes) : undefined
  if (holds !== undefined) return holds
  const why = read.kind === 'ignored' ? read.why : 'it is damaged'
  throw new PinsUnavailable(
    `${holdsPath(folder)} is not believed (${why}), so it is not known what is blocked. Delete it to have everything that is not in the lock reviewed anew`,
  )
}

/** @throws PinsUnavailable when nobody could read them back */
export function readableHolds(holds: Holds): Buffer {
  const bytes = Buffer.from(writeHolds(holds), 'utf8')
  if (bytes.length <= MAX_HOLDS_BYTES) return bytes
  throw new PinsUnavailable(
    `pins were not written: more is held than the ${MAX_HOLDS_BYTES} bytes that are kept. Review what waits, or remove the server that floods you`,
  )
}

/** What the lock file says; `undefined` where there is none. */
export async function readLockBytes(path: string): Promise<Buffer | undefined> {
  try {
    const found = await stat(path)
    if (!found.isFile()) throw new PinsUnavailable(`${path} is no file`)
    // One byte too many is enough for `parseLock` to say so.
    if (found.size > MAX_LOCK_BYTES) return Buffer.alloc(MAX_LOCK_BYTES + 1)
    return await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** The lock file, written beside itself and not in its place yet; behind a link where the file is one (dotfiles kept elsewhere). */
export async function stageLock(path: string, bytes: Buffer): Promise<StagedFile> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const target = await realpath(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return path
    throw error
  })
  return await stageFile(target, bytes, 0o644, 'flushed')
}

/** Waits this long for another process that is writing. */
const PATIENCE_MS = 5_000

/** Nobody else writes until it is released. */
export async function waitForTurn(path: string) {
  for (let waited = 0; ; waited += 20) {
    const lock = lockExclusively(path)
    if (lock !== undefined) return lock
    if (waited >= PATIENCE_MS)
      throw new PinsUnavailable(`${path} is held by another process for more than 5 s`)
    await delay(20)
  }
}
