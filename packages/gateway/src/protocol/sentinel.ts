/**
 * Header values that are not header-safe travel as `=?base64?...?=` (MCP 2026-07-28, SEP-2243 "Value encoding").
 */
import { isUtf8 } from 'node:buffer'

const PREFIX = '=?base64?'
const SUFFIX = '?='
const HEADER_SAFE = /^[\x20-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$/

/**
 * The text a mirrored header stands for; `undefined` when it has the sentinel's form but not its content.
 *
 * Decoding is strict: alphabet, padding, unused bits and UTF-8 must be exactly what an encoder gives. A lenient decoder
 * here and a strict one behind us would read two names in one header. The markers are case-sensitive; a text that
 * lacks either of them is literal.
 *
 * @example
 * decodeSentinel('=?base64?c2FmZV90b29s?=') // 'safe_tool'
 * decodeSentinel('=?base64?c2FmZV90b29s=?=') // undefined
 */
export function decodeSentinel(value: string): string | undefined {
  if (!value.startsWith(PREFIX) || !value.endsWith(SUFFIX)) return value
  // `=?base64?=`: both markers share a `?`. Some would read an empty text, others the literal.
  if (value.length < PREFIX.length + SUFFIX.length) return undefined
  const text = value.slice(PREFIX.length, -SUFFIX.length)
  const bytes = Buffer.from(text, 'base64')
  // Node skips what is outside the alphabet and ignores padding, so only the way back proves the way in.
  if (bytes.toString('base64') !== text || !isUtf8(bytes)) return undefined
  return bytes.toString('utf8')
}

/**
 * The header value for a text: itself where it is visible ASCII without blanks at its ends, else the sentinel.
 *
 * @example encodeSentinel('Zürich ') // '=?base64?WsO8cmljaCA=?='
 */
export function encodeSentinel(text: string): string {
  const plain =
    HEADER_SAFE.test(text) && text[0] !== ' ' && !(text.startsWith(PREFIX) && text.endsWith(SUFFIX))
  return plain ? text : `${PREFIX}${Buffer.from(text, 'utf8').toString('base64')}${SUFFIX}`
}
