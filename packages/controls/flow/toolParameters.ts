import { isObject, type JsonObject } from '../json/index.ts'

export interface ToolParameter {
  readonly name: string
  readonly schema: unknown
}

const MAX_PARAMETERS = 64

/** The parameters of a tool, as far as its schema says. */
export function parametersOf(definition: JsonObject | undefined): ToolParameter[] {
  const schema = definition?.inputSchema
  if (!isObject(schema) || !isObject(schema.properties)) return []
  return Object.entries(schema.properties)
    .slice(0, MAX_PARAMETERS)
    .map(([name, of]) => ({ name, schema: of }))
}

/**
 * Why a tool can be told anything, or undefined where it cannot: it says of every parameter that it is a number, a choice, a date or a
 * short form, and takes no others. What a schema does not exclude is passed on.
 */
export function freeTextOf(definition: JsonObject | undefined): string | undefined {
  const schema = definition?.inputSchema
  if (!isObject(schema)) return 'its parameters are not known'
  const free = parametersOf(definition).find((parameter) => takesFreeText(parameter.schema))
  if (free !== undefined) return `takes ${free.name.slice(0, 40)}`
  if (schema.additionalProperties !== false) return 'takes what it does not declare'
  const isAll = !isObject(schema.properties) || Object.keys(schema.properties).length <= MAX_PARAMETERS
  return isAll ? undefined : 'has more parameters than are looked at'
}

/** Can this parameter carry any text? A number, a choice, a date or a short form cannot; a list of them can spell it. */
function takesFreeText(schema: unknown, depth = 0): boolean {
  if (!isObject(schema) || depth > 4) return true
  if (Array.isArray(schema.enum) || schema.const !== undefined) return false
  const { type } = schema
  if (type === 'number' || type === 'integer' || type === 'boolean' || type === 'null') return false
  if (type === 'object') {
    if (!isObject(schema.properties) || schema.additionalProperties !== false) return true
    return Object.values(schema.properties).some((part) => takesFreeText(part, depth + 1))
  }
  if (type !== 'string') return true
  if (typeof schema.format === 'string' && NARROW_FORMATS.has(schema.format)) return false
  return !(typeof schema.maxLength === 'number' && schema.maxLength < 12)
}
const NARROW_FORMATS: ReadonlySet<string> = new Set('date time date-time uuid ipv4 ipv6 duration'.split(' '))

const MAX_DECLARED = 512

/** Names and choices that the schema of a tool gives: who sends them says nothing of their own. */
export function declaredWords(definition: JsonObject | undefined): readonly string[] {
  const words = new Set<string>()
  const waiting: { readonly schema: unknown; readonly depth: number }[] = [
    { schema: definition?.inputSchema, depth: 0 },
  ]
  for (let next = waiting.pop(); next !== undefined && words.size < MAX_DECLARED; next = waiting.pop()) {
    const { schema, depth } = next
    if (!isObject(schema) || depth > 8) continue
    for (const choice of [...listOf(schema.enum), schema.const]) {
      if (typeof choice === 'string' && choice.length <= 64) words.add(choice)
    }
    if (isObject(schema.properties)) {
      for (const [name, part] of Object.entries(schema.properties).slice(0, MAX_DECLARED)) {
        if (name.length <= 64) words.add(name)
        waiting.push({ schema: part, depth: depth + 1 })
      }
    }
    waiting.push({ schema: schema.items, depth: depth + 1 })
    for (const part of [...listOf(schema.anyOf), ...listOf(schema.oneOf), ...listOf(schema.allOf)].slice(
      0,
      16,
    ))
      waiting.push({ schema: part, depth: depth + 1 })
  }
  return [...words]
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, MAX_DECLARED) : []
}
