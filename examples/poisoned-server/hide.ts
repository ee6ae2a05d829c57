/** Ways to put a text where people see none. All of it written as escapes: this file has no hidden character. */

/** As tag characters, which no font shows and models read. */
export function asTags(text: string): string {
  return [...text].map((char) => String.fromCodePoint(0xe0000 + (char.codePointAt(0) ?? 0))).join('')
}

/** As zero-width characters, one a bit. */
export function asZeroWidth(text: string): string {
  return bitsOf(text).replaceAll('0', '\u200b').replaceAll('1', '\u200c')
}

/** As variation selectors, one a byte, behind one character. */
export function asVariationSelectors(text: string): string {
  const selectors = [...Buffer.from(text, 'utf8')].map((byte) =>
    String.fromCodePoint(byte < 16 ? 0xfe00 + byte : 0xe0100 + byte - 16),
  )
  return `\u{1f600}${selectors.join('')}`
}

/** Reversed, and shown the right way round by an override: what is read is not what is shown. */
export function asBidi(text: string): string {
  return `\u202e${[...text].reverse().join('')}\u202c`
}

/** Written by a terminal and wiped out again. */
export function asAnsi(text: string): string {
  return `\u001b[8m${text}\u001b[28m\u001b[2K\u001b[1A`
}

/** Behind so much white space that no window shows it. */
export function asGap(text: string): string {
  return `${' '.repeat(400)}${'\n'.repeat(60)}${text}`
}

function bitsOf(text: string): string {
  return [...Buffer.from(text, 'utf8')].map((byte) => byte.toString(2).padStart(8, '0')).join('')
}
