import type { JsonBudget } from './budget.ts'
import type { JsonObject, JsonValue } from './value.ts'

/** What a parsed document consists of. */
export interface Tally {
  /** Members of all objects. */
  members: number
  /** Members, array items and the document itself. */
  values: number
}

/** Counts a document, or gives `undefined` when it is deeper than `maxDepth`. */
export function measure(value: JsonValue, maxDepth: number): Tally | undefined {
  const tally: Tally = { members: 0, values: 1 }
  return typeof value !== 'object' || value === null || measureInto(tally, value as Container, maxDepth)
    ? tally
    : undefined
}

type Container = JsonObject | JsonValue[]

// `for in` on a plain object is three times faster than Object.keys, and this runs on every message. Were
// Object.prototype ever polluted with something enumerable, the count would be too high and the document refused.
function measureInto(tally: Tally, value: Container, room: number): boolean {
  if (room === 0) return false
  if (Array.isArray(value)) {
    tally.values += value.length
    for (let index = 0; index < value.length; index++) {
      const item = value[index]
      if (typeof item === 'object' && item !== null && !measureInto(tally, item as Container, room - 1))
        return false
    }
    return true
  }
  let members = 0
  for (const key in value) {
    members++
    const member = value[key]
    if (typeof member === 'object' && member !== null && !measureInto(tally, member as Container, room - 1)) {
      return false
    }
  }
  tally.members += members
  tally.values += members
  return true
}

/**
 * Is every string and key of a document no longer than the budget, without lone surrogates, and no key with a NUL?
 * Depth must have been measured before.
 */
export function stringsAreSound(value: JsonValue, budget: JsonBudget): boolean {
  if (typeof value === 'string') return value.length <= budget.maxStringLength && value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  if (Array.isArray(value)) return value.every((item) => stringsAreSound(item, budget))
  for (const [key, member] of Object.entries(value)) {
    if (key.length > budget.maxStringLength || !key.isWellFormed() || key.includes('\0')) return false
    if (member !== undefined && !stringsAreSound(member, budget)) return false
  }
  return true
}
