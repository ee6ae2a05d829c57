/**
 * Counts what may be tried only so often, over all workers: signing in, registering, fetching documents.
 */
import type { DatabaseSync } from 'node:sqlite'

export class Attempts {
  readonly #database: DatabaseSync
  readonly #now: () => number

  constructor(database: DatabaseSync, now: () => number) {
    this.#database = database
    this.#now = now
  }

  count(kind: string, who: string, withinMs: number): number {
    const since = this.#now() - withinMs
    return Number(
      this.#database
        .prepare('SELECT count(*) AS n FROM attempts WHERE kind = ? AND who = ? AND at > ?')
        .get(kind, who, since)?.n,
    )
  }

  note(kind: string, who: string): void {
    this.#database.prepare('INSERT INTO attempts VALUES (?, ?, ?)').run(kind, who, this.#now())
  }

  forget(kind: string, who: string): void {
    this.#database.prepare('DELETE FROM attempts WHERE kind = ? AND who = ?').run(kind, who)
  }
}
