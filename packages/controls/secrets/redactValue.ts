import { FreeNames, isExactNumber } from '../json/index.ts'
import { isSecretName } from './names.ts'
import { redactedMark, redactText } from './redact.ts'

/** How much of a value is kept. Characters are UTF-16 units. */
export interface KeepLimits {
  /** One text or member name. */
  readonly maxTextChars: number
  /** All texts, names and numbers together. */
  readonly maxChars: number
  readonly maxDepth: number
}

/**
 * A JSON value without its secrets and, with `limits`, without what is too long: cut texts end in
 * `…[cut: N more characters]`, cut lists and objects in `[cut: N more]`. What has nothing to hide is returned as it
 * is, not copied. Numbers kept as their own text (`JSON.rawJSON`) stay exact.
 *
 * Redacts texts by `redactText`; whatever stands under a secret's name (`isSecretName`), in the `value` beside such a
 * `name`, or after such an option in a list of arguments (`["--token", "..."]`).
 *
 * @example
 * redactValue({ path: '/x', api_key: 'abc' }) // { path: '/x', api_key: '[redacted:secret/member]' }
 */
export function redactValue(value: unknown, limits?: KeepLimits): unknown {
  return visit(value, false, 0, {
    limits: limits ?? NO_LIMITS,
    left: limits?.maxChars ?? Number.POSITIVE_INFINITY,
  })
}

const MEMBER = redactedMark('secret/member')
const NO_LIMITS: KeepLimits = {
  maxTextChars: Number.POSITIVE_INFINITY,
  maxChars: Number.POSITIVE_INFINITY,
  maxDepth: 1000,
}
/** A secret that begins before a cut is still whole enough to be recognised this far behind it. */
const LOOK_BEHIND_CUT = 1024
const NUMBER_CHARS = 8

interface Walk {
  readonly limits: KeepLimits
  left: number
}

function visit(value: unknown, forced: boolean, depth: number, walk: Walk): unknown {
  if (typeof value === 'string') return keepText(value, forced, walk)
  if (typeof value !== 'object' || value === null) {
    walk.left -= NUMBER_CHARS
    return forced && typeof value === 'number' ? MEMBER : value
  }
  if (isExactNumber(value)) {
    walk.left -= NUMBER_CHARS
    return forced ? MEMBER : value
  }
  if (depth >= walk.limits.maxDepth) return `[cut: deeper than ${walk.limits.maxDepth}]`
  return Array.isArray(value)
    ? visitList(value, forced, depth + 1, walk)
    : visitObject(value as Readonly<Record<string, unknown>>, forced, depth + 1, walk)
}

function visitList(list: readonly unknown[], forced: boolean, depth: number, walk: Walk): unknown {
  let copy: unknown[] | undefined
  for (let at = 0; at < list.length; at++) {
    if (walk.left <= 0) {
      const kept = copy ?? list.slice(0, at)
      kept.push(`[cut: ${list.length - at} more]`)
      return kept
    }
    const item = list[at]
    const before = at > 0 ? list[at - 1] : undefined
    const seen = visit(item, forced || (typeof before === 'string' && isSecretOption(before)), depth, walk)
    if (copy) copy.push(seen)
    else if (seen !== item) {
      copy = list.slice(0, at)
      copy.push(seen)
    }
  }
  return copy ?? list
}

function visitObject(
  object: Readonly<Record<string, unknown>>,
  forced: boolean,
  depth: number,
  walk: Walk,
): unknown {
  const keys = Object.keys(object)
  const valueIsSecret = namesASecret(object)
  // Without a prototype, so that a member called `__proto__` stays a member.
  let names: FreeNames | undefined
  let copy: Record<string, unknown> | undefined
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at] ?? ''
    if (walk.left <= 0) {
      copy ??= firstMembers(object, keys, at)
      copy['…'] = `[cut: ${keys.length - at} more]`
      return copy
    }
    const item = object[key]
    const secret = forced || (valueIsSecret && key === 'value') || isSecretName(key)
    const seen = visit(item, secret, depth, walk)
    const name = keepText(key, false, walk)
    if (copy === undefined && (seen !== item || name !== key)) copy = firstMembers(object, keys, at)
    if (copy === undefined) continue
    const made = copy
    names ??= new FreeNames((taken) => taken in made)
    made[name === key ? key : names.of(name)] = seen
  }
  return copy ?? object
}

function firstMembers(
  object: Readonly<Record<string, unknown>>,
  keys: readonly string[],
  count: number,
): Record<string, unknown> {
  const copy: Record<string, unknown> = Object.create(null)
  for (let at = 0; at < count; at++) {
    const key = keys[at] ?? ''
    copy[key] = object[key]
  }
  return copy
}

function keepText(text: string, forced: boolean, walk: Walk): string {
  const most = Math.min(walk.limits.maxTextChars, Math.max(0, walk.left))
  walk.left -= text.length
  if (forced) return text === '' || text.startsWith('[redacted:') ? text : MEMBER
  if (text.length <= most) return redactText(text)
  const head = redactText(text.slice(0, most + LOOK_BEHIND_CUT)).slice(0, most)
  return `${head}…[cut: ${text.length - most} more characters]`
}

function namesASecret(object: Readonly<Record<string, unknown>>): boolean {
  if (!('value' in object)) return false
  const name = object.name ?? object.key ?? object.header
  return typeof name === 'string' && isSecretName(name)
}

function isSecretOption(text: string): boolean {
  return text.charCodeAt(0) === 0x2d && text.length < 80 && isSecretName(text)
}
