/**
 * The gateway as an OAuth client of one server, for one principal at a time: signing in, tokens, more scopes, leaving (MCP
 * authorization; OAuth 2.1; RFC 8707, 9207, 9728). Discovery is in `metadata.ts`, renewing in `renewals.ts`, what is kept in
 * `connectorRecords.ts`.
 *
 * Everything is found by principal, server and issuer, and nothing by less.
 */
import { ConnectFault } from './connectFault.ts'
import {
  type ConnectorParts,
  digestOf,
  faultyEvent,
  fetchFor,
  NOBODY,
  type OauthServer,
  reachOf,
} from './connectorParts.ts'
import { type Access, ConnectorRecords, SIGN_IN_MS } from './connectorRecords.ts'
import { IssuerClients } from './issuerClients.ts'
import { type Discovered, discover } from './metadata.ts'
import type { Return } from './registration.ts'
import { Renewals } from './renewals.ts'
import { scopesToAsk } from './scopesToAsk.ts'
import type { StoredNeed, StoredPending, StoredTicket, StoredToken } from './storedToken.ts'
import { clientCredentials, loadOauth, redeemCode, revoke } from './tokens.ts'

export type { ConnectorEvent, ConnectorParts, OauthServer } from './connectorParts.ts'
export type { Access, HeldAccess } from './connectorRecords.ts'

export type Finished =
  | { readonly ok: true; readonly principal: string; readonly server: string }
  | { readonly ok: false; readonly fault: ConnectFault }

/** A token is renewed this long before it ends: the clocks of two machines differ, and a call takes time. */
export const EARLY_MS = 30_000

export class Connector {
  readonly #parts: ConnectorParts
  readonly #records: ConnectorRecords
  readonly #clients: IssuerClients
  readonly #renewals: Renewals

  constructor(parts: ConnectorParts) {
    this.#parts = parts
    this.#records = new ConnectorRecords(parts)
    this.#clients = new IssuerClients(parts, this.#records)
    this.#renewals = new Renewals(parts, this.#records, this.#clients)
  }

  /** Milliseconds since 1970. */
  now(): number {
    return this.#parts.now()
  }

  /** Whose sign-in a principal uses at a server: its own, or that of the installation. */
  ownerOf({ oauth }: OauthServer, principal: string): string {
    return oauth.shared || oauth.grant === 'client-credentials' ? NOBODY : principal
  }

  /** Changes whenever the access does; `undefined` while there is none. Cheap: asked for every request. */
  versionOf(server: OauthServer, owner: string): number | undefined {
    return this.#records.versionOf(server, owner)
  }

  /** The access there is. */
  access(server: OauthServer, owner: string): Access {
    return this.#records.access(server, owner)
  }

  /** True when it should be renewed before it is used. */
  isDue({ tokens }: StoredToken): boolean {
    return tokens.expiresAt !== undefined && tokens.expiresAt - EARLY_MS <= this.now()
  }

  isOver({ tokens }: StoredToken): boolean {
    return tokens.expiresAt !== undefined && tokens.expiresAt <= this.now()
  }

  /** Renews an access (`Renewals.renew`). */
  renew(server: OauthServer, owner: string, version: number): Promise<Access> {
    return this.#renewals.renew(server, owner, version)
  }

  /** A token for the gateway as itself. Rejects with `ConnectFault`. */
  obtain(server: OauthServer, need: StoredNeed): Promise<Access> {
    const key = JSON.stringify([NOBODY, server.id, 'client_credentials'])
    return this.#renewals.together(key, () => this.#obtain(server, need))
  }

  /** Remembers what a server wants a person to do. */
  need(server: OauthServer, owner: string, need: StoredNeed): void {
    this.#records.keepNeed(server, owner, need)
  }

  needOf(server: OauthServer, owner: string): StoredNeed | undefined {
    return this.#records.need(server, owner)
  }

  /** What the server's metadata says now. Rejects with `ConnectFault`. */
  discover(server: OauthServer, resourceMetadata: string | undefined): Promise<Discovered> {
    const { url, oauth } = server
    return discover({
      fetch: fetchFor(server, this.#parts),
      reach: reachOf(server),
      url,
      resourceMetadata,
      issuer: oauth.issuer,
      resourceParent: oauth.resourceParent,
      needsBrowser: oauth.grant === 'code',
    })
  }

  /**
   * Begins a sign-in: the address to send the person's browser to. `browser`: what the browser that begins it holds, and
   * has to show when it comes back; `ticket`: of the link it came by. Rejects with `ConnectFault`.
   */
  async begin(
    server: OauthServer,
    owner: string,
    back: Return,
    from: { readonly browser?: string; readonly ticket?: string } = {},
  ): Promise<string> {
    const need = this.needOf(server, owner) ?? { url: server.url, why: 'sign-in' }
    const found = await this.discover(server, need.resourceMetadata)
    const scopes = this.#scopes(server, owner, found, need)
    const { as, resource } = found
    const chosen = await this.#clients.choose(server, as, back)
    const oauth = await loadOauth()
    const pending: StoredPending = {
      ...chosen,
      principal: owner,
      server: server.id,
      url: server.url,
      state: oauth.generateRandomState(),
      verifier: oauth.generateRandomCodeVerifier(),
      as,
      resource,
      redirectUri: back.redirectUri,
      scopes,
      why: need.why,
      ...(from.browser === undefined ? {} : { browser: digestOf(from.browser) }),
      ...(from.ticket === undefined ? {} : { ticket: digestOf(from.ticket) }),
      expiresAt: this.now() + SIGN_IN_MS,
    }
    // Kept before the browser leaves: who the issuer is must not be a question when it comes back.
    this.#records.keepPending(pending)
    return authorizationUrl(pending, await oauth.calculatePKCECodeChallenge(pending.verifier))
  }

  /** Ends a sign-in with what the browser brought back. Each `state` works once. Never rejects for what others send. */
  async finish(
    parameters: URLSearchParams,
    serverOf: (id: string) => OauthServer | undefined,
    browser?: string,
  ): Promise<Finished> {
    const [state, ...more] = parameters.getAll('state')
    const pending = state === undefined || more.length > 0 ? undefined : this.#records.takePending(state)
    const server = pending === undefined ? undefined : serverOf(pending.server)
    if (pending === undefined || server?.url !== pending.url) return { ok: false, fault: unknownAnswer() }
    // Whoever was sent a link by somebody else must not finish what that one began (GHSA-rww4-4w9c-7733).
    if (pending.browser !== undefined && pending.browser !== digestOf(browser ?? ''))
      return { ok: false, fault: unknownAnswer() }
    const { principal, as } = pending
    const about = { principal, server: server.id, details: { issuer: as.issuer } }
    try {
      const client = await this.#clients.withSecrets(server, pending)
      const at = { ...pending, client, fetch: fetchFor(server, this.#parts), now: this.#parts.now }
      const tokens = await redeemCode(at, { ...pending, parameters })
      const before = this.access(server, principal)
      const steps = pending.why === 'more-scopes' && before.kind === 'token' ? before.stored.steps + 1 : 0
      this.#records.keep(server, principal, { ...pending, tokens, requested: pending.scopes, steps })
      this.#records.dropNeed(server, principal)
      // The link has done what it was for.
      if (pending.ticket !== undefined) this.#records.dropTicket(pending.ticket)
      this.#parts.event({ event: 'upstream.connected', ...about })
      return { ok: true, principal, server: server.id }
    } catch (error) {
      if (!(error instanceof ConnectFault)) throw error
      this.#clients.refused(server, as, error)
      this.#parts.event(faultyEvent({ event: 'upstream.connect-refused', ...about }, error))
      return { ok: false, fault: error }
    }
  }

  /** Deletes what a principal has at a server, and tells the authorization server. */
  async disconnect(
    server: OauthServer,
    owner: string,
  ): Promise<{ readonly had: boolean; readonly revoked: boolean }> {
    const access = this.access(server, owner)
    this.#records.drop(server, owner)
    this.#records.dropNeed(server, owner)
    if (access.kind === 'none') return { had: false, revoked: false }
    const { stored } = access
    const details = { issuer: stored.as.issuer }
    this.#parts.event({ event: 'upstream.disconnected', principal: owner, server: server.id, details })
    const client = await this.#clients.withSecrets(server, stored)
    const at = { ...stored, client, fetch: fetchFor(server, this.#parts), now: this.#parts.now }
    const { refresh, access: token } = stored.tokens
    // The refresh token first: with it most servers end the access token as well (RFC 7009, 2.1).
    const first = refresh === undefined ? true : await revoke(at, refresh)
    return { had: true, revoked: (await revoke(at, token)) && first }
  }

  /** Forgets what a principal has: it is no good. */
  forget(server: OauthServer, owner: string, why: string): void {
    this.#records.drop(server, owner)
    const about = { principal: owner, server: server.id, details: { why } }
    this.#parts.event({ event: 'upstream.token-dropped', ...about })
  }

  /** Says in the audit trail what was refused to a server. */
  denied(server: OauthServer, owner: string, { rule, message }: ConnectFault): void {
    const about = { principal: owner, server: server.id, rule, explain: message }
    this.#parts.event({ event: 'upstream.denied', ...about })
  }

  /** The port that clients on this machine were registered with last. */
  lastLoopbackPort(): number | undefined {
    for (const { redirectUri } of this.#records.clients()) {
      const { hostname, port } = new URL(redirectUri)
      if (hostname === '127.0.0.1' && port !== '') return Number(port)
    }
    return undefined
  }

  /** A link's ticket for a principal. */
  makeTicket(server: string, principal: string): string {
    return this.#records.makeTicket(server, principal)
  }

  ticketOf(ticket: string): StoredTicket | undefined {
    return this.#records.ticket(ticket)
  }

  async #obtain(server: OauthServer, need: StoredNeed): Promise<Access> {
    const { now, event } = this.#parts
    const found = await this.discover(server, need.resourceMetadata)
    const { as, resource } = found
    const client = await this.#clients.own(server, as)
    const requested = this.#scopes(server, NOBODY, found, need)
    const at = { as, client, resource, fetch: fetchFor(server, this.#parts), now }
    const tokens = await clientCredentials(at, requested)
    this.#records.keep(server, NOBODY, {
      url: server.url,
      resource,
      as,
      client: { id: client.id, method: client.method },
      configured: true,
      tokens,
      requested,
      steps: 0,
    })
    const details = { issuer: as.issuer }
    event({ event: 'upstream.connected', principal: NOBODY, server: server.id, details })
    return this.access(server, NOBODY)
  }

  #scopes(server: OauthServer, owner: string, found: Discovered, need: StoredNeed): readonly string[] {
    const scopes = scopesToAsk(server.oauth, found, need.scopes)
    if (scopes !== 'outside') return scopes
    const fault = scopeDenied()
    this.denied(server, owner, fault)
    throw fault
  }
}

/** A server wants more than the operator allows. */
export function scopeDenied(): ConnectFault {
  return new ConnectFault('upstream/scope-denied', 'it asks for more than "oauth.allowScopes" allows')
}

function authorizationUrl(
  { as, client, redirectUri, state, resource, scopes }: StoredPending,
  challenge: string,
): string {
  const { authorization_endpoint: endpoint } = as
  if (endpoint === undefined)
    throw new ConnectFault(
      'upstream/oauth-metadata',
      'its authorization server does not say where to sign in',
    )
  const parameters: Readonly<Record<string, string | undefined>> = {
    response_type: 'code',
    client_id: client.id,
    redirect_uri: redirectUri,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    state,
    resource,
    scope: scopes.length === 0 ? undefined : scopes.join(' '),
    // OpenID Connect Core, 11: an authorization server need not grant it unless it asks.
    prompt: scopes.includes('offline_access') ? 'consent' : undefined,
  }
  const target = new URL(endpoint)
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) target.searchParams.set(name, value)
  return target.href
}

function unknownAnswer(): ConnectFault {
  return new ConnectFault(
    'upstream/oauth-state',
    'this answer belongs to no sign-in that is under way here: it was used before, took too long, or began in another browser',
  )
}
