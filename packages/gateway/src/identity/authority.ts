/**
 * What the credential of a request proves and allows. It never holds the credential itself (invariant 3).
 *
 * The local user has none: nothing limits that one but the policy.
 */
export interface Authority {
  readonly kind: 'token' | 'key'
  /** Names the credential in records: the id of an API key; of a token the first 16 hex digits of its SHA-256. */
  readonly id: string
  /** The OAuth client it was issued to. */
  readonly client?: string
  readonly scopes: readonly string[]
  /** Groups and roles of its holder, as its issuer says. */
  readonly groups: readonly string[]
  /** More that its issuer says of its holder, as far as rules may ask for it (`auth.issuers[].claims.rules`). */
  readonly claims?: Readonly<Record<string, readonly string[]>>
  /** It is good with a proof of possession only (RFC 9449). */
  readonly dpop?: true
  /** The servers it was issued for (RFC 8707); absent: all of them. */
  readonly servers?: readonly string[]
  /** Of a token of our own: what it is revoked by. It goes along to whoever of the workers has the session. */
  readonly issued?: { readonly jti: string; readonly grant?: string }
  /** When it ends, in milliseconds since 1970. Absent: it does not end by itself. */
  readonly expiresAtMs?: number
}
