/**
 * From a server's challenge to the authorization server that it trusts (RFC 9728, RFC 8414, OpenID Connect Discovery 1.0;
 * MCP authorization, "Authorization Server Discovery").
 *
 * The order is fixed: the challenge's `resource_metadata`, then the well-known place with the path, then the one at the
 * root. A document that is not about exactly this server, or an issuer that calls itself otherwise, is discarded: mixing
 * them up is how codes and secrets reach a stranger. Nothing is guessed where there is no document.
 */
import { metadataAddresses } from '../../identity/tokens/issuerMetadata.ts'
import { type FetchReach, FetchRefused, type GuardedFetch, isFetchable } from '../guardedFetch.ts'
import { scopesIn } from './challenge.ts'
import { ConnectFault } from './connectFault.ts'

/** What of an authorization server's metadata is used, and nothing else of it. Member names are those of RFC 8414. */
export interface IssuerMetadata {
  readonly issuer: string
  readonly authorization_endpoint?: string
  readonly token_endpoint: string
  readonly registration_endpoint?: string
  readonly revocation_endpoint?: string
  readonly code_challenge_methods_supported?: readonly string[]
  readonly token_endpoint_auth_methods_supported?: readonly string[]
  readonly scopes_supported?: readonly string[]
  readonly client_id_metadata_document_supported?: boolean
  readonly authorization_response_iss_parameter_supported?: boolean
}

export interface Discovered {
  /** What tokens are asked for: the `resource` parameter (RFC 8707). */
  readonly resource: string
  readonly as: IssuerMetadata
  /** What the resource says may be asked for. */
  readonly scopesSupported: readonly string[]
}

export interface DiscoverOptions {
  readonly fetch: GuardedFetch
  readonly reach: FetchReach
  /** The server's own address. */
  readonly url: string
  /** Of the challenge. */
  readonly resourceMetadata?: string | undefined
  /** The only issuer that may be used. */
  readonly issuer?: string | undefined
  /** Metadata may be about the origin, or a path above the server's. */
  readonly resourceParent: boolean
  /** A person is sent to the authorization server. */
  readonly needsBrowser: boolean
}

/** Rejects with `ConnectFault`. */
export async function discover(options: DiscoverOptions): Promise<Discovered> {
  const { document, resource } = await resourceDocument(options)
  const issuers = texts(document.authorization_servers)
  const issuer = options.issuer ?? issuers[0]
  if (issuer === undefined || !issuers.includes(issuer)) {
    const explain =
      issuer === undefined
        ? 'its metadata names no authorization server'
        : 'its metadata does not name the authorization server that is configured'
    throw new ConnectFault('upstream/oauth-metadata', explain)
  }
  const as = await issuerDocument(issuer, options)
  return { resource, as, scopesSupported: scopesIn(texts(document.scopes_supported).join(' ')) }
}

type Document = Readonly<Record<string, unknown>>

const WELL_KNOWN = '/.well-known/oauth-protected-resource'

/** Where the metadata of a server may be, best first. */
export function resourceMetadataUrls(url: string, fromChallenge: string | undefined): readonly string[] {
  const { origin, pathname, search } = new URL(url)
  const path = pathname === '/' ? '' : pathname
  const wellKnown = `${origin}${WELL_KNOWN}`
  const own = [`${wellKnown}${path}${search}`, wellKnown]
  return [...new Set(fromChallenge === undefined ? own : [fromChallenge, ...own])]
}

async function resourceDocument(
  options: DiscoverOptions,
): Promise<{ readonly document: Document; readonly resource: string }> {
  const { url, resourceMetadata, fetch, reach } = options
  if (resourceMetadata !== undefined && !isFetchable(resourceMetadata, reach))
    throw new ConnectFault('upstream/oauth-metadata', 'its challenge names an address that may not be asked')
  for (const candidate of resourceMetadataUrls(url, resourceMetadata)) {
    const document = await read(fetch, candidate)
    if (document === undefined) continue
    const { resource } = document
    // The first document there is decides: to look further would be to look for one that agrees.
    // The place at the root is that of the origin itself, which is what a document there may be about (RFC 9728, 3.3).
    const isRoot = candidate === `${new URL(url).origin}${WELL_KNOWN}` && candidate !== resourceMetadata
    const isOrigin = isRoot && isSameUrl(resource, new URL(url).origin)
    if (typeof resource !== 'string' || !(isOrigin || isFor(resource, url, options.resourceParent)))
      throw new ConnectFault(
        'upstream/oauth-resource',
        'its metadata is about another resource than this server',
      )
    return { document, resource }
  }
  throw new ConnectFault(
    'upstream/oauth-metadata',
    'it asks for credentials, but has no metadata that says whose',
  )
}

function isSameUrl(one: unknown, other: string): boolean {
  return typeof one === 'string' && URL.parse(one)?.href === new URL(other).href
}

/** Exactly this server; a parent of it in the same origin where that is allowed. */
function isFor(resource: string, url: string, parents: boolean): boolean {
  if (resource === url) return true
  const named = URL.parse(resource)
  const own = new URL(url)
  if (named === null || named.hash !== '') return false
  if (named.href === own.href) return true
  if (!parents || named.origin !== own.origin || named.search !== '') return false
  const above = named.pathname.endsWith('/') ? named.pathname : `${named.pathname}/`
  return own.pathname === named.pathname || own.pathname.startsWith(above)
}

async function issuerDocument(issuer: string, options: DiscoverOptions): Promise<IssuerMetadata> {
  const { fetch, reach, needsBrowser } = options
  if (!isFetchable(issuer, reach) || new URL(issuer).search !== '')
    throw new ConnectFault(
      'upstream/oauth-metadata',
      'its metadata names an authorization server that may not be asked',
    )
  let discarded = false
  for (const candidate of metadataAddresses(issuer)) {
    const document = await read(fetch, candidate)
    if (document === undefined) continue
    if (document.issuer !== issuer) {
      discarded = true
      continue
    }
    return usable(document, issuer, reach, needsBrowser)
  }
  throw new ConnectFault(
    'upstream/oauth-metadata',
    discarded
      ? 'the metadata of its authorization server is that of another issuer'
      : 'its authorization server has no metadata',
  )
}

function usable(
  document: Document,
  issuer: string,
  reach: FetchReach,
  needsBrowser: boolean,
): IssuerMetadata {
  const endpoint = (name: string): string | undefined => {
    const value = document[name]
    if (value === undefined) return undefined
    if (typeof value === 'string' && isFetchable(value, reach)) return value
    throw new ConnectFault(
      'upstream/oauth-endpoint',
      `the ${name} of its authorization server is no https address`,
    )
  }
  const token = endpoint('token_endpoint')
  const authorization = endpoint('authorization_endpoint')
  if (token === undefined || (needsBrowser && authorization === undefined))
    throw new ConnectFault(
      'upstream/oauth-metadata',
      'its authorization server does not say where to sign in',
    )
  const pkce = texts(document.code_challenge_methods_supported)
  if (needsBrowser && !pkce.includes('S256')) {
    const explain =
      'its authorization server does not say that it checks PKCE with S256: a stolen code would be enough'
    throw new ConnectFault('upstream/oauth-pkce', explain)
  }
  const registration = endpoint('registration_endpoint')
  const revocation = endpoint('revocation_endpoint')
  const methods = document.token_endpoint_auth_methods_supported
  return {
    issuer,
    ...(authorization === undefined ? {} : { authorization_endpoint: authorization }),
    token_endpoint: token,
    ...(registration === undefined ? {} : { registration_endpoint: registration }),
    ...(revocation === undefined ? {} : { revocation_endpoint: revocation }),
    code_challenge_methods_supported: pkce,
    ...(methods === undefined ? {} : { token_endpoint_auth_methods_supported: texts(methods) }),
    scopes_supported: scopesIn(texts(document.scopes_supported).join(' ')),
    client_id_metadata_document_supported: document.client_id_metadata_document_supported === true,
    authorization_response_iss_parameter_supported:
      document.authorization_response_iss_parameter_supported === true,
  }
}

/** A document; `undefined` where there is none (any answer but 200 with a JSON object). */
async function read(fetch: GuardedFetch, url: string): Promise<Document | undefined> {
  let response: Response
  try {
    response = await fetch(url, { headers: { accept: 'application/json' } })
  } catch (error) {
    if (!(error instanceof FetchRefused)) throw error
    const lasts = error.code === 'late' || error.code === 'unreachable' ? 'passing' : 'final'
    throw new ConnectFault('upstream/oauth-unreachable', error.message, { lasts, cause: error })
  }
  if (response.status >= 500)
    throw new ConnectFault(
      'upstream/oauth-unreachable',
      `${new URL(url).origin} answers with HTTP ${response.status}`,
      {
        lasts: 'passing',
      },
    )
  if (response.status !== 200) return undefined
  try {
    const value: unknown = JSON.parse(await response.text())
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Document)
      : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** A list of texts, bounded; anything else in it is left out. */
function texts(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return []
  return value.slice(0, 200).filter((one): one is string => typeof one === 'string' && one.length <= 2_048)
}
