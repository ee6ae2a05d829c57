/**
 * The one credential of a request (RFC 6750, 2.1; RFC 9449, 7.1), from its header lines and from nowhere else: never from
 * a query string, a body or a cookie.
 */
import type { Credential } from './identity.ts'

export type ReadCredential =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly credential: Credential }
  | { readonly kind: 'fault'; readonly status: 400 | 401; readonly rule: string; readonly explain: string }

/** Longer ones nobody issues: header lines in all are 16 KiB. */
const MAX_CHARS = 12 * 1024
const SPACE = 0x20
const NAME_CHARS = 'authorization'.length

/**
 * @param keyHeader lower-case name of the header for API keys beside `Authorization`, if one is configured
 * @example credentialOf(['Authorization', 'Bearer abc'], undefined) // { kind: 'one', credential: { scheme: 'bearer', text: 'abc' } }
 */
export function credentialOf(rawHeaders: readonly string[], keyHeader: string | undefined): ReadCredential {
  let found: Credential | undefined
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const raw = rawHeaders[at] ?? ''
    // By its length most of them are not it.
    if (raw.length !== NAME_CHARS && raw.length !== keyHeader?.length) continue
    const name = raw.toLowerCase()
    const value = rawHeaders[at + 1] ?? ''
    if (name !== 'authorization' && name !== keyHeader) continue
    if (found !== undefined)
      return {
        kind: 'fault',
        status: 400,
        rule: 'identity/two-credentials',
        explain: 'send one credential, not two',
      }
    const read = name === keyHeader ? { scheme: 'key' as const, text: value } : readAuthorization(value)
    if (read === undefined || !/^[\x21-\x7e]+$/.test(read.text) || read.text.length > MAX_CHARS) {
      const explain = 'the credential cannot be read: send "Authorization: Bearer TOKEN"'
      return { kind: 'fault', status: 401, rule: 'identity/malformed', explain }
    }
    found = read
  }
  return found === undefined ? { kind: 'none' } : { kind: 'one', credential: found }
}

/**
 * Does the query of a request's target carry a credential (RFC 6750, 2.3, which RFC 9700 forbids)?
 *
 * @example credentialInQuery('/mcp?access_token=x') // true
 */
export function credentialInQuery(target: string): boolean {
  const at = target.indexOf('?')
  if (at < 0) return false
  for (const name of new URLSearchParams(target.slice(at + 1)).keys())
    if (IN_QUERY.has(name.toLowerCase().replaceAll(/[-_]/g, ''))) return true
  return false
}

const IN_QUERY = new Set([
  'accesstoken',
  'token',
  'bearertoken',
  'apikey',
  'xapikey',
  'key',
  'authorization',
  'auth',
  'jwt',
])

/** Scheme names have no case (RFC 9110, 11.1). */
function readAuthorization(value: string): Credential | undefined {
  // As nearly everybody writes it; what follows is looked at letter by letter anyway.
  if (value.startsWith('Bearer ') && value.charCodeAt(7) !== SPACE)
    return { scheme: 'bearer', text: value.slice(7) }
  const [, scheme, text] = /^(bearer|dpop) +(\S+)$/i.exec(value) ?? []
  if (scheme === undefined || text === undefined) return undefined
  return { scheme: scheme.toLowerCase() === 'dpop' ? 'dpop' : 'bearer', text }
}
