/**
 * JavaScript in ASCII.
 */

/** A backslash that stands by itself, before a character that would become an escape. */
const ESCAPED_ALREADY = /(?<!\\)(?:\\\\)*\\[^\0-\x7f]/

/**
 * The same program in ASCII. V8 keeps the text of every module it has loaded, and takes two bytes for each of its characters as
 * soon as one of them is outside Latin-1: one ellipsis in a message costs a daemon a third of a MiB.
 *
 * Every such UTF-16 unit becomes `\uXXXX`, which means the same in strings, in templates, in names and in regular expressions (with
 * the flag `u`, two of them in a row are one character). Throws where it would not: behind a backslash, and in `String.raw`.
 *
 * @example asciiText("say('…')") // "say('\\u2026')"
 */
export function asciiText(code: string): string {
  if (ESCAPED_ALREADY.test(code)) throw new Error('a character outside ASCII stands behind a backslash')
  for (const [raw] of code.matchAll(/String\.raw`[^`]*`/g)) {
    if (/[^\0-\x7f]/.test(raw)) throw new Error('a String.raw has a character outside ASCII')
  }
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
