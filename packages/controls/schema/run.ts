/** What one check of one value has with it. */
import { type JsonValue, pointerTo } from '../json/index.ts'
import type { Meter } from '../patterns/index.ts'
import type { Resource } from './resources.ts'
import type { Seen } from './seen.ts'

/** What a value is not, and where. Never quotes the value. */
export interface SchemaError {
  /** JSON Pointer in the value. */
  readonly where: string
  /** The keyword that it does not satisfy. */
  readonly keyword: string
  /** What was expected there, to complete "must ...". */
  readonly expected: string
}

export interface Run {
  readonly meter: Meter
  /** From the value to where the run is. */
  readonly path: (string | number)[]
  depth: number
  /** In a branch that may fail without harm, nothing is written down. */
  quiet: number
  /** More than one schema looks at this object: what one does not declare another may. */
  combined: number
  error: SchemaError | undefined
  readonly undeclared: string[]
  /** Resources that were entered, the outermost first; kept only where a `$dynamicRef` asks. */
  readonly scope: Resource[]
}

/** Is this value as it should be? What is not is in `run.error`, unless the run is quiet. */
export type Check = (value: JsonValue, run: Run, seen: Seen | undefined) => boolean

/** The budget is used up: nothing is known of the value. */
export class Exhausted extends Error {}

/** A value as deep as any that is parsed, and a `$ref` on every level. */
const MAX_DEPTH = 512
const MAX_UNDECLARED = 8

/** Writes down the first thing that is wrong; false, to return it. */
export function fail(run: Run, keyword: string, expected: string): false {
  if (run.quiet === 0 && run.error === undefined) run.error = { where: placeOf(run), keyword, expected }
  return false
}

export function spend(run: Run, steps: number): void {
  run.meter.left -= steps
  if (run.meter.left < 0) throw new Exhausted()
}

/** Checks a member or entry. */
export function checkChild(check: Check, value: JsonValue, key: string | number, run: Run): boolean {
  if (++run.depth > MAX_DEPTH) throw new Exhausted()
  const { combined } = run
  run.combined = 0
  run.path.push(key)
  const ok = check(value, run, undefined)
  run.path.pop()
  run.combined = combined
  run.depth--
  return ok
}

/** Checks the value itself by another schema: `$ref` to itself must end somewhere. */
export function checkSame(check: Check, value: JsonValue, run: Run, seen: Seen | undefined): boolean {
  if (++run.depth > MAX_DEPTH) throw new Exhausted()
  spend(run, 1)
  const ok = check(value, run, seen)
  run.depth--
  return ok
}

/** The same, where no is an answer too. */
export function tryCheck(check: Check, value: JsonValue, run: Run, seen: Seen | undefined): boolean {
  run.quiet++
  const ok = checkSame(check, value, run, seen)
  run.quiet--
  return ok
}

export function noteUndeclared(run: Run, key: string): void {
  if (run.quiet > 0 || run.combined > 0 || run.undeclared.length >= MAX_UNDECLARED) return
  run.undeclared.push(pointerTo(placeOf(run), key))
}

function placeOf({ path }: Run): string {
  let where = ''
  for (const key of path) where = pointerTo(where, key)
  return where
}
