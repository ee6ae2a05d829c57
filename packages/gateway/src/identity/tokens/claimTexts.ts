/** Values of claims as rules compare them: lists of texts. */
import { isObject, type JsonObject, type JsonValue, writeJson } from '@sallyport/controls/json'

/** Texts under a claim: one, or a list. A claim of exactly that name counts before a path of that spelling. */
export function textsAt(claims: JsonObject, name: string | undefined): readonly string[] {
  const value = name === undefined ? undefined : valueAt(claims, name)
  const texts = Array.isArray(value) ? value : [value]
  return texts.filter((text): text is string => typeof text === 'string')
}

/**
 * Claims as lists of texts; numbers and truths are written as JSON has them, objects are left out. One that is not there has
 * no entry; `undefined` where no name is given.
 *
 * @example claimTexts({ dept: 'sales', level: 3 }, ['dept', 'level', 'site']) // { dept: ['sales'], level: ['3'] }
 */
export function claimTexts(
  claims: JsonObject,
  names: readonly string[],
): Readonly<Record<string, readonly string[]>> | undefined {
  if (names.length === 0) return undefined
  const entries = names.flatMap((name) => {
    const value = valueAt(claims, name)
    if (value === undefined || value === null) return []
    const items = Array.isArray(value) ? value : [value]
    const texts = items.flatMap((item) => {
      if (typeof item === 'string') return item
      return isObject(item) || Array.isArray(item) ? [] : writeJson(item)
    })
    return [[name, texts] as const]
  })
  return Object.fromEntries(entries)
}

/** A claim by its own name, or, where there is none, along the dots. */
function valueAt(claims: JsonObject, name: string): JsonValue | undefined {
  if (Object.hasOwn(claims, name)) return claims[name]
  if (!name.includes('.')) return undefined
  let value: JsonValue | undefined = claims
  for (const step of name.split('.', 8))
    value = isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined
  return value
}
