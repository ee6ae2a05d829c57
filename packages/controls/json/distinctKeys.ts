import type { JsonObject, JsonValue } from './value.ts'

/**
 * V8 14.6 (Node 26) compares an escaped key with the one it saw in the same place before by its raw text: after
 * `{"\\":1}` it reads `{"\"":1}` as having the key `\`. Whatever it gets wrong so has a backslash.
 */
export function hasOddKey(value: JsonValue): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return value.some(hasOddKey)
  return Object.entries(value).some(
    ([key, member]) => key.includes('\\') || (member !== undefined && hasOddKey(member)),
  )
}

/** Never used twice, not even for another document: what was seen before must not fit. */
let count = 0

/**
 * The value of a text that `JSON.parse` takes, read so that no key can be mistaken for another: each gets a number of
 * its own in front, which is taken off again. Slow; for documents with odd keys only.
 *
 * @example parseDistinct('{"\\"":1}') // { '"': 1 }
 */
export function parseDistinct(text: string): JsonValue {
  const numbered = text.replace(STRING, (whole: string, body: string, colon: string | undefined) => {
    if (colon === undefined) return whole
    count++
    return `"${count}:${body}"${colon}`
  })
  return withoutNumbers(JSON.parse(numbered) as JsonValue)
}

/** In valid JSON a string before a colon is a key, and nothing else has quotes. */
const STRING = /"((?:[^"\\]|\\[\s\S])*)"(\s*:)?/g

function withoutNumbers(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(withoutNumbers)
  const plain: JsonObject = {}
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue
    // Not by assignment: a key may be `__proto__`.
    Object.defineProperty(plain, key.slice(key.indexOf(':') + 1), {
      value: withoutNumbers(member),
      enumerable: true,
      configurable: true,
      writable: true,
    })
  }
  return plain
}
