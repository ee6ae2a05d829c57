/**
 * Who allowed which program what, as far as it can still be used; and the end of it. What opens anything stands nowhere in
 * the file, so what is listed here opens nothing.
 */
import { createHash } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { inTransaction } from '../../../state/inTransaction.ts'
import { People } from './people.ts'
import { ACCESS_TOKEN_MS, grantName, type Revocations } from './revocations.ts'

/** What a person allowed a program once, with all tokens that came of it. */
export interface SignIn {
  /** For people to name it by: 12 hex digits. */
  readonly id: string
  readonly account: string
  readonly person: string
  readonly program: string
  readonly programName: string
  /** The scopes, by resource. */
  readonly allows: Readonly<Record<string, string>>
  readonly allowedAt: number
  /** When tokens were last given for it. */
  readonly usedAt: number
  readonly until: number
}

/** A program that registered itself. */
export interface RegisteredProgram {
  readonly id: string
  readonly name: string
  readonly redirects: readonly string[]
  readonly registeredAt: number
  /** When it was last allowed something, or used it. */
  readonly usedAt: number | undefined
}

export interface KnownPerson {
  readonly account: string
  readonly name: string
  readonly groups: readonly string[]
  readonly signedInAt: number
}

interface GrantRow {
  readonly signIn: SignIn
  readonly storedId: string
  /** As it stands in tokens; `undefined` of one that an older version made and that was never renewed. */
  readonly name: string | undefined
}

export class SignIns {
  readonly #database: DatabaseSync
  readonly #now: () => number

  constructor(database: DatabaseSync, now: () => number) {
    this.#database = database
    this.#now = now
  }

  programs(): readonly RegisteredProgram[] {
    const rows = this.#database.prepare('SELECT * FROM clients ORDER BY created_at, id').all()
    return rows.map((row) => {
      const { client_name: name, redirect_uris: redirects } = JSON.parse(String(row.metadata))
      return {
        id: String(row.id),
        name: typeof name === 'string' ? name : '',
        redirects: Array.isArray(redirects) ? redirects.map(String) : [],
        registeredAt: Number(row.created_at),
        usedAt: row.used_at === null ? undefined : Number(row.used_at),
      }
    })
  }

  people(): readonly KnownPerson[] {
    return this.#database
      .prepare('SELECT * FROM accounts ORDER BY sub')
      .all()
      .map((row) => ({
        account: String(row.sub),
        name: String(row.name),
        groups: JSON.parse(String(row.groups)) as string[],
        signedInAt: Number(row.at),
      }))
  }

  /** What can still be used, the oldest first. */
  all(): readonly SignIn[] {
    return this.#rows().map(({ signIn }) => signIn)
  }

  /** Ends these with every token that came of them; whoever allowed one is asked again. */
  end(ids: readonly string[], revocations: Revocations): void {
    inTransaction(this.#database, () => {
      for (const row of this.#rows()) if (ids.includes(row.signIn.id)) this.#end(row, revocations)
    })
  }

  /** Ends all of a person, whatever program it is, and signs their browsers out. */
  endPerson(account: string, revocations: Revocations): void {
    inTransaction(this.#database, () => {
      for (const row of this.#rows()) if (row.signIn.account === account) this.#end(row, revocations)
      new People(this.#database, this.#now).forget(account)
    })
  }

  /** Ends all of a program, whoever allowed it, and forgets its registration. */
  endProgram(program: string, revocations: Revocations): void {
    inTransaction(this.#database, () => {
      for (const row of this.#rows()) if (row.signIn.program === program) this.#end(row, revocations)
      this.#database.prepare('DELETE FROM consents WHERE client = ?').run(program)
      this.#database.prepare('DELETE FROM clients WHERE id = ?').run(program)
    })
  }

  #end({ signIn: { account, program }, storedId, name }: GrantRow, revocations: Revocations): void {
    // First: from then on no access token of it is good, in any worker.
    if (name !== undefined) revocations.revokeGrant(name)
    this.#database.prepare("DELETE FROM artifacts WHERE kind = 'Grant' AND id = ?").run(storedId)
    this.#database.prepare('DELETE FROM artifacts WHERE grant_id = ?').run(storedId)
    // What is remembered would give the program new tokens without a word to anybody.
    this.#database.prepare('DELETE FROM consents WHERE account = ? AND client = ?').run(account, program)
  }

  #rows(): readonly GrantRow[] {
    const now = this.#now()
    const people = new Map(this.people().map(({ account, name }) => [account, name]))
    const programs = new Map(this.programs().map(({ id, name }) => [id, name]))
    const rows = this.#database
      .prepare("SELECT id, payload, expires_at FROM artifacts WHERE kind = 'Grant' AND expires_at > ?")
      .all(now)
    const found = rows.flatMap((row): GrantRow[] => {
      const storedId = String(row.id)
      const { accountId, clientId, resources, iat, name } = JSON.parse(String(row.payload))
      const allowedAt = Number(iat) * 1000
      const { usedAt, grant } = this.#tokensOf(storedId)
      if (usedAt === undefined && allowedAt + ACCESS_TOKEN_MS < now) return []
      const [account, program] = [String(accountId), String(clientId)]
      return [
        {
          storedId,
          name: typeof name === 'string' ? name : grant,
          signIn: {
            id: createHash('sha256').update(storedId).digest('hex').slice(0, 12),
            account,
            person: people.get(account) ?? account,
            program,
            programName: programs.get(program) ?? '',
            allows: readResources(resources),
            allowedAt,
            usedAt: Math.max(usedAt ?? 0, allowedAt),
            until: Number(row.expires_at),
          },
        },
      ]
    })
    return found.toSorted((a, b) => a.signIn.allowedAt - b.signIn.allowedAt)
  }

  /** When the tokens that can still be used were given, and what their grant is called in access tokens. */
  #tokensOf(storedId: string): { readonly usedAt: number | undefined; readonly grant: string | undefined } {
    const rows = this.#database
      .prepare(
        'SELECT payload FROM artifacts WHERE grant_id = ? AND consumed_at IS NULL AND expires_at > ? ORDER BY expires_at DESC',
      )
      .all(storedId, this.#now())
      .map(
        ({ payload }) => JSON.parse(String(payload)) as { readonly iat?: number; readonly grantId?: string },
      )
    const [newest] = rows
    if (newest === undefined) return { usedAt: undefined, grant: undefined }
    const usedAt = Math.max(...rows.map(({ iat = 0 }) => iat * 1000))
    return { usedAt, grant: newest.grantId === undefined ? undefined : grantName(newest.grantId) }
  }
}

function readResources(resources: unknown): Readonly<Record<string, string>> {
  if (typeof resources !== 'object' || resources === null) return {}
  return Object.fromEntries(Object.entries(resources).map(([resource, scopes]) => [resource, String(scopes)]))
}
