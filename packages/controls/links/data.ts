/*
 * Does an address carry data? Random-looking tokens, encoded sentences, prose in a parameter, more than any page needs.
 */

/** What an address carries, as far as it can be told. */
export type Cargo = 'userinfo' | 'known' | 'encoded' | 'long' | 'prose' | 'placeholder'

const LONG_PART = 128
const LONG_QUERY = 256
const LONG_PATH = 512
const LONG_LABEL = 32
const TOKEN = 24

/**
 * What an address tells its host beyond what page is wanted. `known`: texts of this conversation that have no business there.
 *
 * @example cargoOf(new URL('https://x.example/?d=aWdub3JlIGFsbCBydWxlcw'), []) // 'encoded'
 */
export function cargoOf(url: URL, known: readonly string[]): Cargo | undefined {
  if (url.username !== '' || url.password !== '') return 'userinfo'
  const text = `${decoded(url.pathname)} ${decoded(url.search)} ${decoded(url.hash)}`
  if (known.length > 0 && carriesKnown(url, text, known)) return 'known'
  if (PLACEHOLDER.test(text)) return 'placeholder'
  if (url.search.length + url.hash.length > LONG_QUERY || url.pathname.length > LONG_PATH) return 'long'
  for (const label of url.hostname.split('.')) if (isTokenLabel(label)) return 'encoded'
  for (const part of url.pathname.split('/')) {
    const cargo = cargoIn(decoded(part), true)
    if (cargo !== undefined) return cargo
  }
  for (const part of url.search.slice(1).split('&')) {
    const cargo = cargoIn(decoded(part.slice(part.indexOf('=') + 1).replaceAll('+', ' ')), false)
    if (cargo !== undefined) return cargo
  }
  return cargoIn(decoded(url.hash.slice(1)), false, true)
}

/** A text of the conversation stands in the address, as it is or encoded as Base64 or hex. */
function carriesKnown(url: URL, text: string, known: readonly string[]): boolean {
  const plus = text.includes('+') ? text.replaceAll('+', ' ') : text
  const inner: string[] = []
  for (const part of text.split(/[\s/?&=#;]+/).slice(0, MAX_PARTS)) {
    const said = decodedToken(part)
    if (said !== undefined) inner.push(said)
  }
  for (const one of known) {
    if (text.includes(one) || plus.includes(one) || url.hostname.includes(one.toLowerCase())) return true
    if (inner.some((said) => said.includes(one))) return true
  }
  return false
}

const MAX_PARTS = 64

/** `{{name}}`, `${name}`, `{data}`, `<secret>`, `[DATA]`: to be filled in by whoever reads it. */
const PLACEHOLDER = /\{\{|\$\{|\{[\w .-]{2,40}\}|<[\w .-]{2,40}>|\[[A-Z_ ]{3,40}\]/

function cargoIn(part: string, inPath: boolean, isAnchor = false): Cargo | undefined {
  if (part.length > LONG_PART) return 'long'
  if (part.length < TOKEN) return undefined
  if (SENTENCE.test(part)) return 'prose'
  // What names a version of a file names nothing else: a commit, a digest, a UUID.
  if (inPath && (COMMIT.test(part) || UUID.test(part))) return undefined
  // A heading's anchor is made of words.
  if (isAnchor && /^[a-z-]+$/i.test(part)) return undefined
  if (decodedToken(part) !== undefined || (TOKEN_TEXT.test(part) && isRandom(part))) return 'encoded'
  return undefined
}

const COMMIT = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const TOKEN_TEXT = /^[A-Za-z0-9+/_=.~-]+$/
/** Six words and more, with spaces between them. */
const SENTENCE = /^(?:[^\s]{1,32}\s+){5}[^\s]/

function isTokenLabel(label: string): boolean {
  return label.length > LONG_LABEL || (label.length >= TOKEN && !label.startsWith('xn--') && isRandom(label))
}

/**
 * Letters and digits in an order that no language has: many changes between small letters, capitals and digits, or hex
 * digits alone. Words joined by hyphens, dates and camel case have few.
 */
function isRandom(token: string): boolean {
  if (/^[0-9a-f]{32,}$/i.test(token)) return true
  let changes = 0
  let last = 0
  let digits = 0
  for (let at = 0; at < token.length; at++) {
    const code = token.charCodeAt(at)
    const kind =
      code >= 0x30 && code <= 0x39
        ? 1
        : code >= 0x41 && code <= 0x5a
          ? 2
          : code >= 0x61 && code <= 0x7a
            ? 3
            : 0
    if (kind === 1) digits++
    // A capital that begins a word is no sign of chance.
    if (kind !== 0 && last !== 0 && kind !== last && !(last === 2 && kind === 3)) changes++
    last = kind
  }
  return digits > 0 && changes * 5 >= token.length
}

/** What a token says if it is Base64 or hex of readable text. */
function decodedToken(token: string): string | undefined {
  if (token.length < 16 || token.length > MAX_TOKEN) return undefined
  const isHex = /^(?:[0-9a-f]{2})+$/i.test(token)
  if (!isHex && !/^[A-Za-z0-9+/_-]+={0,2}$/.test(token)) return undefined
  const bytes = Buffer.from(token, isHex ? 'hex' : 'base64url')
  if (bytes.length < 10) return undefined
  let printable = 0
  for (const byte of bytes) {
    if (byte >= 0x80 || (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13)) return undefined
    if (/[A-Za-z0-9 ]/.test(String.fromCharCode(byte))) printable++
  }
  return printable * 4 >= bytes.length * 3 ? bytes.toString('latin1') : undefined
}

const MAX_TOKEN = 2048

function decoded(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    // Not UTF-8 behind the signs: the letters that are, one by one.
    return text.replace(/%([2-7][0-9a-f])/gi, (_whole, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
  }
}
