/**
 * What of the metadata that a client gives of itself is taken (RFC 7591, 2), whether it registers or is known by a document.
 *
 * A stranger gets codes for people who allow it, and nothing else: no `client_credentials`, no assertions, whatever it asks
 * for. `scope` is left out: hosts put the first scope they were asked for there, and could then never get another one.
 */
import { redirectFault } from './redirectRule.ts'

export type ReadMetadata =
  | { readonly ok: true; readonly metadata: Record<string, unknown> }
  | {
      readonly ok: false
      readonly error: 'invalid_redirect_uri' | 'invalid_client_metadata'
      readonly explain: string
    }

const MAX_REDIRECTS = 20
const MAX_NAME_CHARS = 200
const METHODS = ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt']
const GRANTS = ['authorization_code', 'refresh_token']
const MAX_URL_CHARS = 2048

/** @param given what was sent; anything @param source a document proves its keys by where it is and may not hold secrets */
export function readMetadata(given: unknown, source: 'registration' | 'document'): ReadMetadata {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return invalid('it is no JSON object')
  const said = given as Record<string, unknown>
  const redirects = said.redirect_uris
  if (!Array.isArray(redirects) || redirects.length === 0)
    return { ok: false, error: 'invalid_redirect_uri', explain: 'redirect_uris is missing or empty' }
  if (redirects.length > MAX_REDIRECTS)
    return { ok: false, error: 'invalid_redirect_uri', explain: `more than ${MAX_REDIRECTS} redirect_uris` }
  for (const [at, uri] of redirects.entries()) {
    const why = typeof uri === 'string' ? redirectFault(uri) : 'it is no text'
    if (why !== undefined)
      return { ok: false, error: 'invalid_redirect_uri', explain: `redirect_uris[${at}]: ${why}` }
  }
  const name = said.client_name
  if (name !== undefined && (typeof name !== 'string' || name.trim() === '' || name.length > MAX_NAME_CHARS))
    return invalid('client_name is not a name')
  if (source === 'document' && name === undefined) return invalid('client_name is missing')
  const method = said.token_endpoint_auth_method ?? (source === 'document' ? 'none' : 'client_secret_basic')
  if (typeof method !== 'string' || !METHODS.includes(method))
    return invalid('token_endpoint_auth_method is not supported')
  if (source === 'document') {
    if (method.startsWith('client_secret')) return invalid('a document cannot share a secret')
    if ('client_secret' in said || 'client_secret_expires_at' in said)
      return invalid('a document cannot hold a secret')
  }
  const grants = listOf(said.grant_types, GRANTS)
  if (grants === undefined || !grants.includes('authorization_code'))
    return invalid('grant_types must include authorization_code')
  const responses = listOf(said.response_types, ['code'])
  if (responses === undefined || responses.length === 0) return invalid('response_types must include code')
  const keys = keysOf(said, method)
  if ('explain' in keys) return invalid(keys.explain)
  const clientUri = said.client_uri
  return {
    ok: true,
    metadata: {
      redirect_uris: [...new Set(redirects)],
      // A host that does not name the second still refreshes.
      grant_types: said.grant_types === undefined ? GRANTS : grants,
      response_types: ['code'],
      token_endpoint_auth_method: method,
      application_type: 'native',
      ...(typeof name === 'string' ? { client_name: name } : {}),
      ...(isHttps(clientUri) ? { client_uri: clientUri } : {}),
      ...keys.metadata,
    },
  }
}

/** Of a list those that are known; what else it names is left out, as hosts list all that they can do. */
function listOf(value: unknown, known: readonly string[]): string[] | undefined {
  if (value === undefined) return [...known]
  if (!Array.isArray(value) || value.length > 50) return undefined
  return known.filter((one) => value.includes(one))
}

function keysOf(
  { jwks, jwks_uri: uri }: Record<string, unknown>,
  method: string,
): { readonly metadata: Record<string, unknown> } | { readonly explain: string } {
  if (method !== 'private_key_jwt') return { metadata: {} }
  if (uri !== undefined && jwks !== undefined) return { explain: 'give jwks or jwks_uri, not both' }
  if (uri !== undefined)
    return isHttps(uri) ? { metadata: { jwks_uri: uri } } : { explain: 'jwks_uri must be an https address' }
  return typeof jwks === 'object' && jwks !== null
    ? { metadata: { jwks } }
    : { explain: 'jwks or jwks_uri is missing' }
}

function isHttps(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > MAX_URL_CHARS) return false
  const url = URL.parse(value)
  return url !== null && url.protocol === 'https:' && url.username === '' && url.password === ''
}

function invalid(explain: string): ReadMetadata {
  return { ok: false, error: 'invalid_client_metadata', explain }
}
