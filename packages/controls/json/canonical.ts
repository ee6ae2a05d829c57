import { isExactNumber, type JsonValue } from './value.ts'

/**
 * Canonical JSON (RFC 8785, JCS) for digests and pins: no white space, keys sorted by UTF-16 units, numbers and
 * strings as ECMAScript writes them. Equal documents give equal texts, whatever the order of their keys.
 *
 * One deviation, on purpose: an exact number keeps its text (`1.0` stays `1.0`), because JCS would round
 * 9007199254740993 and a pin must tell it from 9007199254740992. So `1.0` and `1` have different digests here.
 *
 * Throws a `TypeError` for what JSON cannot say (NaN, Infinity, a lone surrogate): only values we built can have it.
 *
 * @example canonicalJson({ b: 1, a: [true, null] }) // '{"a":[true,null],"b":1}'
 */
export function canonicalJson(value: JsonValue): string {
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`JSON has no number ${value}`)
    return String(value)
  }
  if (typeof value !== 'object' || value === null) return String(value)
  if (isExactNumber(value)) return value.rawJSON
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  let text = ''
  // The default order of sort() is by UTF-16 units, as RFC 8785, 3.2.3 wants it.
  for (const key of Object.keys(value).sort()) {
    const member = value[key]
    if (member !== undefined) text += `${text === '' ? '' : ','}${quote(key)}:${canonicalJson(member)}`
  }
  return `{${text}}`
}

function quote(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('JSON text cannot have half a surrogate pair')
  return JSON.stringify(text)
}
