/**
 * `oidc-provider`, as this gateway runs it: OAuth 2.1 with codes, S256 and nothing older, resources and scopes of ours,
 * signed access tokens, and everything that is kept in our file.
 *
 * What it does by itself and is relied on: requests and their parameters (no duplicates), exact redirect addresses but for
 * loopback ports, PKCE, codes bound to client and address, client authentication, `iss` in responses (RFC 9207).
 */
import type { Context, errors as Errors, GrantHandler, Provider, ResponseMode, Token } from 'oidc-provider'
import type { AuthServerConfig } from '../../config/auth/serverConfig.ts'
import type { Fetch } from './clients/documentFetch.ts'
import type { CookieSeal } from './cookieSeal.ts'
import { renderError } from './pages/errorPage.ts'
import type { RefreshReplays } from './refreshReplays.ts'
import { isRemembered, isTrusted, signInPolicy } from './signInPolicy.ts'
import { type ArtifactSources, artifactAdapter } from './store/artifacts.ts'
import { isSecret, type Metadata } from './store/clientRecords.ts'
import { OWNER, type People } from './store/people.ts'
import { grantName } from './store/revocations.ts'
import type { SigningKeys } from './store/signingKeys.ts'
import type { Targets } from './targets.ts'

export interface EngineSources {
  readonly module: typeof import('oidc-provider')
  readonly issuer: string
  readonly config: AuthServerConfig
  readonly targets: Targets
  readonly keys: SigningKeys
  readonly people: People
  readonly artifacts: Omit<ArtifactSources, 'usedTwice'>
  readonly replays: RefreshReplays
  readonly registered: readonly Metadata[]
  readonly registrationOpen: boolean
  readonly fetch: Fetch
  readonly cookieSeal: CookieSeal
}

export const PATHS = {
  authorize: '/oauth/authorize',
  token: '/oauth/token',
  register: '/oauth/register',
  revoke: '/oauth/revoke',
  jwks: '/oauth/jwks',
  interaction: '/oauth/interaction',
  callback: '/oauth/callback',
} as const

/** RFC 9700, 2.1.1 asks for minutes at most; hosts redeem at once. */
const CODE_SECONDS = 60
/** A sign-in that is not finished by then begins anew. */
export const INTERACTION_SECONDS = 600
const SESSION_SECONDS = 12 * 3600

export function makeEngine(sources: EngineSources): Provider {
  const { module, issuer, config, targets, people, replays } = sources
  const { Provider: Base, errors, interactionPolicy } = module

  const written = new Set(sources.registered.map(({ client_id }) => client_id))
  const mayAnswer = (ctx: Context) => written.has(ctx.oidc.client?.clientId) || isTrusted(ctx, people)
  const refresh = async (ctx: Context, handler: GrantHandler) => {
    dropUnknownScopes(ctx, targets)
    await replays.answer(ctx, handler, errors)
  }

  class Engine extends Base {
    /** Called for each of the engine's own grants while it is made: renewing a token goes past what was answered before. */
    override registerGrantType(...[name, handler, ...rest]: Parameters<Provider['registerGrantType']>): void {
      super.registerGrantType(
        name,
        name === 'refresh_token' ? (ctx) => refresh(ctx, handler) : handler,
        ...rest,
      )
    }

    /** No answer as a form that sends itself: that needs a script on the page. */
    override registerResponseMode(name: string, handler: ResponseMode): void {
      if (name === 'form_post') return
      super.registerResponseMode(name, async (ctx, to, answer) =>
        answer.error === undefined || mayAnswer(ctx)
          ? await handler(ctx, to, answer)
          : await refuseHere(ctx, answer as { readonly error: string }),
      )
    }
  }

  const usedTwice = (kind: string) =>
    kind === 'ReplayDetection'
      ? new errors.InvalidClientAuth('an assertion works once')
      : new errors.InvalidGrant('it was used before')
  const [newest] = sources.keys.all
  const resourceInfo = {
    scope: [...targets.scopes.keys()].join(' '),
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: 'ES256', kid: newest?.kid } },
  }
  const engine = new Engine(issuer, {
    adapter: (kind: string) => artifactAdapter(kind, { ...sources.artifacts, usedTwice }),
    clients: sources.registered,
    jwks: { keys: sources.keys.all.map(({ privateJwk }) => privateJwk) },
    routes: {
      authorization: PATHS.authorize,
      token: PATHS.token,
      registration: PATHS.register,
      revocation: PATHS.revoke,
      jwks: PATHS.jwks,
    },
    cookies: {
      keys: sources.cookieSeal,
      names: { session: 'session', interaction: 'interaction', resume: 'resume' },
      long: { httpOnly: true, sameSite: 'lax', signed: true, path: '/' },
      short: { httpOnly: true, sameSite: 'lax', signed: true, path: '/' },
    },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      dPoP: { enabled: false },
      claimsParameter: { enabled: false },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      registration: {
        enabled: sources.registrationOpen,
        issueRegistrationAccessToken: false,
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: async (_ctx: Context, _client: unknown, granted?: readonly string[]) => {
          if (granted === undefined) return targets.whole
          if (granted.length === 1) return granted[0]
          throw new errors.InvalidTarget('name one resource')
        },
        useGrantedResource: async () => true,
        getResourceServerInfo: async (ctx: Context, resource: string) => {
          if (!targets.has(resource)) throw new errors.InvalidTarget('this is no resource of this gateway')
          settleRequest(ctx, targets, errors)
          return resourceInfo
        },
      },
    },
    clientDefaults: {
      // Web clients would get no loopback address with a free port; what addresses there may be is ours to say.
      application_type: 'native',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      response_modes: ['query'],
      id_token_signed_response_alg: 'ES256',
      token_endpoint_auth_method: 'client_secret_basic',
    },
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    enabledJWA: { clientAuthSigningAlgValues: ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519'] },
    responseTypes: ['code'],
    scopes: [...targets.scopes.keys()],
    claims: { openid: ['sub'] },
    subjectTypes: ['public'],
    clockTolerance: 5,
    pkce: { required: () => true },
    allowOmittingSingleRegisteredRedirectUri: false,
    ttl: {
      AccessToken: config.accessTokenMs / 1000,
      ClientCredentials: config.accessTokenMs / 1000,
      AuthorizationCode: CODE_SECONDS,
      RefreshToken: config.refreshTokenMs / 1000,
      Grant: config.signInAgainMs / 1000,
      Interaction: INTERACTION_SECONDS,
      Session: SESSION_SECONDS,
      IdToken: CODE_SECONDS,
    },
    expiresWithSession: async () => false,
    issueRefreshToken: async (_ctx: Context, client: { grantTypeAllowed(type: string): boolean }) =>
      client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    // What was given with one consent is one family: another sign-in is another one.
    loadExistingGrant: async (ctx: Context) => await grantOf(ctx, people),
    interactions: {
      policy: signInPolicy(interactionPolicy, people),
      url: async (_ctx: Context, { uid }: { readonly uid: string }) => `${PATHS.interaction}/${uid}`,
    },
    findAccount: async (_ctx: Context, sub: string) =>
      people.find(sub) === undefined || !maySignIn(sub, config)
        ? undefined
        : { accountId: sub, claims: async () => ({ sub }) },
    extraTokenClaims: async (_ctx: Context, token: Token) => tokenClaims(token, people),
    formats: {
      customizers: {
        // A machine is no person, whatever it is called.
        jwt: async (_ctx: Context, token: Token, jwt: { payload: Record<string, unknown> }) => {
          if (token.accountId === undefined) jwt.payload.sub = machineSubject(String(token.clientId))
        },
      },
    },
    renderError,
    fetch: sources.fetch,
  })
  requireNames(engine)
  engine.proxy = true
  engine.Client.prototype.compareClientSecret = function (actual) {
    return isSecret(this.clientSecret, actual)
  }
  return engine
}

/** An error as a page of ours, in place of a redirect. */
async function refuseHere(ctx: Context, answer: { readonly error: string }): Promise<void> {
  ctx.status = 400
  await renderError(ctx, answer)
}

/**
 * The engine finds the lifetime of what it issues, and what to keep of it, by the name of its class. Where a bundler took the
 * names away, a token would live for ever.
 */
function requireNames(engine: Provider): void {
  for (const name of [
    'AccessToken',
    'AuthorizationCode',
    'ClientCredentials',
    'Grant',
    'RefreshToken',
  ] as const)
    if (engine[name].name !== name)
      throw new Error(`the classes of the authorization server lost their names: ${name}`)
}

/** Whether people still sign in where this account did: one whose provider was taken out of the configuration is nobody. */
function maySignIn(sub: string, { owner, broker, assertions }: AuthServerConfig): boolean {
  if (sub === OWNER.sub) return owner
  return [broker, ...assertions].some((one) => one !== undefined && sub.startsWith(`${one.issuer}|`))
}

export function machineSubject(clientId: string): string {
  return `client:${clientId}`
}

/**
 * Of the scopes that are asked for those that there are; where none is named, what a client is
 * told to ask for first. Hosts ask for
 * what other servers know (`openid`, `offline_access`): that is left out, but a request for nothing that there is, is refused.
 */
function settleRequest(ctx: Context, targets: Targets, errors: typeof Errors): void {
  const { params, client, route } = ctx.oidc
  if (Array.isArray(params.resource) && params.resource.length > 1)
    throw new errors.InvalidTarget('name one resource')
  if (Array.isArray(params.resource)) [params.resource] = params.resource
  const atToken = route === 'token'
  // What a code or a refresh token holds is settled; those who bring one may only narrow it.
  if (atToken && params.grant_type !== 'client_credentials') return
  const most = client?.scope?.split(' ')
  const known = [...targets.scopes.keys()].filter((scope) => most === undefined || most.includes(scope))
  const asked = typeof params.scope === 'string' ? params.scope.split(' ') : targets.initial
  const settled = asked.filter((scope) => known.includes(scope))
  if (settled.length === 0) throw new errors.InvalidScope('none of these scopes can be had')
  params.scope = settled.join(' ')
}

/** Whoever asked for scopes of other servers beside ours, and got ours, asks for the same when it refreshes. */
function dropUnknownScopes({ oidc }: Context, { scopes }: Targets): void {
  if (typeof oidc.params.scope !== 'string') return
  const known = oidc.params.scope.split(' ').filter((scope) => scopes.has(scope))
  oidc.params.scope = known.length === 0 ? undefined : known.join(' ')
}

/** The grant of what a person just allowed, or of what is remembered; a new one either way. */
async function grantOf(ctx: Context, people: People): Promise<unknown> {
  const { provider, result, account, client, params, requestParamScopes } = ctx.oidc
  const grantId = result?.consent?.grantId
  if (grantId !== undefined) return await provider.Grant.find(grantId)
  if (account === undefined || client === undefined || !isRemembered(ctx, people)) return undefined
  const grant = new provider.Grant({ accountId: account.accountId, clientId: client.clientId })
  grant.addResourceScope(String(params.resource), [...requestParamScopes].join(' '))
  await grant.save()
  return grant
}

function tokenClaims(token: Token, people: People): Record<string, unknown> {
  const groups = token.accountId === undefined ? [] : (people.find(token.accountId)?.groups ?? [])
  return {
    ...(groups.length === 0 ? {} : { groups }),
    ...(token.grantId === undefined ? {} : { grant: grantName(token.grantId) }),
  }
}
