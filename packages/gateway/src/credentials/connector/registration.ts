/**
 * Which client the gateway is at an authorization server: the configured one, its own metadata document (CIMD), or one
 * that is registered there now (RFC 7591), in this order.
 */
import { FetchRefused, type GuardedFetch } from '../guardedFetch.ts'
import { type AuthMethod, chooseMethod, type KnownClient } from './clientAuth.ts'
import { ConnectFault } from './connectFault.ts'
import type { IssuerMetadata } from './metadata.ts'

/** Where the browser comes back to, and what kind of client has it there. */
export interface Return {
  readonly redirectUri: string
  readonly applicationType: 'web' | 'native'
  /** The address of our client metadata document, where it can be fetched. */
  readonly clientMetadataUrl?: string | undefined
}

export interface ConfiguredClient {
  readonly id: string
  readonly secret?: string | undefined
  readonly privateKey?: string | undefined
}

/** A client that was registered, as it is kept. */
export interface RegisteredClient extends KnownClient {
  readonly redirectUri: string
  /** In milliseconds since 1970; absent: it does not end. */
  readonly expiresAt?: number
}

export interface RegistrationOptions {
  readonly as: IssuerMetadata
  readonly back: Return
  readonly configured: ConfiguredClient | undefined
  readonly fetch: GuardedFetch
  readonly now: () => number
  /** What is kept for this issuer. */
  readonly known: () => RegisteredClient | undefined
  readonly keep: (client: RegisteredClient) => void
}

export const CLIENT_NAME = 'Sallyport'

/** Rejects with `ConnectFault`. */
export async function clientFor(options: RegistrationOptions): Promise<KnownClient> {
  const { as, back, configured, known, now } = options
  const supported = as.token_endpoint_auth_methods_supported
  if (configured !== undefined) return configuredClient(configured, supported)
  if (as.client_id_metadata_document_supported === true && back.clientMetadataUrl !== undefined)
    return { id: back.clientMetadataUrl, method: 'none' }
  const kept = known()
  if (kept !== undefined && kept.redirectUri === back.redirectUri && (kept.expiresAt ?? Infinity) > now())
    return kept
  return await register(options)
}

export function configuredClient(
  { id, secret, privateKey }: ConfiguredClient,
  supported: readonly string[] | undefined,
): KnownClient {
  const method = chooseMethod({
    hasSecret: secret !== undefined,
    hasKey: privateKey !== undefined,
    ...(supported === undefined ? {} : { supported }),
  })
  return {
    id,
    method,
    ...(secret === undefined ? {} : { secret }),
    ...(privateKey === undefined ? {} : { privateKey }),
  }
}

/** Our client metadata document (draft-ietf-oauth-client-id-metadata-document). */
export function clientDocument(url: string, publicUrl: string) {
  return {
    client_id: url,
    client_name: CLIENT_NAME,
    client_uri: publicUrl,
    redirect_uris: [`${publicUrl}/oauth/callback`],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    application_type: 'web',
  }
}

async function register({ as, back, fetch, keep }: RegistrationOptions): Promise<KnownClient> {
  const { registration_endpoint: endpoint, token_endpoint_auth_methods_supported: supported } = as
  if (endpoint === undefined) {
    const explain =
      'its authorization server registers no clients by itself: register one there, and set "oauth.clientId"'
    throw new ConnectFault('upstream/oauth-client', explain)
  }
  const asked = {
    client_name: CLIENT_NAME,
    redirect_uris: [back.redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: wanted(supported),
    application_type: back.applicationType,
  }
  const answer = await post(fetch, endpoint, asked)
  const { client_id: id, client_secret: secret, token_endpoint_auth_method: stated } = answer
  if (typeof id !== 'string' || id === '' || id.length > 2_048)
    throw new ConnectFault('upstream/oauth-client', 'its authorization server registered no client')
  const hasSecret = typeof secret === 'string' && secret !== ''
  const ends = answer.client_secret_expires_at
  const client: RegisteredClient = {
    id,
    ...(hasSecret ? { secret } : {}),
    method: chooseMethod({ hasSecret, stated: stated ?? asked.token_endpoint_auth_method, supported }),
    redirectUri: back.redirectUri,
    // Some leave it out, which the RFC does not allow; 0 and nothing mean that it does not end.
    ...(hasSecret && typeof ends === 'number' && ends > 0 ? { expiresAt: ends * 1000 } : {}),
  }
  keep(client)
  return client
}

/** A public client where that is possible: there is no secret to lose. */
function wanted(supported: readonly string[] = ['client_secret_basic']): AuthMethod {
  for (const method of ['none', 'client_secret_basic', 'client_secret_post'] as const)
    if (supported.includes(method)) return method
  return 'none'
}

async function post(
  fetch: GuardedFetch,
  endpoint: string,
  body: object,
): Promise<Readonly<Record<string, unknown>>> {
  let response: Response
  try {
    response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
    })
  } catch (error) {
    if (!(error instanceof FetchRefused)) throw error
    throw new ConnectFault('upstream/oauth-unreachable', error.message, { lasts: 'passing', cause: error })
  }
  if (response.status !== 200 && response.status !== 201) {
    const lasts = response.status >= 500 || response.status === 429 ? 'passing' : 'final'
    const explain = `its authorization server does not register this client (HTTP ${response.status}): register one there, and set "oauth.clientId"`
    throw new ConnectFault('upstream/oauth-client', explain, { lasts })
  }
  try {
    const value: unknown = JSON.parse(await response.text())
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  return {}
}
