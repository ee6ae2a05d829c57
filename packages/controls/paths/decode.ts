/**
 * The ways in which programs turn a written path into another one before they use it. Each is one walk over the text.
 *
 * They are as lenient as the most lenient program known to do the same: what such a program would not accept at all
 * reaches no file, so nothing is lost by reading it.
 */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** Percent-decoding as URL libraries do it: what is no escape stays, bytes that are no UTF-8 become U+FFFD. */
export function decodePercent(text: string): string {
  let at = text.indexOf('%')
  if (at === -1) return text
  let decoded = ''
  let copied = 0
  while (at !== -1) {
    const bytes: number[] = []
    let end = at
    for (let byte = byteAt(text, end); byte !== undefined; byte = byteAt(text, end)) {
      bytes.push(byte)
      end += 3
    }
    if (bytes.length > 0) {
      decoded += text.slice(copied, at) + utf8.decode(Uint8Array.from(bytes))
      copied = end
    }
    at = text.indexOf('%', Math.max(end, at + 1))
  }
  return decoded + text.slice(copied)
}

/**
 * Percent-decoding as old or careless programs do it: `%uXXXX` is a character, and UTF-8 that is longer than it has to be
 * (`%c0%af`, `%e0%80%af`, `%fc%80%80%80%80%af`) stands for the short character it spells (CVE-2000-0884, CVE-2008-2938).
 * Where only the lead byte is right (`%c0%2f`, `%c0%6e`), the low bits of the next byte count, as in decoders that
 * check nothing.
 */
export function decodeLoosely(text: string): string {
  if (!text.includes('%')) return text
  let decoded = ''
  let pending: number[] = []
  const flush = () => {
    if (pending.length === 0) return
    decoded += utf8.decode(Uint8Array.from(pending))
    pending = []
  }
  for (let at = 0; at < text.length; ) {
    const unit = unitAt(text, at)
    if (unit !== undefined) {
      flush()
      decoded += String.fromCharCode(unit)
      at += 6
      continue
    }
    const byte = byteAt(text, at)
    if (byte === undefined) {
      flush()
      decoded += text[at]
      at += 1
      continue
    }
    const overlong = overlongAt(text, at, byte)
    if (overlong === undefined) {
      pending.push(byte)
      at += 3
    } else {
      flush()
      decoded += overlong.character
      at = overlong.end
    }
  }
  flush()
  return decoded
}

/** Characters that Unicode calls compatible: full-width forms, dot leaders, small forms (UAX 15, NFKC). */
export function foldCompatible(text: string): string {
  return isAscii(text) ? text : text.normalize('NFKC')
}

/** What Windows makes of characters that its code pages lack ("best fit"), beside the compatible ones (CVE-2024-4577). */
export function foldBestFit(text: string): string {
  return isAscii(text)
    ? text
    : text
        .replace(/[\u2044\u2215\u29f8\u2571]/g, '/')
        .replace(/[\u2216\u29f5\u29f9\u00a5\u20a9\u2572]/g, '\\')
        .replace(/\u00ad/g, '-')
        .normalize('NFKC')
}

/** What is left when a filter deletes `../` and `..\` once: `....//` becomes `../` (CWE-182). */
export function dropParents(text: string): string {
  return text.replace(/\.\.[\\/]/g, '')
}

/** Does the text begin or end with white space or quotes, which many servers take off a path before they use it? */
export function hasOddEnds(text: string): boolean {
  return text !== '' && (isOddEnd(text.charCodeAt(0)) || isOddEnd(text.charCodeAt(text.length - 1)))
}

/** Without white space and quotes at its ends, in whatever order they come off: ` "/etc/passwd"` is an absolute path then. */
export function trimEnds(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && isOddEnd(text.charCodeAt(start))) start++
  while (end > start && isOddEnd(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isOddEnd(code: number): boolean {
  if (code > 0x20 && code < 0x80) return code === 0x22 || code === 0x27 || code === 0x60
  return code <= 0x20 || (code >= 0xa0 && String.fromCharCode(code).trim() === '')
}

export function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false
  return true
}

/** The byte that `%XX` at this place stands for. */
function byteAt(text: string, at: number): number | undefined {
  if (text.charCodeAt(at) !== 0x25) return undefined
  const high = hexDigit(text.charCodeAt(at + 1))
  const low = hexDigit(text.charCodeAt(at + 2))
  return high < 0 || low < 0 ? undefined : high * 16 + low
}

/** The code unit that `%uXXXX` at this place stands for. */
function unitAt(text: string, at: number): number | undefined {
  if (text.charCodeAt(at) !== 0x25 || (text.charCodeAt(at + 1) | 0x20) !== 0x75) return undefined
  let unit = 0
  for (let digit = at + 2; digit < at + 6; digit++) {
    const value = hexDigit(text.charCodeAt(digit))
    if (value < 0) return undefined
    unit = unit * 16 + value
  }
  return unit
}

/** An ASCII character written in more bytes than one. Only such are of interest here: separators and dots are ASCII. */
function overlongAt(text: string, at: number, lead: number) {
  const length = OVERLONG.get(lead)
  if (length === undefined) return undefined
  let code = lead === 0xc1 ? 1 : 0
  let end = at + 3
  for (let more = 1; more < length; more++) {
    // The rest of a sequence may be written out: `%c0.` is the bytes C0 2E.
    const written = text.charCodeAt(end)
    const byte = byteAt(text, end) ?? (written < 0x80 ? written : undefined)
    if (byte === undefined) return undefined
    if (length > 2 && (byte & 0xc0) !== 0x80) return undefined
    code = code * 64 + (byte & 0x3f)
    end += byteAt(text, end) === undefined ? 1 : 3
  }
  return code < 0x80 ? { character: String.fromCharCode(code), end } : undefined
}

/** Lead bytes that can begin an ASCII character in too many bytes, and how many. */
const OVERLONG: ReadonlyMap<number, number> = new Map([
  [0xc0, 2],
  [0xc1, 2],
  [0xe0, 3],
  [0xf0, 4],
  [0xf8, 5],
  [0xfc, 6],
])

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const letter = code | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}
