import type { JsonObject, JsonValue } from '@sallyport/controls/json'

export interface Mutation {
  /** What was done where: `change /description`. */
  readonly what: string
  readonly value: JsonObject
}

/**
 * Every definition that differs from this one in one place: each value another one, each member gone, each object with
 * one member more, each list with one entry more or less.
 *
 * @example mutations({ a: 1 }) // change /a, drop /a, add to /
 */
export function mutations(root: JsonObject): readonly Mutation[] {
  const found: Mutation[] = []
  const visit = (value: JsonValue, path: readonly string[]): void => {
    const where = `/${path.join('/')}`
    const put = (what: string, edit: (value: JsonValue) => JsonValue | undefined) =>
      found.push({ what: `${what} ${where}`, value: edited(root, path, edit) as JsonObject })
    if (path.length > 0) {
      put('change', another)
      put('drop', () => undefined)
    }
    if (Array.isArray(value)) {
      put('lengthen', (list) => [...(list as JsonValue[]), 'added'])
      for (const [at, member] of value.entries()) visit(member, [...path, String(at)])
    } else if (typeof value === 'object' && value !== null) {
      put('extend', (object) => ({ ...(object as JsonObject), added: 'here' }))
      for (const [key, member] of Object.entries(value))
        if (member !== undefined) visit(member, [...path, key])
    }
  }
  visit(root, [])
  return found
}

/** A value of the same type that is not the same. */
function another(value: JsonValue): JsonValue {
  if (typeof value === 'string') return `${value} `
  if (typeof value === 'number') return value + 1
  if (typeof value === 'boolean') return !value
  if (value === null) return 0
  return Array.isArray(value) ? [] : {}
}

/** The value with one place edited; what the edit gives nothing for is left out. */
function edited(
  value: JsonValue,
  path: readonly string[],
  edit: (value: JsonValue) => JsonValue | undefined,
): JsonValue | undefined {
  const [step, ...rest] = path
  if (step === undefined) return edit(value)
  if (Array.isArray(value)) {
    return value.flatMap((member, at) => {
      if (String(at) !== step) return [member]
      const next = edited(member, rest, edit)
      return next === undefined ? [] : [next]
    })
  }
  const object = value as JsonObject
  const { [step]: member, ...others } = object
  const next = edited(member as JsonValue, rest, edit)
  if (next === undefined) return others
  return Object.fromEntries(Object.entries(object).map(([key, one]) => [key, key === step ? next : one]))
}
