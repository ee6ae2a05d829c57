/**
 * A text in quotes, as JSON has it and YAML reads it. What hides (direction marks, characters without width, spaces that are
 * not the usual one) is written as an escape: a line that a person compares with what was shown could else read otherwise.
 *
 * @example writtenText('a\u{202e}b') // '"a\\u202eb"'
 */
export function writtenText(text: string): string {
  return JSON.stringify(text).replace(HIDDEN, (unit) =>
    Array.from({ length: unit.length }, (_, at) => escapeOf(unit.charCodeAt(at))).join(''),
  )
}

/** What `visible` makes visible, and every space but the usual one. */
const HIDDEN = /(?! )[\p{Cc}\p{Cf}\p{Co}\p{Z}\p{Default_Ignorable_Code_Point}]/gu

function escapeOf(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`
}
