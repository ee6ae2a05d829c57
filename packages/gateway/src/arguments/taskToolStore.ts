/**
 * Which tools began which tasks, in one private SQLite file: workers see one another's, and a restart forgets none. Ids of
 * tasks are keys to their results, so only their digests are kept.
 *
 * Made when the first task begins. What cannot be written or read is in the log, and counts as not known.
 */
import { hash } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { Log } from '../log.ts'
import { openPrivateDatabase } from '../state/privateDatabase.ts'

export interface TaskToolStoreParts {
  readonly path: string
  readonly log: Log
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

const SCHEMA = {
  version: 1,
  create: `
  CREATE TABLE tasks (task TEXT PRIMARY KEY, tool TEXT NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX tasks_by_time ON tasks (at);`,
}
/** In place of a tool: an id that was given for more than one. No tool is named so. */
export const SEVERAL = ''
const PUT = `
  INSERT INTO tasks (task, tool, at) VALUES (?, ?, ?)
  ON CONFLICT (task) DO UPDATE SET tool = CASE WHEN tool = excluded.tool THEN tool ELSE '' END, at = excluded.at
  RETURNING tool`
/** Longer than servers keep results, and no more than so many of all servers. */
const KEEP_MS = 30 * 86_400_000
const MAX_TASKS = 50_000
/** Tidied with every so many that begin. */
const TIDY_EVERY = 500

export class TaskToolStore {
  readonly #parts: TaskToolStoreParts
  #database: DatabaseSync | undefined
  #begun = 0

  constructor(parts: TaskToolStoreParts) {
    this.#parts = parts
  }

  /** Returns what is kept of the task now: `SEVERAL` where it was put before for another tool, `undefined` where that failed. */
  put(task: string, tool: string): string | undefined {
    return this.#guarded(() => {
      const at = this.#parts.now()
      const database = this.#open()
      const kept = database.prepare(PUT).get(digest(task), tool, at)?.tool
      const stands = typeof kept === 'string' ? kept : undefined
      if (this.#begun++ % TIDY_EVERY !== 0) return stands
      database.prepare('DELETE FROM tasks WHERE at < ?').run(at - KEEP_MS)
      database
        .prepare(
          'DELETE FROM tasks WHERE task IN (SELECT task FROM tasks ORDER BY at DESC LIMIT -1 OFFSET ?)',
        )
        .run(MAX_TASKS)
      return stands
    })
  }

  get(task: string): string | undefined {
    if (this.#database === undefined && !existsSync(this.#parts.path)) return undefined
    return this.#guarded(() => {
      const row = this.#open().prepare('SELECT tool FROM tasks WHERE task = ?').get(digest(task))
      return typeof row?.tool === 'string' ? row.tool : undefined
    })
  }

  close(): void {
    this.#database?.close()
    this.#database = undefined
  }

  #open(): DatabaseSync {
    if (this.#database !== undefined) return this.#database
    mkdirSync(dirname(this.#parts.path), { recursive: true, mode: 0o700 })
    this.#database = openPrivateDatabase(this.#parts.path, SCHEMA)
    return this.#database
  }

  #guarded<T>(work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      this.#parts.log.error('tasks.unkept', { explain: String(error) })
      return undefined
    }
  }
}

function digest(task: string): string {
  return hash('sha256', task)
}
