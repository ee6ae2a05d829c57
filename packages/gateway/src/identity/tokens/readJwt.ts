/**
 * The two JSON parts of a signed token (RFC 7515, compact; RFC 7519), read so that they have one reading only.
 *
 * Nothing here is believed: whether the signature is right is asked afterwards, of a key that the header may name but
 * never brings along. Refused: other than three parts, base64url that is not as an encoder writes it (padding, other
 * letters, bits left over), duplicate members, numbers that a double would change, more than 8 KiB.
 */
import { isObject, type JsonObject, parseJson } from '@sallyport/controls/json'

export interface Jwt {
  readonly header: JsonObject
  readonly claims: JsonObject
  readonly algorithm: string
  readonly type: string | undefined
  readonly keyId: string | undefined
}

export type JwtReading =
  | { readonly ok: true; readonly jwt: Jwt }
  | { readonly ok: false; readonly why: string }

/** Groups and roles make tokens long; longer ones than this nobody needs, and reading costs by the byte. */
export const MAX_TOKEN_CHARS = 8 * 1024

const BUDGET = { maxBytes: MAX_TOKEN_CHARS, maxDepth: 16, maxKeys: 512, maxValues: 4096 }

/**
 * Header members that bring a key along or say where one is: whoever follows them lets the sender choose the key
 * (RFC 8725, 3.5 and 3.10). `crit` names extensions, and none is known here.
 */
const REFUSED_MEMBERS = ['jku', 'x5u', 'jwk', 'x5c', 'crit', 'b64', 'zip', 'enc'] as const

/**
 * Does this text have the form of a signed token? Says nothing about whether it can be read.
 *
 * @example looksLikeJwt('eyJhbGciOiJub25lIn0.e30.') // true
 */
export function looksLikeJwt(text: string): boolean {
  return text.startsWith('ey') && text.includes('.')
}

/**
 * Reads a signed token. Never throws.
 *
 * @example readJwt('a.b') // { ok: false, why: 'it has not three parts' }
 */
export function readJwt(text: string): JwtReading {
  if (text.length > MAX_TOKEN_CHARS) return no(`it is longer than ${MAX_TOKEN_CHARS} characters`)
  const parts = text.split('.', 4)
  const [head, body, signature] = parts
  if (parts.length !== 3 || head === undefined || body === undefined || signature === undefined)
    return no('it has not three parts')
  const header = readPart(head)
  const claims = readPart(body)
  if (header === undefined) return no('its header is not one JSON object in base64url')
  if (claims === undefined) return no('its claims are not one JSON object in base64url')
  if (signature === '' || decode(signature) === undefined) return no('its signature is not base64url')
  for (const member of REFUSED_MEMBERS)
    if (Object.hasOwn(header, member)) return no(`its header has "${member}"`)
  const { alg, typ, kid } = header
  if (typeof alg !== 'string') return no('its header names no algorithm')
  if (typ !== undefined && typeof typ !== 'string') return no('its header has a "typ" that is no text')
  if (kid !== undefined && typeof kid !== 'string') return no('its header has a "kid" that is no text')
  return { ok: true, jwt: { header, claims, algorithm: alg, type: typ?.toLowerCase(), keyId: kid } }
}

function readPart(part: string): JsonObject | undefined {
  const bytes = decode(part)
  if (bytes === undefined) return undefined
  const parsed = parseJson(bytes, BUDGET)
  return parsed.ok && isObject(parsed.value) ? parsed.value : undefined
}

/** Bytes of base64url, if it is exactly what an encoder makes of them: two texts must not be one token. */
function decode(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url')
  return bytes.toString('base64url') === part ? bytes : undefined
}

function no(why: string): JwtReading {
  return { ok: false, why }
}
