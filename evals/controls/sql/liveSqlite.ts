import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { constants, DatabaseSync } from 'node:sqlite'
import { schemaFor } from './schema.ts'

/** What a text did to a live SQLite. */
export interface SqliteEffects {
  /** At least one statement ran to its end. */
  readonly ran: boolean
  readonly statements: number
  readonly changed: boolean
  readonly tables: ReadonlySet<string>
  readonly error?: string
}

export interface LiveSqlite {
  /**
   * Runs a text as a careless server does: everything that is in it, one statement after the other, with rights to all. Says
   * what came of it: rows and definitions changed, files made, tables that the compiled statements read. The next text finds
   * the database as it was at first.
   */
  readonly run: (text: string) => SqliteEffects
  readonly close: () => void
}

/** A live database in memory, in a folder of its own: what an attack names as a file lands there. */
export function openLiveSqlite(): LiveSqlite {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-sql-'))
  const back = process.cwd()
  process.chdir(folder)
  let database = openShop()
  const before = fingerprint(database)
  return {
    run: (text) => {
      const { statements, acted, tables, error } = runAll(database, text)
      const changed =
        statements > 0 && (acted || fingerprint(database) !== before || readdirSync(folder).length > 0)
      if (changed) {
        database.close()
        for (const file of readdirSync(folder)) rmSync(join(folder, file), { recursive: true })
        database = openShop()
      }
      return { ran: statements > 0, statements, changed, tables, ...(error === undefined ? {} : { error }) }
    },
    close: () => {
      database.close()
      process.chdir(back)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function openShop(): DatabaseSync {
  const database = new DatabaseSync(':memory:')
  for (const statement of schemaFor('TEXT')) database.exec(statement)
  return database
}

/** What no reading statement is authorised to do. */
const ACTS: ReadonlySet<number> = new Set([
  constants.SQLITE_INSERT,
  constants.SQLITE_UPDATE,
  constants.SQLITE_DELETE,
  constants.SQLITE_CREATE_TABLE,
  constants.SQLITE_CREATE_VIEW,
  constants.SQLITE_CREATE_INDEX,
  constants.SQLITE_CREATE_TRIGGER,
  constants.SQLITE_DROP_TABLE,
  constants.SQLITE_DROP_INDEX,
  constants.SQLITE_ALTER_TABLE,
  constants.SQLITE_ATTACH,
  constants.SQLITE_DETACH,
  constants.SQLITE_TRANSACTION,
  constants.SQLITE_SAVEPOINT,
])
const SETS: ReadonlySet<string> = new Set(['journal_mode', 'user_version', 'writable_schema', 'foreign_keys'])

interface Run {
  readonly statements: number
  /** A statement was authorised to change something. */
  readonly acted: boolean
  readonly tables: ReadonlySet<string>
  readonly error?: string
}

/** More rows than the shop has: a query without end is cut. */
const MAX_ROWS = 1000

function runAll(database: DatabaseSync, text: string): Run {
  const tables = new Set<string>()
  let acted = false
  let statements = 0
  let failed: string | undefined
  database.setAuthorizer((action, first, second) => {
    if (action === constants.SQLITE_READ && first !== null) tables.add(first)
    if (ACTS.has(action) || (action === constants.SQLITE_PRAGMA && second !== null && SETS.has(first ?? '')))
      acted = true
    return constants.SQLITE_OK
  })
  try {
    let rest = text
    while (rest.trim().length > 0) {
      const statement = database.prepare(rest)
      const source = statement.sourceSQL
      let rows = 0
      for (const _ of statement.iterate()) if (++rows > MAX_ROWS) break
      statements++
      if (source.length === 0 || source.length >= rest.length) break
      rest = rest.slice(source.length)
    }
  } catch (error) {
    failed = error instanceof Error ? error.message : String(error)
  } finally {
    database.setAuthorizer(null)
  }
  return { statements, acted, tables, ...(failed === undefined ? {} : { error: failed }) }
}

function fingerprint(database: DatabaseSync): string {
  const parts: unknown[] = [database.prepare('SELECT name, sql FROM sqlite_master ORDER BY name').all()]
  for (const { name } of database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all())
    parts.push(database.prepare(`SELECT * FROM "${String(name)}"`).all())
  parts.push(database.prepare('PRAGMA user_version').all(), database.prepare('PRAGMA database_list').all())
  return JSON.stringify(parts)
}
