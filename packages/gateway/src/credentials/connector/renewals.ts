/**
 * Renewing an access: once, however many calls want it and in however many processes (a refresh token that is used twice is
 * taken for stolen), and not at all for a while where the authorization server cannot be had.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { ConnectFault } from './connectFault.ts'
import { type ConnectorParts, digestOf, fetchFor, type OauthServer } from './connectorParts.ts'
import type { Access, ConnectorRecords, HeldAccess } from './connectorRecords.ts'
import type { IssuerClients } from './issuerClients.ts'
import { refreshTokens } from './tokens.ts'

/** A refresh takes no longer; whoever holds the lease longer is dead. */
const LEASE_MS = 30_000
const LEASE_POLL_MS = 100
/** After a refresh that failed in passing, nobody tries again for so long; doubled each time up to a limit. */
const BACKOFF_MS = 2_000
const MAX_BACKOFF_MS = 120_000

interface Backoff {
  readonly until: number
  readonly ms: number
  readonly fault: ConnectFault
}

export class Renewals {
  readonly #parts: ConnectorParts
  readonly #records: ConnectorRecords
  readonly #clients: IssuerClients
  readonly #flights = new Map<string, Promise<Access>>()
  readonly #backoffs = new Map<string, Backoff>()
  readonly #holder = randomBytes(8).toString('hex')

  constructor(parts: ConnectorParts, records: ConnectorRecords, clients: IssuerClients) {
    this.#parts = parts
    this.#records = records
    this.#clients = clients
  }

  /**
   * Renews the access of an owner: `version` is the one that is no good. Rejects with `ConnectFault`; one that is not
   * `passing` has deleted it.
   */
  renew(server: OauthServer, owner: string, version: number): Promise<Access> {
    const current = this.#records.access(server, owner)
    if (current.kind === 'none') return Promise.reject(gone())
    // With the owner in it: a key without leaked tokens between users elsewhere (Pomerium PR 6165).
    const key = JSON.stringify([owner, server.id, current.stored.as.issuer])
    return this.together(key, () => this.#renew(server, owner, version, key))
  }

  /** Whoever asks for the same while it is under way gets the same. */
  together(key: string, work: () => Promise<Access>): Promise<Access> {
    const flying = this.#flights.get(key)
    if (flying !== undefined) return flying
    const flight = work().finally(() => this.#flights.delete(key))
    this.#flights.set(key, flight)
    return flight
  }

  async #renew(server: OauthServer, owner: string, version: number, key: string): Promise<Access> {
    const { vault, now } = this.#parts
    const lease = `refresh ${digestOf(key)}`
    const deadline = now() + LEASE_MS
    while (!vault.lease(lease, this.#holder, LEASE_MS)) {
      if (now() > deadline) {
        const explain = 'another process is renewing the access'
        throw new ConnectFault('upstream/oauth-unreachable', explain, { lasts: 'passing' })
      }
      await sleep(LEASE_POLL_MS)
    }
    try {
      // Another process may have been there first: what it got is as good.
      const access = this.#records.access(server, owner)
      if (access.kind === 'none') throw gone()
      return access.version === version ? await this.#refresh(server, owner, access, key) : access
    } finally {
      vault.release(lease, this.#holder)
    }
  }

  async #refresh(
    server: OauthServer,
    owner: string,
    { stored, version }: HeldAccess,
    key: string,
  ): Promise<Access> {
    const { now, event } = this.#parts
    const { refresh } = stored.tokens
    if (refresh === undefined) throw new ConnectFault('upstream/sign-in', 'the access has ended')
    const backoff = this.#backoffs.get(key)
    if (backoff !== undefined && backoff.until > now()) throw backoff.fault
    const about = { principal: owner, server: server.id }
    try {
      const client = await this.#clients.withSecrets(server, stored)
      const fetch = fetchFor(server, this.#parts)
      const tokens = await refreshTokens({ ...stored, client, fetch, now }, refresh)
      this.#backoffs.delete(key)
      // Whoever left meanwhile has left: what came too late is not kept.
      if (!this.#records.keep(server, owner, { ...stored, tokens }, version)) throw gone()
      event({ event: 'upstream.refreshed', ...about, details: { issuer: stored.as.issuer } })
      return this.#records.access(server, owner)
    } catch (error) {
      if (!(error instanceof ConnectFault)) throw error
      if (error.lasts === 'passing') {
        const ms = Math.min((backoff?.ms ?? BACKOFF_MS / 2) * 2, MAX_BACKOFF_MS)
        this.#backoffs.set(key, { until: now() + ms, ms, fault: error })
        throw error
      }
      this.#backoffs.delete(key)
      this.#clients.refused(server, stored.as, error)
      if (this.#records.versionOf(server, owner) === version) {
        this.#records.drop(server, owner)
        event({ event: 'upstream.token-dropped', ...about, details: { why: error.code ?? error.rule } })
      }
      throw error
    }
  }
}

function gone(): ConnectFault {
  return new ConnectFault('upstream/sign-in', 'there is no access any more')
}
