/**
 * The schemas of tools, compiled: once for each definition, however many call it. A definition is one object for all
 * viewers (`pins/definitions.ts`), and what was compiled of it goes when it goes.
 */
import { isObject, type JsonObject, type JsonValue } from '@sallyport/controls/json'
import { type CompiledSchema, compileSchema, type SchemaCompile } from '@sallyport/controls/schema'
import { placePointer, visible } from '@sallyport/controls/text'
import { TaskTools } from './taskTools.ts'

/** Of a place in a sentence. */
const MAX_WHERE = 256

export type SchemaMember = 'inputSchema' | 'outputSchema'

export class ToolSchemas {
  /** Whose schema the result of a task is held against. */
  readonly tasks: TaskTools
  readonly #compiled = {
    inputSchema: new WeakMap<JsonObject, SchemaCompile>(),
    outputSchema: new WeakMap<JsonObject, SchemaCompile>(),
  }

  constructor(tasks: TaskTools = new TaskTools()) {
    this.tasks = tasks
  }

  /** `undefined` where the definition has no such schema. */
  of(definition: JsonObject, member: SchemaMember): SchemaCompile | undefined {
    const known = this.#compiled[member].get(definition)
    if (known !== undefined) return known
    const schema = definition[member]
    if (schema === undefined) return undefined
    const compiled = compileSchema(schema)
    this.#compiled[member].set(definition, compiled)
    return compiled
  }
}

/** What is wrong with a value, to complete a sentence; `undefined` when nothing is. */
export type SchemaFinding = {
  readonly rule:
    | 'schema/arguments'
    | 'schema/undeclared'
    | 'schema/output'
    | 'schema/unusable'
    | 'schema/budget'
  /** JSON Pointer: in the value, or, of what is unusable, in the schema. */
  readonly where: string
  readonly explain: string
}

/** Checks the arguments of a call. `undeclared`: places that are reported, not refused. */
export function checkArguments(
  compiled: SchemaCompile,
  value: JsonValue,
): { readonly fault?: SchemaFinding; readonly undeclared: readonly string[] } {
  if (!compiled.ok) return { fault: unusable('inputSchema', compiled), undeclared: [] }
  const verdict = compiled.schema.check(value)
  if (verdict.kind === 'valid') return verdict
  if (verdict.kind === 'exhausted') return { fault: tooMuch('arguments'), undeclared: [] }
  const lean = withoutNulls(value)
  const again = lean === undefined ? undefined : compiled.schema.check(lean)
  if (again?.kind === 'valid') return again
  const { keyword, expected } = verdict.error
  // Names of arguments are the caller's: told back, but not at any length.
  const where = visible(verdict.error.where.slice(0, MAX_WHERE))
  const closed = keyword === 'additionalProperties' || keyword === 'unevaluatedProperties'
  const rule = closed ? 'schema/undeclared' : 'schema/arguments'
  const explain = `${where === '' ? 'the arguments' : `"${where}" of the arguments`} must ${expected}`
  return { fault: { rule, where, explain }, undeclared: [] }
}

/**
 * Clients write `null` for what they leave out, and the specification knows it (2026-07-28, "Custom Headers": null or absent).
 * Only of the arguments themselves: what is required is missed all the same. `undefined` where there is none.
 */
function withoutNulls(value: JsonValue): JsonObject | undefined {
  if (!isObject(value)) return undefined
  const kept = Object.entries(value).filter(([, member]) => member !== null)
  return kept.length === Object.keys(value).length ? undefined : Object.fromEntries(kept)
}

/** Checks a structured result. */
export function checkResult(
  compiled: SchemaCompile,
  value: JsonValue | undefined,
): SchemaFinding | undefined {
  if (!compiled.ok) return unusable('outputSchema', compiled)
  if (value === undefined) {
    const explain = 'the result has no "structuredContent", which its tool declares'
    return { rule: 'schema/output', where: '', explain }
  }
  return outputFault(compiled.schema, value)
}

function outputFault(schema: CompiledSchema, value: JsonValue): SchemaFinding | undefined {
  const verdict = schema.check(value)
  if (verdict.kind === 'valid') return undefined
  if (verdict.kind === 'exhausted') return tooMuch('structured result')
  const { where, expected } = verdict.error
  // Names of members are the server's words, which nobody looked at yet: they are not repeated.
  const depth = where.split('/').length - 1
  const what = depth === 0 ? 'the structured result' : `a member ${depth} deep in the structured result`
  return { rule: 'schema/output', where: '', explain: `${what} must ${expected}` }
}

function unusable(
  member: SchemaMember,
  fault: { readonly where: string; readonly explain: string },
): SchemaFinding {
  const { explain } = fault
  // Names in a schema are its server's words.
  const where = placePointer(fault.where)
  const place = where === '' ? member : `${member}${where}`
  return {
    rule: 'schema/unusable',
    where,
    explain: `"${place}" of the tool ${explain}, so nothing can be checked by it`,
  }
}

function tooMuch(what: string): SchemaFinding {
  return {
    rule: 'schema/budget',
    where: '',
    explain: `checking the ${what} by the schema of the tool takes more steps than one check may take`,
  }
}
