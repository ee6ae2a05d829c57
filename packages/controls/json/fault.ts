import { visible } from '../text/index.ts'

/** Every reason for which a document is refused. */
export const JSON_RULES = {
  'json/too-large': 'The document has more bytes than its budget.',
  'json/empty': 'There is no JSON in the document.',
  'json/encoding': 'The bytes are not UTF-8: decoders replace, drop or refuse them differently.',
  'json/bom': 'The document begins with a byte order mark, which some decoders skip and others refuse.',
  'json/syntax': 'The text is not JSON (RFC 8259); lenient decoders would read something into it.',
  'json/number': 'A number is not JSON: leading zero or plus, bare point, hexadecimal, NaN, Infinity.',
  'json/escape': 'A string has an escape that JSON does not know.',
  'json/control-character': 'A string has a raw control character.',
  'json/trailing': 'Something follows the document: decoders ignore, refuse or execute it.',
  'json/duplicate-key': 'An object has a key twice: the first wins in some decoders, the last in others.',
  'json/nul-in-key': 'A key has a NUL character, at which some decoders end it.',
  'json/lone-surrogate': 'A string has half a surrogate pair, which no UTF-8 text can carry.',
  'json/too-deep': 'Objects and arrays lie deeper in each other than the budget allows.',
  'json/too-many-keys': 'The objects of the document have more keys than its budget.',
  'json/too-many-values': 'The document has more values than its budget.',
  'json/long-string': 'A string or key is longer than the budget allows.',
  'json/long-number': 'A number has more characters than the budget allows.',
  'json/disagreement': 'Two strict readings of the document disagree; it is refused to be safe.',
} as const satisfies Readonly<Record<`json/${string}`, string>>

export type JsonRule = keyof typeof JSON_RULES

/** Why a document was refused, and where. Holds keys (shortened, made visible), never values. */
export interface JsonFault {
  readonly rule: JsonRule
  /** One sentence: what, at which byte, what to do. */
  readonly explain: string
  /** Byte offset in the document. */
  readonly offset: number
  /** JSON Pointer (RFC 6901) of the value or key, for people: made visible, long segments cut. */
  readonly path?: string
}

/** Puts a fault together. `what` is a clause without its end. */
export function makeFault(
  rule: JsonRule,
  offset: number,
  what: string,
  path: readonly (string | number)[] = [],
): JsonFault {
  if (path.length === 0) return { rule, offset, explain: `${what} (byte ${offset})` }
  const pointer = jsonPointer(path)
  return { rule, offset, explain: `${what} (byte ${offset}, ${pointer})`, path: pointer }
}

/** Longest part of a key, and most segments of a path, that an explanation repeats. */
const SHOWN = 40
const SEGMENTS = 16

/** A key as an explanation may show it: quoted, visible, shortened. */
export function showKey(key: string): string {
  return `"${shorten(key)}"`
}

function jsonPointer(path: readonly (string | number)[]): string {
  const segments = path.slice(0, SEGMENTS).map((segment) => {
    return typeof segment === 'number'
      ? `${segment}`
      : shorten(segment).replaceAll('~', '~0').replaceAll('/', '~1')
  })
  return `/${segments.join('/')}${path.length > SEGMENTS ? '/…' : ''}`
}

function shorten(key: string): string {
  return visible(key.length > SHOWN ? `${key.slice(0, SHOWN)}…` : key)
}
