import { keepsText, numberEnd } from './survey.ts'

const QUOTE = 0x22
const COLON = 0x3a
const BACKSLASH = 0x5c

/** With more escapes than this a document is sooner written again than walked from one to the next. */
const MOST_ESCAPES = 256

/**
 * Is this document, whose grammar `JSON.parse` has proven, already what `writeJson` would write? `members` is how many
 * members its value has: with duplicates the document has more.
 *
 * For large documents of few and long strings, such as images: writing a megabyte again to compare it costs as much as
 * reading it did. What could differ stands in four places, so only they are looked at: white space between tokens, numbers,
 * escapes in strings, and keys: those that come twice, those that ECMAScript moves to the front because they are array
 * indices, and those with an escape, which V8 may mistake (`distinctKeys.ts`). `false` proves nothing: whoever gets it writes
 * and compares.
 *
 * `latin1` is the same bytes as a string of one unit a byte.
 *
 * @example
 * isAsWritten(Buffer.from('{"a":"b"}'), '{"a":"b"}', 1) // true
 * isAsWritten(Buffer.from('{"a": "b"}'), '{"a": "b"}', 1) // false
 */
export function isAsWritten(bytes: Uint8Array, latin1: string, members: number): boolean {
  const end = bytes.length
  let colons = 0
  let escapes = 0
  /** The first backslash that is not behind us. */
  let backslash = latin1.indexOf('\\')
  for (let at = 0; at < end; ) {
    const byte = bytes[at] ?? 0
    if (byte === QUOTE) {
      const start = at + 1
      const before = escapes
      let quote = latin1.indexOf('"', start)
      while (backslash >= 0 && backslash < quote) {
        if (++escapes > MOST_ESCAPES || !isShort(bytes[backslash + 1])) return false
        const next = backslash + 2
        if (quote < next) quote = latin1.indexOf('"', next)
        backslash = latin1.indexOf('\\', next)
      }
      if (quote < 0) return false
      at = quote + 1
      if (bytes[at] !== COLON) continue
      if (escapes > before || isDigit(bytes[start])) return false
      colons++
      at++
    } else if (byte === 0x2d || isDigit(byte)) {
      const start = at
      at = numberEnd(bytes, at + 1)
      if (!keepsText(bytes, latin1, start, at)) return false
    } else if (byte <= 0x20) {
      return false
    } else {
      at++
    }
  }
  return colons === members
}

/** One of the escapes of two characters that ECMAScript writes; `\/` is none of them, and `\u` is left to it. */
function isShort(byte: number | undefined): boolean {
  switch (byte) {
    case 0x22: // "
    case BACKSLASH:
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return true
    default:
      return false
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && (byte ^ 0x30) <= 9
}
