/** What ends a line for one reader or another, beside `\n` and `\r`. In JSON they stand inside strings only. */
const OTHER_BREAKS = /[\u0085\u2028\u2029]/g
const ANY_BREAK = /[\n\r\u0085\u2028\u2029]/

/**
 * One message as the line a server reads, newline included; `undefined` for a text that holds a line break.
 *
 * A break would turn one inspected message into two that nobody inspected. JSON written by us has no raw `\n` or `\r`, so
 * such a text is refused. U+2028, U+2029 and U+0085 are legal in JSON strings, but Node's `readline` (and Python's
 * `splitlines`) end a line there: an argument with U+2028 before a whole `{"jsonrpc":...}` would be a second call
 * on servers that read that way. They are written as escapes, which every JSON parser reads as the same character.
 *
 * @example outboundLine('{"a":"x\u2028y"}') // '{"a":"x\\u2028y"}\n'
 */
export function outboundLine(text: string): string | undefined {
  if (!ANY_BREAK.test(text)) return `${text}\n`
  if (text.includes('\n') || text.includes('\r')) return undefined
  const escaped = text.replace(OTHER_BREAKS, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return `${escaped}\n`
}
