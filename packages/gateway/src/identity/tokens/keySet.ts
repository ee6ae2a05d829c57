/**
 * Which keys of a JWK set (RFC 7517) may verify, and which one a token's header means.
 *
 * A key is used for one algorithm only, and never for one of another kind: an RSA key given as an HMAC secret is the oldest
 * trick there is (RFC 8725, 2.1). Symmetric keys, keys for encryption and RSA keys under 2048 bits are not there at all.
 */
import { isObject, type JsonObject, type JsonValue } from '@sallyport/controls/json'

/** What an algorithm (RFC 7518, RFC 8037, RFC 9864) wants of its key. */
const KEY_OF: Readonly<Record<string, { readonly kty: string; readonly crv?: string }>> = {
  ES256: { kty: 'EC', crv: 'P-256' },
  ES384: { kty: 'EC', crv: 'P-384' },
  ES512: { kty: 'EC', crv: 'P-521' },
  EdDSA: { kty: 'OKP', crv: 'Ed25519' },
  Ed25519: { kty: 'OKP', crv: 'Ed25519' },
  RS256: { kty: 'RSA' },
  RS384: { kty: 'RSA' },
  RS512: { kty: 'RSA' },
  PS256: { kty: 'RSA' },
  PS384: { kty: 'RSA' },
  PS512: { kty: 'RSA' },
}

const MIN_RSA_BITS = 2048
const MAX_KEYS = 64

/** A key that may verify, with public members only. */
export interface PublicKey {
  readonly kid: string | undefined
  readonly alg: string | undefined
  readonly jwk: Readonly<Record<string, string>>
}

/** The keys of a set that may verify. @example readKeySet({ keys: [{ kty: 'oct', k: 'AA' }] }) // [] */
export function readKeySet(document: JsonObject): readonly PublicKey[] | undefined {
  const { keys } = document
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) return undefined
  return keys.flatMap((key) => readKey(key) ?? [])
}

/** `undefined`: not one to verify with. */
export function readKey(key: JsonValue): PublicKey | undefined {
  if (!isObject(key)) return undefined
  const { kty, use, key_ops: operations, kid, alg } = key
  if (use !== undefined && use !== 'sig') return undefined
  if (Array.isArray(operations) && !operations.includes('verify')) return undefined
  const names =
    kty === 'RSA' ? ['n', 'e'] : kty === 'EC' ? ['crv', 'x', 'y'] : kty === 'OKP' ? ['crv', 'x'] : []
  if (names.length === 0 || typeof kty !== 'string') return undefined
  const jwk: Record<string, string> = { kty }
  for (const name of names) {
    const value = key[name]
    if (typeof value !== 'string') return undefined
    jwk[name] = value
  }
  if (kty === 'RSA' && bitsOf(jwk.n ?? '') < MIN_RSA_BITS) return undefined
  return { kid: textOf(kid), alg: textOf(alg), jwk }
}

/**
 * The key that a header means: of that `kid` and fit for the algorithm. Without a `kid` it is the only fit key of the set;
 * where there are several none is tried, or a key that was rotated in for another purpose would do.
 */
export function chooseKey(
  keys: readonly PublicKey[],
  { algorithm, keyId }: { readonly algorithm: string; readonly keyId: string | undefined },
): PublicKey | undefined {
  const fit = keys.filter((key) => isFit(key, algorithm) && (keyId === undefined || key.kid === keyId))
  return fit.length === 1 ? fit[0] : undefined
}

export function isFit({ jwk, alg }: PublicKey, algorithm: string): boolean {
  const wanted = Object.hasOwn(KEY_OF, algorithm) ? KEY_OF[algorithm] : undefined
  if (wanted === undefined || jwk.kty !== wanted.kty) return false
  if (wanted.crv !== undefined && jwk.crv !== wanted.crv) return false
  return alg === undefined || nameOf(alg) === nameOf(algorithm)
}

/** RFC 9864 gave EdDSA with Ed25519 a name of its own. */
function nameOf(algorithm: string): string {
  return algorithm === 'EdDSA' ? 'Ed25519' : algorithm
}

function bitsOf(modulus: string): number {
  const bytes = Buffer.from(modulus, 'base64url')
  const first = bytes.findIndex((byte) => byte !== 0)
  if (first < 0) return 0
  return (bytes.length - first) * 8 - (Math.clz32(bytes[first] ?? 0) - 24)
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}
