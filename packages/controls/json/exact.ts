import { stringEnd } from './survey.ts'
import { decodeUtf8 } from './utf8.ts'
import type { JsonObject, JsonValue } from './value.ts'

/**
 * Puts exact numbers into a document that `JSON.parse` read, in the place of the doubles they would have become.
 *
 * `spots` are start and end of each such number, in order, from `surveyText`. The bytes must be the document's, its
 * grammar proven and its keys unique: then the path of every number is known from the brackets, commas and keys before
 * it. Cheaper than a reviver, which is called for every value and makes `JSON.parse` three to five times slower.
 */
export function placeExactNumbers(
  root: JsonValue,
  bytes: Uint8Array,
  latin1: string,
  spots: readonly number[],
): JsonValue {
  if (typeof root !== 'object') return JSON.rawJSON(latin1.slice(spots[0], spots[1]))
  const levels: Level[] = []
  let level: Level | undefined
  let string = 0
  let stringStop = 0
  let at = 0
  let next = 0
  while (next < spots.length) {
    const byte = bytes[at] ?? 0
    if (byte === 0x22) {
      string = at
      at = stringStop = stringEnd(bytes, latin1, at + 1)
      continue
    }
    if (at === spots[next]) {
      const end = spots[next + 1] ?? at
      if (level)
        put(containerOf(levels, root, bytes, latin1), segmentOf(level, bytes, latin1), latin1.slice(at, end))
      next += 2
      at = end
      continue
    }
    if (byte === 0x7b || byte === 0x5b) {
      level = { array: byte === 0x5b, index: 0, keyStart: 0, keyEnd: 0, container: undefined }
      levels.push(level)
    } else if (byte === 0x7d || byte === 0x5d) {
      levels.pop()
      level = levels.at(-1)
    } else if (level && byte === 0x2c) {
      level.index++
    } else if (level && byte === 0x3a) {
      level.keyStart = string
      level.keyEnd = stringStop
    }
    at++
  }
  return root
}

/** One open object or array on the way to the place in the text. */
interface Level {
  readonly array: boolean
  index: number
  /** The current member's key, with its quotes. */
  keyStart: number
  keyEnd: number
  /** What it became, looked up when first needed. */
  container: Container | undefined
}

type Container = JsonObject | JsonValue[]

/** The object or array of the innermost level. Levels that are known already are not looked up again. */
function containerOf(
  levels: readonly Level[],
  root: JsonValue,
  bytes: Uint8Array,
  latin1: string,
): Container {
  let known = levels.length - 1
  while (known > 0 && levels[known]?.container === undefined) known--
  let container = levels[known]?.container ?? (root as Container)
  for (let index = known; index < levels.length; index++) {
    const level = levels[index]
    if (!level) break
    level.container ??= container
    const inner = levels[index + 1]
    if (inner) container = pick(container, segmentOf(level, bytes, latin1))
  }
  return container
}

function segmentOf(level: Level, bytes: Uint8Array, latin1: string): string | number {
  if (level.array) return level.index
  const raw = latin1.slice(level.keyStart + 1, level.keyEnd - 1)
  if (!/[\\\x80-\xff]/.test(raw)) return raw
  return JSON.parse(decodeUtf8(bytes.subarray(level.keyStart, level.keyEnd)) ?? '""') as string
}

function pick(container: Container, segment: string | number): Container {
  const child = Array.isArray(container) ? container[Number(segment)] : container[segment]
  if (typeof child !== 'object' || child === null)
    throw new TypeError('the text and its value differ in shape')
  return child as Container
}

/** The place exists already as an own property, so that even `__proto__` is an ordinary assignment here. */
function put(container: Container, segment: string | number, text: string): void {
  const exact = JSON.rawJSON(text)
  if (Array.isArray(container)) container[Number(segment)] = exact
  else container[segment] = exact
}
