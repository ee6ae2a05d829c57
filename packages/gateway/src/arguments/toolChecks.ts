/**
 * Everything that is asked about the arguments of one tool beside its schema: what the configuration declares of its
 * parameters, and what these seem to mean. Made once for each definition; every text at any depth is looked at.
 */

import { checkFormat } from '@sallyport/controls/formats'
import {
  type ExactNumber,
  isExactNumber,
  isObject,
  type JsonObject,
  type JsonValue,
  pointerTo,
} from '@sallyport/controls/json'
import { type MeaningOf, meaningOf, toolTraits } from '@sallyport/controls/parameters'
import { matchesGlob } from '@sallyport/controls/patterns'
import type { ParameterCheck } from '../config/argumentChecks.ts'
import type { ServerConfig } from '../config/config.ts'
import { checkDeclared } from './declared.ts'
import type { ArgumentEdges, ArgumentFault } from './edges.ts'
import { checkInferred, type InferredContext } from './inferred.ts'

/** What is wrong, and where. */
export interface PlacedFault extends ArgumentFault {
  /** JSON Pointer within the arguments. */
  readonly where: string
  /** As it would be declared: `files.*.path`. */
  readonly place: string
  readonly declared: boolean
}

interface Declared {
  readonly segments: readonly string[]
  readonly check: ParameterCheck
}

/** A `$ref` to a `$ref` to a `$ref` ... */
const MAX_REFS = 8
/** As deep as any message may be. */
const MAX_DEPTH = 1_000
/** A call has to be decided on within its time: names resolved and links followed for one call. */
const MAX_WAITS = 64

export class ToolChecks {
  readonly #declared: readonly Declared[]
  readonly #root: JsonObject | undefined
  readonly #context: InferredContext
  readonly #about: JsonValue | undefined
  readonly #local: boolean
  readonly #edges: ArgumentEdges
  readonly #meanings = new WeakMap<JsonObject, Map<string, MeaningOf | undefined>>()

  constructor(
    server: Pick<ServerConfig, 'kind' | 'trust' | 'checks'>,
    tool: string,
    definition: JsonObject,
    edges: ArgumentEdges,
  ) {
    const { inputSchema } = definition
    this.#root = isObject(inputSchema) ? inputSchema : undefined
    this.#declared = declaredFor(server, tool)
    const distrusted = server.trust !== 'trusted'
    this.#context = { ...toolTraits(tool, definition, !distrusted), distrusted }
    this.#about = definition.description
    this.#local = server.kind === 'stdio'
    this.#edges = edges
  }

  /** Is anything made of this parameter that is not declared? */
  infers(place: string): boolean {
    return !this.#declared.some(({ segments, check }) => !check.infer && segments.join('.') === place)
  }

  /** The first thing that is wrong; a promise only where links or names decide. */
  check(value: JsonValue): PlacedFault | undefined | Promise<PlacedFault | undefined> {
    const visit: Visit = { path: [], waits: [] }
    const fault = this.#walk(value, this.#root, '', visit, this.#declared)
    if (fault !== undefined || visit.waits.length === 0) return fault
    return Promise.all(visit.waits).then((faults) => faults.find((one) => one !== undefined))
  }

  /** `name`: of the member that this value, or the array around it, stands under. */
  #walk(
    value: JsonValue,
    schema: JsonObject | undefined,
    name: string,
    visit: Visit,
    declared: readonly Declared[],
  ): PlacedFault | undefined {
    if (typeof value === 'string') return this.#text(value, schema, name, visit, declared)
    // Left out, for servers that want every parameter named.
    if (value === null) return undefined
    if (typeof value === 'number' || isExactNumber(value))
      return noText(visit.path, declared) ?? number(value, visit.path, declared)
    if (typeof value !== 'object') return noText(visit.path, declared, true)
    if (visit.path.length > MAX_DEPTH) return placed(visit.path, TOO_DEEP, false)
    if (Array.isArray(value)) {
      const of = this.#deref(schema)?.items
      // An entry is what its array is called.
      const items = isObject(of) ? of : schema
      for (const [index, entry] of value.entries()) {
        visit.path.push(index)
        const fault = this.#walk(entry, items, name, visit, further(declared, '*'))
        if (fault !== undefined) return fault
        visit.path.pop()
      }
      return undefined
    }
    if (!isObject(value)) return undefined
    return this.#members(value, this.#deref(schema), name, visit, declared)
  }

  #members(
    value: JsonObject,
    schema: JsonObject | undefined,
    name: string,
    visit: Visit,
    declared: readonly Declared[],
  ): PlacedFault | undefined {
    const known = isObject(schema?.properties) ? schema.properties : undefined
    for (const key of Object.keys(value)) {
      const member = value[key]
      if (member === undefined) continue
      const own = known !== undefined && Object.hasOwn(known, key) ? known[key] : undefined
      visit.path.push(key)
      const fault =
        (own === undefined ? this.#key(key, schema, name, visit, declared) : undefined) ??
        this.#walk(member, isObject(own) ? own : undefined, key, visit, further(declared, key))
      if (fault !== undefined) return fault
      visit.path.pop()
    }
    return undefined
  }

  /**
   * Of `files: { "a.txt": "..." }` the keys are the paths. Names that the schema knows are the server's own; all others
   * are the caller's, and held against what is declared of the object they stand in.
   */
  #key(
    key: string,
    schema: JsonObject | undefined,
    name: string,
    visit: Visit,
    declared: readonly Declared[],
  ): PlacedFault | undefined {
    for (const { segments, check } of declared) {
      if (segments.length > 0 || !meansSomething(check)) continue
      const outcome = checkDeclared(check, key, this.#local, this.#edges)
      const fault =
        outcome instanceof Promise
          ? this.#wait(outcome, visit, true)
          : outcome && placed(visit.path, outcome, true)
      if (fault !== undefined) return fault
    }
    if (name === '' || this.#meaning(name, schema)?.meaning !== 'path') return undefined
    const outcome = checkInferred('path', key, this.#context)
    return outcome.kind === 'fault' ? placed(visit.path, outcome.fault, false) : undefined
  }

  #text(
    text: string,
    schema: JsonObject | undefined,
    name: string,
    visit: Visit,
    declared: readonly Declared[],
  ): PlacedFault | undefined {
    const own = declared.filter(({ segments }) => segments.length === 0)
    for (const { check } of own) {
      const outcome = checkDeclared(check, text, this.#local, this.#edges)
      const fault =
        outcome instanceof Promise
          ? this.#wait(outcome, visit, true)
          : outcome && placed(visit.path, outcome, true)
      if (fault !== undefined) return fault
    }
    if (own.some(({ check }) => !check.infer || meansSomething(check))) return undefined
    const meaning = this.#meaning(name, this.#deref(schema))
    if (meaning === undefined) return undefined
    const outcome = checkInferred(meaning.meaning, text, this.#context)
    if (outcome.kind === 'fault') return placed(visit.path, outcome.fault, false)
    if (outcome.kind === 'host') {
      const { host, policy } = outcome
      // A name that leads nowhere from here may be one that only a proxy knows.
      const found = this.#edges.host(host, policy)
      return this.#wait(
        found.then((fault) => (fault?.rule === 'url/unresolved' ? undefined : fault)),
        visit,
        false,
      )
    }
    return undefined
  }

  #wait(
    found: Promise<ArgumentFault | undefined>,
    { path, waits }: Visit,
    declared: boolean,
  ): PlacedFault | undefined {
    if (waits.length >= MAX_WAITS) return placed(path, TOO_MANY, declared)
    const at = [...path]
    waits.push(found.then((fault) => fault && placed(at, fault, declared)))
    return undefined
  }

  #meaning(name: string, schema: JsonObject | undefined): MeaningOf | undefined {
    const of = schema ?? NO_SCHEMA
    let names = this.#meanings.get(of)
    if (names === undefined) {
      names = new Map()
      this.#meanings.set(of, names)
    }
    if (names.has(name)) return names.get(name)
    const meaning = meaningOf(name, schema, this.#about)
    // Names of undeclared members are chosen by the caller.
    if (names.size < 256) names.set(name, meaning)
    return meaning
  }

  /** The schema that `$ref` or the one branch that is not `null` stands for. */
  #deref(schema: JsonObject | undefined): JsonObject | undefined {
    let at = schema
    for (let steps = 0; at !== undefined && steps < MAX_REFS; steps++) {
      const next: JsonValue | undefined = typeof at.$ref === 'string' ? this.#resolve(at.$ref) : branchOf(at)
      if (!isObject(next)) return at
      at = next
    }
    return at
  }

  #resolve(reference: string): JsonValue | undefined {
    if (!reference.startsWith('#/')) return undefined
    let at: JsonValue | undefined = this.#root
    for (const segment of reference.slice(2).split('/')) {
      const key = segment.replaceAll('~1', '/').replaceAll('~0', '~')
      at = isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined
    }
    return at
  }
}

const NO_SCHEMA: JsonObject = {}

function branchOf({ anyOf, oneOf, properties, items }: JsonObject): JsonValue | undefined {
  if (properties !== undefined || items !== undefined) return undefined
  const branches = Array.isArray(anyOf) ? anyOf : Array.isArray(oneOf) ? oneOf : []
  return branches.find((branch) => isObject(branch) && branch.type !== 'null')
}

interface Visit {
  readonly path: (string | number)[]
  readonly waits: Promise<PlacedFault | undefined>[]
}

/** What the configuration declares of a tool; of several that fit, all count. */
export function declaredFor({ checks }: Pick<ServerConfig, 'checks'>, tool: string): readonly Declared[] {
  return (checks?.tools ?? [])
    .filter((one) => matchesGlob(one.tool, tool))
    .flatMap(({ parameters }) => parameters)
    .map(({ place, check }) => ({ segments: place.split('.'), check }))
}

function further(declared: readonly Declared[], key: string): readonly Declared[] {
  if (declared.length === 0) return declared
  const left: Declared[] = []
  for (const { segments, check } of declared) {
    const [first, ...rest] = segments
    // A server may fold names (Go, PHP): what is declared of `path` holds for `Path` as well.
    if (first === '*' || first === key || (first !== undefined && folded(first) === folded(key)))
      left.push({ segments: rest, check })
    // What is declared of a list holds for its entries.
    else if (segments.length === 0) left.push({ segments, check })
  }
  return left
}

function folded(name: string): string {
  return name.normalize('NFKC').toLowerCase()
}

function meansSomething({ path, url, sql, command, format, integer, text }: ParameterCheck): boolean {
  return [path, url, sql, command, format, integer, text].some((one) => one !== undefined)
}

/** A number is written as a text by whoever uses it as a path: 5 is a file, and -1 an option. */
function noText(
  path: readonly (string | number)[],
  declared: readonly Declared[],
  isFlag = false,
): PlacedFault | undefined {
  const used = declared.some(
    ({ segments, check: { path: asPath, url, sql, command, integer } }) =>
      segments.length === 0 &&
      [asPath, url, sql, command, isFlag ? integer : undefined].some((one) => one !== undefined),
  )
  return used ? placed(path, NO_TEXT, true) : undefined
}

/** A number that is declared to be whole and within bounds. */
function number(
  value: number | ExactNumber,
  path: readonly (string | number)[],
  declared: readonly Declared[],
): PlacedFault | undefined {
  for (const { segments, check } of declared) {
    if (segments.length > 0 || check.integer === undefined) continue
    const decision = checkFormat(typeof value === 'number' ? value : value.rawJSON, check.integer)
    if (!decision.ok) return placed(path, decision, true)
  }
  return undefined
}

const NO_TEXT: ArgumentFault = {
  rule: 'arguments/type',
  explain: 'It is no text, and only texts can be held against what is declared of it.',
}
const TOO_DEEP: ArgumentFault = {
  rule: 'arguments/depth',
  explain: 'It is nested too deeply to be looked at.',
}
const TOO_MANY: ArgumentFault = {
  rule: 'arguments/many',
  explain: `More than ${MAX_WAITS} paths or hosts would have to be looked up for one call.`,
}

function placed(path: readonly (string | number)[], fault: ArgumentFault, declared: boolean): PlacedFault {
  let where = ''
  for (const key of path) where = pointerTo(where, key)
  const place = path.map((key) => (typeof key === 'number' ? '*' : key)).join('.')
  const { rule, explain } = fault
  return { rule, explain, where, place, declared }
}
