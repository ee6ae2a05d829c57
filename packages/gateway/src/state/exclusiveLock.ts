/**
 * One holder a file: a lock that the kernel holds for the process and drops with it.
 *
 * An SQLite file opened exclusively is the one way to such a lock that Node offers on every system (fcntl on POSIX,
 * LockFileEx on Windows). A pid in a file would have to be judged stale by guesswork: pids are used again.
 */
import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** Held until `release`, and only as long as something refers to it: SQLite closes what is collected as garbage. */
export interface ExclusiveLock {
  release(): void
}

const SQLITE_BUSY = 5

/**
 * Locks a file, which is created if need be; `undefined` while another process, or another part of this one, has it.
 *
 * @example const lock = lockExclusively('/run/user/1000/sallyport/1f2e.lock')
 */
export function lockExclusively(path: string): ExclusiveLock | undefined {
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
