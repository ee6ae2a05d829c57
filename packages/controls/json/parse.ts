import { isAsWritten } from './asWritten.ts'
import { completeBudget, type JsonBudget } from './budget.ts'
import { hasOddKey, parseDistinct } from './distinctKeys.ts'
import { isWrittenAs, placeExactNumbers } from './exact.ts'
import { type JsonFault, makeFault } from './fault.ts'
import { locateFault } from './locate.ts'
import { measure, stringsAreSound } from './measure.ts'
import { hasLittleStructure, type Survey, surveyText } from './survey.ts'
import { asLatin1, decodeUtf8, isTextOf } from './utf8.ts'
import type { JsonValue } from './value.ts'
import { writeJson } from './write.ts'

/** A document that has exactly one reading, or why it has not. */
export type JsonParse =
  | {
      readonly ok: true
      readonly value: JsonValue
      /** True when the bytes are exactly `writeJson(value)`, so that they may be sent on as they are. */
      readonly canonical: boolean
    }
  | { readonly ok: false; readonly fault: JsonFault }

/**
 * Reads JSON (RFC 8259) so that every decoder that accepts it reads the same: what two decoders could read
 * differently is refused, numbers that a double would change are kept as text (`ExactNumber`).
 *
 * Refused: duplicate keys at any depth (after unescaping), NUL in keys, lone surrogates, bytes that are not UTF-8, a
 * byte order mark, anything behind the document, every leniency (comments, trailing commas, single quotes, NaN, 0x1F,
 * 007, +1, .5, raw control characters, other white space), and what is over the budget. Keys such as `__proto__` are
 * plain own keys. Keys that differ only in case or in normal form (NFC, NFD) are different keys here.
 *
 * The bytes must not change during the call. Never throws.
 *
 * How it proves one reading: `JSON.parse` proves the grammar. A document that `writeJson` would write back, or does, as the
 * very same text had no duplicate key, no odd number, no white space. For others one pass over the bytes
 * counts members, which `JSON.parse` must not have fewer of, and finds the numbers to keep. Large documents are
 * surveyed before they are parsed, because `JSON.parse` takes 140 ms for a million brackets. Whatever was refused, a
 * second parser says where and why.
 *
 * @example
 * parseJson(Buffer.from('{"a":1,"a":2}'))
 * // { ok: false, fault: { rule: 'json/duplicate-key', offset: 7, path: '/a', explain: 'key "a" comes twice ...' } }
 */
export function parseJson(bytes: Uint8Array, budget?: Partial<JsonBudget>): JsonParse {
  const limits = completeBudget(budget)
  const text = bytes.length > limits.maxBytes ? undefined : decodeUtf8(bytes)
  if (text === undefined) return refuse(bytes, limits)

  let survey: Survey | undefined
  if (looksSpaced(text) || (bytes.length > SMALL && !hasLittleStructure(text, limits))) {
    survey = surveyText(bytes, asciiOrLatin1(bytes, text), limits)
    if (survey.over) return refuse(bytes, limits)
  }

  let value = parseText(text)
  if (value === undefined) return refuse(bytes, limits)
  const tally = measure(value, limits.maxDepth)
  if (!tally || tally.members > limits.maxKeys || tally.values > limits.maxValues)
    return refuse(bytes, limits)
  // Looking at a few long strings is free (one of a unit a byte has no surrogates); searching a text is not.
  const few = text.length > tally.values * LONG_VALUE
  if (few || text.length > limits.maxStringLength || (text.includes('\\u') && SUSPECT_ESCAPE.test(text))) {
    if (!stringsAreSound(value, limits)) return refuse(bytes, limits)
  }
  const large = bytes.length > SMALL
  // A number longer than a double's is not as written; a budget below that is for the survey to check.
  const exactBudget = limits.maxNumberLength >= LONGEST_DOUBLE
  if (large && few && exactBudget && isAsWritten(bytes, asciiOrLatin1(bytes, text), tally.members))
    return { ok: true, value, canonical: true }

  const written = survey?.spaced ? undefined : writeJson(value)
  const same = written !== undefined && (large ? isTextOf(written, bytes) : written === text)
  if (same && exactBudget) return { ok: true, value, canonical: true }

  let { members } = tally
  if (hasOddKey(value)) {
    value = parseDistinct(text)
    // All that was counted and found sound so far were the wrong keys: a NUL could hide behind a key of before.
    if (!stringsAreSound(value, limits)) return refuse(bytes, limits)
    members = measure(value, limits.maxDepth)?.members ?? 0
  }

  const latin1 = asciiOrLatin1(bytes, text)
  survey ??= surveyText(bytes, latin1, limits)
  if (survey.over || survey.members !== members) return refuse(bytes, limits)
  const { exact } = survey
  if (exact.length === 0) return { ok: true, value, canonical: same }
  const canonical = written !== undefined && isWrittenAs(written, latin1, exact)
  return { ok: true, value: placeExactNumbers(value, bytes, latin1, exact), canonical }
}

/** Up to here the worst document costs `JSON.parse` 5 ms, and no survey before it is worth its price. */
const SMALL = 32 * 1024

/** With this many characters to a value, a look at each value costs less than a search through the characters. */
const LONG_VALUE = 512

/** No double that ECMAScript writes has more characters. */
const LONGEST_DOUBLE = 25

/** Escapes for NUL (refused in keys) and for surrogates (refused alone); or an escaped backslash before such letters. */
const SUSPECT_ESCAPE = /\\u(?:[dD][89a-fA-F]|0000)/

/** The parsed value, `undefined` for a syntax error. */
function parseText(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Is this probably pretty-printed, or from a writer that puts spaces behind colons? Only saves work, proves nothing. */
function looksSpaced(text: string): boolean {
  return text.charCodeAt(1) <= 0x20 || text.charCodeAt(text.indexOf(':') + 1) <= 0x20
}

/** A text of as many units as bytes is ASCII, and its own one-unit-a-byte string. */
function asciiOrLatin1(bytes: Uint8Array, text: string): string {
  return text.length === bytes.length ? text : asLatin1(bytes)
}

function refuse(bytes: Uint8Array, limits: JsonBudget): JsonParse {
  // Fails closed: a document that one of our readings refused is refused, even if the other would take it.
  const disagreement = makeFault(
    'json/disagreement',
    0,
    'two strict readings of the document disagree; it is refused',
  )
  return { ok: false, fault: locateFault(bytes, limits) ?? disagreement }
}
