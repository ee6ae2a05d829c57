/** Decoded at most this often: a server decodes once, a proxy before it once more. */
const DECODED = 3

/**
 * What a server may take a resource's URI for: as written, percent-decoded, with its dot segments resolved, with scheme
 * and host in lower case (RFC 3986, 6.2.2). A denial counts against each of them, an approval has to hold for all: else
 * `file:///etc/%70asswd` would be another resource than `file:///etc/passwd`.
 *
 * Tools and prompts have names, not URIs, and one reading only.
 *
 * @example uriReadings('FILE:///a/%2e%2e/b') // ['FILE:///a/%2e%2e/b', 'file:///a/%2e%2e/b', 'file:///b', ...]
 */
export function uriReadings(uri: string): readonly string[] {
  const readings = new Set<string>([uri])
  let text = uri
  for (let round = 0; round <= DECODED; round++) {
    for (const reading of [lowerOrigin(text), withoutDots(lowerOrigin(text)), parsed(text)])
      if (reading !== undefined) readings.add(reading)
    const decoded = percentDecoded(text)
    if (decoded === text) break
    readings.add(decoded)
    text = decoded
  }
  return [...readings]
}

function lowerOrigin(uri: string): string {
  const origin = /^[A-Za-z][A-Za-z0-9+.-]*:(?:\/\/[^/?#]*)?/.exec(uri)?.[0]
  return origin === undefined ? uri : origin.toLowerCase() + uri.slice(origin.length)
}

/** Byte by byte: what is no UTF-8 is left out of the reading rather than refused, a server may be as lenient. */
function percentDecoded(text: string): string {
  if (!text.includes('%')) return text
  const bytes = Buffer.from(text, 'utf8')
  const out: number[] = []
  for (let at = 0; at < bytes.length; at++) {
    const code = bytes[at] === 37 ? Number.parseInt(bytes.toString('latin1', at + 1, at + 3), 16) : Number.NaN
    if (bytes[at] === 37 && isHexPair(bytes, at + 1)) {
      out.push(code)
      at += 2
    } else out.push(bytes[at] ?? 0)
  }
  return Buffer.from(out).toString('utf8')
}

function isHexPair(bytes: Buffer, at: number): boolean {
  return isHex(bytes[at]) && isHex(bytes[at + 1])
}

function isHex(byte: number | undefined): boolean {
  if (byte === undefined) return false
  return (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 70) || (byte >= 97 && byte <= 102)
}

/** Backslashes count as slashes, as they do on Windows and in every WHATWG parser; so do repeated ones. */
function withoutDots(uri: string): string | undefined {
  const match = /^([a-z][a-z0-9+.-]*:(?:\/\/[^/?#]*)?)?([^?#]*)(.*)$/su.exec(uri.replaceAll('\\', '/'))
  if (match === null) return undefined
  const [, origin = '', path = '', rest = ''] = match
  const kept: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop()
    else if (segment !== '.' && segment !== '') kept.push(segment)
  }
  const lead = path.startsWith('/') ? '/' : ''
  return `${origin}${lead}${kept.join('/')}${rest}`
}

function parsed(uri: string): string | undefined {
  return URL.canParse(uri) ? new URL(uri).href : undefined
}
