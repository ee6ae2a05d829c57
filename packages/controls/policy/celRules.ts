/**
 * The language of `rules`: CEL (the Common Expression Language) over a few typed variables, checked when the
 * configuration is read, bounded when it is evaluated.
 */
import { type ASTNode, Environment } from '@marcbachmann/cel-js'
import { isExactNumber, isObject, type JsonValue } from '@sallyport/controls/json'
import { compileGlob, compilePattern, type Pattern } from '@sallyport/controls/patterns'
import type { AccessRequest } from './request.ts'

/** Longer expressions belong into several rules. */
const LIMITS = {
  maxAstNodes: 500,
  maxDepth: 32,
  maxListElements: 200,
  maxMapEntries: 50,
  maxCallArguments: 8,
}
/** Steps that one evaluation may take, counted before it starts. */
export const MAX_STEPS = 1_000_000
/** What walks through a list or map. */
const WALKS = new Set(['all', 'exists', 'exists_one', 'filter', 'map'])
/** The engine's own `matches` backtracks: thirty characters can stop it. Ours takes its place. */
const MATCHES = 'matches'
const LINEAR_MATCHES = 'matchesInLinearTime'
const patterns = new Map<string, Pattern>()

const environment = new Environment({
  unlistedVariablesAreDyn: false,
  homogeneousAggregateLiterals: true,
  enableOptionalTypes: true,
  limits: LIMITS,
})
  .registerVariable({ name: 'server', schema: { id: 'string', trust: 'string', local: 'bool' } })
  .registerVariable({
    name: 'tool',
    schema: {
      name: 'string',
      annotated: 'bool',
      readOnly: 'bool',
      destructive: 'bool',
      idempotent: 'bool',
      openWorld: 'bool',
    },
  })
  .registerVariable({ name: 'request', schema: { method: 'string', kind: 'string', name: 'string' } })
  .registerVariable('args', 'map<string, dyn>')
  .registerVariable({
    name: 'principal',
    schema: {
      issuer: 'string',
      subject: 'string',
      client: 'string',
      scopes: 'list<string>',
      groups: 'list<string>',
      claims: 'map<string, list<string>>',
    },
  })
  .registerVariable({ name: 'conversation', schema: { id: 'string' } })
  .registerVariable({ name: 'client', schema: { name: 'string', version: 'string' } })
  .registerFunction('string.glob(string): bool', (text: string, pattern: string) =>
    compileGlob(pattern)(text),
  )
  .registerFunction(`string.${LINEAR_MATCHES}(string): bool`, matchesPattern)

/** A condition, ready to be asked. */
export interface Condition {
  readonly source: string
  /** It reads the arguments. */
  readonly readsArguments: boolean
  /** Asks whether it holds. Throws where it has no answer: a member that is not there, a text compared with a number, too many steps. */
  holds(request: AccessRequest): boolean
}

export type Compiled =
  | { readonly ok: true; readonly condition: Condition }
  /** `offset`: into the source, in UTF-16 code units. */
  | { readonly ok: false; readonly explain: string; readonly offset: number }

/**
 * Reads a condition and checks its types.
 *
 * @example compileCondition('tool.destructive && server.trust != "trusted"').ok // true
 */
export function compileCondition(source: string): Compiled {
  const checked = environment.check(source)
  if (!checked.valid) {
    const { error } = checked
    return { ok: false, explain: error?.summary ?? 'it cannot be read', offset: error?.range?.start ?? 0 }
  }
  if (checked.type !== 'bool' && checked.type !== 'dyn')
    return { ok: false, explain: `it gives ${checked.type}, and has to give true or false`, offset: 0 }
  const shape = measure(environment.parse(source).ast)
  if (shape.refused !== undefined) return { ok: false, ...shape.refused }
  const parsed = environment.parse(withLinearMatches(source, shape.matches))
  const evaluate = (request: AccessRequest): boolean => {
    const args = celMap(request.args, shape)
    const value: unknown = parsed({ ...request.context(), args })
    if (typeof value !== 'boolean') throw new Error(`it gave ${typeof value}, not true or false`)
    return value
  }
  return { ok: true, condition: { source, readsArguments: shape.readsArguments, holds: evaluate } }
}

interface Shape {
  nodes: number
  /** How deeply walks stand in one another. */
  walks: number
  readsArguments: boolean
  /** Where the names of calls of `matches` stand, from left to right. */
  readonly matches: number[]
  refused?: { readonly explain: string; readonly offset: number } | undefined
}

function measure(root: ASTNode): Shape {
  const shape: Shape = { nodes: 0, walks: 0, readsArguments: false, matches: [] }
  const visit = (node: ASTNode, walks: number): void => {
    shape.nodes++
    let inside = walks
    if (node.op === 'id' && node.args === 'args') shape.readsArguments = true
    if (node.op === 'call' && node.args[0] === 'timestamp')
      shape.refused ??= { explain: 'there is no clock in rules', offset: node.start }
    if (node.op === 'rcall') {
      const [name, receiver, [pattern]] = node.args
      if (WALKS.has(name)) inside++
      if (name === MATCHES) {
        shape.refused ??= patternFault(pattern)
        shape.matches.push(node.input.indexOf(MATCHES, receiver.range.end))
      }
    }
    shape.walks = Math.max(shape.walks, inside)
    for (const child of childrenOf(node.args)) visit(child, inside)
  }
  visit(root, 0)
  return shape
}

/** A pattern is written out, and read when the rule is: what cannot be matched in linear time is refused then. */
function patternFault(
  node: ASTNode | undefined,
): { readonly explain: string; readonly offset: number } | undefined {
  if (node?.op !== 'value' || typeof node.args !== 'string')
    return { explain: 'a pattern has to be written out', offset: node?.start ?? 0 }
  const compiled = compilePattern(node.args)
  if (!compiled.ok) return { explain: `the pattern ${compiled.explain}`, offset: node.start }
  patterns.set(node.args, compiled.pattern)
  return undefined
}

function withLinearMatches(source: string, places: readonly number[]): string {
  // From right to left: what stands before keeps its place.
  return places
    .toSorted((a, b) => b - a)
    .reduce((text, at) => text.slice(0, at) + LINEAR_MATCHES + text.slice(at + MATCHES.length), source)
}

function matchesPattern(text: string, source: string): boolean {
  const found = patterns.get(source)?.matches(text, { left: MAX_STEPS })
  if (found === undefined) throw new Error('there is too much in the arguments for this pattern')
  return found
}

function childrenOf(args: unknown): readonly ASTNode[] {
  if (isNode(args)) return [args]
  return Array.isArray(args) ? args.flatMap(childrenOf) : []
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value
}

/** The arguments as CEL reads them: numbers that no double holds become whole numbers of any size, or the nearest double. */
function celMap(args: JsonValue | undefined, { readsArguments, nodes, walks }: Shape): unknown {
  if (!readsArguments || args === undefined || !isObject(args)) return {}
  let [values, exact] = [0, false]
  const count = (value: JsonValue | undefined): void => {
    values++
    if (isExactNumber(value)) exact = true
    else if (Array.isArray(value)) for (const item of value) count(item)
    else if (isObject(value)) for (const key of Object.keys(value)) count(value[key])
  }
  count(args)
  // Before anything runs: what a rule costs is known from its shape and from how much there is to walk through.
  if (nodes * values ** walks > MAX_STEPS) throw new Error('there is too much in the arguments for this rule')
  return exact ? celValue(args) : args
}

function celValue(value: JsonValue | undefined): unknown {
  if (isExactNumber(value))
    return /^-?\d+$/.test(value.rawJSON) ? BigInt(value.rawJSON) : Number(value.rawJSON)
  if (Array.isArray(value)) return value.map(celValue)
  if (!isObject(value)) return value
  return new Map(Object.keys(value).map((key) => [key, celValue(value[key])]))
}
