import type { JsonBudget } from './budget.ts'
import { type JsonFault, type JsonRule, makeFault, showKey } from './fault.ts'
import { readNumber, readString, stringText, type TokenFault } from './token.ts'
import { asLatin1, decodeUtf8, malformedUtf8 } from './utf8.ts'

/**
 * Where and why a document is refused: a second strict parser, independent of `JSON.parse`, that builds nothing and
 * runs only for documents that are refused. The first fault in document order is named, except that bytes that are
 * not UTF-8 come before all others. `undefined` when the document is sound.
 */
export function locateFault(bytes: Uint8Array, budget: JsonBudget): JsonFault | undefined {
  if (bytes.length > budget.maxBytes) {
    const what = `the document has ${bytes.length} bytes, ${budget.maxBytes} are allowed`
    return makeFault('json/too-large', budget.maxBytes, what)
  }
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    return makeFault('json/bom', 0, 'the document begins with a byte order mark; send plain UTF-8')
  }
  if (decodeUtf8(bytes) === undefined) {
    return makeFault('json/encoding', malformedUtf8(bytes), 'the bytes are not UTF-8; send well-formed UTF-8')
  }
  return new Locator(bytes, budget).locate()
}

class Locator {
  readonly #bytes: Uint8Array
  /** One unit a byte: ASCII is cut from it without decoding. */
  readonly #latin1: string
  readonly #budget: JsonBudget
  /** Keys and indexes from the document to the value being read. */
  readonly #path: (string | number)[] = []
  #at = 0
  #depth = 0
  #members = 0
  #values = 0
  #fault: JsonFault | undefined

  constructor(bytes: Uint8Array, budget: JsonBudget) {
    this.#bytes = bytes
    this.#latin1 = asLatin1(bytes)
    this.#budget = budget
  }

  locate(): JsonFault | undefined {
    this.#skipSpace()
    if (this.#at === this.#bytes.length) {
      this.#refuse('json/empty', 'there is no JSON in the document; send one value')
      return this.#fault
    }
    if (!this.#value()) return this.#fault
    this.#skipSpace()
    if (this.#at < this.#bytes.length) {
      this.#refuse('json/trailing', `${this.#here()} follows the document; send one value and nothing else`)
    }
    return this.#fault
  }

  /** Reads a value whose first byte is here; false when a fault was found. */
  #value(): boolean {
    if (++this.#values > this.#budget.maxValues) {
      return this.#refuse('json/too-many-values', `there are more than ${this.#budget.maxValues} values`)
    }
    const byte = this.#bytes[this.#at] ?? 0
    if (byte === 0x7b || byte === 0x5b) {
      if (this.#depth === this.#budget.maxDepth) {
        return this.#refuse('json/too-deep', `there are more than ${this.#budget.maxDepth} levels`)
      }
      this.#depth++
      const sound = byte === 0x7b ? this.#object() : this.#array()
      this.#depth--
      return sound
    }
    if (byte === 0x22) return this.#string()
    if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) return this.#number()
    for (const word of ['true', 'false', 'null']) {
      if (!this.#sees(word)) continue
      this.#at += word.length
      return true
    }
    if (byte === 0x2b || byte === 0x2e || this.#sees('NaN') || this.#sees('Infinity')) {
      return this.#refuse('json/number', `${this.#here()} begins no JSON number`)
    }
    return this.#refuse(
      'json/syntax',
      this.#at < this.#bytes.length ? `${this.#here()} begins no value` : CUT,
    )
  }

  #object(): boolean {
    this.#at++
    this.#skipSpace()
    if (this.#take(0x7d)) return true
    const keys = new Set<string>()
    for (;;) {
      const start = this.#at
      if (this.#bytes[start] !== 0x22) return this.#refuse('json/syntax', this.#noKey(keys.size > 0))
      const key = this.#key()
      if (key === undefined) return false
      this.#path.push(key)
      if (key.includes('\0')) {
        return this.#refuse('json/nul-in-key', `key ${showKey(key)} has a NUL character`, start)
      }
      const unique = keys.size
      if (keys.add(key).size === unique) {
        return this.#refuse(
          'json/duplicate-key',
          `key ${showKey(key)} comes twice in one object; send it once`,
          start,
        )
      }
      if (++this.#members > this.#budget.maxKeys) {
        return this.#refuse('json/too-many-keys', `there are more than ${this.#budget.maxKeys} keys`, start)
      }
      this.#skipSpace()
      if (!this.#take(0x3a)) return this.#refuse('json/syntax', this.#expected('":" behind a key'))
      this.#skipSpace()
      if (!this.#value()) return false
      this.#path.pop()
      this.#skipSpace()
      if (this.#take(0x7d)) return true
      if (!this.#take(0x2c)) return this.#refuse('json/syntax', this.#expected('"," or "}" behind a member'))
      this.#skipSpace()
    }
  }

  #array(): boolean {
    this.#at++
    this.#skipSpace()
    if (this.#take(0x5d)) return true
    for (let index = 0; ; index++) {
      this.#path.push(index)
      if (index > 0 && this.#bytes[this.#at] === 0x5d) return this.#refuse('json/syntax', TRAILING_COMMA)
      if (!this.#value()) return false
      this.#path.pop()
      this.#skipSpace()
      if (this.#take(0x5d)) return true
      if (!this.#take(0x2c)) return this.#refuse('json/syntax', this.#expected('"," or "]" behind an item'))
      this.#skipSpace()
    }
  }

  #string(): boolean {
    const read = readString(this.#bytes, this.#at, this.#budget.maxStringLength)
    if (!read.ok) return this.#refuseToken(read)
    this.#at = read.end
    return true
  }

  /** The text of the key that begins here, or `undefined` and a fault. */
  #key(): string | undefined {
    const start = this.#at
    const read = readString(this.#bytes, start, this.#budget.maxStringLength)
    if (!read.ok) {
      this.#refuseToken(read)
      return undefined
    }
    this.#at = read.end
    return read.plain
      ? this.#latin1.slice(start + 1, read.end - 1)
      : stringText(this.#bytes.subarray(start + 1, read.end - 1))
  }

  #number(): boolean {
    const read = readNumber(this.#bytes, this.#at, this.#budget.maxNumberLength)
    if (!read.ok) return this.#refuseToken(read)
    this.#at = read.end
    return true
  }

  #sees(word: string): boolean {
    for (let index = 0; index < word.length; index++) {
      if (this.#bytes[this.#at + index] !== word.charCodeAt(index)) return false
    }
    return true
  }

  #take(byte: number): boolean {
    if (this.#bytes[this.#at] !== byte) return false
    this.#at++
    return true
  }

  #skipSpace(): void {
    for (;;) {
      const byte = this.#bytes[this.#at]
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return
      this.#at++
    }
  }

  #noKey(afterComma: boolean): string {
    return afterComma && this.#bytes[this.#at] === 0x7d
      ? TRAILING_COMMA
      : this.#expected('a key in double quotes')
  }

  #expected(what: string): string {
    return this.#at < this.#bytes.length ? `${this.#here()} stands where ${what} is expected` : CUT
  }

  /** The byte here, as a sentence may show it. */
  #here(): string {
    const byte = this.#bytes[this.#at] ?? 0
    return byte > 0x20 && byte < 0x7f
      ? `'${String.fromCharCode(byte)}'`
      : `byte 0x${byte.toString(16).padStart(2, '0')}`
  }

  #refuseToken(fault: TokenFault): false {
    return this.#refuse(fault.rule, fault.what, fault.at)
  }

  #refuse(rule: JsonRule, what: string, at: number = this.#at): false {
    this.#fault = makeFault(rule, at, what, this.#path)
    return false
  }
}

const CUT = 'the document ends in the middle'
const TRAILING_COMMA = 'a comma has nothing behind it; JSON has no trailing commas'
