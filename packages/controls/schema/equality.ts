import { isObject, type JsonValue } from '../json/index.ts'
import { decimalKey, decimalOf, isNumber } from './decimal.ts'

/**
 * A text that two values share exactly when JSON Schema calls them equal (core, section 4.2.2): numbers by what they are,
 * not how they are written; members in any order.
 */
export function equalityKey(value: JsonValue): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (isNumber(value)) return Number.isSafeInteger(value) ? `${value}` : plainKey(value)
  if (Array.isArray(value)) return `[${value.map(equalityKey).join(',')}]`
  if (!isObject(value)) throw new TypeError('no JSON value')
  const members = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${equalityKey(value[key] ?? null)}`)
  return `{${members.join(',')}}`
}

/** `1.0` must give what `1` gives. */
function plainKey(value: number | { readonly rawJSON: string }): string {
  const decimal = decimalOf(value)
  const { digits, exponent } = decimal
  const whole = exponent >= 0 && exponent < 17 ? digits * 10n ** BigInt(exponent) : undefined
  return whole !== undefined && Number.isSafeInteger(Number(whole)) ? `${whole}` : decimalKey(decimal)
}
