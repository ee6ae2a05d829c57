/**
 * What the connector keeps in the vault, in its own terms. Every access is found by its owner, and what is found by a
 * digest alone (a link, a sign-in under way) says whose it is.
 */
import { randomBytes } from 'node:crypto'
import { type ConnectorParts, digestOf, NOBODY, type OauthServer } from './connectorParts.ts'
import type { RegisteredClient } from './registration.ts'
import {
  readStored,
  type StoredKinds,
  type StoredNeed,
  type StoredPending,
  type StoredPin,
  type StoredTicket,
  type StoredToken,
} from './storedToken.ts'

/** What a principal has at a server now. */
export type Access =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly version: number; readonly stored: StoredToken }

export type HeldAccess = Extract<Access, { kind: 'token' }>

/** A sign-in takes a person no longer than this. */
export const SIGN_IN_MS = 10 * 60_000
const NEED_MS = 60 * 60_000

const PENDING = { kind: 'pending', principal: NOBODY, server: '' } as const
const TICKET = { kind: 'ticket', principal: NOBODY, server: '' } as const

export class ConnectorRecords {
  readonly #parts: Pick<ConnectorParts, 'vault' | 'now' | 'learn'>

  constructor(parts: Pick<ConnectorParts, 'vault' | 'now' | 'learn'>) {
    this.#parts = parts
  }

  /** Changes whenever the access does; `undefined` while there is none. Cheap: asked for every request. */
  versionOf(server: OauthServer, owner: string): number | undefined {
    return this.#parts.vault.versionOf(tokenOf(server, owner))
  }

  /** The access there is. One that was issued for another address of the server, or by another issuer, is none. */
  access(server: OauthServer, owner: string): Access {
    const opened = this.#parts.vault.newest(tokenOf(server, owner))
    const stored = opened === undefined ? undefined : readStored('token', opened.text)
    if (opened === undefined || stored === undefined || stored.url !== server.url) return { kind: 'none' }
    if (server.oauth.issuer !== undefined && stored.as.issuer !== server.oauth.issuer) return { kind: 'none' }
    this.#learn(stored)
    return { kind: 'token', version: opened.version, stored }
  }

  /**
   * Keeps an access in place of whatever there was, at this and at any other issuer. `ifVersion`: only in place of that
   * one; `false` where it is gone.
   */
  keep(server: OauthServer, owner: string, token: StoredToken, ifVersion?: number): boolean {
    const { vault } = this.#parts
    this.#learn(token)
    const { url, resource, as, client, configured, tokens, requested, steps } = token
    const text = JSON.stringify({ url, resource, as, client, configured, tokens, requested, steps })
    const mine = tokenOf(server, owner)
    if (!vault.put(mine, as.issuer, text, ifVersion === undefined ? {} : { ifVersion })) return false
    vault.deleteOthers(mine, as.issuer)
    return true
  }

  drop(server: OauthServer, owner: string): void {
    this.#parts.vault.delete(tokenOf(server, owner))
  }

  /** What a server wants a person to do. */
  need(server: OauthServer, owner: string): StoredNeed | undefined {
    const need = this.#find('need', { kind: 'need', principal: owner, server: server.id }, '')
    return need?.url === server.url ? need : undefined
  }

  keepNeed(server: OauthServer, owner: string, need: StoredNeed): void {
    this.#put({ kind: 'need', principal: owner, server: server.id }, '', need, NEED_MS)
  }

  dropNeed(server: OauthServer, owner: string): void {
    this.#parts.vault.delete({ kind: 'need', principal: owner, server: server.id })
  }

  keepPending(pending: StoredPending): void {
    this.#put(PENDING, digestOf(pending.state), pending, SIGN_IN_MS)
  }

  /** The sign-in with this state, once. */
  takePending(state: string): StoredPending | undefined {
    const opened = this.#parts.vault.take(PENDING, digestOf(state))
    const pending = opened === undefined ? undefined : readStored('pending', opened.text)
    return pending !== undefined && pending.expiresAt >= this.#parts.now() ? pending : undefined
  }

  /** A link for a person: found by the text of the ticket alone, good for the principal it was made for. */
  makeTicket(server: string, principal: string): string {
    const ticket = randomBytes(32).toString('base64url')
    const expiresAt = this.#parts.now() + SIGN_IN_MS
    this.#put(TICKET, digestOf(ticket), { principal, server, expiresAt }, SIGN_IN_MS)
    return ticket
  }

  ticket(ticket: string): StoredTicket | undefined {
    const found = this.#find('ticket', TICKET, digestOf(ticket))
    return found !== undefined && found.expiresAt >= this.#parts.now() ? found : undefined
  }

  /** `digest`: of its text. */
  dropTicket(digest: string): void {
    this.#parts.vault.delete(TICKET, digest)
  }

  client(server: OauthServer, issuer: string): RegisteredClient | undefined {
    return this.#find('client', clientOf(server), issuer)
  }

  keepClient(server: OauthServer, issuer: string, client: RegisteredClient): void {
    if (client.secret !== undefined) this.#parts.learn([client.secret])
    this.#put(clientOf(server), issuer, client)
  }

  dropClient(server: OauthServer, issuer: string): void {
    this.#parts.vault.delete(clientOf(server), issuer)
  }

  /** Every client that was registered. */
  clients(): readonly RegisteredClient[] {
    return this.#parts.vault.openAll('client').flatMap(({ text }) => readStored('client', text) ?? [])
  }

  /** The issuer that a configured secret belongs to, as of its first use. */
  pin(server: OauthServer): StoredPin | undefined {
    return this.#find('pin', { kind: 'pin', principal: NOBODY, server: server.id }, '')
  }

  keepPin(server: OauthServer, pin: StoredPin): void {
    this.#put({ kind: 'pin', principal: NOBODY, server: server.id }, '', pin)
  }

  #learn({ tokens: { access, refresh } }: Pick<StoredToken, 'tokens'>): void {
    this.#parts.learn(refresh === undefined ? [access] : [access, refresh])
  }

  #find<Kind extends keyof StoredKinds>(
    kind: Kind,
    owner: { readonly kind: Kind; readonly principal: string; readonly server: string },
    issuer: string,
  ): StoredKinds[Kind] | undefined {
    const opened = this.#parts.vault.find(owner, issuer)
    return opened === undefined ? undefined : readStored(kind, opened.text)
  }

  #put<Kind extends keyof StoredKinds>(
    owner: { readonly kind: Kind; readonly principal: string; readonly server: string },
    issuer: string,
    value: StoredKinds[Kind],
    ttlMs?: number,
  ): void {
    const lasts = ttlMs === undefined ? {} : { expiresAt: this.#parts.now() + ttlMs }
    this.#parts.vault.put(owner, issuer, JSON.stringify(value), lasts)
  }
}

function tokenOf(server: OauthServer, owner: string) {
  return { kind: 'token', principal: owner, server: server.id } as const
}

/** One for all users: it is the gateway that is registered. */
function clientOf(server: OauthServer) {
  return { kind: 'client', principal: NOBODY, server: server.id } as const
}
