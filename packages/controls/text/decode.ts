/** Printable text out of bytes, or nothing: strict UTF-8, no control characters, letters in half of it. */
export function printable(bytes: Uint8Array): string | undefined {
  if (!isTextual(bytes)) return undefined
  const text = UTF8.decode(bytes)
  return isPrintable(text) ? text : undefined
}

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** No control characters, and UTF-8 as far as lengths go. Most of what is tried is not, and an exception costs more. */
function isTextual(bytes: Uint8Array): boolean {
  let following = 0
  for (const byte of bytes) {
    if (following > 0) {
      if ((byte & 0xc0) !== 0x80) return false
      following--
    } else if (byte < 0x80) {
      if (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13) return false
    } else if (byte < 0xc2 || byte > 0xf4) return false
    else following = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3
  }
  return following === 0
}

/** Could a person read this, or decode it further: no control or unassigned characters, and letters, digits and spaces in half of it? */
export function isPrintable(text: string): boolean {
  // The replacement character stands for bytes that are no UTF-8 after all.
  if (text === '' || UNPRINTABLE.test(text) || text.includes('\ufffd')) return false
  return (countLetters(text) + countDigits(text)) * 2 >= text.length
}

const UNPRINTABLE = /(?![\t\n\r])[\p{Cc}\p{Cn}\p{Co}\p{Cs}]/u

/** At least three words, and letters or spaces in most of it: what reads like a sentence, not like a token or a key. */
export function isProse(text: string): boolean {
  if (!isMostlyLetters(text)) return false
  let words = 0
  for (const [word] of text.matchAll(/[^ \n]+/g)) if (LETTER.test(word) && ++words === 3) return true
  return WORDS_WITHOUT_SPACES.test(text)
}

const LETTER = /\p{L}/u
const WORDS_WITHOUT_SPACES = /\p{Lo}{6}/u

function isMostlyLetters(text: string): boolean {
  return countLetters(text) * 4 >= text.length * 3
}

function countDigits(text: string): number {
  let digits = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code >= 0x30 && code <= 0x39) digits++
  }
  return digits
}

function countLetters(text: string): number {
  let letters = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const lower = code | 0x20
    if ((lower >= 0x61 && lower <= 0x7a) || code === 0x20 || code >= 0xc0) letters++
  }
  return letters
}
