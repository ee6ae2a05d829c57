/**
 * Tokens from a token endpoint (RFC 6749, 4.1.3, 4.4, 6; RFC 7009), each answer checked before anything is made of it.
 */
import type { TokenEndpointResponse } from 'oauth4webapi'
import { FetchRefused, type GuardedFetch } from '../guardedFetch.ts'
import { scopesIn } from './challenge.ts'
import { clientAuthOf, type KnownClient } from './clientAuth.ts'
import { ConnectFault } from './connectFault.ts'
import type { IssuerMetadata } from './metadata.ts'

export interface TokenSet {
  readonly access: string
  readonly refresh?: string
  /** In milliseconds since 1970. */
  readonly expiresAt?: number
  /** What was granted, where the server says it. */
  readonly scopes?: readonly string[]
}

export interface TokenEndpoint {
  readonly as: IssuerMetadata
  readonly client: KnownClient
  /** RFC 8707: sent with every request. */
  readonly resource: string
  readonly fetch: GuardedFetch
  /** Milliseconds since 1970. */
  readonly now: () => number
}

type Oauth = typeof import('oauth4webapi')

/** Loaded when the first server needs it: a gateway without upstream sign-in never pays for it. */
export function loadOauth(): Promise<Oauth> {
  return import('oauth4webapi')
}

/** What the answer of the browser brought, checked: `state` and `iss` are compared here (RFC 9207). */
export async function redeemCode(
  at: TokenEndpoint,
  answer: {
    readonly parameters: URLSearchParams
    readonly state: string
    readonly redirectUri: string
    readonly verifier: string
  },
): Promise<TokenSet> {
  const oauth = await loadOauth()
  const { as, client } = libraryForms(at)
  let checked: URLSearchParams
  try {
    checked = oauth.validateAuthResponse(as, client, answer.parameters, answer.state)
  } catch (error) {
    throw answerFault(error, oauth)
  }
  return await request(at, oauth, async (options) =>
    oauth.processAuthorizationCodeResponse(
      as,
      client,
      await plain(
        await oauth.authorizationCodeGrantRequest(
          as,
          client,
          await clientAuthOf(at.client, oauth),
          checked,
          answer.redirectUri,
          answer.verifier,
          options,
        ),
      ),
    ),
  )
}

export async function refreshTokens(at: TokenEndpoint, refresh: string): Promise<TokenSet> {
  const oauth = await loadOauth()
  const { as, client } = libraryForms(at)
  const fresh = await request(at, oauth, async (options) =>
    oauth.processRefreshTokenResponse(
      as,
      client,
      await plain(
        await oauth.refreshTokenGrantRequest(
          as,
          client,
          await clientAuthOf(at.client, oauth),
          refresh,
          options,
        ),
      ),
    ),
  )
  // A server that does not rotate sends none: the one there is stays good.
  return { refresh, ...fresh }
}

export async function clientCredentials(at: TokenEndpoint, scopes: readonly string[]): Promise<TokenSet> {
  const oauth = await loadOauth()
  const { as, client } = libraryForms(at)
  const { refresh: _, ...tokens } = await request(at, oauth, async (options) =>
    oauth.processClientCredentialsResponse(
      as,
      client,
      await plain(
        await oauth.clientCredentialsGrantRequest(
          as,
          client,
          await clientAuthOf(at.client, oauth),
          { resource: at.resource, ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }) },
          options,
        ),
      ),
    ),
  )
  return tokens
}

/** Tells the authorization server that a token is no longer used. Whether that worked. */
export async function revoke(at: TokenEndpoint, token: string): Promise<boolean> {
  if (at.as.revocation_endpoint === undefined) return false
  const oauth = await loadOauth()
  const { as, client } = libraryForms(at)
  try {
    const response = await oauth.revocationRequest(as, client, await clientAuthOf(at.client, oauth), token, {
      ...libraryFetch(at, oauth),
    })
    return response.status === 200
  } catch {
    return false
  }
}

function libraryForms({ as, client }: TokenEndpoint) {
  const {
    code_challenge_methods_supported,
    token_endpoint_auth_methods_supported,
    scopes_supported,
    ...rest
  } = as
  return {
    as: {
      ...rest,
      code_challenge_methods_supported: [...(code_challenge_methods_supported ?? [])],
      token_endpoint_auth_methods_supported: [...(token_endpoint_auth_methods_supported ?? [])],
      scopes_supported: [...(scopes_supported ?? [])],
    },
    client: { client_id: client.id },
  }
}

/** The guarded fetch judges the scheme. */
function libraryFetch({ fetch }: Pick<TokenEndpoint, 'fetch'>, oauth: Oauth) {
  return {
    [oauth.customFetch]: (url: string, init: Parameters<GuardedFetch>[1]) => fetch(url, init),
    [oauth.allowInsecureRequests]: true,
  }
}

async function request(
  at: TokenEndpoint,
  oauth: Oauth,
  ask: (
    options: ReturnType<typeof libraryFetch> & { readonly additionalParameters: Record<string, string> },
  ) => Promise<TokenEndpointResponse>,
): Promise<TokenSet> {
  let answer: TokenEndpointResponse
  try {
    answer = await ask({ ...libraryFetch(at, oauth), additionalParameters: { resource: at.resource } })
  } catch (error) {
    throw tokenFault(error, oauth)
  }
  return checked(answer, at.now())
}

/**
 * The answer without what is not used and could only be a reason to fail (an ID token, whose issuer may sign as it likes).
 * A 5xx is not read at all.
 */
async function plain(response: Response): Promise<Response> {
  if (response.status >= 500) {
    throw new ConnectFault(
      'upstream/oauth-unreachable',
      `its token endpoint answers with HTTP ${response.status}`,
      {
        lasts: 'passing',
      },
    )
  }
  if (response.status !== 200) return response
  const { id_token: _, ...rest } = (await response.json()) as Record<string, unknown>
  return Response.json(rest)
}

/** A token goes into a header: whatever could end one is refused here, before it is kept. */
const TOKEN = /^[\x21-\x7e]{1,16384}$/

function checked(answer: TokenEndpointResponse, now: number): TokenSet {
  const {
    access_token: access,
    refresh_token: refresh,
    token_type: type,
    expires_in: expiresIn,
    scope,
  } = answer
  if (type.toLowerCase() !== 'bearer')
    throw new ConnectFault(
      'upstream/oauth-token',
      'its authorization server issued a token that is no Bearer token',
    )
  if (!TOKEN.test(access) || (refresh !== undefined && !TOKEN.test(refresh)))
    throw new ConnectFault(
      'upstream/oauth-token',
      'its authorization server issued a token that no header can carry',
    )
  return {
    access,
    ...(refresh === undefined ? {} : { refresh }),
    ...(expiresIn === undefined || !Number.isFinite(expiresIn)
      ? {}
      : { expiresAt: now + Math.min(Math.max(expiresIn, 0), MAX_EXPIRES_S) * 1000 }),
    ...(scope === undefined ? {} : { scopes: scopesIn(scope) }),
  }
}

const MAX_EXPIRES_S = 10 * 365 * 86_400

/** An error of the browser's answer. Of one that fails the comparison of `iss` nothing is shown (RFC 9207, 2.4). */
function answerFault(error: unknown, oauth: Oauth): ConnectFault {
  if (error instanceof oauth.AuthorizationResponseError) {
    const code = registered(error.error)
    return new ConnectFault(
      'upstream/oauth-refused',
      `its authorization server refused the sign-in${named(code)}`,
      {
        code,
      },
    )
  }
  return new ConnectFault(
    'upstream/oauth-answer',
    'the answer does not belong to this sign-in, or comes from another authorization server',
  )
}

function tokenFault(error: unknown, oauth: Oauth): ConnectFault {
  if (error instanceof ConnectFault) return error
  if (error instanceof FetchRefused) {
    const lasts = error.code === 'late' || error.code === 'unreachable' ? 'passing' : 'final'
    return new ConnectFault('upstream/oauth-unreachable', error.message, { lasts })
  }
  // The body of an error is the server's: nothing of it is shown but a code of the registered form (RFC 6749, 5.2).
  const code = error instanceof oauth.ResponseBodyError ? registered(error.error) : undefined
  const wasRefused =
    error instanceof oauth.ResponseBodyError || error instanceof oauth.WWWAuthenticateChallengeError
  return wasRefused
    ? new ConnectFault('upstream/oauth-refused', `its token endpoint refused${named(code)}`, { code })
    : new ConnectFault('upstream/oauth-token', 'the answer of its token endpoint cannot be used')
}

function registered(code: unknown): string | undefined {
  return typeof code === 'string' && /^[a-z_]{1,40}$/.test(code) ? code : undefined
}

function named(code: string | undefined): string {
  return code === undefined ? '' : ` (${code})`
}
