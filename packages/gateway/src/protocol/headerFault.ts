/**
 * Tools whose schema declares headers that cannot be sent: a client leaves them out of the list and keeps the others (2026-07-28,
 * Streamable HTTP, "Custom headers from tool parameters"). To a modern server the gateway is that client.
 */
import { isObject, type JsonObject, type JsonValue } from '@sallyport/controls/json'

/** `1*tchar` of RFC 9110, section 5.1: no space, colon, control or non-ASCII character gets into a header's name. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** Types whose text has one reading; a `number` has many (1.0, 1e0). */
const TYPES: ReadonlySet<unknown> = new Set(['string', 'integer', 'boolean'])

/** Where a schema has others that an argument need not pass through: a declaration there is about no one argument. */
const ELSEWHERE = [
  ...[
    'items',
    'prefixItems',
    'contains',
    'additionalProperties',
    'unevaluatedProperties',
    'unevaluatedItems',
  ],
  ...['propertyNames', 'oneOf', 'anyOf', 'allOf', 'not', 'if', 'then', 'else'],
] as const
const ELSEWHERE_BY_NAME = ['patternProperties', 'dependentSchemas', '$defs', 'definitions'] as const

/**
 * What is wrong with the header declarations (`x-mcp-header`) of a tool's input schema; `undefined` when nothing is.
 *
 * @example
 * headerFault({ properties: { a: { type: 'number', 'x-mcp-header': 'A' } } })
 * // 'a header is declared for a value that is no text, whole number or boolean'
 */
export function headerFault(schema: JsonValue | undefined): string | undefined {
  return faultIn(schema, 'root', new Set())
}

/** A result of `tools/list` without the tools of which `headerFault` has something to say; the same object when there are none. */
export function withoutFaultyTools(result: JsonObject): JsonObject {
  const { tools } = result
  if (!Array.isArray(tools)) return result
  const good = tools.filter((tool) => !isObject(tool) || headerFault(tool.inputSchema) === undefined)
  return good.length === tools.length ? result : { ...result, tools: good }
}

type Place = 'root' | 'property' | 'elsewhere'

function faultIn(schema: JsonValue | undefined, place: Place, seen: Set<string>): string | undefined {
  if (!isObject(schema)) return undefined
  if (Object.hasOwn(schema, 'x-mcp-header')) {
    const fault = declarationFault(schema, place, seen)
    if (fault !== undefined) return fault
  }
  for (const property of valuesOf(schema.properties)) {
    const fault = faultIn(property, place === 'elsewhere' ? place : 'property', seen)
    if (fault !== undefined) return fault
  }
  const others = [
    ...ELSEWHERE.flatMap((key) => schema[key]),
    ...ELSEWHERE_BY_NAME.flatMap((key) => valuesOf(schema[key])),
  ]
  for (const other of others) {
    const fault = faultIn(other, 'elsewhere', seen)
    if (fault !== undefined) return fault
  }
  return undefined
}

function declarationFault(schema: JsonObject, place: Place, seen: Set<string>): string | undefined {
  if (place !== 'property') return 'a header is declared where it belongs to no argument'
  const name = schema['x-mcp-header']
  if (typeof name !== 'string' || !TOKEN.test(name))
    return 'a header is declared under a name that no header can have'
  if (!TYPES.has(schema.type))
    return 'a header is declared for a value that is no text, whole number or boolean'
  // Header names do not know case: of two, a server could read either.
  if (seen.has(name.toLowerCase())) return 'two arguments are declared for one header'
  seen.add(name.toLowerCase())
  return undefined
}

function valuesOf(value: JsonValue | undefined): JsonValue[] {
  return isObject(value) ? Object.values(value).filter((member) => member !== undefined) : []
}
