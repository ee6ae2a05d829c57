/**
 * The index over the audit's segments: an SQLite file that says where each record stands, by what people search for.
 *
 * Holds nothing that is not in the segments and proves nothing: it can be deleted at any time and is built again by the
 * next query. Read and written by commands, never on the way of an answer.
 */
import { rmSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { createPrivately } from './createPrivately.ts'
import { inTransaction } from './inTransaction.ts'

/** Where a record stands. */
export interface RecordLocation {
  readonly chain: string
  readonly segment: number
  /** Bytes from the start of the segment's file. */
  readonly offset: number
  readonly length: number
  readonly seq: number
}

/** What of a record is searched. Time in milliseconds since the epoch. */
export interface IndexRow {
  readonly offset: number
  readonly length: number
  readonly seq: number
  readonly timeMs: number
  readonly server: string | undefined
  readonly name: string | undefined
  readonly principal: string | undefined
  readonly subject: string | undefined
  readonly outcome: string | undefined
  readonly method: string | undefined
  readonly rules: readonly string[]
}

export interface IndexedSegment {
  readonly chain: string
  readonly segment: number
  /** How many of its bytes are in the index. */
  readonly bytes: number
}

export interface IndexQuery {
  readonly sinceMs?: number
  readonly untilMs?: number
  readonly server?: string
  readonly name?: string
  readonly principal?: string
  readonly outcome?: string
  readonly rule?: string
  readonly method?: string
}

const VERSION = 1
const SCHEMA = `
  CREATE TABLE segments (id INTEGER PRIMARY KEY, chain TEXT NOT NULL, number INTEGER NOT NULL, bytes INTEGER NOT NULL,
    UNIQUE (chain, number)) STRICT;
  CREATE TABLE records (segment INTEGER NOT NULL REFERENCES segments (id) ON DELETE CASCADE, offset INTEGER NOT NULL,
    length INTEGER NOT NULL, seq INTEGER NOT NULL, time INTEGER NOT NULL, server TEXT, name TEXT, principal TEXT,
    subject TEXT, outcome TEXT, method TEXT, rules TEXT NOT NULL, PRIMARY KEY (segment, offset)) STRICT, WITHOUT ROWID;
  CREATE INDEX by_time ON records (time);
  CREATE INDEX by_server ON records (server, name, time);
  CREATE INDEX by_subject ON records (subject, time);
  CREATE INDEX by_outcome ON records (outcome, time);
  PRAGMA user_version = ${VERSION};`

/** Errors after which the file is no use, and is built anew: not a database, or a damaged one. */
const DAMAGED = new Set([11, 26])
/** Errors after which the index lives in memory for this once: read-only, or no permission. */
const NOT_WRITABLE = new Set([8, 14, 23])

/** Opens the index, empty if it is new, of another version, or damaged; in memory where the folder takes no files. */
export function openAuditIndex(path: string): AuditIndex {
  try {
    return new AuditIndex(openDatabase(path))
  } catch (error) {
    const code = primaryCode(error)
    if (code !== undefined && DAMAGED.has(code)) {
      for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true })
      return new AuditIndex(openDatabase(path))
    }
    if (code === undefined ? isPermission(error) : NOT_WRITABLE.has(code))
      return new AuditIndex(openDatabase(':memory:'))
    throw error
  }
}

export class AuditIndex {
  readonly #database: DatabaseSync
  readonly #insert: StatementSync

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#insert = database.prepare(
      'INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    )
  }

  segments(): IndexedSegment[] {
    const rows = this.#database.prepare('SELECT chain, number AS segment, bytes FROM segments').all()
    return rows as unknown as IndexedSegment[]
  }

  /** Forgets a segment that is gone, or no longer the one that was read. */
  drop(chain: string, segment: number): void {
    this.#database.prepare('DELETE FROM segments WHERE chain = ? AND number = ?').run(chain, segment)
  }

  /** Runs `work` in one transaction: all of it is in the index afterwards, or nothing. */
  transaction(work: () => void): void {
    inTransaction(this.#database, work)
  }

  /** Notes that a segment is known up to `bytes`; returns the number to add its rows under. */
  reach(chain: string, segment: number, bytes: number): number {
    const row = this.#database
      .prepare(
        'INSERT INTO segments (chain, number, bytes) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET bytes = excluded.bytes RETURNING id',
      )
      .get(chain, segment, bytes)
    return Number(row?.id)
  }

  add(segmentId: number, row: IndexRow): void {
    const { offset, length, seq, timeMs, server, name, principal, subject, outcome, method, rules } = row
    const text = [server, name, principal, subject, outcome, method].map((value) => value ?? null)
    this.#insert.run(
      segmentId,
      offset,
      length,
      seq,
      timeMs,
      ...text,
      rules.map((rule) => `\n${rule}\n`).join(''),
    )
  }

  /** Locations of what is asked for, the newest first. */
  *find(query: IndexQuery): Generator<RecordLocation> {
    const conditions: string[] = []
    const values: (string | number)[] = []
    const where = (condition: string, ...given: (string | number | undefined)[]) => {
      const known = given.filter((value) => value !== undefined)
      if (known.length !== given.length) return
      conditions.push(condition)
      values.push(...known)
    }
    where('r.time >= ?', query.sinceMs)
    where('r.time <= ?', query.untilMs)
    where('r.server = ?', query.server)
    where('r.name = ?', query.name)
    where('r.outcome = ?', query.outcome)
    where('r.method = ?', query.method)
    where('(r.subject = ? OR r.principal = ?)', query.principal, query.principal)
    where('instr(r.rules, ?)', query.rule === undefined ? undefined : `\n${query.rule}\n`)
    const filter = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''
    const rows = this.#database
      .prepare(
        `SELECT s.chain, s.number AS segment, r.offset, r.length, r.seq FROM records r JOIN segments s ON s.id = r.segment
         ${filter} ORDER BY r.time DESC, s.chain DESC, r.seq DESC`,
      )
      .iterate(...values)
    for (const row of rows) yield row as unknown as RecordLocation
  }

  close(): void {
    this.#database.close()
  }
}

function openDatabase(path: string): DatabaseSync {
  // Of one that is there nothing has to be believed: the trail is the record, and whoever may read it may have an index of it.
  if (path !== ':memory:') createPrivately(path)
  const database = new DatabaseSync(path)
  try {
    database.exec(
      'PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = ON; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL',
    )
    database.exec('BEGIN IMMEDIATE')
    const { user_version: version } = database.prepare('PRAGMA user_version').get() ?? {}
    if (version !== VERSION) {
      database.exec('DROP TABLE IF EXISTS records; DROP TABLE IF EXISTS segments;')
      database.exec(SCHEMA)
    }
    database.exec('COMMIT')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** SQLite's result code without its extension; `undefined` for errors of anybody else. */
function primaryCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown }).errcode
  return typeof code === 'number' ? code & 0xff : undefined
}

function isPermission(error: unknown): boolean {
  return ['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')
}
