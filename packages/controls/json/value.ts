/// <reference path="./rawJson.d.ts" />
/**
 * What a strictly read JSON document is in memory.
 *
 * Objects are what `JSON.parse` makes: `__proto__`, `constructor` and the like are plain own keys that change no
 * prototype. Read members that a sender chooses with `Object.hasOwn`, and copy with spread or `Object.defineProperty`,
 * never by `target[key] = ...` over a fresh object: there `__proto__` would set the prototype.
 */
export type JsonValue = null | boolean | number | string | ExactNumber | JsonValue[] | JsonObject

export interface JsonObject {
  [key: string]: JsonValue | undefined
}

/** A number whose text a double would change: `9007199254740993`, `-0`, `1e400`, `1.0`, `1E5`. Written unchanged. */
export interface ExactNumber {
  /** The number exactly as it came. */
  readonly rawJSON: string
}

/**
 * Is this a number kept as its text?
 *
 * @example isExactNumber(parsed.value) // true for the document 1.0, false for 1 and for {"rawJSON":"1.0"}
 */
export function isExactNumber(value: unknown): value is ExactNumber {
  return JSON.isRawJSON(value)
}

/**
 * Is this a JSON object, that is: not null, not an array, not an exact number?
 *
 * @example isObject({ a: 1 }) // true
 */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value)
}
