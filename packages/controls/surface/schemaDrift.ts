import { canonicalJson, isExactNumber, isObject, type JsonObject, type JsonValue } from '../json/index.ts'
import { type Note, noteProse, noteTitle } from './changes.ts'
import { ownKeys, ownMember, sameValue } from './sameValue.ts'

/**
 * How two versions of a JSON Schema (2020-12, and what of draft-07 means the same) differ for whoever must fill it in.
 *
 * `narrowing` is noted only where every value that the later schema takes was taken by the earlier one; a property test
 * holds it to that. A keyword that is not known here, or whose meaning depends on others (`not`, `if`, `$ref`,
 * `patternProperties`), is `other`. Reads no `$ref`, so a schema that refers to itself costs nothing.
 *
 * Where less can be more (a branch of `oneOf`, a definition that may be used below `not`), a narrowing is noted as
 * `harmless`.
 */
export function compareSchemas(before: JsonValue, after: JsonValue, note: Note): void {
  if (sameValue(before, after)) return
  if (!isObject(before) || !isObject(after)) return compareBooleans(before, after, note)
  let isNoted = false
  const noted: Note = (drift, weight) => {
    isNoted = true
    note(drift, weight)
  }
  compareProperties(before, after, noted)
  compareValues(before, after, noted)
  compareRange(before, after, noted)
  for (const keyword of new Set([...ownKeys(before), ...ownKeys(after)])) {
    if (BY_OTHERS.has(keyword)) continue
    const old = ownMember(before, keyword)
    const now = ownMember(after, keyword)
    if (sameValue(old, now)) continue
    const compare = KEYWORDS.get(keyword)
    if (compare === undefined) noted('other', 'substantive')
    else compare(old, now, noted)
  }
  // They are not the same, so something is different that nothing above knows.
  if (!isNoted) note('other', 'substantive')
}

/** Does a schema refer to anything but its definitions? Then what is taken away here may be missing below a `not`. */
export function refersToItself(schema: JsonValue): boolean {
  const stack: JsonValue[] = [schema]
  for (let value = stack.pop(); value !== undefined; value = stack.pop()) {
    if (Array.isArray(value)) for (const member of value) stack.push(member)
    if (!isObject(value)) continue
    for (const key of ownKeys(value)) {
      const member = value[key]
      if (REFERENCES.has(key) && !(typeof member === 'string' && DEFINITION.test(member))) return true
      if (typeof member === 'object' && member !== null) stack.push(member)
    }
  }
  return false
}

const REFERENCES: ReadonlySet<string> = new Set(['$ref', '$dynamicRef', '$recursiveRef'])
const DEFINITION = /^#\/(\$defs|definitions)\//

/** Takes a narrowing for what it may be where less is more. */
export function inexact(note: Note): Note {
  return (drift, weight) => note(drift, weight === 'narrowing' ? 'harmless' : weight)
}

type Compare = (before: JsonValue | undefined, after: JsonValue | undefined, note: Note) => void

/** Compared together with others, in `compareProperties` and `compareValues`. */
const BY_OTHERS: ReadonlySet<string> = new Set(['properties', 'required', 'const', 'enum'])

/** `true` and `false` as schemas; `{}` is `true`. */
function compareBooleans(before: JsonValue, after: JsonValue, note: Note): void {
  if (isAnything(before) && isAnything(after)) return note('metadata', 'harmless')
  if (before === false && (isObject(after) || after === true)) return note('widened-schema', 'substantive')
  if (after === false && (isObject(before) || before === true)) return note('narrowed-schema', 'narrowing')
  if (before === true && isObject(after)) return compareSchemas({}, after, note)
  if (isObject(before) && after === true) return compareSchemas(before, {}, note)
  note('other', 'substantive')
}

function isAnything(schema: JsonValue | undefined): boolean {
  return schema === undefined || schema === true || (isObject(schema) && ownKeys(schema).length === 0)
}

function compareProperties(before: JsonObject, after: JsonObject, note: Note): void {
  const old = ownMember(before, 'properties')
  const now = ownMember(after, 'properties')
  const oldRequired = namesIn(ownMember(before, 'required'))
  const nowRequired = namesIn(ownMember(after, 'required'))
  if (!isMap(old) || !isMap(now) || oldRequired === undefined || nowRequired === undefined) {
    const same =
      sameValue(old, now) &&
      sameValue(ownMember(before, 'required') ?? [], ownMember(after, 'required') ?? [])
    return same ? undefined : note('other', 'substantive')
  }
  const was = (name: string) => old !== undefined && Object.hasOwn(old, name)
  const is = (name: string) => now !== undefined && Object.hasOwn(now, name)
  // Undeclared members pass anyway where they are not forbidden: then nothing is taken away.
  const closed =
    ownMember(after, 'additionalProperties') === false && ownMember(after, 'patternProperties') === undefined
  for (const name of ownKeys(old ?? {})) {
    if (is(name)) compareSchemas(old?.[name] ?? true, now?.[name] ?? true, note)
    // What had to be sent (a confirmation) has not to be sent any more.
    else if (oldRequired.has(name)) note('removed-parameter', 'substantive')
    else note('removed-parameter', closed ? 'narrowing' : 'harmless')
  }
  for (const name of ownKeys(now ?? {})) {
    if (was(name)) continue
    note(nowRequired.has(name) ? 'new-required-parameter' : 'new-parameter', 'substantive')
  }
  // A model must now say what it could keep to itself.
  for (const name of nowRequired)
    if (!oldRequired.has(name) && (was(name) || !is(name))) note('new-required-parameter', 'substantive')
  for (const name of oldRequired)
    if (!nowRequired.has(name) && (is(name) || !was(name))) note('widened-schema', 'substantive')
  if (
    sameNames(oldRequired, nowRequired) &&
    !sameValue(ownMember(before, 'required'), ownMember(after, 'required'))
  )
    note('metadata', 'harmless')
  if (!sameValue(old, now) && ownKeys(old ?? {}).length + ownKeys(now ?? {}).length === 0)
    note('metadata', 'harmless')
}

function isMap(value: JsonValue | undefined): value is JsonObject | undefined {
  return value === undefined || isObject(value)
}

/** The names of `required`; nothing where it is no list of texts. */
function namesIn(value: JsonValue | undefined): ReadonlySet<string> | undefined {
  if (value === undefined) return new Set()
  if (!Array.isArray(value)) return undefined
  const names = value.filter((name) => typeof name === 'string')
  return names.length === value.length ? new Set(names) : undefined
}

function sameNames(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((name) => other.has(name))
}

/** `const` and `enum`: which values may be sent. */
function compareValues(before: JsonObject, after: JsonObject, note: Note): void {
  const old = valuesOf(before)
  const now = valuesOf(after)
  if (old === 'odd' || now === 'odd') {
    const same = ['const', 'enum'].every((keyword) =>
      sameValue(ownMember(before, keyword), ownMember(after, keyword)),
    )
    return same ? undefined : note('other', 'substantive')
  }
  if (old === undefined && now === undefined) return
  if (now === undefined) return note('widened-schema', 'substantive')
  const added = [...now.keys()].filter((value) => old?.has(value) !== true)
  if (old === undefined) return note('narrowed-schema', saysNothing(now, added) ? 'narrowing' : 'substantive')
  const removed = [...old.keys()].filter((value) => !now.has(value))
  if (added.length > 0) note('widened-schema', 'substantive')
  // With one value left there is no choice any more: the server has chosen.
  if (removed.length > 0) note('narrowed-schema', now.size > 1 ? 'narrowing' : 'substantive')
  const written = ['const', 'enum'].some(
    (keyword) => !sameValue(ownMember(before, keyword), ownMember(after, keyword)),
  )
  if (written && added.length + removed.length === 0) note('metadata', 'harmless')
}

/** Canonical text and value of what may be sent; nothing: anything; `odd`: not to be told. */
function valuesOf(schema: JsonObject): ReadonlyMap<string, JsonValue> | 'odd' | undefined {
  const one = ownMember(schema, 'const')
  const list = ownMember(schema, 'enum')
  if (one === undefined && list === undefined) return undefined
  if (one !== undefined && list !== undefined) return 'odd'
  const values = one === undefined ? list : [one]
  if (!Array.isArray(values)) return 'odd'
  return new Map(values.map((value) => [canonicalJson(value), value]))
}

/** Several numbers, booleans or null: a choice that brings no text and leaves more than one. */
function saysNothing(values: ReadonlyMap<string, JsonValue>, added: readonly string[]): boolean {
  const hasText = added.some((text) => {
    const value = values.get(text)
    return typeof value === 'string' || Array.isArray(value) || isObject(value)
  })
  return !hasText && values.size > 1
}

/** A bound that takes away as it grows (`minimum`), or as it shrinks (`maximum`). */
function bound(narrowsUpwards: boolean): Compare {
  return (before, after, note) => {
    const [old, now] = [numberOf(before), numberOf(after)]
    if (old === 'odd' || now === 'odd') return note('other', 'substantive')
    if (old === now) return note('metadata', 'harmless')
    if (old === undefined) return note('narrowed-schema', 'narrowing')
    if (now === undefined) return note('widened-schema', 'substantive')
    if (now > old === narrowsUpwards) note('narrowed-schema', 'narrowing')
    else note('widened-schema', 'substantive')
  }
}

function numberOf(value: JsonValue | undefined): number | 'odd' | undefined {
  if (value === undefined) return undefined
  const number = typeof value === 'number' ? value : isExactNumber(value) ? Number(value.rawJSON) : Number.NaN
  // A double cannot tell large bounds from one another.
  return Number.isFinite(number) && Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : 'odd'
}

/** A range that holds about one number leaves no choice, as a list of one value does. */
function compareRange(before: JsonObject, after: JsonObject, note: Note): void {
  if (width(after) < 1 && width(before) >= 1) note('narrowed-schema', 'substantive')
}

function width(schema: JsonObject): number {
  const ends = (keywords: readonly string[]): number[] =>
    keywords
      .map((keyword) => numberOf(ownMember(schema, keyword)))
      .filter((number) => typeof number === 'number')
  const lowest = Math.max(Number.NEGATIVE_INFINITY, ...ends(['minimum', 'exclusiveMinimum']))
  const highest = Math.min(Number.POSITIVE_INFINITY, ...ends(['maximum', 'exclusiveMaximum']))
  return highest - lowest
}

const TYPES: readonly string[] = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string']

const compareType: Compare = (before, after, note) => {
  const [old, now] = [typesIn(before), typesIn(after)]
  if (old === undefined || now === undefined) return note('type-change', 'substantive')
  const [gone, come] = [[...old].some((type) => !now.has(type)), [...now].some((type) => !old.has(type))]
  if (gone && come) note('type-change', 'substantive')
  else if (come) note('widened-schema', 'substantive')
  else if (gone) note('narrowed-schema', 'narrowing')
  else note('metadata', 'harmless')
}

/** Every number is one of two kinds here, so that `integer` is part of `number`. */
function typesIn(value: JsonValue | undefined): ReadonlySet<string> | undefined {
  const list = value === undefined ? TYPES : Array.isArray(value) ? value : [value]
  const types = new Set<string>()
  for (const type of list) {
    if (typeof type !== 'string' || !TYPES.includes(type)) return undefined
    types.add(type)
    if (type === 'number') types.add('integer')
  }
  return types
}

/** Formats by name: anything else in their place is a text. */
const FORMAT = /^[a-z][a-z0-9-]{0,31}$/

const compareFormat: Compare = (before, after, note) => {
  const isName = typeof after === 'string' && FORMAT.test(after)
  if (before === undefined && isName)
    return note('narrowed-schema', isKnownFormat(after) ? 'narrowing' : 'substantive')
  if (after === undefined) return note('widened-schema', 'substantive')
  note('type-change', 'substantive')
}

const KNOWN_FORMATS: ReadonlySet<string> = new Set(
  (
    'date-time date time duration email idn-email hostname idn-hostname ipv4 ipv6 uri uri-reference iri ' +
    'iri-reference uuid uri-template json-pointer relative-json-pointer regex int32 int64 float double'
  ).split(' '),
)
const isKnownFormat = (format: string): boolean => KNOWN_FORMATS.has(format)

/** Letters in a row that could be a word to a reader. A pattern is text, too: a model reads it to know what to send. */
const WORDY = /[\p{L}]{4}/u

const comparePattern: Compare = (before, after, note) => {
  if (after === undefined) return note('widened-schema', 'substantive')
  const takesAway = before === undefined && typeof after === 'string' && !WORDY.test(after)
  // Which of two patterns takes more cannot be told by reading them.
  note(before === undefined ? 'narrowed-schema' : 'type-change', takesAway ? 'narrowing' : 'substantive')
}

const compareUnique: Compare = (before, after, note) => {
  const [old, now] = [before ?? false, after ?? false]
  if (typeof old !== 'boolean' || typeof now !== 'boolean') return note('other', 'substantive')
  if (old === now) note('metadata', 'harmless')
  else if (now) note('narrowed-schema', 'narrowing')
  else note('widened-schema', 'substantive')
}

/** A schema for part of the value; without it, anything goes there. */
const compareSubschema: Compare = (before, after, note) => {
  // A list of schemas is the tuple of draft-07.
  if (Array.isArray(before) || Array.isArray(after)) return note('other', 'substantive')
  if (isAnything(before) && isAnything(after)) return note('metadata', 'harmless')
  compareSchemas(before ?? true, after ?? true, note)
}

/** `anyOf`, `oneOf`: one branch more lets more through. */
const compareBranches: Compare = (before, after, note) => {
  if (before === undefined) return note('narrowed-schema', 'substantive')
  if (after === undefined) return note('widened-schema', 'substantive')
  if (!Array.isArray(before) || !Array.isArray(after)) return note('other', 'substantive')
  const { onlyBefore, onlyAfter } = unmatched(before, after)
  if (onlyBefore.length === onlyAfter.length) {
    if (onlyBefore.length === 0) note('metadata', 'harmless')
    for (const [at, branch] of onlyBefore.entries()) compareSchemas(branch, onlyAfter[at] ?? true, note)
    return
  }
  if (onlyAfter.length > 0) note('widened-schema', 'substantive')
  if (onlyBefore.length > 0) note('narrowed-schema', leavesChoice(after) ? 'narrowing' : 'substantive')
}

/** Two branches that both take a value refuse it: with one branch less, more may get through. */
const compareExclusive: Compare = (before, after, note) => compareBranches(before, after, inexact(note))

/** One branch with one value, or none at all, leaves no choice. */
function leavesChoice(list: readonly JsonValue[]): boolean {
  const [only] = list
  if (list.length > 1) return true
  const values = isObject(only) ? valuesOf(only) : undefined
  return only !== undefined && (values === undefined || (values !== 'odd' && values.size > 1))
}

const compareAll: Compare = (before, after, note) => {
  const [old, now] = [before ?? [], after ?? []]
  if (!Array.isArray(old) || !Array.isArray(now)) return note('other', 'substantive')
  const { onlyBefore, onlyAfter } = unmatched(old, now)
  if (onlyBefore.length === onlyAfter.length) {
    if (onlyBefore.length === 0) note('metadata', 'harmless')
    for (const [at, branch] of onlyBefore.entries()) compareSchemas(branch, onlyAfter[at] ?? true, note)
    return
  }
  if (onlyBefore.length > 0) note('widened-schema', 'substantive')
  // What is required beside may bring texts and obligations of its own.
  for (const branch of onlyAfter) compareSchemas({}, branch, note)
}

/** Members of one list that the other has not, each in its order. */
function unmatched(
  before: readonly JsonValue[],
  after: readonly JsonValue[],
): { readonly onlyBefore: JsonValue[]; readonly onlyAfter: JsonValue[] } {
  const counts = new Map<string, number>()
  for (const one of before) counts.set(canonicalJson(one), (counts.get(canonicalJson(one)) ?? 0) + 1)
  const onlyAfter = after.filter((one) => {
    const text = canonicalJson(one)
    const left = counts.get(text) ?? 0
    if (left > 0) counts.set(text, left - 1)
    return left === 0
  })
  const onlyBefore = before.filter((one) => {
    const text = canonicalJson(one)
    const left = counts.get(text) ?? 0
    if (left > 0) counts.set(text, left - 1)
    return left > 0
  })
  return { onlyBefore, onlyAfter }
}

/** Definitions are used from anywhere, also below `not`: never exact. */
const compareDefinitions: Compare = (before, after, note) => {
  if (!isObject(before) || !isObject(after)) return note('other', 'substantive')
  for (const name of new Set([...ownKeys(before), ...ownKeys(after)])) {
    const [old, now] = [ownMember(before, name), ownMember(after, name)]
    if (old === undefined || now === undefined) note('other', 'substantive')
    else compareSchemas(old, now, inexact(note))
  }
}

/** Dialects that mean the same for what is compared here. */
const DIALECT = /^https?:\/\/json-schema\.org\/(draft-0[4-7]|draft\/20(19-09|20-12))\/schema#?$/

const compareDialect: Compare = (before, after, note) => {
  const known = [before, after].every(
    (dialect) => dialect === undefined || (typeof dialect === 'string' && DIALECT.test(dialect)),
  )
  note(known ? 'metadata' : 'other', known ? 'harmless' : 'substantive')
}

const compareDefault: Compare = (_before, _after, note) => note('changed-default', 'substantive')
const compareExamples: Compare = (_before, after, note) =>
  note(after === undefined ? 'removed-sentence' : 'new-sentence', 'substantive')
const compareFlag: Compare = (_before, _after, note) => note('metadata', 'substantive')

const KEYWORDS: ReadonlyMap<string, Compare> = new Map<string, Compare>([
  ['title', noteTitle],
  ['description', noteProse],
  ['$comment', noteProse],
  ['default', compareDefault],
  ['examples', compareExamples],
  ['example', compareExamples],
  ['type', compareType],
  ['format', compareFormat],
  ['pattern', comparePattern],
  ['uniqueItems', compareUnique],
  ...['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'].map(
    (keyword) => [keyword, bound(true)] as const,
  ),
  ...['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'].map(
    (keyword) => [keyword, bound(false)] as const,
  ),
  ['items', compareSubschema],
  ['additionalProperties', compareSubschema],
  ['propertyNames', compareSubschema],
  ['anyOf', compareBranches],
  ['oneOf', compareExclusive],
  ['allOf', compareAll],
  ['$defs', compareDefinitions],
  ['definitions', compareDefinitions],
  ['$schema', compareDialect],
  ['deprecated', compareFlag],
  ['readOnly', compareFlag],
  ['writeOnly', compareFlag],
])
