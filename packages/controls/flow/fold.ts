/**
 * What of a text is compared: letters and digits alone, one byte each, without case, accents and compatibility forms.
 *
 * A letter outside ASCII becomes one of 128 bytes above 0x7f: twelve of them in a row agree by chance once in 2^84. A zero
 * never comes out of a text, so it can stand between texts.
 */

/** Byte of each ASCII character; 0 is left out. */
const ASCII: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code).toLowerCase()
  return /[a-z0-9]/.test(character) ? character.charCodeAt(0) : 0
})

/** Of a character that stands for a whole phrase (U+FDFA for eighteen letters) the beginning is enough. */
export const MAX_BYTES = 4

/**
 * Folds `text` into `bytes` from `at` on, and says where it ended. `places`, where given, says of each byte at which unit of the
 * text it began. The caller leaves room: a text that is ASCII needs its length, any other `roomFor` it.
 */
export function foldInto(text: string, bytes: Uint8Array, at: number, places?: Int32Array): number {
  let end = at
  const { length } = text
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index)
    if (code < 128) {
      const byte = ASCII[code] ?? 0
      if (byte !== 0) {
        if (places !== undefined) places[end] = index
        bytes[end++] = byte
      }
      continue
    }
    const point = text.codePointAt(index) ?? code
    const folded = foldPoint(point)
    for (let part = 0; part < folded.length; part++) {
      if (places !== undefined) places[end] = index
      bytes[end++] = folded[part] ?? 0
    }
    if (point > 0xffff) index++
  }
  return end
}

/** How many bytes a text can become at most. */
export function roomFor(text: string): number {
  let extra = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code >= 128) extra += foldPoint(text.codePointAt(index) ?? code).length
  }
  return text.length + extra
}

/** What was folded before. It only saves work: what comes out is the same without it. */
const KNOWN = new Map<number, Uint8Array>()
const MAX_KNOWN = 20_000

function foldPoint(point: number): Uint8Array {
  const known = KNOWN.get(point)
  if (known !== undefined) return known
  const plain = String.fromCodePoint(point).normalize('NFKD').toUpperCase().toLowerCase().normalize('NFKD')
  const bytes: number[] = []
  for (const character of plain) {
    const code = character.codePointAt(0) ?? 0
    if (code < 128) {
      if (ASCII[code] !== 0) bytes.push(ASCII[code] ?? 0)
    } else if (/[\p{L}\p{N}]/u.test(character)) bytes.push(0x80 | (Math.imul(code, 0x9e3779b1) >>> 25))
  }
  const folded = Uint8Array.from(bytes.slice(0, MAX_BYTES))
  if (KNOWN.size < MAX_KNOWN) KNOWN.set(point, folded)
  return folded
}
