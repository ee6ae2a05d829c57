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

/**
 * @param keyHeader lower-case name of the header for API keys beside `Authorization`, if one is configured
 * @example credentialOf(['Authorization', 'Bearer abc'], undefined) // { kind: 'one', credential: { scheme: 'bearer', text: 'abc' } }
 */
export function credentialOf(rawHeaders: readonly string[], keyHeader: string | undefined): ReadCredential {
  let found: Credential | undefined
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase()
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

/** Scheme names have no case (RFC 9110, 11.1). */
function readAuthorization(value: string): Credential | undefined {
  const [, scheme, text] = /^(bearer|dpop) +(\S+)$/i.exec(value) ?? []
  if (scheme === undefined || text === undefined) return undefined
  return { scheme: scheme.toLowerCase() === 'dpop' ? 'dpop' : 'bearer', text }
}
