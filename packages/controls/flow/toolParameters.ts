import { isObject, type JsonObject } from '../json/index.ts'

export interface ToolParameter {
  readonly name: string
  readonly schema: unknown
}

/** The parameters of a tool, as far as its schema says. */
export function parametersOf(definition: JsonObject | undefined): ToolParameter[] {
  const schema = definition?.inputSchema
  if (!isObject(schema) || !isObject(schema.properties)) return []
  return Object.entries(schema.properties)
    .slice(0, 64)
    .map(([name, of]) => ({ name, schema: of }))
}

/** Can this parameter carry any text? A number, a choice, a date or a short form cannot. */
export function takesFreeText(schema: unknown, depth = 0): boolean {
  if (!isObject(schema)) return true
  const of = schema
  if (Array.isArray(of.enum) || of.const !== undefined) return false
  const { type } = of
  if (type === 'number' || type === 'integer' || type === 'boolean' || type === 'null') return false
  if (type === 'array') return depth > 4 || of.items === undefined || takesFreeText(of.items, depth + 1)
  if (type === 'object') {
    if (!isObject(of.properties) || depth > 4) return true
    return Object.values(of.properties).some((part) => takesFreeText(part, depth + 1))
  }
  if (typeof of.format === 'string' && NARROW_FORMATS.has(of.format)) return false
  return !(typeof of.maxLength === 'number' && of.maxLength < 12)
}
const NARROW_FORMATS: ReadonlySet<string> = new Set('date time date-time uuid ipv4 ipv6 duration'.split(' '))
