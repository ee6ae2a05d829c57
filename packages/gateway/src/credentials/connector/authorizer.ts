/**
 * The access of one principal to one server, as a transport asks for it.
 */
import type { RefusedRequest, UpstreamAuthorizer } from '../../upstream/authorizer.ts'
import { TransportError, type TransportFault } from '../../upstream/transport.ts'
import { type BearerChallenge, bearerChallenge, unionOf } from './challenge.ts'
import { ConnectFault } from './connectFault.ts'
import { type Connector, EARLY_MS, type HeldAccess, type OauthServer, scopeDenied } from './connector.ts'
import { outside } from './scopesToAsk.ts'
import type { StoredNeed } from './storedToken.ts'

export interface SignInWays {
  readonly remedy: string
  /** The address in it, for the browser of the principal. */
  readonly link?: string
}

export interface AuthorizerParts {
  readonly connector: Connector
  readonly server: OauthServer
  /** `principalKey` of whose calls the transport carries. */
  readonly principal: string
  /** How this principal can sign in: what is said beside the refusal. */
  readonly remedy: (server: OauthServer, principal: string) => Promise<SignInWays>
}

/** Sign-ins for more scopes, one after the other, without one that helped. */
const MAX_STEPS = 3

export class PrincipalAuthorizer implements UpstreamAuthorizer {
  readonly #parts: AuthorizerParts
  readonly #owner: string
  #version: number | undefined
  #value: string | undefined
  #expiresAt = Number.POSITIVE_INFINITY

  constructor(parts: AuthorizerParts) {
    this.#parts = parts
    this.#owner = parts.connector.ownerOf(parts.server, parts.principal)
  }

  authorization(): string | undefined | Promise<string | undefined> {
    const { connector, server } = this.#parts
    const version = connector.versionOf(server, this.#owner)
    if (version === undefined) return undefined
    if (version === this.#version && this.#value !== undefined && connector.now() < this.#expiresAt)
      return this.#value
    const access = connector.access(server, this.#owner)
    if (access.kind === 'none') return undefined
    if (!connector.isDue(access.stored)) return this.#use(access)
    return this.#renewed(access)
  }

  async refused(request: RefusedRequest): Promise<'again' | TransportFault> {
    try {
      return await (request.status === 403 ? this.#wantsMore(request) : this.#wantsOther(request))
    } catch (error) {
      if (error instanceof ConnectFault) return this.#faultOf(error, request.status)
      throw error
    }
  }

  #use(access: HeldAccess): string {
    this.#version = access.version
    this.#value = `Bearer ${access.stored.tokens.access}`
    const { expiresAt } = access.stored.tokens
    this.#expiresAt = expiresAt === undefined ? Number.POSITIVE_INFINITY : expiresAt - EARLY_MS
    return this.#value
  }

  /** One that cannot be renewed now is used as long as it lasts. */
  async #renewed(access: HeldAccess): Promise<string | undefined> {
    const { connector, server } = this.#parts
    if (server.oauth.grant === 'client-credentials' || access.stored.tokens.refresh === undefined)
      return connector.isOver(access.stored) ? undefined : this.#use(access)
    try {
      const fresh = await connector.renew(server, this.#owner, access.version)
      return fresh.kind === 'token' ? this.#use(fresh) : undefined
    } catch (error) {
      if (!(error instanceof ConnectFault)) throw error
      // The server asks for a sign-in, which is answered where it is refused.
      if (error.lasts === 'final') return undefined
      if (!connector.isOver(access.stored)) return this.#use(access)
      throw new TransportError(await this.#faultOf(error, undefined))
    }
  }

  /** 401. */
  async #wantsOther({ challenge, sent, attempt }: RefusedRequest): Promise<'again' | TransportFault> {
    const { connector, server } = this.#parts
    const asked = bearerChallenge(challenge)
    const access = connector.access(server, this.#owner)
    const isNewer = access.kind === 'token' && `Bearer ${access.stored.tokens.access}` !== sent
    if (isNewer && attempt === 0 && !connector.isOver(access.stored)) return 'again'
    if (server.oauth.grant === 'client-credentials') {
      // The first token may have ended; a fresh one that is refused as well is no use asking for again.
      if (attempt > 0)
        throw new ConnectFault('upstream/oauth-refused', 'it does not take the access it was just given')
      await connector.obtain(server, needOf(server, asked))
      return 'again'
    }
    if (access.kind === 'token' && attempt === 0 && sent !== undefined) {
      // The server may trust another authorization server by now: then nothing of the old one is used again.
      const { as } = await connector.discover(server, asked?.resourceMetadata)
      const isSame = as.issuer === access.stored.as.issuer
      if (!isSame) connector.forget(server, this.#owner, 'another authorization server')
      else if (access.stored.tokens.refresh !== undefined && (await this.#couldRenew(access))) return 'again'
    }
    if (sent !== undefined && this.#isStill(sent))
      connector.forget(server, this.#owner, 'the server refused it')
    return await this.#signIn(needOf(server, asked))
  }

  async #couldRenew(access: HeldAccess): Promise<boolean> {
    const { connector, server } = this.#parts
    try {
      return (await connector.renew(server, this.#owner, access.version)).kind === 'token'
    } catch (error) {
      if (error instanceof ConnectFault && error.lasts === 'final') return false
      throw error
    }
  }

  #isStill(sent: string): boolean {
    const { connector, server } = this.#parts
    const access = connector.access(server, this.#owner)
    return access.kind === 'token' && `Bearer ${access.stored.tokens.access}` === sent
  }

  /** 403 with the scopes that are missing. */
  async #wantsMore({ challenge, sent }: RefusedRequest): Promise<'again' | TransportFault> {
    const { connector, server } = this.#parts
    const missing = bearerChallenge(challenge)?.scopes ?? []
    const access = connector.access(server, this.#owner)
    if (access.kind === 'none' || sent === undefined || server.oauth.grant === 'client-credentials')
      throw new ConnectFault('upstream/scope-missing', 'it wants more scopes than the gateway can have there')
    if (outside(missing, server.oauth.allowScopes).length > 0) {
      const fault = scopeDenied()
      connector.denied(server, this.#owner, fault)
      throw fault
    }
    const { requested, tokens, steps } = access.stored
    // A call that went out before somebody signed in for more.
    if (`Bearer ${tokens.access}` !== sent) return 'again'
    const isNew = missing.some((scope) => !requested.includes(scope))
    if (missing.length === 0 || !isNew || steps >= MAX_STEPS)
      throw new ConnectFault('upstream/scope-missing', 'it still wants more scopes after they were asked for')
    const all = unionOf(unionOf(requested, tokens.scopes ?? []), missing)
    return await this.#signIn({
      ...needOf(server, bearerChallenge(challenge)),
      scopes: all,
      why: 'more-scopes',
    })
  }

  async #signIn(need: StoredNeed): Promise<TransportFault> {
    const { connector, server } = this.#parts
    connector.need(server, this.#owner, need)
    const rule = need.why === 'sign-in' ? 'needs a sign-in' : 'needs a sign-in with more scopes'
    return {
      code: 'sign-in',
      explain: `it ${rule}`,
      ...(await this.#parts.remedy(server, this.#parts.principal)),
      status: need.why === 'sign-in' ? 401 : 403,
    }
  }

  async #faultOf(error: ConnectFault, status: number | undefined): Promise<TransportFault> {
    const known = status === undefined ? {} : { status }
    if (error.lasts === 'passing') {
      const explain = `the access to it cannot be renewed now: ${error.message}`
      return { code: 'unauthorized', explain, remedy: 'Try again in a minute.', ...known }
    }
    return {
      code: 'unauthorized',
      explain: error.message,
      remedy: 'The operator of the gateway can see more in its log.',
      ...known,
    }
  }
}

function needOf({ url }: OauthServer, asked: BearerChallenge | undefined): StoredNeed {
  const { resourceMetadata, scopes } = asked ?? {}
  return {
    url,
    ...(resourceMetadata === undefined ? {} : { resourceMetadata }),
    ...(scopes === undefined || scopes.length === 0 ? {} : { scopes }),
    why: 'sign-in',
  }
}
