/** Keywords about types, fixed values, texts and numbers. */
import { isObject, type JsonValue } from '../json/index.ts'
import type { Pattern } from '../patterns/index.ts'
import { compareDecimals, type Decimal, decimalOf, isMultiple, isNumber, isWhole } from './decimal.ts'
import { equalityKey } from './equality.ts'
import { type Check, Exhausted, fail, spend } from './run.ts'
import { listOf, quote } from './words.ts'

export const TYPES = ['string', 'number', 'integer', 'boolean', 'null', 'object', 'array'] as const
export type TypeName = (typeof TYPES)[number]

const CALLED: Readonly<Record<TypeName, string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  null: 'null',
  object: 'an object',
  array: 'an array',
}

export function typeCheck(types: readonly TypeName[]): Check {
  const expected = `be ${listOf(types.map((type) => CALLED[type]))}`
  const [only] = types
  if (types.length === 1 && only !== undefined)
    return (value, run) => hasType(value, only) || fail(run, 'type', expected)
  return (value, run) => types.some((type) => hasType(value, type)) || fail(run, 'type', expected)
}

function hasType(value: JsonValue, type: TypeName): boolean {
  switch (type) {
    case 'string':
    case 'boolean':
      return typeof value === type
    case 'null':
      return value === null
    case 'array':
      return Array.isArray(value)
    case 'object':
      return isObject(value)
    case 'number':
      return isNumber(value)
    case 'integer':
      return typeof value === 'number'
        ? Number.isInteger(value)
        : isNumber(value) && isWhole(decimalOf(value))
  }
}

/** `enum`, and `const`, which is an enumeration of one. */
export function enumCheck(keyword: 'enum' | 'const', values: readonly JsonValue[]): Check {
  const keys = new Set(values.map(equalityKey))
  const texts = values.every((value) => typeof value === 'string') ? new Set<JsonValue>(values) : undefined
  const expected = `be ${listOf(values.map(quote))}`
  if (texts !== undefined) return (value, run) => texts.has(value) || fail(run, keyword, expected)
  return (value, run) => {
    spend(run, typeof value === 'object' ? 16 : 1)
    return keys.has(equalityKey(value)) || fail(run, keyword, expected)
  }
}

/** Lengths are counted in code points, as the specification does. */
export function lengthCheck(least: number, most: number): Check {
  return (value, run) => {
    if (typeof value !== 'string') return true
    // A code point is one or two units: often there is nothing to count.
    if (value.length >= least * 2 && value.length <= most) return true
    if (value.length < least) return fail(run, 'minLength', `be at least ${least} characters long`)
    if (value.length > most * 2) return fail(run, 'maxLength', `be at most ${most} characters long`)
    spend(run, value.length / 8)
    let count = 0
    for (const _ of value) count++
    if (count < least) return fail(run, 'minLength', `be at least ${least} characters long`)
    return count <= most || fail(run, 'maxLength', `be at most ${most} characters long`)
  }
}

export function patternCheck(pattern: Pattern): Check {
  const expected = `match the pattern ${quote(pattern.source)}`
  return (value, run) => {
    if (typeof value !== 'string') return true
    const found = pattern.matches(value, run.meter)
    if (found === undefined) throw new Exhausted()
    return found || fail(run, 'pattern', expected)
  }
}

type Bound = number | { readonly rawJSON: string }

export function boundCheck(
  keyword: 'minimum' | 'maximum' | 'exclusiveMinimum' | 'exclusiveMaximum',
  bound: Bound,
): Check {
  const exact = decimalOf(bound)
  const isMinimum = keyword === 'minimum' || keyword === 'exclusiveMinimum'
  const mayEqual = keyword === 'minimum' || keyword === 'maximum'
  const side = isMinimum ? (mayEqual ? 'at least' : 'more than') : mayEqual ? 'at most' : 'less than'
  const expected = `be ${side} ${quote(bound)}`
  return (value, run) => {
    if (!isNumber(value)) return true
    const order =
      typeof value === 'number' && typeof bound === 'number'
        ? value - bound
        : compareDecimals(decimalOf(value), exact)
    const fits = order === 0 ? mayEqual : order > 0 === isMinimum
    return fits || fail(run, keyword, expected)
  }
}

export function multipleCheck(divisor: Bound): Check {
  const exact: Decimal = decimalOf(divisor)
  const expected = `be a multiple of ${quote(divisor)}`
  return (value, run) => {
    if (!isNumber(value)) return true
    if (Number.isSafeInteger(value) && Number.isSafeInteger(divisor))
      return Number(value) % Number(divisor) === 0 || fail(run, 'multipleOf', expected)
    spend(run, 64)
    const multiple = isMultiple(decimalOf(value), exact)
    if (multiple === undefined) throw new Exhausted()
    return multiple || fail(run, 'multipleOf', expected)
  }
}
