/**
 * One writer a chain: a lock that the kernel holds for the process and drops with it.
 *
 * An SQLite file opened exclusively is the one way to such a lock that Node offers on every system (fcntl on POSIX,
 * LockFileEx on Windows). A pid in a file would have to be judged stale by guesswork: pids are used again.
 */
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { LOCK_FILE } from './layout.ts'

/** Held until `release`, and only as long as something refers to it: SQLite closes what is collected as garbage. */
export interface ChainLock {
  release(): void
}

const SQLITE_BUSY = 5

/** Locks a chain's directory; `undefined` while another process, or another trail of this one, has it. */
export function lockChain(chainDir: string): ChainLock | undefined {
  const path = join(chainDir, LOCK_FILE)
  createPrivately(path)
  const database = new DatabaseSync(path)
  try {
    // In memory: a journal file would be left behind by kill -9.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return undefined
    throw error
  }
  return { release: () => database.close() }
}

/**
 * Creates the file with our permissions, SQLite would use its own. Never opens an existing one: POSIX drops all of a
 * process's locks on a file as soon as the process closes any descriptor of it.
 */
function createPrivately(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
