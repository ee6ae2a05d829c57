/**
 * What of a text is compared: letters and digits alone, one byte each, without case, accents and compatibility forms.
 *
 * A letter outside ASCII becomes one of 128 bytes above 0x7f: twelve of them in a row agree by chance once in 2^84. A zero
 * never comes out of a text, so it can stand between texts.
 */

import { unitsOf } from './units.ts'

/** Byte of each ASCII character; 0 is left out. */
const ASCII: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code).toLowerCase()
  return /[a-z0-9]/.test(character) ? character.charCodeAt(0) : 0
})

/** Of a character that stands for a whole phrase (U+FDFA for eighteen letters) the beginning is enough. */
export const MAX_BYTES = 4

/**
 * Folds `text` into `bytes`, and says how many it became. `places` says of each byte at which unit of the text it began.
 * The caller leaves room: `MAX_BYTES` for each unit.
 */
export function foldInto(text: string, bytes: Uint8Array, places: Int32Array): number {
  const units = unitsOf(text)
  const { length } = text
  let end = 0
  for (let index = 0; index < length; ) {
    let code = 0
    for (; index < length; index++) {
      code = units[index] ?? 0
      if (code >= 128) break
      const byte = ASCII[code] ?? 0
      bytes[end] = byte
      places[end] = index
      end += -byte >>> 31
    }
    if (index === length) break
    const point = isHigh(code) ? (text.codePointAt(index) ?? code) : code
    const folded = foldPoint(point)
    for (let part = 0; part < folded.length; part++) {
      places[end] = index
      bytes[end++] = folded[part] ?? 0
    }
    index += point > 0xffff ? 2 : 1
  }
  return end
}

/** The first half of a character beyond U+FFFF. */
function isHigh(code: number): boolean {
  return (code & 0xfc00) === 0xd800
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
