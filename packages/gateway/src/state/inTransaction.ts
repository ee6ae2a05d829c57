import type { DatabaseSync } from 'node:sqlite'

/**
 * Runs `work` in one transaction: all of it is done, or nothing. It is a writer from its beginning, so what it reads no other
 * process changes before it writes. Not to be nested.
 *
 * @example inTransaction(database, () => database.exec('DELETE FROM leases'))
 */
export function inTransaction<Value>(database: DatabaseSync, work: () => Value): Value {
  database.exec('BEGIN IMMEDIATE')
  try {
    const value = work()
    database.exec('COMMIT')
    return value
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}
