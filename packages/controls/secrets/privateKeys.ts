/**
 * Private keys as files: PEM of every kind (RFC 7468, OpenSSH, PGP, OpenVPN), SSH2 (RFC 4716), PuTTY. Age keys are
 * tokens.
 */

/** Where a private key ends that begins here; `undefined` when it is something else, a certificate or a public key. */
export function privateKeyAt(text: string, start: number): readonly [start: number, end: number] | undefined {
  if (text.startsWith('PuTTY-User-Key-File-', start)) return puttyKeyAt(text, start)
  const dashes = text.startsWith('-----', start) ? '-----' : '----'
  const title = text.slice(start, start + MAX_TITLE)
  const titleEnd = title.indexOf(dashes, dashes.length)
  if (titleEnd < 0) return undefined
  if (!SECRET_TITLES.some((words) => title.slice(0, titleEnd).includes(words))) return undefined
  const from = start + titleEnd + dashes.length
  const close = text.indexOf(`${dashes}${dashes === '----' ? ' ' : ''}END `, from)
  // Cut off, or never closed: all that follows may be the key.
  if (close < 0) return [start, text.length]
  const line = text.indexOf(dashes, close + dashes.length + 4)
  const end = line < 0 || line - close > MAX_TITLE ? close : line + dashes.length
  return hasBody(text, from, close) ? [start, end] : undefined
}

/** Its private half stands between `Private-Lines:` and the checksum at the end. */
function puttyKeyAt(text: string, start: number): readonly [start: number, end: number] | undefined {
  // A window, so that a text of nothing but beginnings is not searched to its end for each of them.
  const near = text.slice(start, start + MAX_PUTTY)
  const privateAt = near.indexOf('Private-Lines:')
  if (privateAt < 0) return undefined
  const macAt = near.indexOf('Private-MAC:', privateAt)
  if (macAt < 0) return [start, start + near.length]
  const mac = start + macAt
  let end = mac + 'Private-MAC:'.length
  while (end < text.length && end - mac < MAX_TITLE * 2 && !LINE_ENDS.includes(text.charAt(end))) end++
  return [start, end]
}

const SECRET_TITLES = ['PRIVATE KEY', 'Static key']
const MAX_TITLE = 80
/** The file of an RSA key of 8192 bits has 7 KB. */
const MAX_PUTTY = 8192
const LINE_ENDS = '\r\n\\"'
/** Documentation shows keys with `...` for a body. */
const MIN_BODY = 24

function hasBody(text: string, from: number, to: number): boolean {
  let count = 0
  for (let at = from; at < to && count < MIN_BODY; at++) {
    const code = text.charCodeAt(at)
    const letter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a
    if (letter || (code >= 0x30 && code <= 0x39)) count++
  }
  return count >= MIN_BODY
}
