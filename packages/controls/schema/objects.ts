/** Keywords about objects and their members. */
import { isObject, type JsonObject, type JsonValue } from '../json/index.ts'
import type { Pattern } from '../patterns/index.ts'
import { type Check, checkChild, checkSame, Exhausted, fail, noteUndeclared, type Run, spend } from './run.ts'
import { Seen } from './seen.ts'
import { nameOf } from './words.ts'

export interface MemberChecks {
  readonly properties: ReadonlyMap<string, Check> | undefined
  readonly patterns: readonly { readonly pattern: Pattern; readonly check: Check }[]
  /** Of all others; absent: anything goes. */
  readonly additional: Check | undefined
  /** The rest is refused: said more precisely than that nothing is allowed there. */
  readonly closed: boolean
  /** No other keyword of this schema looks at members: what is not declared here is not declared. */
  readonly alone: boolean
}

/** `properties`, `patternProperties`, `additionalProperties`. */
export function membersCheck(checks: MemberChecks): Check {
  const { properties, patterns, additional, closed, alone } = checks
  const reports = alone && properties !== undefined && additional === undefined && !closed
  return (value, run, seen) => {
    if (!isObject(value)) return true
    for (const key of Object.keys(value)) {
      const member = value[key]
      if (member === undefined) continue
      spend(run, 1)
      const own = properties?.get(key)
      let declared = own !== undefined
      if (own !== undefined && !checkChild(own, member, key, run)) return false
      for (const { pattern, check } of patterns) {
        if (!matchKey(pattern, key, run)) continue
        declared = true
        if (!checkChild(check, member, key, run)) return false
      }
      if (declared) {
        seen?.key(key)
      } else if (closed) {
        return fail(run, 'additionalProperties', `have no member ${nameOf(key)}, which is not declared`)
      } else if (additional !== undefined) {
        if (!checkChild(additional, member, key, run)) return false
        seen?.key(key)
      } else if (reports) noteUndeclared(run, key)
    }
    return true
  }
}

function matchKey(pattern: Pattern, key: string, run: Run): boolean {
  const found = pattern.matches(key, run.meter)
  if (found === undefined) throw new Exhausted()
  return found
}

export function requiredCheck(names: readonly string[]): Check {
  return (value, run) => {
    if (!isObject(value)) return true
    for (const name of names) {
      spend(run, 1)
      if (!Object.hasOwn(value, name) || value[name] === undefined)
        return fail(run, 'required', `have the member ${nameOf(name)}`)
    }
    return true
  }
}

export function memberCountCheck(least: number, most: number): Check {
  return (value, run) => {
    if (!isObject(value)) return true
    const count = Object.keys(value).length
    if (count < least) return fail(run, 'minProperties', `have at least ${least} members`)
    return count <= most || fail(run, 'maxProperties', `have at most ${most} members`)
  }
}

export function memberNamesCheck(check: Check): Check {
  return (value, run) => {
    if (!isObject(value)) return true
    for (const key of Object.keys(value)) {
      run.quiet++
      const ok = checkSame(check, key, run, undefined)
      run.quiet--
      if (!ok) return fail(run, 'propertyNames', `have no member ${nameOf(key)}: its name is not allowed`)
    }
    return true
  }
}

/** `dependentRequired`, and `dependencies` of older drafts that are lists. */
export function dependentNamesCheck(needs: ReadonlyMap<string, readonly string[]>): Check {
  return (value, run) => {
    if (!isObject(value)) return true
    for (const [name, needed] of needs) {
      if (!Object.hasOwn(value, name)) continue
      for (const other of needed) {
        spend(run, 1)
        if (!Object.hasOwn(value, other))
          return fail(run, 'dependentRequired', `have the member ${nameOf(other)} beside ${nameOf(name)}`)
      }
    }
    return true
  }
}

export function dependentSchemasCheck(checks: ReadonlyMap<string, Check>): Check {
  return (value, run, seen) => {
    if (!isObject(value)) return true
    for (const [name, check] of checks)
      if (Object.hasOwn(value, name) && !combined(check, value, run, seen)) return false
    return true
  }
}

/** One of several schemas that look at this value. */
export function combined(check: Check, value: JsonValue, run: Run, seen: Seen | undefined): boolean {
  run.combined++
  const ok = checkSame(check, value, run, seen)
  run.combined--
  return ok
}

/** `unevaluatedProperties`: after all others, on what none of them has seen. */
export function unevaluatedMembersCheck(rest: readonly Check[], check: Check, closed: boolean): Check {
  return (value, run, outer) => {
    const seen = new Seen()
    if (!rest.every((one) => one(value, run, seen))) return false
    if (isObject(value)) {
      for (const key of Object.keys(value)) {
        const member = value[key]
        if (member === undefined || seen.hasKey(key)) continue
        spend(run, 1)
        if (closed)
          return fail(run, 'unevaluatedProperties', `have no member ${nameOf(key)}, which is not declared`)
        if (!checkChild(check, member, key, run)) return false
      }
      seen.allKeys()
    }
    outer?.take(seen)
    return true
  }
}

export function isRecord(value: JsonValue | undefined): value is JsonObject {
  return value !== undefined && isObject(value)
}
