/**
 * What `oidc-provider` keeps, in our file (its "adapter"): sessions, sign-ins underway, codes, refresh tokens, grants.
 *
 * Rows are found by the hash of what opens them, and their payload does not hold it: the file gives nobody a session or
 * a token. Codes and refresh tokens are used up in one step, so that of two workers one wins.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { Adapter, AdapterPayload } from 'oidc-provider'
import type { ClientRecords } from './clientRecords.ts'
import { hashed } from './identityDatabase.ts'
import { grantName, type Revocations } from './revocations.ts'

/** Sign-ins and grants: what belongs to no client secret and no code, but ends. */
const FOREVER_MS = 10 * 365 * 86_400_000

export interface ArtifactSources {
  readonly database: DatabaseSync
  readonly now: () => number
  readonly revocations: Revocations
  readonly clients: ClientRecords
  /** An access token of ours that is being revoked: what stands for it in the request, and what is known of it. */
  readonly presentedToken: (handle: string) => AdapterPayload | undefined
  /** Thrown when something that works once is used a second time. */
  readonly usedTwice: (kind: string) => Error
}

export function artifactAdapter(kind: string, sources: ArtifactSources): Adapter {
  if (kind === 'Client') return clientAdapter(sources.clients)
  if (kind === 'AccessToken' || kind === 'ClientCredentials') return accessTokenAdapter(kind, sources)
  return new Artifacts(kind, sources)
}

function clientAdapter(clients: ClientRecords): Adapter {
  return {
    find: (id) => clients.find(id),
    upsert: async (id, metadata) => clients.add(id, metadata),
    destroy: async (id) => clients.remove(id),
    consume: unused,
    findByUid: unused,
    findByUserCode: unused,
    revokeByGrantId: unused,
  }
}

/** Access tokens say all there is of them; only that one was revoked is kept. */
function accessTokenAdapter(kind: string, { presentedToken, revocations }: ArtifactSources): Adapter {
  return {
    async find(handle) {
      const payload = presentedToken(handle)
      return payload?.kind === kind ? payload : undefined
    },
    upsert: unused,
    destroy: async (jti) => revocations.revokeToken(jti),
    consume: unused,
    findByUid: unused,
    findByUserCode: unused,
    revokeByGrantId: async (grantId) => revocations.revokeGrant(grantName(grantId)),
  }
}

async function unused(): Promise<undefined> {
  return undefined
}

class Artifacts implements Adapter {
  readonly #kind: string
  readonly #sources: ArtifactSources

  constructor(kind: string, sources: ArtifactSources) {
    this.#kind = kind
    this.#sources = sources
  }

  async upsert(id: string, payload: AdapterPayload, expiresInSeconds?: number): Promise<void> {
    const { database, now, usedTwice } = this.#sources
    const expiresAt = now() + (expiresInSeconds === undefined ? FOREVER_MS : expiresInSeconds * 1000)
    const values = [
      this.#kind,
      hashed(id),
      JSON.stringify(this.#kind === 'Grant' ? named(id, withoutKeys(payload)) : withoutKeys(payload)),
      typeof payload.grantId === 'string' ? hashed(payload.grantId) : null,
      typeof payload.uid === 'string' ? hashed(payload.uid) : null,
      expiresAt,
    ] as const
    const insert =
      'INSERT INTO artifacts (kind, id, payload, grant_id, uid, expires_at) VALUES (?, ?, ?, ?, ?, ?)'
    if (this.#kind === 'ReplayDetection') {
      const { changes } = database.prepare(`${insert} ON CONFLICT DO NOTHING`).run(...values)
      if (changes === 0) throw usedTwice(this.#kind)
      return
    }
    database
      .prepare(
        `${insert} ON CONFLICT DO UPDATE SET payload = excluded.payload, grant_id = excluded.grant_id, uid = excluded.uid,
         expires_at = excluded.expires_at`,
      )
      .run(...values)
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const row = this.#sources.database
      .prepare('SELECT payload, consumed_at, expires_at FROM artifacts WHERE kind = ? AND id = ?')
      .get(this.#kind, hashed(id))
    const payload = this.#payload(row)
    return payload === undefined ? undefined : withKeys(payload, id)
  }

  /** Only sessions are asked for so; what they are opened by stays unknown. */
  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    const row = this.#sources.database
      .prepare('SELECT payload, consumed_at, expires_at FROM artifacts WHERE kind = ? AND uid = ?')
      .get(this.#kind, hashed(uid))
    return this.#payload(row)
  }

  async findByUserCode(): Promise<undefined> {
    return undefined
  }

  async consume(id: string): Promise<void> {
    const { database, now, usedTwice } = this.#sources
    const { changes } = database
      .prepare('UPDATE artifacts SET consumed_at = ? WHERE kind = ? AND id = ? AND consumed_at IS NULL')
      .run(now(), this.#kind, hashed(id))
    if (changes === 0) throw usedTwice(this.#kind)
  }

  async destroy(id: string): Promise<void> {
    const { database, revocations } = this.#sources
    // A grant that is gone takes the tokens along that were given with it.
    if (this.#kind === 'Grant') revocations.revokeGrant(grantName(id))
    database.prepare('DELETE FROM artifacts WHERE kind = ? AND id = ?').run(this.#kind, hashed(id))
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    const { database, revocations } = this.#sources
    revocations.revokeGrant(grantName(grantId))
    database.prepare('DELETE FROM artifacts WHERE kind = ? AND grant_id = ?').run(this.#kind, hashed(grantId))
  }

  #payload(row: Record<string, unknown> | undefined): AdapterPayload | undefined {
    if (row === undefined || Number(row.expires_at) <= this.#sources.now()) return undefined
    const payload = JSON.parse(String(row.payload)) as AdapterPayload
    return row.consumed_at === null
      ? payload
      : { ...payload, consumed: Math.floor(Number(row.consumed_at) / 1000) }
  }
}

/** A grant can be ended by who knows the file alone: by what tokens call it, which opens nothing. */
function named(id: string, payload: AdapterPayload): AdapterPayload {
  return { ...payload, name: grantName(id) }
}

/** What opens a row stands nowhere in it: its own id, the address that resumes a sign-in, the session's cookie. */
function withoutKeys(payload: AdapterPayload): AdapterPayload {
  const { jti, returnTo, ...rest } = payload
  const kept: AdapterPayload = rest
  if (typeof jti === 'string' && typeof returnTo === 'string' && returnTo.endsWith(`/${jti}`))
    kept.resumes = returnTo.slice(0, -jti.length)
  if (typeof kept.session === 'object' && kept.session !== null) {
    const { cookie: _, ...session } = kept.session as Record<string, unknown>
    kept.session = session
  }
  return kept
}

function withKeys(payload: AdapterPayload, id: string): AdapterPayload {
  const { resumes, ...rest } = payload
  return { ...rest, jti: id, ...(typeof resumes === 'string' ? { returnTo: `${resumes}${id}` } : {}) }
}
