import { isExactNumber, type JsonObject, type JsonValue } from './value.ts'
import { writeJson } from './write.ts'

/**
 * The bytes of one top-level member of a canonical message, without copying or reading it: the other members are
 * small, so their text says how many bytes stand before it and behind it.
 *
 * `value` must be what `parseJson(bytes)` gave with `canonical: true`. `undefined` when the place cannot be proven (no
 * such member, another member that is not small, or a text that is not the one expected): then write the member anew.
 *
 * @example
 * const bytes = Buffer.from('{"jsonrpc":"2.0","id":1,"result":{"content":[]}}')
 * spliceMember(bytes, value, 'result')?.toString() // '{"content":[]}'
 */
export function spliceMember(bytes: Buffer, value: JsonObject, member: string): Buffer | undefined {
  let before = '{'
  let behind = ''
  let found = false
  for (const key of Object.keys(value)) {
    if (key === member) {
      before += `${JSON.stringify(key)}:`
      found = true
      continue
    }
    const other = value[key]
    if (other === undefined || key.length > SMALL_TEXT || !isSmall(other)) return undefined
    if (found) behind += `,${JSON.stringify(key)}:${writeJson(other)}`
    else before += `${JSON.stringify(key)}:${writeJson(other)},`
  }
  if (!found) return undefined
  behind += '}'
  const start = Buffer.byteLength(before)
  const end = bytes.length - Buffer.byteLength(behind)
  // Costs little, and a message that was not canonical after all is never cut in a wrong place.
  if (start >= end || isSpace(bytes[start]) || isSpace(bytes[end - 1])) return undefined
  if (bytes.toString('utf8', 0, start) !== before || bytes.toString('utf8', end) !== behind) return undefined
  return bytes.subarray(start, end)
}

/** Longest text, in characters, of a member that is written only to know its length. */
const SMALL_TEXT = 4096

function isSpace(byte: number | undefined): boolean {
  return byte === undefined || byte <= 0x20
}

function isSmall(value: JsonValue): boolean {
  if (typeof value === 'string') return value.length <= SMALL_TEXT
  return typeof value !== 'object' || value === null || isExactNumber(value)
}
