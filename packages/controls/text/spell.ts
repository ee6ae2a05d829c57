import { isPrintable, printable } from './decode.ts'
import { longestRun, type Row } from './rows.ts'
import { readSymbols } from './symbols.ts'

/*
 * What invisible characters spell: the few ways by which tools and papers write bytes with them.
 */

/** Tag characters: each is an ASCII character, moved by U+E0000. */
export function spellTags(codes: readonly number[]): string {
  let text = ''
  for (const code of codes) {
    const ascii = code - 0xe0000
    if (ascii >= 0x20 && ascii < 0x7f) text += String.fromCharCode(ascii)
  }
  return text
}

/**
 * Variation selectors, as bytes (VS1-16 are 0-15, VS17-256 are 16-255), as bytes by their place in the supplement, or
 * as half bytes.
 */
export function spellSelectors(codes: readonly number[]): string | undefined {
  const bytes = codes.map((code) => (code < 0x10000 ? code - 0xfe00 : code - 0xe0100 + 16))
  const asBytes = printable(Uint8Array.from(bytes))
  if (asBytes !== undefined) return asBytes
  if (codes.every((code) => code >= 0xe0100)) {
    const byPlace = printable(Uint8Array.from(codes, (code) => code - 0xe0100))
    if (byPlace !== undefined) return byPlace
  }
  if (!bytes.every((value) => value < 16)) return undefined
  return printable(
    Uint8Array.from(
      { length: bytes.length >> 1 },
      (_, at) => ((bytes[2 * at] ?? 0) << 4) | (bytes[2 * at + 1] ?? 0),
    ),
  )
}

/** Characters of no width: digits of a small base, see `readSymbols`. */
export function spellZeroWidth(codes: readonly number[]): string | undefined {
  return readSymbols(codes)
}

/** Private use characters: ASCII in the low byte. Four in a row, or eight of them, or they are somebody's icons. */
export function spellPrivateUse(row: Row): string | undefined {
  const run = longestRun(row)
  if (row.code.length < 8 && run < 4) return undefined
  let text = ''
  for (const code of row.code) {
    const ascii = code & 0xff
    if (ascii < 0x20 || ascii > 0x7e) return undefined
    text += String.fromCharCode(ascii)
  }
  return run >= 8 || isPrintable(text) ? text : undefined
}
