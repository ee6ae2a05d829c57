import { lstatSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { createPrivately } from './createPrivately.ts'
import { NotPrivate } from './privateFolder.ts'

/** How long a write waits for another process, in milliseconds: everything else waits with it. A write takes a few. */
export const BUSY_MS = 300

/** SQLITE_BUSY, with whatever else it says above its lowest byte. */
const BUSY = 5

/** Does another process hold the file, so that the same works a moment later? @example isBusy(error) // false */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === BUSY
}

/**
 * Opens an SQLite file that is this user's alone (0600), made if need be, and brings it to the version of `schema`: whatever
 * was there of another version is given to `schema.upgrade`. Node's own SQLite is loaded only now.
 *
 * @param path `:memory:` for one that ends with the process
 * @param busyMs how long a write waits for another process
 * @throws NotPrivate when others could read or write it, or it is a link: whoever could write it could approve anything
 * @example openPrivateDatabase('/home/ada/.local/state/sallyport/consent.sqlite', { version: 1, create: 'CREATE TABLE ...' })
 */
export function openPrivateDatabase(
  path: string,
  schema: { readonly version: number; readonly create: string },
  busyMs = BUSY_MS,
): DatabaseSync {
  if (path !== ':memory:' && !createPrivately(path)) requirePrivateFile(path)
  const { DatabaseSync: Database } = process.getBuiltinModule('node:sqlite')
  const database = new Database(path)
  try {
    database.exec(
      `PRAGMA busy_timeout = ${busyMs}; PRAGMA foreign_keys = ON; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL`,
    )
    database.exec('BEGIN IMMEDIATE')
    const { user_version: version } = database.prepare('PRAGMA user_version').get() ?? {}
    if (version === 0) database.exec(`${schema.create}; PRAGMA user_version = ${schema.version}`)
    else if (version !== schema.version)
      throw new Error(`${path} was written by another version of Sallyport: move it away to begin anew`)
    database.exec('COMMIT')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function requirePrivateFile(path: string): void {
  const found = lstatSync(path)
  if (!found.isFile()) throw new NotPrivate(path, 'is no plain file', 'move it away')
  const user = process.getuid?.()
  // Windows: the folder's access list decides, which the profile of the user brings along.
  if (user === undefined) return
  if (found.uid !== user) throw new NotPrivate(path, `belongs to user ${found.uid}`, 'move it away')
  if ((found.mode & 0o077) !== 0)
    throw new NotPrivate(path, 'is open to other users', 'move it away: others may have written it')
}
