/**
 * Bearer tokens of the configured issuers, verified strictly (RFC 9068, RFC 8725; RFC 7662 for opaque ones).
 *
 * The issuer is chosen by `iss`, compared whole, before anything is verified, and from then on only its own keys,
 * algorithms and audiences count. The order is: form, issuer, algorithm, key, signature, type, time, audience, subject, binding.
 * What was found good is answered at once for up to a minute (`VerifiedTokens`).
 */
import type { CryptoKey, JWK } from 'jose'
import type { IssuerConfig } from '../../config/auth/issuerConfig.ts'
import type { RequestHead } from '../../ingress/exchangeTypes.ts'
import type { Credential, Verified, Verifier } from '../identity.ts'
import type { Audiences } from './audiences.ts'
import { type Binding, type Claims, checkClaims, checkJwtClaims } from './checkClaims.ts'
import { certificateThumbprint } from './clientCertificate.ts'
import type { DpopProofs } from './dpop.ts'
import type { Introspector } from './introspection.ts'
import type { IssuerKeys } from './issuerKeys.ts'
import type { PublicKey } from './keySet.ts'
import { type Jwt, looksLikeJwt, readJwt } from './readJwt.ts'
import { tokenDigest, tokenId, VerifiedTokens } from './verifiedTokens.ts'

/** One issuer with what is fetched from it. */
export interface TrustedIssuer {
  readonly config: IssuerConfig
  readonly audiences: Audiences
  readonly keys: IssuerKeys
  readonly introspector?: Introspector
}

/** What of `jose` is used: signatures and nothing else. Claims are checked here, on the one reading of the token. */
export interface Signatures {
  compactVerify(
    token: string,
    key: CryptoKey | Uint8Array,
    options: { algorithms: string[] },
  ): Promise<unknown>
  importJWK(jwk: JWK, algorithm: string): Promise<CryptoKey | Uint8Array>
}

export interface TokenVerifierOptions {
  readonly issuers: readonly TrustedIssuer[]
  readonly proofs: DpopProofs
  readonly signatures: Signatures
  readonly now: () => number
}

type Accepted = Extract<Verified, { ok: true }>
type Rejected = Extract<Verified, { ok: false }>

interface Known {
  readonly verified: Accepted
  readonly binding: Binding | undefined
}

const MAX_KNOWN = 10_000
const MAX_REFUSED = 4_096
/** A stream that an opaque token opened has to come back with it so often: else nobody would hear that it was revoked. */
const ASK_AGAIN_MS = 600_000

export class TokenVerifier implements Verifier {
  readonly #issuers: ReadonlyMap<string, TrustedIssuer>
  readonly #asked: readonly TrustedIssuer[]
  readonly #options: TokenVerifierOptions
  readonly #known: VerifiedTokens<Known>
  /** Ids of tokens that were refused: who came in with one before may not stay. */
  readonly #refused = new Set<string>()
  readonly #imported = new WeakMap<PublicKey, Map<string, Promise<CryptoKey | Uint8Array>>>()

  constructor(options: TokenVerifierOptions) {
    this.#options = options
    this.#issuers = new Map(options.issuers.map((issuer) => [issuer.config.issuer, issuer]))
    this.#asked = options.issuers.filter(({ introspector }) => introspector !== undefined)
    this.#known = new VerifiedTokens({ maxEntries: MAX_KNOWN, now: options.now })
  }

  verify({ scheme, text }: Credential, request: RequestHead): Verified | Promise<Verified> | undefined {
    if (scheme === 'key') return undefined
    const digest = tokenDigest(text)
    const known = this.#known.get(digest)
    if (known !== undefined) return this.#admit(known, scheme, text, request)
    const read = looksLikeJwt(text) ? readJwt(text) : undefined
    if (read === undefined) {
      if (this.#asked.length === 0) return undefined
      return this.#askIssuers(text, digest).then((found) => this.#admitNew(found, scheme, text, request))
    }
    if (!read.ok) return refuse('identity/malformed', read.why)
    const { iss } = read.jwt.claims
    const issuer = typeof iss === 'string' ? this.#issuers.get(iss) : undefined
    if (issuer === undefined) return undefined
    return this.#verifyJwt(text, digest, read.jwt, issuer).then((found) =>
      this.#admitNew(found, scheme, text, request),
    )
  }

  holds(
    { issuer }: { readonly issuer: string },
    { kind, id }: { kind: string; id: string },
  ): boolean | undefined {
    if (kind !== 'token' || !this.#issuers.has(issuer)) return undefined
    return !this.#refused.has(id)
  }

  /** The keys of an issuer changed: what they verified is verified again. */
  forget(issuer: IssuerConfig): void {
    this.#known.forget(issuer)
  }

  async #verifyJwt(
    text: string,
    digest: string,
    jwt: Jwt,
    { config, keys, audiences }: TrustedIssuer,
  ): Promise<Known | Rejected> {
    const { algorithm } = jwt
    if (!config.algorithms.includes(algorithm))
      return refuse('identity/algorithm', 'its algorithm is not one of its issuer')
    const found = await keys.find(jwt)
    if (found.kind === 'unreachable')
      return { ok: false, fault: 'busy', rule: 'identity/issuer-unreachable', why: found.why }
    if (found.kind === 'none')
      return this.#refuseId(digest, 'identity/key', 'its issuer has no key that it could be signed with')
    try {
      const key = await this.#keyOf(found.key, algorithm)
      await this.#options.signatures.compactVerify(text, key, { algorithms: [algorithm] })
    } catch {
      return refuse('identity/signature', 'its signature is not right')
    }
    const checked = checkJwtClaims(jwt, config, audiences, this.#options.now())
    if (!checked.ok) return this.#refuseId(digest, checked.rule, checked.why)
    return this.#remember(digest, config, checked.claims)
  }

  async #askIssuers(text: string, digest: string): Promise<Known | Rejected> {
    let unreachable: string | undefined
    for (const { config, introspector, audiences } of this.#asked) {
      const asked = await introspector?.ask(text, digest)
      if (asked?.kind === 'unreachable') unreachable = asked.why
      if (asked?.kind !== 'active') continue
      const { iss } = asked.claims
      if (iss !== undefined && iss !== config.issuer)
        return refuse('identity/issuer', 'its issuer says that somebody else issued it')
      const checked = checkClaims(asked.claims, config, audiences, this.#options.now())
      if (!checked.ok) return this.#refuseId(digest, checked.rule, checked.why)
      const againAtMs = this.#options.now() + ASK_AGAIN_MS
      const expiresAtMs = Math.min(checked.claims.expiresAtMs ?? againAtMs, againAtMs)
      return this.#remember(digest, config, { ...checked.claims, expiresAtMs })
    }
    if (unreachable !== undefined)
      return { ok: false, fault: 'busy', rule: 'identity/issuer-unreachable', why: unreachable }
    return this.#refuseId(digest, 'identity/inactive', 'its issuer says that it is no good')
  }

  #remember(digest: string, config: IssuerConfig, claims: Claims): Known {
    const { subject, client, scopes, groups, more, servers, expiresAtMs, binding } = claims
    const known: Known = {
      verified: {
        ok: true,
        principal: { issuer: config.issuer, subject },
        authority: {
          kind: 'token',
          id: tokenId(digest),
          scopes,
          groups,
          ...(more === undefined ? {} : { claims: more }),
          ...(client === undefined ? {} : { client }),
          ...(binding?.method === 'jkt' ? { dpop: true as const } : {}),
          ...(servers === undefined ? {} : { servers }),
          ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
        },
      },
      binding,
    }
    this.#known.add(digest, known, config, expiresAtMs)
    this.#refused.delete(tokenId(digest))
    return known
  }

  #admitNew(
    found: Known | Rejected,
    scheme: Credential['scheme'],
    token: string,
    request: RequestHead,
  ): Verified | Promise<Verified> {
    return 'ok' in found ? found : this.#admit(found, scheme, token, request)
  }

  /** A token that is bound is good only in the hands of whom it is bound to; one that is not has no proof to bring. */
  #admit(
    { verified, binding }: Known,
    scheme: Credential['scheme'],
    token: string,
    request: RequestHead,
  ): Verified | Promise<Verified> {
    if (binding === undefined) {
      if (scheme === 'bearer') return verified
      return refuse('identity/binding', 'it is not bound to a key, and came with a proof')
    }
    if (binding.method === 'jkt') {
      if (scheme !== 'dpop')
        return refuse('identity/binding', 'it is bound to a key, and came as a bearer token')
      return this.#options.proofs.check(request, token, binding.thumbprint).then((proof): Verified => {
        if (proof.ok) return verified
        const { why, busy } = proof
        return busy === true
          ? { ok: false, fault: 'busy', rule: 'identity/proof', why }
          : refuse('identity/proof', why)
      })
    }
    if (scheme === 'bearer' && certificateThumbprint(request.socket) === binding.thumbprint) return verified
    return refuse('identity/binding', 'it is bound to a certificate that this connection has not shown')
  }

  #keyOf(key: PublicKey, algorithm: string): Promise<CryptoKey | Uint8Array> {
    let imported = this.#imported.get(key)
    if (imported === undefined) {
      imported = new Map()
      this.#imported.set(key, imported)
    }
    let done = imported.get(algorithm)
    if (done === undefined) {
      done = this.#options.signatures.importJWK(key.jwk, algorithm)
      imported.set(algorithm, done)
    }
    return done
  }

  #refuseId(digest: string, rule: string, why: string): Rejected {
    if (this.#refused.size >= MAX_REFUSED) this.#refused.clear()
    this.#refused.add(tokenId(digest))
    return refuse(rule, why)
  }
}

function refuse(rule: string, why: string): Rejected {
  return { ok: false, fault: 'invalid', rule, why }
}
