/** From a schema to one function. Every keyword that decides is here; all others are annotations. */
import { isObject, type JsonObject, type JsonValue, pointerTo } from '../json/index.ts'
import { compilePattern, type Pattern } from '../patterns/index.ts'
import {
  containsCheck,
  distinctEntriesCheck,
  entriesCheck,
  entryCountCheck,
  unevaluatedEntriesCheck,
} from './arrays.ts'
import { allCheck, anyCheck, ifCheck, notCheck, oneCheck } from './combine.ts'
import { decimalOf, isNumber, isWhole } from './decimal.ts'
import { type Dialect, dialectOf } from './dialects.ts'
import { SchemaFault } from './fault.ts'
import {
  combined,
  dependentNamesCheck,
  dependentSchemasCheck,
  isRecord,
  memberCountCheck,
  memberNamesCheck,
  membersCheck,
  requiredCheck,
  unevaluatedMembersCheck,
} from './objects.ts'
import { type Resource, Resources, type Target } from './resources.ts'
import { type Check, checkSame, fail } from './run.ts'
import {
  boundCheck,
  enumCheck,
  lengthCheck,
  multipleCheck,
  patternCheck,
  TYPES,
  type TypeName,
  typeCheck,
} from './scalars.ts'
import { listOf, quote } from './words.ts'

/** @throws SchemaFault when no value could be checked by it */
export function compileDocument(document: JsonValue): Check {
  const dialect = dialectOf(isObject(document) ? document.$schema : undefined)
  if (dialect === undefined)
    throw new SchemaFault(
      '/$schema',
      'names a dialect other than 2020-12, 2019-09, draft-07, draft-06, draft-04',
    )
  return new Compiler(document, dialect).whole()
}

const ANYTHING: Check = () => true
/** Of all patterns of a schema: ten thousand times `a{4000}` would be gigabytes. */
const MAX_STATES = 65_536

class Compiler {
  readonly #dialect: Dialect
  readonly #resources: Resources
  readonly #document: JsonValue
  /** By schema: a schema that refers to itself meets itself here. */
  readonly #known = new Map<JsonObject, { check: Check }>()
  readonly #patterns = new Map<string, Pattern>()
  #isDynamic = false
  #states = 0

  constructor(document: JsonValue, dialect: Dialect) {
    this.#dialect = dialect
    this.#document = document
    this.#resources = new Resources(document, dialect)
  }

  whole(): Check {
    const { root } = this.#resources
    const check = this.#compile(this.#document, root, '')
    if (!this.#isDynamic) return check
    return (value, run, seen) => {
      run.scope.push(root)
      return check(value, run, seen)
    }
  }

  #compile(schema: JsonValue | undefined, outer: Resource, where: string): Check {
    if (schema === true || schema === undefined) return ANYTHING
    if (schema === false) return (_, run) => fail(run, 'false', 'not be there')
    if (!isObject(schema)) throw new SchemaFault(where, 'is neither an object nor true nor false')
    const known = this.#known.get(schema)
    if (known !== undefined) return (value, run, seen) => known.check(value, run, seen)
    const holder: { check: Check } = { check: ANYTHING }
    this.#known.set(schema, holder)
    const resource = this.#resources.ownerOf(schema) ?? outer
    holder.check = this.#entering(resource, outer, this.#keywords(schema, resource, where))
    return holder.check
  }

  /** Only where something is looked up by the way that led here. */
  #entering(resource: Resource, outer: Resource, check: Check): Check {
    if (resource === outer) return check
    return (value, run, seen) => {
      run.scope.push(resource)
      const ok = check(value, run, seen)
      run.scope.pop()
      return ok
    }
  }

  #keywords(schema: JsonObject, resource: Resource, where: string): Check {
    const checks: Check[] = []
    const at = (keyword: string): string => pointerTo(where, keyword)
    const sub = (keyword: string): Check | undefined =>
      schema[keyword] === undefined ? undefined : this.#compile(schema[keyword], resource, at(keyword))
    if (schema.$ref !== undefined) {
      const ref = this.#reference(schema.$ref, resource, at('$ref'))
      if (this.#dialect.refAlone) return ref
      checks.push(hasSiblings(schema) ? (value, run, seen) => combined(ref, value, run, seen) : ref)
    }
    if (schema.$dynamicRef !== undefined)
      checks.push(this.#dynamicReference(schema.$dynamicRef, resource, at('$dynamicRef')))
    if (schema.$recursiveRef !== undefined)
      checks.push(this.#recursiveReference(schema.$recursiveRef, resource, at('$recursiveRef')))
    this.#scalars(schema, where, checks)
    this.#arrays(schema, resource, where, sub, checks)
    this.#objects(schema, resource, where, sub, checks)
    this.#combinations(schema, resource, where, sub, checks)
    return this.#unevaluated(schema, sub, checks)
  }

  #reference(reference: JsonValue, resource: Resource, where: string): Check {
    const target = this.#target(reference, resource, where)
    const check = this.#targetCheck(target, where)
    return (value, run, seen) => checkSame(check, value, run, seen)
  }

  #target(reference: JsonValue, resource: Resource, where: string): Target {
    if (typeof reference !== 'string') throw new SchemaFault(where, 'must be a text')
    return this.#resources.resolve(reference, resource, where)
  }

  /** Compiled in the resource it stands in, and entered as such. */
  #targetCheck({ schema, resource }: Target, where: string): Check {
    const check = this.#compile(schema, resource, where)
    return (value, run, seen) => {
      run.scope.push(resource)
      const ok = check(value, run, seen)
      run.scope.pop()
      return ok
    }
  }

  /** As `$ref`; but where the target has a dynamic anchor, the outermost resource on the way that has it counts. */
  #dynamicReference(reference: JsonValue, resource: Resource, where: string): Check {
    const target = this.#target(reference, resource, where)
    const initial = this.#targetCheck(target, where)
    const { dynamic } = target
    if (dynamic === undefined) return (value, run, seen) => checkSame(initial, value, run, seen)
    this.#isDynamic = true
    // All that could be meant, compiled now: nothing is compiled while a value is checked.
    const byResource = new Map<Resource, Check>()
    for (const each of this.#resources.all) {
      const schema = each.dynamic.get(dynamic)
      if (schema !== undefined) byResource.set(each, this.#targetCheck({ schema, resource: each }, where))
    }
    return (value, run, seen) => {
      const outermost = run.scope.find((each) => byResource.has(each))
      const check = (outermost && byResource.get(outermost)) ?? initial
      return checkSame(check, value, run, seen)
    }
  }

  /** 2019-09 has it; what it means depends on who refers to whom only where `$recursiveAnchor` says so. */
  #recursiveReference(reference: JsonValue, resource: Resource, where: string): Check {
    if (isObject(resource.root) && resource.root.$recursiveAnchor === true && this.#resources.all.length > 1)
      throw new SchemaFault(where, 'refers dynamically in the way of 2019-09, which is not supported')
    return this.#reference(reference, resource, where)
  }

  #scalars(schema: JsonObject, where: string, checks: Check[]): void {
    const at = (keyword: string): string => pointerTo(where, keyword)
    const types = schema.type === undefined ? undefined : typesOf(schema.type, at('type'))
    if (types !== undefined) checks.push(typeCheck(types))
    if (schema.enum !== undefined) {
      if (!Array.isArray(schema.enum)) throw new SchemaFault(at('enum'), 'must be an array')
      checks.push(enumCheck('enum', schema.enum))
    }
    if (schema.const !== undefined) checks.push(enumCheck('const', [schema.const]))
    const [least, most] = this.#range(schema, 'minLength', 'maxLength', where)
    if (least > 0 || most !== Infinity) checks.push(lengthCheck(least, most))
    if (schema.pattern !== undefined) checks.push(patternCheck(this.#pattern(schema.pattern, at('pattern'))))
    for (const side of ['minimum', 'maximum'] as const) {
      const exclusive = side === 'minimum' ? 'exclusiveMinimum' : 'exclusiveMaximum'
      const [bound, other] = [schema[side], schema[exclusive]]
      // Draft-04 has a flag beside the bound.
      const asFlag = typeof other === 'boolean'
      if (bound !== undefined)
        checks.push(boundCheck(other === true ? exclusive : side, numberAt(bound, at(side))))
      if (other !== undefined && !asFlag) checks.push(boundCheck(exclusive, numberAt(other, at(exclusive))))
    }
    if (schema.multipleOf !== undefined) {
      const divisor = numberAt(schema.multipleOf, at('multipleOf'))
      if (decimalOf(divisor).digits <= 0n) throw new SchemaFault(at('multipleOf'), 'must be more than 0')
      checks.push(multipleCheck(divisor))
    }
  }

  #arrays(
    schema: JsonObject,
    resource: Resource,
    where: string,
    sub: (keyword: string) => Check | undefined,
    checks: Check[],
  ): void {
    const [least, most] = this.#range(schema, 'minItems', 'maxItems', where)
    if (least > 0 || most !== Infinity) checks.push(entryCountCheck(least, most))
    if (schema.uniqueItems === true) checks.push(distinctEntriesCheck)
    // Servers write the tuples of older drafts without saying which draft it is.
    const isOld = Array.isArray(schema.items)
    const tuple = isOld ? 'items' : 'prefixItems'
    const first = schema[tuple] === undefined ? [] : this.#list(schema, tuple, resource, where)
    const rest = sub(isOld ? 'additionalItems' : 'items')
    if (first.length > 0 || rest !== undefined) checks.push(entriesCheck(first, rest))
    const contains = sub('contains')
    if (contains !== undefined) {
      const [from, to] = this.#range(schema, 'minContains', 'maxContains', where, 1)
      checks.push(containsCheck(contains, from, to, this.#dialect.name === '2020-12'))
    }
  }

  #objects(
    schema: JsonObject,
    resource: Resource,
    where: string,
    sub: (keyword: string) => Check | undefined,
    checks: Check[],
  ): void {
    const at = (keyword: string): string => pointerTo(where, keyword)
    if (schema.required !== undefined && typeof schema.required !== 'boolean')
      checks.push(requiredCheck(textsAt(schema.required, at('required'))))
    const [least, most] = this.#range(schema, 'minProperties', 'maxProperties', where)
    if (least > 0 || most !== Infinity) checks.push(memberCountCheck(least, most))
    const names = sub('propertyNames')
    if (names !== undefined) checks.push(memberNamesCheck(names))
    const properties =
      schema.properties === undefined ? undefined : this.#map(schema, 'properties', resource, where)
    const patterned =
      schema.patternProperties === undefined
        ? []
        : [...this.#map(schema, 'patternProperties', resource, where)]
    const patterns = patterned.map(([source, check]) => ({
      pattern: this.#pattern(source, pointerTo(at('patternProperties'), source)),
      check,
    }))
    const additional = sub('additionalProperties')
    if (properties !== undefined || patterns.length > 0 || additional !== undefined) {
      const closed = schema.additionalProperties === false
      const alone = !LOOKING.some((keyword) => schema[keyword] !== undefined)
      checks.push(membersCheck({ properties, patterns, additional, closed, alone }))
    }
    this.#dependencies(schema, resource, where, checks)
  }

  #dependencies(schema: JsonObject, resource: Resource, where: string, checks: Check[]): void {
    for (const keyword of ['dependentRequired', 'dependentSchemas', 'dependencies']) {
      const map = schema[keyword]
      if (map === undefined) continue
      const place = pointerTo(where, keyword)
      if (!isRecord(map)) throw new SchemaFault(place, 'must be an object')
      const names = new Map<string, readonly string[]>()
      const schemas = new Map<string, Check>()
      for (const [name, needed] of Object.entries(map)) {
        if (needed === undefined) continue
        const one = pointerTo(place, name)
        if (keyword === 'dependentRequired' || Array.isArray(needed)) names.set(name, textsAt(needed, one))
        else schemas.set(name, this.#compile(needed, resource, one))
      }
      if (names.size > 0) checks.push(dependentNamesCheck(names))
      if (schemas.size > 0) checks.push(dependentSchemasCheck(schemas))
    }
  }

  #combinations(
    schema: JsonObject,
    resource: Resource,
    where: string,
    sub: (keyword: string) => Check | undefined,
    checks: Check[],
  ): void {
    if (schema.allOf !== undefined) checks.push(allCheck(this.#list(schema, 'allOf', resource, where)))
    if (schema.anyOf !== undefined)
      checks.push(anyCheck(this.#list(schema, 'anyOf', resource, where), describe(schema.anyOf)))
    if (schema.oneOf !== undefined)
      checks.push(oneCheck(this.#list(schema, 'oneOf', resource, where), describe(schema.oneOf)))
    const not = sub('not')
    if (not !== undefined) checks.push(notCheck(not))
    const condition = sub('if')
    const [then, otherwise] = [sub('then'), sub('else')]
    if (condition !== undefined) checks.push(ifCheck(condition, then, otherwise))
  }

  #unevaluated(
    schema: JsonObject,
    sub: (keyword: string) => Check | undefined,
    checks: readonly Check[],
  ): Check {
    let all = checks
    const entries = sub('unevaluatedItems')
    if (entries !== undefined) all = [unevaluatedEntriesCheck(all, entries)]
    const members = sub('unevaluatedProperties')
    if (members !== undefined)
      all = [unevaluatedMembersCheck(all, members, schema.unevaluatedProperties === false)]
    const [first, second] = all
    if (first === undefined) return ANYTHING
    if (second === undefined) return first
    return (value, run, seen) => {
      for (const check of all) if (!check(value, run, seen)) return false
      return true
    }
  }

  #list(schema: JsonObject, keyword: string, resource: Resource, where: string): readonly Check[] {
    const place = pointerTo(where, keyword)
    const list = schema[keyword]
    if (!Array.isArray(list)) throw new SchemaFault(place, 'must be an array')
    return list.map((one, index) => this.#compile(one, resource, pointerTo(place, index)))
  }

  #map(schema: JsonObject, keyword: string, resource: Resource, where: string): ReadonlyMap<string, Check> {
    const place = pointerTo(where, keyword)
    const map = schema[keyword]
    if (!isRecord(map)) throw new SchemaFault(place, 'must be an object')
    return new Map(
      Object.entries(map).map(([name, one]) => [name, this.#compile(one, resource, pointerTo(place, name))]),
    )
  }

  #pattern(source: JsonValue, where: string): Pattern {
    if (typeof source !== 'string') throw new SchemaFault(where, 'must be a text')
    const known = this.#patterns.get(source)
    if (known !== undefined) return known
    const compiled = compilePattern(source)
    if (!compiled.ok)
      throw new SchemaFault(where, `is a pattern that at character ${compiled.at} ${compiled.explain}`)
    this.#states += compiled.pattern.states
    if (this.#states > MAX_STATES)
      throw new SchemaFault(where, `brings the patterns of the schema to more than ${MAX_STATES} states`)
    this.#patterns.set(source, compiled.pattern)
    return compiled.pattern
  }

  #range(
    schema: JsonObject,
    least: string,
    most: string,
    where: string,
    otherwise = 0,
  ): readonly [number, number] {
    const read = (keyword: string, missing: number): number => {
      const value = schema[keyword]
      if (value === undefined) return missing
      const bound = numberAt(value, pointerTo(where, keyword))
      const exact = decimalOf(bound)
      if (!isWhole(exact) || exact.digits < 0n)
        throw new SchemaFault(pointerTo(where, keyword), 'must be a whole number of at least 0')
      return typeof bound === 'number' ? bound : Number(bound.rawJSON)
    }
    return [read(least, otherwise), read(most, Number.POSITIVE_INFINITY)]
  }
}

/** Keywords through which another schema may declare members of the same object. */
const LOOKING = [
  '$ref',
  '$dynamicRef',
  '$recursiveRef',
  'allOf',
  'anyOf',
  'oneOf',
  'if',
  'dependentSchemas',
  'dependencies',
  'unevaluatedProperties',
]
const BESIDE_REF = new Set(['$ref', '$defs', 'definitions', '$schema', '$id', 'title', 'description'])

function hasSiblings(schema: JsonObject): boolean {
  return Object.keys(schema).some((keyword) => !BESIDE_REF.has(keyword))
}

/**
 * One of forty tools that are published names a type of its language instead of JSON's. What is meant is checked; of a name
 * that says nothing (`any`, `file`) nothing is, for a server may ask for as little as it likes. `undefined`: any type.
 */
function typesOf(type: JsonValue, where: string): readonly TypeName[] | undefined {
  const types: TypeName[] = []
  for (const name of Array.isArray(type) ? type : [type]) {
    if (typeof name !== 'string') throw new SchemaFault(where, 'must be the name of a type')
    const known = TYPES.find((each) => each === name) ?? MEANT.get(name)
    if (known === undefined) return undefined
    types.push(known)
  }
  return types
}

const MEANT: ReadonlyMap<string, TypeName> = new Map([
  ['str', 'string'],
  ['text', 'string'],
  ['int', 'integer'],
  ['float', 'number'],
  ['double', 'number'],
  ['bool', 'boolean'],
  ['dict', 'object'],
  ['list', 'array'],
  ['none', 'null'],
])

function textsAt(value: JsonValue, where: string): readonly string[] {
  if (!Array.isArray(value)) throw new SchemaFault(where, 'must be an array of texts')
  return value.map((name) => {
    if (typeof name !== 'string') throw new SchemaFault(where, 'must be an array of texts')
    return name
  })
}

function numberAt(value: JsonValue, where: string): number | { readonly rawJSON: string } {
  if (!isNumber(value)) throw new SchemaFault(where, 'must be a number')
  return value
}

/** Alternatives that differ by type or value are named; others have no short name. */
function describe(branches: JsonValue): string | undefined {
  if (!Array.isArray(branches)) return undefined
  const words: string[] = []
  for (const branch of branches) {
    if (!isObject(branch)) return undefined
    if (branch.const !== undefined) words.push(quote(branch.const))
    else if (typeof branch.type === 'string') words.push(`of type ${quote(branch.type)}`)
    else return undefined
  }
  return new Set(words).size === words.length ? `be ${listOf(words)}` : undefined
}
