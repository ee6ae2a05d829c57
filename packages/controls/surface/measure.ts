import { isExactNumber, isObject, type JsonValue } from '../json/index.ts'

/** An item of more canonical JSON than this is not taken: no tool needs it, and everything after would pay for it. */
export const MAX_ITEM_BYTES = 256 * 1024
/** Objects and lists within one another. Schemas of real servers stay below 20. */
export const MAX_ITEM_DEPTH = 64
/**
 * All JSON Pointers of an item together, in UTF-16 units: one long key over many values would make pointers of
 * gigabytes out of an item of 256 KiB.
 */
export const MAX_POINTER_CHARS = 8 * 1024 * 1024

export type MeasureFault = 'too-large' | 'too-deep' | 'not-json'

/**
 * Whether a value is small enough to be pinned, compared and shown: its canonical JSON, its depth, its pointers. Stops
 * as soon as it is not, so that a value of any size costs no more than the bounds, and no stack.
 *
 * @example measure({ a: [1] }) // undefined
 */
export function measure(root: JsonValue): MeasureFault | undefined {
  let bytes = 0
  let pointerChars = 0
  const stack: { value: JsonValue; depth: number; path: number }[] = [{ value: root, depth: 0, path: 0 }]
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { value, depth, path } = next
    pointerChars += path
    if (typeof value === 'string') {
      if (value.length > MAX_ITEM_BYTES) return 'too-large'
      if (!value.isWellFormed()) return 'not-json'
      bytes += writtenBytes(value)
    } else if (typeof value === 'number') {
      if (!Number.isFinite(value)) return 'not-json'
      bytes += String(value).length
    } else if (value === null || typeof value === 'boolean') {
      bytes += String(value).length
    } else if (isExactNumber(value)) {
      bytes += value.rawJSON.length
    } else if (Array.isArray(value)) {
      if (depth >= MAX_ITEM_DEPTH) return 'too-deep'
      bytes += 1 + Math.max(1, value.length)
      if (bytes > MAX_ITEM_BYTES) return 'too-large'
      for (const [at, member] of value.entries()) {
        if (member === undefined) return 'not-json'
        stack.push({ value: member, depth: depth + 1, path: path + 1 + String(at).length })
      }
    } else if (isObject(value)) {
      if (depth >= MAX_ITEM_DEPTH) return 'too-deep'
      let members = 0
      for (const key of Object.keys(value)) {
        const member = value[key]
        if (member === undefined) continue
        if (key.length > MAX_ITEM_BYTES) return 'too-large'
        if (!key.isWellFormed()) return 'not-json'
        members++
        bytes += writtenBytes(key) + 1
        if (bytes > MAX_ITEM_BYTES) return 'too-large'
        stack.push({ value: member, depth: depth + 1, path: path + 1 + key.length })
      }
      bytes += 1 + Math.max(1, members)
    } else return 'not-json'
    if (bytes > MAX_ITEM_BYTES || pointerChars > MAX_POINTER_CHARS) return 'too-large'
  }
  return undefined
}

function writtenBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text))
}
