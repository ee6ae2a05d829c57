/** Keywords about arrays and their entries. */
import type { JsonValue } from '../json/index.ts'
import { equalityKey } from './equality.ts'
import { type Check, checkChild, fail, type Run, spend } from './run.ts'
import { Seen } from './seen.ts'

/** `prefixItems` with `items`; or, as older drafts say it, `items` with `additionalItems`. */
export function entriesCheck(first: readonly Check[], rest: Check | undefined): Check {
  return (value, run, seen) => {
    if (!Array.isArray(value)) return true
    for (const [index, entry] of value.entries()) {
      const check = first[index] ?? rest
      if (check === undefined) break
      spend(run, 1)
      if (!checkChild(check, entry, index, run)) return false
    }
    seen?.itemsUpTo(rest === undefined ? Math.min(first.length, value.length) : value.length)
    return true
  }
}

export function entryCountCheck(least: number, most: number): Check {
  return (value, run) => {
    if (!Array.isArray(value)) return true
    if (value.length < least) return fail(run, 'minItems', `have at least ${least} entries`)
    return value.length <= most || fail(run, 'maxItems', `have at most ${most} entries`)
  }
}

export const distinctEntriesCheck: Check = (value, run) => {
  if (!Array.isArray(value)) return true
  const keys = new Set<string>()
  for (const entry of value) {
    spend(run, weight(entry))
    keys.add(equalityKey(entry))
  }
  return keys.size === value.length || fail(run, 'uniqueItems', 'have no two entries that are the same')
}

function weight(value: JsonValue): number {
  return typeof value === 'string' ? 1 + value.length / 64 : typeof value === 'object' ? 16 : 1
}

/** `contains` with `minContains` and `maxContains`. */
export function containsCheck(check: Check, least: number, most: number, marks: boolean): Check {
  return (value, run, seen) => {
    if (!Array.isArray(value)) return true
    let count = 0
    for (const [index, entry] of value.entries()) {
      spend(run, 1)
      if (!quietChild(check, entry, index, run)) continue
      count++
      if (marks) seen?.item(index)
      if (count > most)
        return fail(run, 'maxContains', `have at most ${most} entries of the kind it contains`)
      if (seen === undefined && count >= least && most === Number.POSITIVE_INFINITY) return true
    }
    return count >= least || fail(run, 'contains', `have at least ${least} entries of the kind it contains`)
  }
}

function quietChild(check: Check, entry: JsonValue, index: number, run: Run): boolean {
  run.quiet++
  const ok = checkChild(check, entry, index, run)
  run.quiet--
  return ok
}

/** `unevaluatedItems`: after all others, on what none of them has seen. */
export function unevaluatedEntriesCheck(rest: readonly Check[], check: Check): Check {
  return (value, run, outer) => {
    const seen = new Seen()
    if (!rest.every((one) => one(value, run, seen))) return false
    if (Array.isArray(value)) {
      for (const [index, entry] of value.entries()) {
        if (seen.hasItem(index)) continue
        spend(run, 1)
        if (!checkChild(check, entry, index, run)) return false
      }
      seen.itemsUpTo(value.length)
    }
    outer?.take(seen)
    return true
  }
}
