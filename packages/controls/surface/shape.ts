import { isExactNumber, isObject, type JsonObject, type JsonValue } from '../json/index.ts'
import type { ItemKind } from './item.ts'
import type { MalformedReason } from './itemsOf.ts'

export interface ShapeFault {
  /** JSON Pointer within the entry. */
  readonly where: string
  readonly reason: MalformedReason
}

/**
 * Names beyond this are an attack on whatever stores them. The specification (2025-11-25, "Tool names") asks for 1 to
 * 128 letters, digits, `_`, `-` and `.`, as a SHOULD that real servers break with spaces and slashes.
 */
const MAX_NAME_CHARS = 1_024
const MAX_URI_CHARS = 8_192

/** Nothing that ends a line or acts on a terminal: a log, a list or a lock file would show two names where one is. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u

/**
 * What in an entry is not as the protocol says (2025-11-25 and 2026-07-28): the members that name it, that a client
 * acts on, or that a person or model reads. Members the protocol does not know are not looked at.
 */
export function shapeFault(kind: ItemKind, value: JsonValue): ShapeFault | undefined {
  if (kind === 'instructions') return typeof value === 'string' ? undefined : { where: '', reason: 'type' }
  if (!isObject(value)) return { where: '', reason: 'type' }
  return SHAPES[kind](value) ?? common(value)
}

type Check = (value: JsonObject) => ShapeFault | undefined

const SHAPES: Readonly<Record<Exclude<ItemKind, 'instructions'>, Check>> = {
  // The gateway's own words.
  identity: () => undefined,
  server: (value) => named(value, 'name') ?? typed(value, 'version', isText, true),
  tool: (value) =>
    named(value, 'name') ??
    schema(value, 'inputSchema', true) ??
    schema(value, 'outputSchema', false) ??
    typed(value, 'execution', isObject),
  prompt: (value) => named(value, 'name') ?? promptArguments(value),
  resource: (value) => addressed(value, 'uri') ?? typed(value, 'name', isText, true),
  template: (value) => addressed(value, 'uriTemplate') ?? typed(value, 'name', isText, true),
  skill: (value) => addressed(value, 'uri') ?? typed(value, 'frontmatter', isObject),
}

/** Members that mean the same wherever they are. */
function common(value: JsonObject): ShapeFault | undefined {
  return (
    typed(value, 'title', isText) ??
    typed(value, 'description', isText) ??
    typed(value, 'mimeType', isText) ??
    typed(value, 'websiteUrl', isText) ??
    typed(value, 'annotations', isObject) ??
    typed(value, '_meta', isObject) ??
    typed(value, 'size', isNumber) ??
    listed(value, 'icons', (icon) => isObject(icon) && isText(icon.src))
  )
}

function named(value: JsonObject, member: string): ShapeFault | undefined {
  return typed(value, member, isText, true) ?? sound(value, member, MAX_NAME_CHARS)
}

function addressed(value: JsonObject, member: string): ShapeFault | undefined {
  return typed(value, member, isText, true) ?? sound(value, member, MAX_URI_CHARS)
}

function sound(value: JsonObject, member: string, maxChars: number): ShapeFault | undefined {
  const name = value[member]
  const fine = typeof name === 'string' && name !== '' && name.length <= maxChars && !CONTROL.test(name)
  return fine ? undefined : { where: `/${member}`, reason: 'name' }
}

/** A tool's input has to be an object; of its output 2026-07-28 allows any schema. */
function schema(value: JsonObject, member: string, isInput: boolean): ShapeFault | undefined {
  const fault = typed(value, member, isObject, isInput)
  if (fault !== undefined || !isInput) return fault
  const input = value[member]
  // Real servers leave the type out where there are no parameters, and every client reads that as an object.
  const fine = isObject(input) && (input.type === undefined || input.type === 'object')
  return fine ? undefined : { where: `/${member}`, reason: 'schema' }
}

function promptArguments(value: JsonObject): ShapeFault | undefined {
  const list = value.arguments
  if (list === undefined) return undefined
  if (!Array.isArray(list)) return { where: '/arguments', reason: 'type' }
  const names = new Set<string>()
  for (const [at, argument] of list.entries()) {
    const where = `/arguments/${at}`
    if (!isObject(argument)) return { where, reason: 'type' }
    const fault =
      named(argument, 'name') ??
      typed(argument, 'title', isText) ??
      typed(argument, 'description', isText) ??
      typed(argument, 'required', isBoolean)
    if (fault !== undefined) return { where: where + fault.where, reason: fault.reason }
    const name = String(argument.name)
    if (names.has(name)) return { where: `${where}/name`, reason: 'duplicate' }
    names.add(name)
  }
  return undefined
}

function typed(
  value: JsonObject,
  member: string,
  is: (value: JsonValue) => boolean,
  required = false,
): ShapeFault | undefined {
  // Own members only: a parsed `__proto__` is one, an inherited `constructor` is none.
  const one = Object.hasOwn(value, member) ? value[member] : undefined
  if (one === undefined) return required ? { where: `/${member}`, reason: 'missing' } : undefined
  return is(one) ? undefined : { where: `/${member}`, reason: 'type' }
}

function listed(
  value: JsonObject,
  member: string,
  is: (value: JsonValue) => boolean,
): ShapeFault | undefined {
  const list = value[member]
  if (list === undefined) return undefined
  return Array.isArray(list) && list.every(is) ? undefined : { where: `/${member}`, reason: 'type' }
}

const isText = (value: JsonValue | undefined): boolean => typeof value === 'string'
const isBoolean = (value: JsonValue): boolean => typeof value === 'boolean'
const isNumber = (value: JsonValue): boolean => typeof value === 'number' || isExactNumber(value)
