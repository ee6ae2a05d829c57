/**
 * JSON Schema: does a value have the form that a schema gives it?
 *
 * Decides for 2020-12, the default of MCP, and for the drafts that `$schema` may name instead (2019-09, draft-07, -06, -04).
 * Compiled once into functions of ours, never into program text: schemas come from servers that nobody trusts, and a
 * compiler by `new Function` makes whatever it forgets to quote a program in the gateway. `format` and the `content*`
 * keywords are annotations, as the specification has them.
 *
 * Bounded throughout, and closed where a bound is met: no reference leaves the document (control D08), no pattern goes back
 * (`controls/patterns`), the steps of one check are counted, since `anyOf` within recursion takes exponential time.
 * Numbers are compared as they are written (`ExactNumber`). Follows JSON Schema 2020-12 core and validation; CWE-1333,
 * CWE-674, CWE-918. Cannot know: how the server's own validator differs from the specification.
 */
import type { JsonValue } from '../json/index.ts'
import { compileDocument } from './compile.ts'
import { SchemaFault } from './fault.ts'
import { type Check, Exhausted, type Run, type SchemaError } from './run.ts'

export type { SchemaError } from './run.ts'

export type SchemaVerdict =
  /** `undeclared`: places of members that no schema declares, where the schema allows them; the first eight. */
  | { readonly kind: 'valid'; readonly undeclared: readonly string[] }
  | { readonly kind: 'invalid'; readonly error: SchemaError }
  /** It takes more steps than one check may: nothing is known of the value. */
  | { readonly kind: 'exhausted' }

export interface CompiledSchema {
  check(value: JsonValue): SchemaVerdict
}

export type SchemaCompile =
  | { readonly ok: true; readonly schema: CompiledSchema }
  /** `where`: JSON Pointer in the schema. */
  | { readonly ok: false; readonly where: string; readonly explain: string }

/** Some tenths of a second at worst. A call of a kilobyte takes some hundred steps, a pattern some for each character. */
export const MAX_STEPS = 3_000_000

/**
 * @example
 * const compiled = compileSchema({ type: 'object', properties: { n: { type: 'integer' } }, additionalProperties: false })
 * if (compiled.ok) compiled.schema.check({ n: 'one' })
 * // { kind: 'invalid', error: { where: '/n', keyword: 'type', expected: 'be a whole number' } }
 */
export function compileSchema(document: JsonValue, maxSteps = MAX_STEPS): SchemaCompile {
  let check: Check
  try {
    check = compileDocument(document)
  } catch (error) {
    if (error instanceof SchemaFault) return { ok: false, where: error.where, explain: error.message }
    throw error
  }
  return { ok: true, schema: { check: (value) => checkOnce(check, value, maxSteps) } }
}

function checkOnce(check: Check, value: JsonValue, maxSteps: number): SchemaVerdict {
  const run: Run = {
    meter: { left: maxSteps },
    path: [],
    depth: 0,
    quiet: 0,
    combined: 0,
    error: undefined,
    undeclared: [],
    scope: [],
  }
  try {
    if (check(value, run, undefined)) return { kind: 'valid', undeclared: run.undeclared }
  } catch (error) {
    if (error instanceof Exhausted) return { kind: 'exhausted' }
    throw error
  }
  const unsaid = { where: '', keyword: 'schema', expected: 'have another form' }
  return { kind: 'invalid', error: run.error ?? unsaid }
}

/** Every rule that a schema is enforced by, and what it means; for `docs/rules.md`. */
export const SCHEMA_RULES = {
  'schema/arguments': 'The arguments of a call have not the form that the tool declares.',
  'schema/undeclared': 'The arguments have a member that the tool does not declare.',
  'schema/output': 'The structured result has not the form that the tool declares.',
  'schema/unusable':
    'A schema of the tool cannot be used: it refers outside of itself, has a pattern that cannot be matched in linear time, or is malformed.',
  'schema/budget': 'Checking a value by a schema takes more steps than one check may take.',
} as const satisfies Readonly<Record<string, string>>
