import type { JsonValue } from './value.ts'

/**
 * The one text Sallyport writes for a value: compact, keys in the object's order, exact numbers as they came,
 * everything else as ECMAScript's `JSON.stringify` has it. Members that are `undefined` are left out.
 *
 * Whoever builds values must not put NaN or Infinity into them: JSON has neither, and they would become `null`.
 *
 * @example writeJson({ id: 1, method: 'ping' }) // '{"id":1,"method":"ping"}'
 */
export function writeJson(value: JsonValue): string {
  return JSON.stringify(value)
}
