import { FreeNames, isExactNumber, type JsonObject, type JsonValue, PROTOCOL_MEMBERS } from '../json/index.ts'

/** Where a text stands: names of members and places in lists. Valid during the visit alone. */
export type TextPath = readonly (string | number)[]

/** Gives the text that takes its place: the same for most. `isKey`: it is the name of a member, not a value. */
export type TextVisit = (text: string, path: TextPath, isKey: boolean) => string

/**
 * A JSON value with every text in it, names of members too, as `visit` gives it. Where nothing changes the very value is
 * returned, so that a caller can tell by identity. Numbers stay as they are, exact ones too; Base64 of pictures, sound and
 * other blobs is not looked at, as far as it is Base64.
 *
 * @example mapTexts({ a: ['x', 1] }, (text) => text.toUpperCase()) // { A: ['X', 1] }
 */
export function mapTexts<Value extends JsonValue>(value: Value, visit: TextVisit): Value {
  return mapped(value, visit, []) as Value
}

function mapped(value: JsonValue, visit: TextVisit, path: (string | number)[]): JsonValue {
  if (typeof value === 'string') return visit(value, path, false)
  if (typeof value !== 'object' || value === null || isExactNumber(value)) return value
  return Array.isArray(value) ? mappedList(value, visit, path) : mappedObject(value, visit, path)
}

function mappedList(list: JsonValue[], visit: TextVisit, path: (string | number)[]): JsonValue[] {
  let copy: JsonValue[] | undefined
  for (let at = 0; at < list.length; at++) {
    const item = list[at] as JsonValue
    path.push(at)
    const next = mapped(item, visit, path)
    path.pop()
    if (copy !== undefined) copy.push(next)
    else if (next !== item) copy = [...list.slice(0, at), next]
  }
  return copy ?? list
}

function mappedObject(object: JsonObject, visit: TextVisit, path: (string | number)[]): JsonObject {
  let copy: JsonObject | undefined
  let names: FreeNames | undefined
  const keys = Object.keys(object)
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at] as string
    const item = object[key]
    if (item === undefined) continue
    const name = PROTOCOL_MEMBERS.has(key) ? key : visit(key, path, true)
    let next = item
    if (!isBlob(key, item)) {
      path.push(key)
      next = mapped(item, visit, path)
      path.pop()
    }
    if (copy === undefined && next === item && name === key) continue
    const made = copy ?? firstMembers(object, keys, at)
    copy = made
    // Nor may one take the place of a real one.
    names ??= new FreeNames((taken) => Object.hasOwn(made, taken) || Object.hasOwn(object, taken))
    put(made, name === key ? key : names.of(name), next)
  }
  return copy ?? object
}

function firstMembers(object: JsonObject, keys: readonly string[], count: number): JsonObject {
  const copy: JsonObject = {}
  for (let at = 0; at < count; at++) put(copy, keys[at] as string, object[keys[at] as string] as JsonValue)
  return copy
}

/** Never by assignment: `__proto__` is a member like any other. */
function put(object: JsonObject, key: string, value: JsonValue): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
}

/** `data` of pictures and sound, `blob` of resources; what is not Base64 there is a text like any other. */
function isBlob(key: string, value: JsonValue): boolean {
  return (
    (key === 'data' || key === 'blob') &&
    typeof value === 'string' &&
    value.length >= LEAST_BLOB &&
    BASE64.test(value)
  )
}

const LEAST_BLOB = 64
/** In lines of 60 and more, as programs write it: words with a line break or `_` between them are a text. */
const BASE64 = /^(?:[A-Za-z0-9+/]{60,}\r?\n)*[A-Za-z0-9+/]+={0,2}(?:\r?\n)?$/
