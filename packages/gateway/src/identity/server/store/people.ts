/**
 * Who signed in, and what they allowed whom.
 */
import type { DatabaseSync } from 'node:sqlite'

export interface Person {
  /** `owner`, or `ISSUER|SUBJECT` of where they signed in. Never an address of theirs, which others may get later. */
  readonly sub: string
  readonly name: string
  readonly groups: readonly string[]
  /** More that the provider said when they signed in, as far as rules may ask for it. Absent: nothing was asked about. */
  readonly claims?: PersonClaims
}

export type PersonClaims = Readonly<Record<string, readonly string[]>>

/** Who signs in with the passphrase. */
export const OWNER: Person = { sub: 'owner', name: 'owner', groups: [] }

/** What is remembered of a consent: whose, for which client, to which address, for which resource. */
export interface ConsentKey {
  readonly account: string
  readonly client: string
  readonly redirect: string
  readonly resource: string
}

export class People {
  readonly #database: DatabaseSync
  readonly #now: () => number

  constructor(database: DatabaseSync, now: () => number) {
    this.#database = database
    this.#now = now
  }

  /** Notes who signed in, with the groups they have now. */
  signedIn({ sub, name, groups, claims }: Person): void {
    this.#database
      .prepare(
        'INSERT INTO accounts VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET name = excluded.name, groups = excluded.groups, at = excluded.at',
      )
      .run(sub, name, JSON.stringify(groups), this.#now())
    if (claims === undefined) return
    this.#database
      .prepare('INSERT OR REPLACE INTO account_claims VALUES (?, ?)')
      .run(sub, JSON.stringify(claims))
  }

  /** What was said of somebody when they signed in last. */
  claims(sub: string): PersonClaims | undefined {
    const row = this.#database.prepare('SELECT claims FROM account_claims WHERE sub = ?').get(sub)
    return row === undefined ? undefined : (JSON.parse(String(row.claims)) as PersonClaims)
  }

  find(sub: string): Person | undefined {
    const row = this.#database.prepare('SELECT name, groups FROM accounts WHERE sub = ?').get(sub)
    return row === undefined
      ? undefined
      : { sub, name: String(row.name), groups: JSON.parse(String(row.groups)) as string[] }
  }

  /** Takes back what an account allowed, and what was given for it: whoever allowed it may have been somebody else. */
  forget(sub: string): void {
    this.#database.prepare("DELETE FROM artifacts WHERE json_extract(payload, '$.accountId') = ?").run(sub)
    this.#database.prepare('DELETE FROM consents WHERE account = ?').run(sub)
    this.#database.prepare('DELETE FROM account_claims WHERE sub = ?').run(sub)
  }

  allow({ account, client, redirect, resource }: ConsentKey, scopes: readonly string[]): void {
    const all = [...new Set([...this.allowed({ account, client, redirect, resource }), ...scopes])]
    this.#database
      .prepare('INSERT OR REPLACE INTO consents VALUES (?, ?, ?, ?, ?, ?)')
      .run(account, client, redirect, resource, all.join(' '), this.#now())
  }

  /** Whether it allowed this client anything, at whatever address: of a native app the port is another one each time. */
  hasAllowed(account: string, client: string): boolean {
    return (
      this.#database
        .prepare('SELECT 1 FROM consents WHERE account = ? AND client = ? LIMIT 1')
        .get(account, client) !== undefined
    )
  }

  /** The scopes that were allowed before. */
  allowed({ account, client, redirect, resource }: ConsentKey): readonly string[] {
    const row = this.#database
      .prepare(
        'SELECT scopes FROM consents WHERE account = ? AND client = ? AND redirect = ? AND resource = ?',
      )
      .get(account, client, redirect, resource)
    return row === undefined ? [] : String(row.scopes).split(' ')
  }
}
