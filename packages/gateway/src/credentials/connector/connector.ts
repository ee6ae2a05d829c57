/**
 * The gateway as an OAuth client of one server, for one principal at a time: signing in, tokens, renewing, more scopes,
 * leaving (MCP authorization; OAuth 2.1; RFC 8707, 9207, 9728).
 *
 * Every record is found by principal, server and issuer, and every flight that several calls share is keyed by all three:
 * a key without the principal is how others leaked tokens between users.
 */
import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { UpstreamOauth } from '../../config/auth/upstreamConfig.ts'
import type { HttpServerConfig } from '../../config/config.ts'
import type { Log } from '../../log.ts'
import { type GuardedFetch, isLoopbackName, makeGuardedFetch } from '../guardedFetch.ts'
import type { TokenVault } from '../vault/tokenVault.ts'
import { unionOf } from './challenge.ts'
import type { KnownClient } from './clientAuth.ts'
import { ConnectFault } from './connectFault.ts'
import { type Discovered, discover, type IssuerMetadata } from './metadata.ts'
import { type ConfiguredClient, clientFor, configuredClient, type Return } from './registration.ts'
import {
  readStored,
  type StoredKinds,
  type StoredNeed,
  type StoredPending,
  type StoredToken,
} from './storedToken.ts'
import { clientCredentials, loadOauth, redeemCode, refreshTokens, revoke, type TokenSet } from './tokens.ts'

/** A server that the gateway signs in at. */
export type OauthServer = HttpServerConfig & { readonly oauth: UpstreamOauth }

export interface ConnectorParts {
  readonly vault: TokenVault
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Resolves the configured secrets of a server, now. */
  readonly secretsOf: (
    server: OauthServer,
  ) => Promise<{ readonly secret?: string; readonly privateKey?: string }>
  /** Is told every secret that is used, before it is. */
  readonly learn: (values: readonly string[]) => void
  readonly event: (event: ConnectorEvent) => void
  /** For tests: how names are resolved, and whom TLS trusts. */
  readonly network?: Pick<Parameters<typeof makeGuardedFetch>[0], 'resolve' | 'ca'>
}

export interface ConnectorEvent {
  readonly event: `upstream.${string}`
  readonly principal: string
  readonly server: string
  readonly rule?: string
  readonly explain?: string
  readonly details?: Readonly<Record<string, string | number>>
}

export type Finished =
  | { readonly ok: true; readonly principal: string; readonly server: string }
  | { readonly ok: false; readonly fault: ConnectFault }

/** What a principal has at a server now. */
export type Access =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly version: number; readonly stored: StoredToken }

/** A sign-in takes a person no longer than this. */
const SIGN_IN_MS = 10 * 60_000
/** A token is renewed this long before it ends: the clocks of two machines differ, and a call takes time. */
const EARLY_MS = 30_000
/** A refresh takes no longer; whoever holds the lease longer is dead. */
const LEASE_MS = 30_000
const LEASE_POLL_MS = 100
/** After a refresh that failed in passing, nobody tries again for so long; doubled each time up to a limit. */
const BACKOFF_MS = 2_000
const MAX_BACKOFF_MS = 120_000
/** A registered client and what belongs to no person are found under this. */
const NOBODY = ''

export class Connector {
  readonly #parts: ConnectorParts
  readonly #flights = new Map<string, Promise<Access>>()
  readonly #backoffs = new Map<
    string,
    { readonly until: number; readonly ms: number; readonly fault: ConnectFault }
  >()
  readonly #fetches = new Map<string, GuardedFetch>()
  readonly #holder = randomBytes(8).toString('hex')

  constructor(parts: ConnectorParts) {
    this.#parts = parts
  }

  /** Whose sign-in a principal uses at a server: its own, or that of the installation. */
  ownerOf({ oauth }: OauthServer, principal: string): string {
    return oauth.shared || oauth.grant === 'client_credentials' ? NOBODY : principal
  }

  /** Changes whenever the access does; `undefined` while there is none. Cheap: asked for every request. */
  versionOf(server: OauthServer, owner: string): number | undefined {
    return this.#parts.vault.versionOf({ kind: 'token', principal: owner, server: server.id })
  }

  /** The access there is. A token that was issued for another address of the server is none. */
  access(server: OauthServer, owner: string): Access {
    const opened = this.#parts.vault.newest({ kind: 'token', principal: owner, server: server.id })
    const stored = opened === undefined ? undefined : readStored('token', opened.text)
    if (opened === undefined || stored === undefined || stored.url !== server.url) return { kind: 'none' }
    if (server.oauth.issuer !== undefined && stored.as.issuer !== server.oauth.issuer) return { kind: 'none' }
    this.#learn(stored.tokens)
    return { kind: 'token', version: opened.version, stored }
  }

  /** True when it should be renewed before it is used. */
  isDue({ tokens }: StoredToken): boolean {
    return tokens.expiresAt !== undefined && tokens.expiresAt - EARLY_MS <= this.#parts.now()
  }

  isOver({ tokens }: StoredToken): boolean {
    return tokens.expiresAt !== undefined && tokens.expiresAt <= this.#parts.now()
  }

  /**
   * Renews the access, once however many ask and in however many processes: `version` is the one that is no good. Rejects
   * with `ConnectFault`; one that is not `passing` has deleted it.
   */
  renew(server: OauthServer, owner: string, version: number): Promise<Access> {
    const current = this.access(server, owner)
    if (current.kind === 'none') return Promise.reject(gone())
    const key = JSON.stringify([owner, server.id, current.stored.as.issuer])
    const flying = this.#flights.get(key)
    if (flying !== undefined) return flying
    const flight = this.#renew(server, owner, version, key).finally(() => this.#flights.delete(key))
    this.#flights.set(key, flight)
    return flight
  }

  /** A token for the gateway as itself. Rejects with `ConnectFault`. */
  obtain(server: OauthServer, need: StoredNeed): Promise<Access> {
    const key = JSON.stringify([NOBODY, server.id, 'client_credentials'])
    const flying = this.#flights.get(key)
    if (flying !== undefined) return flying
    const flight = this.#obtain(server, need).finally(() => this.#flights.delete(key))
    this.#flights.set(key, flight)
    return flight
  }

  /** Remembers what a server wants a person to do. */
  need(server: OauthServer, owner: string, need: StoredNeed): void {
    this.#put('need', owner, server.id, '', need, SIGN_IN_MS * 6)
  }

  needOf(server: OauthServer, owner: string): StoredNeed | undefined {
    const opened = this.#parts.vault.find({ kind: 'need', principal: owner, server: server.id }, '')
    const need = opened === undefined ? undefined : readStored('need', opened.text)
    return need?.url === server.url ? need : undefined
  }

  /** What the server's metadata says now. Rejects with `ConnectFault`. */
  discover(server: OauthServer, resourceMetadata: string | undefined): Promise<Discovered> {
    const { url, oauth } = server
    return discover({
      fetch: this.#fetchFor(server),
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
    const { as, resource } = found
    const { authorization_endpoint: endpoint } = as
    if (endpoint === undefined)
      throw new ConnectFault(
        'upstream/oauth-metadata',
        'its authorization server does not say where to sign in',
      )
    const scopes = this.#scopesFor(server, owner, found, need)
    const { client, configured } = await this.#clientFor(server, as, back)
    const oauth = await loadOauth()
    const state = oauth.generateRandomState()
    const verifier = oauth.generateRandomCodeVerifier()
    const pending: StoredPending = {
      principal: owner,
      server: server.id,
      url: server.url,
      state,
      verifier,
      as,
      client,
      configured,
      resource,
      redirectUri: back.redirectUri,
      scopes,
      why: need.why,
      ...(from.browser === undefined ? {} : { browser: digest(from.browser) }),
      ...(from.ticket === undefined ? {} : { ticket: digest(from.ticket) }),
      expiresAt: this.#parts.now() + SIGN_IN_MS,
    }
    this.#put('pending', NOBODY, '', digest(state), pending, SIGN_IN_MS)
    const target = new URL(endpoint)
    const parameters: Readonly<Record<string, string | undefined>> = {
      response_type: 'code',
      client_id: client.id,
      redirect_uri: back.redirectUri,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      resource,
      scope: scopes.length === 0 ? undefined : scopes.join(' '),
      // OpenID Connect Core, 11: an authorization server need not grant it unless it asks.
      prompt: scopes.includes('offline_access') ? 'consent' : undefined,
    }
    for (const [name, value] of Object.entries(parameters))
      if (value !== undefined) target.searchParams.set(name, value)
    return target.href
  }

  /** Ends a sign-in with what the browser brought back. Each `state` works once. Never rejects for what others send. */
  async finish(
    parameters: URLSearchParams,
    serverOf: (id: string) => OauthServer | undefined,
    browser?: string,
  ): Promise<Finished> {
    const { vault, now } = this.#parts
    const [state, ...more] = parameters.getAll('state')
    const opened =
      state === undefined || more.length > 0
        ? undefined
        : vault.take({ kind: 'pending', principal: NOBODY, server: '' }, digest(state))
    const pending = opened === undefined ? undefined : readStored('pending', opened.text)
    const server = pending === undefined ? undefined : serverOf(pending.server)
    if (
      pending === undefined ||
      server === undefined ||
      pending.expiresAt < now() ||
      server.url !== pending.url
    )
      return { ok: false, fault: unknownAnswer() }
    const { principal } = pending
    // Whoever was sent a link by somebody else must not finish what that one began (GHSA-rww4-4w9c-7733).
    if (pending.browser !== undefined && pending.browser !== digest(browser ?? ''))
      return { ok: false, fault: unknownAnswer() }
    try {
      const client = await this.#withSecrets(server, pending)
      const tokens = await redeemCode(
        { as: pending.as, client, resource: pending.resource, fetch: this.#fetchFor(server), now },
        { parameters, state: pending.state, redirectUri: pending.redirectUri, verifier: pending.verifier },
      )
      const before = this.access(server, principal)
      const steps = pending.why === 'more-scopes' && before.kind === 'token' ? before.stored.steps + 1 : 0
      this.#keep(server, principal, { ...pending, tokens, requested: pending.scopes, steps })
      vault.delete({ kind: 'need', principal, server: server.id })
      // The link has done what it was for.
      if (pending.ticket !== undefined)
        vault.delete({ kind: 'ticket', principal: NOBODY, server: '' }, pending.ticket)
      this.#event('upstream.connected', principal, server.id, { issuer: pending.as.issuer })
      return { ok: true, principal, server: server.id }
    } catch (error) {
      if (!(error instanceof ConnectFault)) throw error
      this.#refusedClient(server, pending.as, error)
      this.#event('upstream.connect-refused', principal, server.id, {}, error)
      return { ok: false, fault: error }
    }
  }

  /** Deletes what a principal has at a server, and tells the authorization server. */
  async disconnect(
    server: OauthServer,
    owner: string,
  ): Promise<{ readonly had: boolean; readonly revoked: boolean }> {
    const { vault, now } = this.#parts
    const access = this.access(server, owner)
    vault.delete({ kind: 'token', principal: owner, server: server.id })
    vault.delete({ kind: 'need', principal: owner, server: server.id })
    if (access.kind === 'none') return { had: false, revoked: false }
    const { stored } = access
    this.#event('upstream.disconnected', owner, server.id, { issuer: stored.as.issuer })
    const client = await this.#withSecrets(server, stored)
    const at = { as: stored.as, client, resource: stored.resource, fetch: this.#fetchFor(server), now }
    const { refresh, access: token } = stored.tokens
    // The refresh token first: with it most servers end the access token as well (RFC 7009, 2.1).
    const first = refresh === undefined ? true : await revoke(at, refresh)
    return { had: true, revoked: (await revoke(at, token)) && first }
  }

  /** Forgets what a principal has: it is no good. */
  forget(server: OauthServer, owner: string, why: string): void {
    this.#parts.vault.delete({ kind: 'token', principal: owner, server: server.id })
    this.#event('upstream.token-dropped', owner, server.id, { why })
  }

  /** Says in the audit trail what was refused to a server. */
  denied(server: OauthServer, owner: string, rule: string, explain: string): void {
    this.#parts.event({ event: 'upstream.denied', principal: owner, server: server.id, rule, explain })
  }

  /** The port that clients on this machine were registered with last. */
  lastLoopbackPort(): number | undefined {
    for (const { text } of this.#parts.vault.openAll('client')) {
      const { redirectUri } = readStored('client', text) ?? {}
      const port = redirectUri === undefined ? '' : new URL(redirectUri).port
      if (redirectUri?.startsWith('http://127.0.0.1:') && port !== '') return Number(port)
    }
    return undefined
  }

  now(): number {
    return this.#parts.now()
  }

  /** A link for a person: found by the text of the ticket alone, good for the principal it was made for. */
  makeTicket(server: string, principal: string): string {
    const ticket = randomBytes(32).toString('base64url')
    const expiresAt = this.#parts.now() + SIGN_IN_MS
    this.#put('ticket', NOBODY, '', digest(ticket), { principal, server, expiresAt }, SIGN_IN_MS)
    return ticket
  }

  ticketOf(ticket: string): StoredKinds['ticket'] | undefined {
    const opened = this.#parts.vault.find({ kind: 'ticket', principal: NOBODY, server: '' }, digest(ticket))
    const found = opened === undefined ? undefined : readStored('ticket', opened.text)
    return found !== undefined && found.expiresAt >= this.#parts.now() ? found : undefined
  }

  async #renew(server: OauthServer, owner: string, version: number, key: string): Promise<Access> {
    const { vault, now } = this.#parts
    const lease = `refresh ${digest(key)}`
    const deadline = now() + LEASE_MS
    while (!vault.lease(lease, this.#holder, LEASE_MS)) {
      if (now() > deadline) throw new ConnectFault('upstream/oauth-unreachable', BUSY, { lasts: 'passing' })
      await sleep(LEASE_POLL_MS)
    }
    try {
      // Another worker may have been there first: what it got is as good.
      const access = this.access(server, owner)
      if (access.kind === 'none') throw gone()
      if (access.version !== version) return access
      return await this.#refresh(server, owner, access, key)
    } finally {
      vault.release(lease, this.#holder)
    }
  }

  async #refresh(
    server: OauthServer,
    owner: string,
    { stored, version }: Extract<Access, { kind: 'token' }>,
    key: string,
  ): Promise<Access> {
    const { now } = this.#parts
    const { refresh } = stored.tokens
    if (refresh === undefined) throw new ConnectFault('upstream/sign-in', 'the access has ended')
    const backoff = this.#backoffs.get(key)
    if (backoff !== undefined && backoff.until > now()) throw backoff.fault
    try {
      const client = await this.#withSecrets(server, stored)
      const at = { as: stored.as, client, resource: stored.resource, fetch: this.#fetchFor(server), now }
      const tokens = await refreshTokens(at, refresh)
      this.#backoffs.delete(key)
      // Whoever left meanwhile has left: what came too late is not kept.
      if (!this.#keep(server, owner, { ...stored, tokens }, version)) throw gone()
      this.#event('upstream.refreshed', owner, server.id, { issuer: stored.as.issuer })
      return this.access(server, owner)
    } catch (error) {
      if (!(error instanceof ConnectFault)) throw error
      if (error.lasts === 'passing') {
        const ms = Math.min((backoff?.ms ?? BACKOFF_MS / 2) * 2, MAX_BACKOFF_MS)
        this.#backoffs.set(key, { until: now() + ms, ms, fault: error })
        throw error
      }
      this.#backoffs.delete(key)
      this.#refusedClient(server, stored.as, error)
      const isStill = this.versionOf(server, owner) === version
      if (isStill) this.forget(server, owner, error.code ?? error.rule)
      throw error
    }
  }

  async #obtain(server: OauthServer, need: StoredNeed): Promise<Access> {
    const { now } = this.#parts
    const found = await this.discover(server, need.resourceMetadata)
    const { as, resource } = found
    const given = await this.#configured(server)
    if (given === undefined)
      throw new ConnectFault('upstream/oauth-client', 'the grant client_credentials needs "oauth.clientId"')
    this.#holdToIssuer(server, as, given)
    const client = configuredClient(given, as.token_endpoint_auth_methods_supported)
    const scopes = this.#scopesFor(server, NOBODY, found, need).filter((scope) => scope !== 'offline_access')
    const at = { as, client, resource, fetch: this.#fetchFor(server), now }
    const tokens = await clientCredentials(at, scopes)
    const kept = { id: client.id, method: client.method }
    this.#keep(server, NOBODY, {
      url: server.url,
      resource,
      as,
      client: kept,
      configured: true,
      tokens,
      requested: scopes,
      steps: 0,
    })
    this.#event('upstream.connected', NOBODY, server.id, { issuer: as.issuer })
    return this.access(server, NOBODY)
  }

  /** What is asked for: what the server asks, what is configured, and what there is already. */
  #scopesFor(server: OauthServer, owner: string, found: Discovered, need: StoredNeed): readonly string[] {
    const { scopes = [], allowScopes, grant } = server.oauth
    const asked = need.scopes ?? (scopes.length > 0 ? [] : found.scopesSupported)
    const refused = outside(need.scopes ?? [], allowScopes)
    if (refused.length > 0) throw this.#scopeFault(server, owner)
    const wanted = unionOf(scopes, asked)
    // Without it many authorization servers give no refresh token, and the person is asked every hour.
    const offline = grant === 'code' && found.as.scopes_supported?.includes('offline_access') === true
    const all = wanted.length > 0 && offline ? unionOf(wanted, ['offline_access']) : wanted
    return all.filter((scope) => outside([scope], allowScopes).length === 0)
  }

  #scopeFault(server: OauthServer, owner: string): ConnectFault {
    const explain = 'it asks for more than "oauth.allowScopes" allows'
    this.denied(server, owner, 'upstream/scope-denied', explain)
    return new ConnectFault('upstream/scope-denied', explain)
  }

  async #clientFor(
    server: OauthServer,
    as: IssuerMetadata,
    back: Return,
  ): Promise<{ readonly client: KnownClient; readonly configured: boolean }> {
    const { vault, now } = this.#parts
    const given = await this.#configured(server)
    if (given !== undefined) this.#holdToIssuer(server, as, given)
    const owner = { kind: 'client', principal: NOBODY, server: server.id } as const
    const client = await clientFor({
      as,
      back: { ...back, clientMetadataUrl: server.oauth.clientMetadataUrl ?? back.clientMetadataUrl },
      configured: given,
      fetch: this.#fetchFor(server),
      now,
      known: () => {
        const opened = vault.find(owner, as.issuer)
        return opened === undefined ? undefined : readStored('client', opened.text)
      },
      keep: (registered) => {
        if (registered.secret !== undefined) this.#parts.learn([registered.secret])
        vault.put(owner, as.issuer, JSON.stringify(registered))
        this.#event('upstream.registered', NOBODY, server.id, { issuer: as.issuer })
      },
    })
    const configured = given !== undefined
    // A configured secret stays where the configuration says it is.
    return { client: configured ? { id: client.id, method: client.method } : client, configured }
  }

  async #configured(server: OauthServer): Promise<ConfiguredClient | undefined> {
    const { clientId } = server.oauth
    if (clientId === undefined) return undefined
    const secrets = await this.#parts.secretsOf(server)
    this.#parts.learn(Object.values(secrets).filter((value): value is string => value !== undefined))
    return { id: clientId, ...secrets }
  }

  /** The client of a record with its configured secret, resolved now. */
  async #withSecrets(
    server: OauthServer,
    { client, configured }: Pick<StoredToken, 'client' | 'configured'>,
  ): Promise<KnownClient> {
    if (!configured) return client
    const given = await this.#configured(server)
    if (given === undefined || given.id !== client.id) return client
    return { ...configuredClient(given, undefined), method: client.method }
  }

  /**
   * A configured secret is for one authorization server. Where the configuration does not say which, it is the one it was
   * first used at: a server that names another one later does not get it (CVE-2026-104850).
   */
  #holdToIssuer(server: OauthServer, as: IssuerMetadata, { id, secret, privateKey }: ConfiguredClient): void {
    if (server.oauth.issuer !== undefined || (secret === undefined && privateKey === undefined)) return
    const owner = { kind: 'pin', principal: NOBODY, server: server.id } as const
    const opened = this.#parts.vault.find(owner, '')
    const pin = opened === undefined ? undefined : readStored('pin', opened.text)
    if (pin === undefined || pin.clientId !== id) {
      this.#parts.vault.put(owner, '', JSON.stringify({ issuer: as.issuer, clientId: id }))
    } else if (pin.issuer !== as.issuer) {
      const explain =
        'it names another authorization server than the one its client secret was used at: set "oauth.issuer"'
      this.denied(server, NOBODY, 'upstream/oauth-issuer', explain)
      throw new ConnectFault('upstream/oauth-issuer', explain)
    }
  }

  /** The authorization server does not know the registered client any more: the next sign-in registers anew. */
  #refusedClient(server: OauthServer, { issuer }: IssuerMetadata, { code }: ConnectFault): void {
    if (code === 'invalid_client' || code === 'unauthorized_client')
      this.#parts.vault.delete({ kind: 'client', principal: NOBODY, server: server.id }, issuer)
  }

  /** Keeps an access, in place of whatever there was, at this and at any other issuer. */
  #keep(server: OauthServer, owner: string, token: StoredToken, ifVersion?: number): boolean {
    const { vault } = this.#parts
    this.#learn(token.tokens)
    const { url, resource, as, client, configured, tokens, requested, steps } = token
    const text = JSON.stringify({ url, resource, as, client, configured, tokens, requested, steps })
    const mine = { kind: 'token', principal: owner, server: server.id } as const
    if (!vault.put(mine, as.issuer, text, ifVersion === undefined ? {} : { ifVersion })) return false
    vault.deleteOthers(mine, as.issuer)
    return true
  }

  #learn({ access, refresh }: TokenSet): void {
    this.#parts.learn(refresh === undefined ? [access] : [access, refresh])
  }

  #put<Kind extends keyof StoredKinds>(
    kind: Kind,
    principal: string,
    server: string,
    issuer: string,
    value: StoredKinds[Kind],
    ttlMs: number,
  ): void {
    const expiresAt = this.#parts.now() + ttlMs
    this.#parts.vault.put({ kind, principal, server }, issuer, JSON.stringify(value), { expiresAt })
  }

  #fetchFor(server: OauthServer): GuardedFetch {
    const reach = reachOf(server)
    const key = JSON.stringify([reach.loopback, reach.privateNetworks])
    const known = this.#fetches.get(key)
    if (known !== undefined) return known
    const made = makeGuardedFetch({ reach, ...this.#parts.network })
    this.#fetches.set(key, made)
    return made
  }

  #event(
    event: ConnectorEvent['event'],
    principal: string,
    server: string,
    details: Readonly<Record<string, string | number>>,
    fault?: ConnectFault,
  ): void {
    this.#parts.event({
      event,
      principal,
      server,
      details,
      ...(fault === undefined ? {} : { rule: fault.rule, explain: fault.message }),
    })
  }
}

const BUSY = 'another process is renewing the access'

/** This machine may be asked where the server itself is configured to be here. */
function reachOf({ url, oauth }: OauthServer) {
  const { protocol, hostname } = new URL(url)
  const loopback = (protocol === 'http:' || protocol === 'https:') && isLoopbackName(hostname)
  return { loopback, privateNetworks: oauth.privateNetworks }
}

/** The scopes that an allow-list does not have. */
export function outside(
  scopes: readonly string[],
  allowed: readonly string[] | undefined,
): readonly string[] {
  return allowed === undefined
    ? []
    : scopes.filter((scope) => scope !== 'offline_access' && !allowed.includes(scope))
}

function digest(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('base64url')
}

function gone(): ConnectFault {
  return new ConnectFault('upstream/sign-in', 'there is no access any more')
}

function unknownAnswer(): ConnectFault {
  return new ConnectFault(
    'upstream/oauth-state',
    'this answer belongs to no sign-in that is under way here: it was used before, took too long, or began in another browser',
  )
}
