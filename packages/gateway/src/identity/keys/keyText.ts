/**
 * API keys as people and programs carry them: `sp_<id>_<secret><checksum>`.
 *
 * `sp_` is for scanners of leaked secrets. The id (10 characters) is no secret: lists, records and commands name keys by it.
 * The secret is 256 random bits as 43 digits to the base 62; the checksum (CRC-32 of all before it, 6 digits) tells a typo,
 * or a text that only looks like a key, without a look into the store. It is no protection: anybody can compute it.
 */
import { crc32 } from 'node:zlib'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** What a digit is worth, by the code of its character. */
const VALUES = Uint8Array.from({ length: 128 }, (_, code) =>
  Math.max(0, BASE62.indexOf(String.fromCharCode(code))),
)
/** Lower case without i, l, o and u: an id is read aloud and typed. */
const BASE32 = '0123456789abcdefghjkmnpqrstvwxyz'

export const KEY_PREFIX = 'sp_'
const ID_CHARS = 10
const ID_BYTES = 7
const SECRET_BYTES = 32
const SECRET_CHARS = 43
const CHECKSUM_CHARS = 6
const BODY_CHARS = KEY_PREFIX.length + ID_CHARS + 1 + SECRET_CHARS
export const KEY_CHARS = BODY_CHARS + CHECKSUM_CHARS

const KEY_FORM = /^sp_[0-9a-hjkmnp-tv-z]{10}_[0-9A-Za-z]{49}$/
const KEY_SOMEWHERE = /sp_[0-9a-hjkmnp-tv-z]{10}_[0-9A-Za-z]{49}/
export const KEY_ID = /^[0-9a-hjkmnp-tv-z]{10}$/

export interface KeyText {
  readonly id: string
  /** The whole key. */
  readonly text: string
}

/**
 * A new key.
 *
 * @param random gives that many bytes of a generator fit for secrets
 * @example newKey(randomBytes) // { id: '4q8t0dkw2m', text: 'sp_4q8t0dkw2m_...' }
 */
export function newKey(random: (bytes: number) => Uint8Array): KeyText {
  const id = digits(random(ID_BYTES), BASE32, ID_CHARS)
  const body = `${KEY_PREFIX}${id}_${digits(random(SECRET_BYTES), BASE62, SECRET_CHARS)}`
  return { id, text: body + checksum(body) }
}

/**
 * The id in a text that is a key by its form and its checksum; `undefined` for any other text, however long and of whatever.
 *
 * @example readKeyId('sp_4q8t0dkw2m_...') // '4q8t0dkw2m'
 */
export function readKeyId(text: string): string | undefined {
  if (text.length !== KEY_CHARS || !KEY_FORM.test(text)) return undefined
  // As a number: what stands there need not be written once more for every request.
  let said = 0
  for (let at = BODY_CHARS; at < KEY_CHARS; at++) said = said * 62 + (VALUES[text.charCodeAt(at)] ?? 0)
  if (said !== crc32(text.slice(0, BODY_CHARS))) return undefined
  return text.slice(KEY_PREFIX.length, KEY_PREFIX.length + ID_CHARS)
}

/** The id of the first key in a text, such as a request target; it need not stand by itself. */
export function findKeyId(text: string): string | undefined {
  const found = KEY_SOMEWHERE.exec(text)?.[0]
  return found === undefined ? undefined : readKeyId(found)
}

function checksum(body: string): string {
  let rest = crc32(body)
  let out = ''
  while (out.length < CHECKSUM_CHARS) {
    out = BASE62.charAt(rest % 62) + out
    rest = Math.floor(rest / 62)
  }
  return out
}

/** The bytes as one number to the base of the alphabet: its last `count` digits. */
function digits(bytes: Uint8Array, alphabet: string, count: number): string {
  const base = BigInt(alphabet.length)
  let rest = 0n
  for (const byte of bytes) rest = rest * 256n + BigInt(byte)
  let out = ''
  while (out.length < count) {
    out = alphabet.charAt(Number(rest % base)) + out
    rest /= base
  }
  return out
}
