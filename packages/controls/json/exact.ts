import { stringEnd } from './survey.ts'
import { asLatin1, decodeUtf8 } from './utf8.ts'
import type { ExactNumber, JsonObject, JsonValue } from './value.ts'

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
  const trail = new Trail(root as Container, bytes, latin1)
  let at = 0
  let next = 0
  while (next < spots.length) {
    const byte = bytes[at] ?? 0
    if (byte === 0x22) {
      const start = at
      at = stringEnd(bytes, latin1, at + 1)
      trail.string(start, at)
    } else if (at === spots[next]) {
      const end = spots[next + 1] ?? at
      trail.put(JSON.rawJSON(latin1.slice(at, end)))
      next += 2
      at = end
    } else {
      if (byte === 0x2c) trail.comma()
      else if (byte === 0x3a) trail.colon()
      else if ((byte | 0x20) === 0x7b) trail.open(byte === 0x5b)
      else if ((byte | 0x20) === 0x7d) trail.close()
      at++
    }
  }
  return root
}

type Container = JsonObject | JsonValue[]

/** The way from the document to a place in its text: for every open object and array its current member or item. */
class Trail {
  readonly #bytes: Uint8Array
  readonly #latin1: string
  readonly #root: Container
  /** Index of the innermost level, -1 outside. The lists below have an entry for each level. */
  #level = -1
  /** Index of the current item, -1 in objects. */
  readonly #items: number[] = []
  /** Start and end of the current member's key, with its quotes. */
  readonly #keyStarts: number[] = []
  readonly #keyEnds: number[] = []
  /** What the level became, looked up when first needed. */
  readonly #containers: (Container | undefined)[] = []
  /** The last string: a key when a colon follows. */
  #start = 0
  #end = 0

  constructor(root: Container, bytes: Uint8Array, latin1: string) {
    this.#root = root
    this.#bytes = bytes
    this.#latin1 = latin1
  }

  open(array: boolean): void {
    const level = ++this.#level
    this.#items[level] = array ? 0 : -1
    this.#containers[level] = level === 0 ? this.#root : undefined
  }

  close(): void {
    this.#level--
  }

  comma(): void {
    const item = this.#items[this.#level] ?? -1
    if (item >= 0) this.#items[this.#level] = item + 1
  }

  string(start: number, end: number): void {
    this.#start = start
    this.#end = end
  }

  colon(): void {
    this.#keyStarts[this.#level] = this.#start
    this.#keyEnds[this.#level] = this.#end
  }

  /** Puts a number here. The place is an own property already, so that even `__proto__` is plain assignment. */
  put(number: ExactNumber): void {
    const container = this.#container(this.#level)
    const segment = this.#segment(this.#level)
    if (Array.isArray(container)) container[Number(segment)] = number
    else container[segment] = number
  }

  #container(level: number): Container {
    const known = this.#containers[level]
    if (known !== undefined) return known
    const outer = this.#container(level - 1)
    const segment = this.#segment(level - 1)
    const inner = Array.isArray(outer) ? outer[Number(segment)] : outer[segment]
    if (typeof inner !== 'object' || inner === null)
      throw new TypeError('the text and its value differ in shape')
    this.#containers[level] = inner as Container
    return inner as Container
  }

  #segment(level: number): string | number {
    const item = this.#items[level] ?? -1
    if (item >= 0) return item
    const start = this.#keyStarts[level] ?? 0
    const end = this.#keyEnds[level] ?? 0
    const raw = this.#latin1.slice(start + 1, end - 1)
    if (!/[\\\x80-\xff]/.test(raw)) return raw
    return JSON.parse(decodeUtf8(this.#bytes.subarray(start, end)) ?? '""') as string
  }
}

/**
 * Is this document, but for its exact numbers, the text `written` that its doubles gave? Then it is what `writeJson`
 * gives with the exact numbers in their places, which would be slow to write and compare: `JSON.stringify` leaves its
 * fast path for them.
 */
export function isWrittenAs(written: string, latin1: string, spots: readonly number[]): boolean {
  const parts: string[] = []
  let from = 0
  for (let index = 0; index < spots.length; index += 2) {
    const start = spots[index] ?? 0
    const end = spots[index + 1] ?? 0
    // Written as JSON, for 1e400 is Infinity and that is null.
    parts.push(latin1.slice(from, start), JSON.stringify(Number(latin1.slice(start, end))))
    from = end
  }
  parts.push(latin1.slice(from))
  const doubled = parts.join('')
  return (
    doubled === written || (doubled.length !== written.length && doubled === asLatin1(Buffer.from(written)))
  )
}
