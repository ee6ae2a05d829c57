/** Keywords that ask other schemas about the same value. */
import { combined } from './objects.ts'
import { type Check, fail, tryCheck } from './run.ts'
import { Seen } from './seen.ts'

export function allCheck(checks: readonly Check[]): Check {
  return (value, run, seen) => {
    for (const check of checks) if (!combined(check, value, run, seen)) return false
    return true
  }
}

/** `described`: what the branches want, where that can be said in few words. */
export function anyCheck(checks: readonly Check[], described: string | undefined): Check {
  const expected = described ?? `fit one of the ${checks.length} forms it may have`
  return (value, run, seen) => {
    let fits = false
    for (const check of checks) {
      const own = seen === undefined ? undefined : new Seen()
      if (!tryCheck(check, value, run, own)) continue
      // Every branch that fits has seen something; without that the first one decides.
      if (seen === undefined) return true
      seen.take(own)
      fits = true
    }
    return fits || fail(run, 'anyOf', expected)
  }
}

export function oneCheck(checks: readonly Check[], described: string | undefined): Check {
  const expected = described ?? `fit exactly one of the ${checks.length} forms it may have`
  return (value, run, seen) => {
    let fitting = 0
    for (const check of checks) {
      const own = seen === undefined ? undefined : new Seen()
      if (!tryCheck(check, value, run, own)) continue
      if (++fitting > 1) return fail(run, 'oneOf', `fit only one of the ${checks.length} forms it may have`)
      seen?.take(own)
    }
    return fitting === 1 || fail(run, 'oneOf', expected)
  }
}

export function notCheck(check: Check): Check {
  return (value, run, seen) => {
    const own = seen === undefined ? undefined : new Seen()
    return !tryCheck(check, value, run, own) || fail(run, 'not', 'not fit what its schema excludes')
  }
}

export function ifCheck(condition: Check, then: Check | undefined, otherwise: Check | undefined): Check {
  return (value, run, seen) => {
    const own = seen === undefined ? undefined : new Seen()
    const holds = tryCheck(condition, value, run, own)
    if (holds) seen?.take(own)
    const next = holds ? then : otherwise
    return next === undefined || combined(next, value, run, seen)
  }
}
