/**
 * Access tokens that this server issued, as credentials (RFC 9068): signature, issuer, audience, type, time, and whether
 * they were revoked since.
 */
import { hash as digest } from 'node:crypto'
import type * as Jose from 'jose'
import type { Principal } from '../../ingress/port.ts'
import type { Authority } from '../authority.ts'
import type { Credential, Verified, Verifier } from '../identity.ts'
import { type Audiences, makeAudiences } from '../tokens/audiences.ts'
import type { Revocations } from './store/revocations.ts'
import type { SigningKeys } from './store/signingKeys.ts'

export interface OwnTokenSources {
  readonly jose: typeof Jose
  readonly publicUrl: string
  readonly keys: SigningKeys
  readonly revocations: Revocations
  readonly maxLifetimeMs: number
  /** Tokens of an account that were issued before this time are no good; absent: all are. */
  readonly validFrom?: (sub: string) => number
  /** More of its holder, for rules. Not in the token: it is no business of the program that has it. */
  readonly claimsOf?: ((sub: string) => Readonly<Record<string, readonly string[]>> | undefined) | undefined
  readonly now: () => number
}

/** What a token of ours says. */
export interface OwnToken {
  readonly jti: string
  readonly sub: string
  readonly client: string
  /** The servers it is for; `undefined`: all of them. */
  readonly servers: readonly string[] | undefined
  readonly scopes: readonly string[]
  readonly groups: readonly string[]
  readonly grant: string | undefined
  readonly expiresAtMs: number
}

interface Known {
  readonly token: OwnToken
  readonly verified: Verified & { readonly ok: true }
}

const SKEW_SECONDS = 5
const MAX_KNOWN = 10_000

export class OwnTokens implements Verifier {
  readonly #sources: OwnTokenSources
  readonly #audiences: Audiences
  /** Tokens that were verified, by their hash: they are not verified again until they end. */
  readonly #known = new Map<string, Known>()

  constructor(sources: OwnTokenSources) {
    this.#sources = sources
    this.#audiences = makeAudiences(sources.publicUrl, undefined)
  }

  verify(credential: Credential): Verified | Promise<Verified> | undefined {
    const { text, scheme } = credential
    if (scheme === 'key') return undefined
    const hash = digest('sha256', text)
    const known = this.#known.get(hash)
    if (known === undefined && !this.#isOurs(text)) return undefined
    // None of ours is bound to a key.
    if (scheme === 'dpop') return invalid('identity/token', 'a token of ours was sent as bound to a key')
    if (known !== undefined) return this.#judge(known)
    return this.#verify(text, hash)
  }

  /**
   * One that has ended by itself was not revoked: its client comes back with a new one. Another worker may have let it in,
   * so nothing that only this one knows counts.
   */
  holds(principal: Principal, { kind, issued }: Authority): boolean | undefined {
    if (kind !== 'token' || issued === undefined || principal.issuer !== this.#sources.publicUrl)
      return undefined
    return !this.#sources.revocations.has(issued.jti, issued.grant)
  }

  /** A token of ours, whatever its audience and however old; for who wants it revoked. */
  async read(text: string): Promise<OwnToken | undefined> {
    if (!this.#isOurs(text)) return undefined
    try {
      return await this.#check(text, true)
    } catch {
      return undefined
    }
  }

  async #verify(text: string, hash: string): Promise<Verified> {
    let token: OwnToken
    try {
      token = await this.#check(text, false)
    } catch (error) {
      return invalid('identity/token', error instanceof Error ? error.message : String(error))
    }
    const id = hash.slice(0, 16)
    const { client, scopes, groups, servers, expiresAtMs, jti, grant } = token
    const issued = grant === undefined ? { jti } : { jti, grant }
    const claims = this.#sources.claimsOf?.(token.sub)
    const authority: Authority = {
      kind: 'token',
      id,
      client,
      scopes,
      groups,
      expiresAtMs,
      issued,
      ...(claims === undefined ? {} : { claims }),
      ...(servers === undefined ? {} : { servers }),
    }
    const principal = { issuer: this.#sources.publicUrl, subject: token.sub }
    const known: Known = { token, verified: { ok: true, principal, authority } }
    this.#known.set(hash, known)
    this.#prune()
    return this.#judge(known)
  }

  #judge({ token, verified }: Known): Verified {
    const { revocations, now } = this.#sources
    if (token.expiresAtMs + SKEW_SECONDS * 1000 <= now())
      return invalid('identity/expired', 'the token has ended')
    if (revocations.has(token.jti, token.grant)) return invalid('identity/revoked', 'the token was revoked')
    return verified
  }

  async #check(text: string, evenIfOver: boolean): Promise<OwnToken> {
    const { jose, publicUrl, keys, maxLifetimeMs, validFrom, now } = this.#sources
    const { payload } = await jose.jwtVerify(text, ({ kid }) => keyOf(keys, kid), {
      issuer: publicUrl,
      typ: 'at+jwt',
      algorithms: ['ES256'],
      clockTolerance: SKEW_SECONDS,
      currentDate: evenIfOver ? new Date(0) : new Date(now()),
      requiredClaims: ['exp', 'iat', 'sub', 'jti', 'aud', 'client_id'],
    })
    const { jti, sub, aud, exp = 0, iat = 0, client_id: client, scope, groups, grant } = payload
    if (typeof jti !== 'string' || typeof sub !== 'string' || typeof client !== 'string')
      throw new Error('a claim is not of its type')
    const servers = this.#audiences.serversOf(aud)
    if (servers === 'none') throw new Error('it is for another resource')
    // Tokens say whole seconds.
    if (validFrom !== undefined && iat * 1000 + 999 < validFrom(sub))
      throw new Error('all that its account had was taken back')
    if ((exp - iat) * 1000 > maxLifetimeMs) throw new Error('it lives longer than any of ours')
    return {
      jti,
      sub,
      client,
      servers,
      scopes: typeof scope === 'string' ? scope.split(' ') : [],
      groups: Array.isArray(groups) ? groups.map(String) : [],
      grant: typeof grant === 'string' ? grant : undefined,
      expiresAtMs: exp * 1000,
    }
  }

  /** By what it says of itself: only who verifies it is decided by that. */
  #isOurs(text: string): boolean {
    const [, body = ''] = text.split('.', 3)
    if (body === '') return false
    try {
      const claims = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as { readonly iss?: unknown }
      return claims?.iss === this.#sources.publicUrl
    } catch {
      return false
    }
  }

  #prune(): void {
    if (this.#known.size <= MAX_KNOWN) return
    const now = this.#sources.now()
    for (const [hash, { token }] of this.#known) {
      if (this.#known.size <= MAX_KNOWN && token.expiresAtMs > now) break
      this.#known.delete(hash)
    }
  }
}

function keyOf(keys: SigningKeys, kid: string | undefined) {
  const key = kid === undefined ? undefined : keys.find(kid)
  if (key === undefined) throw new Error('no key of ours signed it')
  return key
}

function invalid(rule: string, why: string): Verified {
  return { ok: false, fault: 'invalid', rule, why }
}
