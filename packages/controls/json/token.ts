import type { JsonRule } from './fault.ts'
import { decodeUtf8 } from './utf8.ts'

/** Why a string or number is refused. */
export interface TokenFault {
  readonly ok: false
  readonly rule: JsonRule
  readonly what: string
  /** Byte offset. */
  readonly at: number
}

/** `end` is the offset behind the token; `plain`: it has neither escapes nor anything but ASCII. */
export type StringRead = { readonly ok: true; readonly end: number; readonly plain: boolean } | TokenFault
export type NumberRead = { readonly ok: true; readonly end: number } | TokenFault

/**
 * Reads the string whose opening quote is at `start` (RFC 8259, section 7). The bytes must be UTF-8.
 * `maxLength` is in UTF-16 units of the text it means.
 */
export function readString(bytes: Uint8Array, start: number, maxLength: number): StringRead {
  let at = start + 1
  let length = 0
  let plain = true
  for (;;) {
    const byte = bytes[at]
    if (byte === undefined) return fault('json/syntax', 'the document ends in the middle of a string', at)
    if (byte === 0x22) break
    if (byte < 0x20) {
      return fault('json/control-character', `byte ${hex(byte)} in a string must be written as an escape`, at)
    }
    if (byte === 0x5c) {
      const read = readEscape(bytes, at)
      if (!read.ok) return read
      plain = false
      length += read.units
      at = read.end
    } else {
      if (byte >= 0x80) plain = false
      // A continuation byte adds nothing; a sequence of four bytes means two units.
      length += (byte & 0xc0) === 0x80 ? 0 : byte >= 0xf0 ? 2 : 1
      at++
    }
    if (length > maxLength) {
      return fault('json/long-string', `a string has more than ${maxLength} characters`, start)
    }
  }
  return { ok: true, end: at + 1, plain }
}

/** The text of a string that `readString` accepted, without its quotes: `content` is what stands between them. */
export function stringText(content: Uint8Array): string {
  return unescapeText(decodeUtf8(content) ?? '')
}

type EscapeRead = { readonly ok: true; readonly end: number; readonly units: 1 | 2 } | TokenFault

/** Checks the escape whose backslash is at `at`; a surrogate pair is one escape of two units. */
function readEscape(bytes: Uint8Array, at: number): EscapeRead {
  const letter = bytes[at + 1]
  if (letter === undefined) return fault('json/syntax', 'the document ends in the middle of a string', at + 1)
  if (SIMPLE_ESCAPES[letter]) return { ok: true, end: at + 2, units: 1 }
  if (letter !== 0x75) return fault('json/escape', 'a backslash in a string begins no JSON escape', at)
  const unit = readHex(bytes, at + 2)
  if (unit === undefined) return fault('json/escape', '"\\u" in a string has not four hexadecimal digits', at)
  if (unit < 0xd800 || unit > 0xdfff) return { ok: true, end: at + 6, units: 1 }
  const next = bytes[at + 6] === 0x5c && bytes[at + 7] === 0x75 ? readHex(bytes, at + 8) : undefined
  if (unit > 0xdbff || next === undefined || next < 0xdc00 || next > 0xdfff) {
    return fault('json/lone-surrogate', 'an escape in a string is half a surrogate pair', at)
  }
  return { ok: true, end: at + 12, units: 2 }
}

/** 1 for the bytes that may follow a backslash and need nothing more. */
const SIMPLE_ESCAPES = new Uint8Array(256)
for (const letter of '"\\/bfnrt') SIMPLE_ESCAPES[letter.charCodeAt(0)] = 1

function readHex(bytes: Uint8Array, at: number): number | undefined {
  let value = 0
  for (let index = at; index < at + 4; index++) {
    const digit = '0123456789abcdef'.indexOf(String.fromCharCode(bytes[index] ?? 0).toLowerCase())
    if (digit < 0) return undefined
    value = value * 16 + digit
  }
  return value
}

function unescapeText(raw: string): string {
  return raw.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, code: string | undefined, letter: string) => {
    return code === undefined
      ? (CONTROL_ESCAPES[letter] ?? letter)
      : String.fromCharCode(Number.parseInt(code, 16))
  })
}

const CONTROL_ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

/** Reads the number at `start` (RFC 8259, section 6): a digit or a minus is there. */
export function readNumber(bytes: Uint8Array, start: number, maxLength: number): NumberRead {
  let at = bytes[start] === 0x2d ? start + 1 : start
  const whole = at
  at = digitsEnd(bytes, at)
  if (at === whole) return fault('json/number', 'a minus has no digit behind it', start)
  if (at - whole > 1 && bytes[whole] === 0x30)
    return fault('json/number', 'a number has a leading zero', start)
  if (bytes[at] === 0x2e) {
    const fraction = at + 1
    at = digitsEnd(bytes, fraction)
    if (at === fraction) return fault('json/number', 'the point of a number has no digit behind it', start)
  }
  if (bytes[at] === 0x65 || bytes[at] === 0x45) {
    at++
    if (bytes[at] === 0x2b || bytes[at] === 0x2d) at++
    const exponent = at
    at = digitsEnd(bytes, exponent)
    if (at === exponent) return fault('json/number', 'the exponent of a number has no digits', start)
  }
  if (at - start > maxLength) {
    return fault('json/long-number', `a number has more than ${maxLength} characters`, start)
  }
  // `0x1F`, `1_000`, `10n`, `1.2.3`: lenient decoders would go on reading.
  if (!endsNumber(bytes[at])) {
    return fault('json/number', 'a number goes on with what JSON numbers do not have', start)
  }
  return { ok: true, end: at }
}

/** What may follow a number: the end, a comma, a bracket, white space. Anything else is named where it stands. */
function endsNumber(byte: number | undefined): boolean {
  if (byte === undefined || byte <= 0x20 || byte === 0x2c || byte === 0x5d || byte === 0x7d) return true
  return !/[\w.+-]/.test(String.fromCharCode(byte))
}

function digitsEnd(bytes: Uint8Array, from: number): number {
  let at = from
  for (;;) {
    const byte = bytes[at] ?? 0
    if (byte < 0x30 || byte > 0x39) return at
    at++
  }
}

function fault(rule: JsonRule, what: string, at: number): TokenFault {
  return { ok: false, rule, what, at }
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`
}
