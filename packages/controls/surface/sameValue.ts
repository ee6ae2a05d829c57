import { isExactNumber, isObject, type JsonObject, type JsonValue } from '../json/index.ts'

/**
 * Do two values have the same canonical JSON? The order of keys is no difference, the text of a number is (`1.0` is not
 * `1`), a member that is `undefined` is not there. Iterative, and done at the first difference.
 *
 * @example sameValue({ a: 1, b: 2 }, { b: 2, a: 1 }) // true
 */
export function sameValue(one: JsonValue | undefined, other: JsonValue | undefined): boolean {
  const stack: [JsonValue | undefined, JsonValue | undefined][] = [[one, other]]
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const [a, b] = next
    if (Object.is(a, b)) continue
    if (a === undefined || b === undefined) return false
    const number = numberText(a)
    if (number !== undefined) {
      if (number !== numberText(b)) return false
    } else if (Array.isArray(a)) {
      if (!Array.isArray(b) || a.length !== b.length) return false
      for (const [at, member] of a.entries()) stack.push([member, b[at]])
    } else if (isObject(a)) {
      if (!isObject(b)) return false
      const keys = ownKeys(a)
      if (keys.length !== ownKeys(b).length) return false
      for (const key of keys) {
        if (!Object.hasOwn(b, key)) return false
        stack.push([a[key], b[key]])
      }
    } else return false
  }
  return true
}

/**
 * A member of the object's own: `constructor` is a name like any other where a sender chooses names.
 *
 * @example ownMember({}, 'constructor') // undefined
 */
export function ownMember(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

/** The members that are written: one that is `undefined` is none. */
export function ownKeys(object: object): string[] {
  return Object.entries(object).flatMap(([key, member]) => (member === undefined ? [] : [key]))
}

/** The text of a number as canonical JSON writes it; nothing of anything else. */
function numberText(value: JsonValue): string | undefined {
  if (typeof value === 'number') return String(value)
  return isExactNumber(value) ? value.rawJSON : undefined
}
