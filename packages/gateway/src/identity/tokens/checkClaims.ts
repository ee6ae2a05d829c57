/**
 * The claims of an access token, in the order of RFC 9068, 4: type, time, issuer, audience, subject. Time comes before
 * audience and scope, so that whoever holds an expired token is told to get a new one and nothing else.
 */
import { isObject, type JsonObject, type JsonValue } from '@sallyport/controls/json'
import type { IssuerConfig } from '../../config/auth/issuerConfig.ts'
import type { Audiences } from './audiences.ts'
import { claimTexts, textsAt } from './claimTexts.ts'
import type { Jwt } from './readJwt.ts'

/** What a verified token says. */
export interface Claims {
  readonly subject: string
  readonly client?: string
  readonly scopes: readonly string[]
  readonly groups: readonly string[]
  /** What rules can ask for beside. */
  readonly more?: Readonly<Record<string, readonly string[]>>
  /** Milliseconds since 1970. */
  readonly expiresAtMs?: number
  /** Servers it is good for; absent: all. */
  readonly servers?: readonly string[]
  /** What it is bound to (`cnf`). */
  readonly binding?: Binding
}

/** RFC 9449, 6.1 and RFC 8705, 3.1. */
export type Binding =
  | { readonly method: 'jkt'; readonly thumbprint: string }
  | { readonly method: 'x5t#S256'; readonly thumbprint: string }

export type ClaimsCheck =
  | { readonly ok: true; readonly claims: Claims }
  | { readonly ok: false; readonly rule: `identity/${string}`; readonly why: string }

/** After the year 5000, or a number of milliseconds: no date that anybody meant. */
const LATEST_SECONDS = 1e11
const MAX_SUBJECT_CHARS = 512
/** What a caller's scopes, groups and other claims may take together: they travel between workers in a header. */
const MAX_LIST_BYTES = 6 * 1024

/** Claims that only other kinds of token have: ID tokens (OpenID Connect Core, 3.1.3.6), logout and event tokens. */
const FOREIGN_CLAIMS = ['at_hash', 'c_hash', 's_hash', 'nonce', 'events', 'htm', 'htu', 'ath'] as const

/** Claims that name the client (RFC 9068, 2.2; OpenID `azp`; Entra v1 `appid`; Okta `cid`). */
const CLIENT_CLAIMS = ['client_id', 'azp', 'appid', 'cid'] as const

/** Checks a signed token whose issuer was found by its `iss`. */
export function checkJwtClaims(
  { claims, type }: Jwt,
  issuer: IssuerConfig,
  audiences: Audiences,
  nowMs: number,
): ClaimsCheck {
  const kind = checkType(type, claims, issuer)
  if (kind !== undefined) return { ok: false, rule: 'identity/token-type', why: kind }
  const { exp, iat } = claims
  if (!isDate(exp)) return time('it has no usable "exp"')
  if (!isDate(iat)) return time('it has no usable "iat"')
  if ((exp - iat) * 1000 > issuer.maxLifetimeMs) return time('it is good for longer than maxLifetime')
  return checkClaims(claims, issuer, audiences, nowMs)
}

/** Checks what a signed token and the answer to an introspection have in common. */
export function checkClaims(
  claims: JsonObject,
  issuer: IssuerConfig,
  audiences: Audiences,
  nowMs: number,
): ClaimsCheck {
  const late = checkTimes(claims, nowMs, issuer.clockSkewMs)
  if (late !== undefined) return late
  const servers = audiences.serversOf(claims.aud)
  if (servers === 'none')
    return { ok: false, rule: 'identity/audience', why: 'it was not issued for this gateway' }
  const subject = claims[issuer.claims.subject]
  if (typeof subject !== 'string' || !isName(subject))
    return { ok: false, rule: 'identity/subject', why: `its "${issuer.claims.subject}" names nobody` }
  const binding = readBinding(claims.cnf)
  if (binding === 'unknown')
    return {
      ok: false,
      rule: 'identity/binding',
      why: 'it is bound to something that cannot be checked here',
    }
  const client = clientOf(claims)
  const scopes = scopesOf(claims, issuer)
  const groups = textsAt(claims, issuer.claims.groups)
  // OpenID Connect Core, 5.6.2; Entra does it above 200 groups: they are somewhere else, and no rule would see them.
  const elsewhere = claims._claim_names
  if (
    issuer.claims.groups !== undefined &&
    isObject(elsewhere) &&
    Object.hasOwn(elsewhere, issuer.claims.groups)
  )
    return {
      ok: false,
      rule: 'identity/too-large',
      why: 'it has so many groups that its issuer left them out',
    }
  // Cut short, a list would lose the group that a rule denies.
  const more = claimTexts(claims, issuer.claims.rules ?? [])
  if (Buffer.byteLength(JSON.stringify([scopes, groups, more ?? 0])) > MAX_LIST_BYTES)
    return {
      ok: false,
      rule: 'identity/too-large',
      why: 'its scopes, groups and other claims take too much room',
    }
  return {
    ok: true,
    claims: {
      subject,
      scopes,
      groups,
      ...(more === undefined ? {} : { more }),
      ...(client === undefined ? {} : { client }),
      ...(isDate(claims.exp) ? { expiresAtMs: claims.exp * 1000 } : {}),
      ...(servers === undefined ? {} : { servers }),
      ...(binding === undefined ? {} : { binding }),
    },
  }
}

/** What is wrong with its kind. Without this an ID token, which many see, would open the gateway (RFC 8725, 3.11). */
function checkType(type: string | undefined, claims: JsonObject, issuer: IssuerConfig): string | undefined {
  if (type === undefined) return 'its header has no "typ"'
  const named = type.startsWith('application/') ? type.slice('application/'.length) : type
  if (!issuer.types.some((allowed) => allowed === named)) return 'its "typ" is not among those of its issuer'
  const foreign = FOREIGN_CLAIMS.find((claim) => Object.hasOwn(claims, claim))
  if (foreign !== undefined) return `it has "${foreign}", which access tokens have not`
  // Keycloak writes the kind into the claims; AWS Cognito calls it `token_use`.
  const own = [claims.typ, claims.token_use].find((value) => value !== undefined)
  if (own !== undefined && !/^(?:bearer|dpop|access)$/i.test(String(own)))
    return 'it says that it is no access token'
  if (named === 'jwt' && clientOf(claims) === undefined) return 'it names no client, so it may be an ID token'
  return undefined
}

function checkTimes({ exp, iat, nbf }: JsonObject, nowMs: number, skewMs: number): ClaimsCheck | undefined {
  for (const [name, value] of Object.entries({ exp, iat, nbf }))
    if (value !== undefined && !isDate(value)) return time(`its "${name}" is no date`)
  if (isDate(exp) && nowMs >= exp * 1000 + skewMs) return time('it has expired')
  if (isDate(iat) && iat * 1000 > nowMs + skewMs) return time('its "iat" is in the future')
  if (isDate(nbf) && nbf * 1000 > nowMs + skewMs) return time('it is not good yet')
  return undefined
}

function time(why: string): ClaimsCheck {
  return { ok: false, rule: 'identity/expired', why }
}

function isDate(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && value > 0 && value < LATEST_SECONDS
}

/** It stands in records and is compared by rules: one line that shows all of itself. */
function isName(text: string): boolean {
  return (
    text.length > 0 && text.length <= MAX_SUBJECT_CHARS && !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text)
  )
}

function clientOf(claims: JsonObject): string | undefined {
  for (const claim of CLIENT_CLAIMS) {
    const value = claims[claim]
    if (typeof value === 'string' && isName(value)) return value
  }
  return undefined
}

function scopesOf(
  claims: JsonObject,
  { claims: { scopes: names }, grants }: IssuerConfig,
): readonly string[] {
  const name = names.find((claim) => claims[claim] !== undefined)
  const own = textsAt(claims, name).flatMap((text) => text.split(' ').filter((scope) => scope !== ''))
  return [...new Set([...own, ...grants])]
}

/** RFC 7800: who ignores a method it does not know takes a bound token for an unbound one. */
function readBinding(cnf: JsonValue | undefined): Binding | 'unknown' | undefined {
  if (cnf === undefined) return undefined
  if (!isObject(cnf)) return 'unknown'
  const members = Object.keys(cnf)
  const [method] = members
  const thumbprint = method === undefined ? undefined : cnf[method]
  if (members.length !== 1 || typeof thumbprint !== 'string' || !/^[A-Za-z0-9_-]{43}$/.test(thumbprint))
    return 'unknown'
  return method === 'jkt' || method === 'x5t#S256' ? { method, thumbprint } : 'unknown'
}
