/**
 * Where an issuer's keys are, by its own metadata: RFC 8414 first, then OpenID Connect Discovery, in the order that MCP
 * gives (2026-07-28, "Authorization Server Metadata Discovery").
 */
import type { FetchJson } from './fetchJson.ts'

export type KeysAddress =
  /** `pkce`: MCP clients can sign in there (2026-07-28: they refuse metadata that does not name S256). */
  | { readonly ok: true; readonly url: string; readonly pkce: boolean }
  | { readonly ok: false; readonly why: string }

/**
 * The addresses of the metadata of an issuer, in the order they are asked.
 *
 * @example metadataAddresses('https://idp.example/a') // [.../.well-known/oauth-authorization-server/a, ...]
 */
export function metadataAddresses(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  const oauth = `${origin}/.well-known/oauth-authorization-server${path}`
  const openid = `${origin}${path}/.well-known/openid-configuration`
  return path === '' ? [oauth, openid] : [oauth, `${origin}/.well-known/openid-configuration${path}`, openid]
}

/** A document that names another issuer is passed over; keys at another origin are refused (RFC 8414, 3.3). */
export async function findKeys(issuer: string, fetchJson: FetchJson): Promise<KeysAddress> {
  let why = 'it has no metadata'
  for (const address of metadataAddresses(issuer)) {
    const fetched = await fetchJson(address)
    if (!fetched.ok) {
      why = `its metadata cannot be read: ${fetched.why}`
      continue
    }
    const { issuer: named, jwks_uri: keys } = fetched.document
    if (named !== issuer) {
      why = 'its metadata names another issuer'
      continue
    }
    if (typeof keys !== 'string' || !URL.canParse(keys))
      return { ok: false, why: 'its metadata names no keys' }
    if (new URL(keys).origin !== new URL(issuer).origin)
      return { ok: false, why: 'its metadata has the keys at another origin: set "jwks", if that is right' }
    const methods = fetched.document.code_challenge_methods_supported
    return { ok: true, url: keys, pkce: Array.isArray(methods) && methods.includes('S256') }
  }
  return { ok: false, why }
}
