/**
 * Signing people in at an OpenID provider (Entra, Okta, Auth0, Keycloak, Google), which knows this gateway as one client of
 * its own. Its tokens stay here and are thrown away: programs get tokens of ours.
 *
 * Code with PKCE, `state`, `nonce`; `iss` compared where the provider sends it (RFC 9207); an answer that is one
 * provider's alone (its address names it, so none can be mixed up with another's); and a cookie that binds the way back
 * to the browser that went. `resource` is never sent: Entra refuses it, and our resources mean nothing there.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import type { JsonObject } from '@sallyport/controls/json'
import type * as OAuth from 'oauth4webapi'
import type { BrokerConfig } from '../../config/auth/serverConfig.ts'
import { type GuardedFetch, makeGuardedFetch } from '../../credentials/guardedFetch.ts'
import { claimTexts } from '../tokens/claimTexts.ts'
import { isLoopbackUrl } from './clients/documentFetch.ts'
import { INTERACTION_SECONDS, PATHS } from './engine.ts'
import type { HostCookies } from './hostCookies.ts'
import { markOf } from './hostCookies.ts'
import { hashed } from './store/identityDatabase.ts'
import type { Person } from './store/people.ts'

export interface BrokerSources {
  readonly oauth: typeof OAuth
  readonly config: BrokerConfig
  readonly clientSecret: string | undefined
  readonly publicUrl: string
  readonly database: DatabaseSync
  readonly cookies: HostCookies
  readonly now: () => number
}

export type BrokerResult =
  /** The browser is not the one that went, or the answer belongs to no sign-in underway: nobody is told more. */
  | { readonly kind: 'foreign'; readonly why: string; readonly status: 400 | 403 }
  | { readonly kind: 'refused'; readonly uid: string; readonly why: string; readonly explain: string }
  | { readonly kind: 'signed-in'; readonly uid: string; readonly person: Person }

interface Underway {
  readonly uid: string
  readonly verifier: string
  readonly nonce: string
  readonly binding: string
}

/** The operator named it, so it may be in a network of theirs. What it sends is bounded in size and time all the same. */
const PROVIDER_FETCH = makeGuardedFetch({
  reach: { loopback: true, privateNetworks: true },
  timeoutMs: 10_000,
  maxBytes: 256 * 1024,
  redirects: 'none',
})

export class Broker {
  readonly name: string
  /** What has to be registered at the provider. */
  readonly callback: string
  readonly path: string
  readonly #sources: BrokerSources
  #server: { readonly as: OAuth.AuthorizationServer; readonly until: number } | undefined

  constructor(sources: BrokerSources) {
    this.#sources = sources
    const { issuer } = sources.config
    this.name = new URL(issuer).host
    this.path = `${PATHS.callback}/${createHash('sha256').update(issuer).digest('hex').slice(0, 12)}`
    this.callback = `${sources.publicUrl}${this.path}`
  }

  /** Where the browser goes, and the cookie that it takes along. Only after a person allowed it. */
  async begin(uid: string): Promise<{ readonly to: string; readonly cookie: string }> {
    const { oauth, config, database, cookies, now } = this.#sources
    const as = await this.#discover()
    const endpoint = URL.parse(as.authorization_endpoint ?? '')
    if (endpoint === null || !isSafe(endpoint.href))
      throw new Error(`${config.issuer} names no address to sign in at`)
    const state = oauth.generateRandomState()
    const verifier = oauth.generateRandomCodeVerifier()
    const nonce = oauth.generateRandomNonce()
    const binding = randomBytes(32).toString('base64url')
    const underway: Underway = { uid, verifier, nonce, binding: hashed(binding) }
    database
      .prepare('INSERT INTO sign_ins VALUES (?, ?, ?)')
      .run(hashed(state), JSON.stringify(underway), now() + INTERACTION_SECONDS * 1000)
    const query = {
      client_id: config.clientId,
      response_type: 'code',
      redirect_uri: this.callback,
      scope: [...new Set(['openid', ...config.scopes])].join(' '),
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }
    for (const [name, value] of Object.entries(query)) endpoint.searchParams.set(name, value)
    const cookie = cookies.own(`broker-${markOf(state)}`, binding, INTERACTION_SECONDS)
    return { to: endpoint.href, cookie }
  }

  /** What the provider sent a browser back with. */
  async finish(query: URLSearchParams, cookieHeader: string | undefined): Promise<BrokerResult> {
    const { cookies } = this.#sources
    const state = query.get('state') ?? ''
    const binding = cookies.read(cookieHeader, `broker-${markOf(state)}`)
    const bound = this.#peek(state)
    if (bound === undefined) return { kind: 'foreign', why: 'no sign-in with this state', status: 400 }
    // Not used up: the one who began it may still come.
    if (binding === undefined || !isSame(hashed(binding), bound.binding))
      return { kind: 'foreign', why: 'another browser began this sign-in', status: 403 }
    if (!this.#take(state)) return { kind: 'foreign', why: 'the state was used before', status: 400 }
    try {
      return await this.#exchange(query, state, bound)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      return { kind: 'refused', uid: bound.uid, why, explain: 'the provider did not sign you in' }
    }
  }

  async #exchange(query: URLSearchParams, state: string, underway: Underway): Promise<BrokerResult> {
    const { oauth, config, clientSecret } = this.#sources
    const as = await this.#discover()
    const client: OAuth.Client = { client_id: config.clientId }
    const options = this.#options(as.token_endpoint)
    const answer = oauth.validateAuthResponse(as, client, query, state)
    const authentication =
      clientSecret === undefined
        ? oauth.None()
        : (as.token_endpoint_auth_methods_supported ?? ['client_secret_basic']).includes(
              'client_secret_basic',
            )
          ? oauth.ClientSecretBasic(clientSecret)
          : oauth.ClientSecretPost(clientSecret)
    const response = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      authentication,
      answer,
      this.callback,
      underway.verifier,
      options,
    )
    const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, {
      expectedNonce: underway.nonce,
      requireIdToken: true,
    })
    const claims = oauth.getValidatedIdTokenClaims(tokens)
    if (claims === undefined) throw new Error('the provider sent no id token')
    await oauth.validateApplicationLevelSignature(as, response, this.#options(as.jwks_uri))
    const refusal = refusalOf(config, claims)
    if (refusal !== undefined) return { kind: 'refused', uid: underway.uid, ...refusal }
    return { kind: 'signed-in', uid: underway.uid, person: personOf(config, claims) }
  }

  async #discover(): Promise<OAuth.AuthorizationServer> {
    const { oauth, config, now } = this.#sources
    if (this.#server !== undefined && this.#server.until > now()) return this.#server.as
    const issuer = new URL(config.issuer)
    const response = await oauth.discoveryRequest(issuer, this.#options(config.issuer))
    const as = await oauth.processDiscoveryResponse(issuer, response)
    // To the letter: what is compared with normalised can be somebody else.
    if (as.issuer !== config.issuer) throw new Error(`${config.issuer} calls itself ${as.issuer}`)
    this.#server = { as, until: now() + 600_000 }
    return as
  }

  #options(url: string | undefined) {
    const { oauth } = this.#sources
    return {
      [oauth.customFetch]: (address: string, init: Parameters<GuardedFetch>[1]) =>
        PROVIDER_FETCH(address, init),
      // A provider on this machine is for development; every other one is asked over TLS.
      [oauth.allowInsecureRequests]: url !== undefined && isLoopbackUrl(`${url}/`),
    }
  }

  #peek(state: string): Underway | undefined {
    const { database, now } = this.#sources
    const row = database
      .prepare('SELECT payload FROM sign_ins WHERE state = ? AND expires_at > ?')
      .get(hashed(state), now())
    return row === undefined ? undefined : (JSON.parse(String(row.payload)) as Underway)
  }

  #take(state: string): boolean {
    const { database } = this.#sources
    return database.prepare('DELETE FROM sign_ins WHERE state = ?').run(hashed(state)).changes === 1
  }
}

type Claims = Readonly<Record<string, unknown>>

/** Why somebody whom the provider signed in may not come in. */
export function refusalOf(
  config: Pick<BrokerConfig, 'allow' | 'requireAcr' | 'groupsClaim' | 'claims'>,
  claims: Claims,
): { readonly why: string; readonly explain: string } | undefined {
  const ways = [claims.acr, ...(Array.isArray(claims.amr) ? claims.amr : [])]
  if (config.requireAcr.length > 0 && !config.requireAcr.some((way) => ways.includes(way))) {
    const explain = 'your organization asks for a stronger way to sign in'
    return { why: `none of ${config.requireAcr.join(', ')} was used`, explain }
  }
  const cut = groupsFault(claims, config.groupsClaim)
  if (cut !== undefined) return { why: cut, explain: 'you are in more groups than this gateway can take' }
  const rest = claimsFault(claims, config.claims.rules)
  if (rest !== undefined)
    return { why: rest, explain: 'your provider says more of you than this gateway can take' }
  const groups = groupsOf(claims[config.groupsClaim])
  const email = claims.email_verified === true ? String(claims.email).toLowerCase() : undefined
  const isAllowed = config.allow.some(({ by, value }) => {
    switch (by) {
      case 'anyone':
        return true
      case 'group':
        return groups.includes(value)
      case 'subject':
        return claims.sub === value
      case 'email':
        return email === value
      case 'domain':
        return email?.slice(email.lastIndexOf('@') + 1) === value
      default:
        return by satisfies never
    }
  })
  return isAllowed
    ? undefined
    : { why: 'not one of auth.server.broker.allow', explain: 'you may not use this gateway' }
}

/** Of the ID token alone, whose signature and subject are this person's: nothing that is asked for elsewhere can be somebody else's. */
export function personOf(
  { groupsClaim, claims: { rules } }: Pick<BrokerConfig, 'groupsClaim' | 'claims'>,
  claims: Claims,
): Person {
  const name = [claims.preferred_username, claims.name, claims.email, claims.sub].find(
    (one): one is string => typeof one === 'string' && one !== '',
  )
  return {
    sub: `${claims.iss}|${claims.sub}`,
    name: (name ?? '').slice(0, 200),
    groups: groupsOf(claims[groupsClaim]),
    ...(rules.length === 0 ? {} : { claims: claimTexts(claims as JsonObject, rules) ?? {} }),
  }
}

const MAX_CLAIMS_BYTES = 4 * 1024

/** Why what rules ask for cannot be taken whole. Cut short, or somewhere else, it would lack what a rule denies. */
function claimsFault(claims: Claims, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined
  const { _claim_names: elsewhere } = claims
  if (typeof elsewhere === 'object' && elsewhere !== null)
    for (const name of names)
      if (Object.hasOwn(elsewhere, name)) return `the provider left the claim ${name} out`
  const size = Buffer.byteLength(JSON.stringify(claimTexts(claims as JsonObject, names) ?? {}))
  return size <= MAX_CLAIMS_BYTES ? undefined : 'the claims that rules ask for take too much room'
}

const MAX_GROUPS = 200
/** They stand in tokens, which travel in a header. */
const MAX_GROUPS_BYTES = 8 * 1024

/**
 * Why the groups of somebody cannot be taken whole: cut short, they would lack the one that a rule denies. Entra leaves all
 * of them out above 200 (OpenID Connect Core, 5.6.2).
 */
export function groupsFault(claims: Claims, name: string): string | undefined {
  const { [name]: claim, _claim_names: elsewhere } = claims
  if (typeof elsewhere === 'object' && elsewhere !== null && Object.hasOwn(elsewhere, name))
    return 'the provider left the groups out, since there are too many'
  if (!Array.isArray(claim)) return undefined
  const isWhole = claim.length <= MAX_GROUPS && Buffer.byteLength(JSON.stringify(claim)) <= MAX_GROUPS_BYTES
  return isWhole ? undefined : 'there are too many groups'
}

export function groupsOf(claim: unknown): readonly string[] {
  const all = typeof claim === 'string' ? [claim] : Array.isArray(claim) ? claim : []
  return all
    .filter((group): group is string => typeof group === 'string' && group.length <= 256)
    .slice(0, MAX_GROUPS)
}

function isSafe(url: string): boolean {
  return url.startsWith('https://') || isLoopbackUrl(url)
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
