/**
 * Words by their last six characters: one look into 4 KiB of bits tells nearly every word that is not there, before anything is
 * worked out of all its characters.
 *
 * The key of a word is what five bits for each character leave in 32: `key = (key << 5) | TAIL_CODES[byte]` from its first to its
 * last. Digits that are taken for letters (`1gn0re`) have the codes of those letters.
 */
export class TailFilter {
  readonly bits = new Int32Array(SIZE >>> 5)

  /** A word of small letters and digits of ASCII; others are never asked about. */
  add(word: string): void {
    if (!/^[a-z0-9]+$/.test(word)) return
    let key = 0
    for (let at = 0; at < word.length; at++) key = (key << 5) | (TAIL_CODES[word.charCodeAt(at)] ?? 0)
    const place = placeOf(key)
    this.bits[place >>> 5] = (this.bits[place >>> 5] ?? 0) | (1 << (place & 31))
  }

  /** May there be a word with this key? */
  has(key: number): boolean {
    const place = placeOf(key)
    return ((this.bits[place >>> 5] as number) & (1 << (place & 31))) !== 0
  }
}

const SIZE = 1 << 15

/** The bit of a key: for walks that look at `bits` themselves, since a call for each word would cost more than the look. */
export function placeOf(key: number): number {
  return Math.imul(key, 0x9e3779b1) >>> 17
}

/** What `0` to `9` are taken for in a word; the others stand for themselves. */
const LEET = 'oi\0eas\0t\0\0'

/** 1 to 26 for letters of either case, 27 and more for digits that are no letter, 0 for all else: what ends a word. */
export const TAIL_CODES = Uint8Array.from({ length: 256 }, (_, code) => {
  const character = String.fromCharCode(code).toLowerCase()
  if (character >= 'a' && character <= 'z' && code < 128) return character.charCodeAt(0) - 0x60
  if (character < '0' || character > '9') return 0
  const letter = LEET.charCodeAt(code - 0x30)
  return letter === 0 ? 27 + (code & 3) : letter - 0x60
})
