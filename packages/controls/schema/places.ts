/** Where in a schema other schemas stand. */
import { isObject, type JsonObject, type JsonValue, pointerTo } from '../json/index.ts'

const ONE: readonly string[] = [
  'additionalProperties',
  'unevaluatedProperties',
  'propertyNames',
  'contains',
  'unevaluatedItems',
  'additionalItems',
  'not',
  'if',
  'then',
  'else',
  'contentSchema',
]
const MANY: readonly string[] = ['allOf', 'anyOf', 'oneOf', 'prefixItems']
const NAMED: readonly string[] = [
  'properties',
  'patternProperties',
  'dependentSchemas',
  '$defs',
  'definitions',
  'dependencies',
]

/** A schema within another, and its place. */
export interface SubSchema {
  readonly schema: JsonValue
  readonly where: string
}

/** All schemas that stand directly in this one. What an unknown keyword holds is none. */
export function subSchemas(schema: JsonObject, where: string): readonly SubSchema[] {
  const found: SubSchema[] = []
  const take = (value: JsonValue | undefined, place: string): void => {
    if (value !== undefined) found.push({ schema: value, where: place })
  }
  const takeAll = (values: JsonValue | undefined, place: string): void => {
    if (Array.isArray(values)) for (const [at, value] of values.entries()) take(value, pointerTo(place, at))
  }
  for (const keyword of ONE) take(schema[keyword], pointerTo(where, keyword))
  for (const keyword of MANY) takeAll(schema[keyword], pointerTo(where, keyword))
  if (Array.isArray(schema.items)) takeAll(schema.items, pointerTo(where, 'items'))
  else take(schema.items, pointerTo(where, 'items'))
  for (const keyword of NAMED) {
    const map = schema[keyword]
    if (!isObject(map)) continue
    // A dependency may be a list of names as well.
    for (const [name, value] of Object.entries(map))
      if (!Array.isArray(value)) take(value, pointerTo(pointerTo(where, keyword), name))
  }
  return found
}
