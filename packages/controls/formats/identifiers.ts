import { type FormatFault, fault } from './fault.ts'
import { consistsOf, isDigit, isHex, isLetter } from './letters.ts'

/** RFC 9562, 8-4-4-4-12 hexadecimal digits in either case; braces, `urn:uuid:` and bare digits are other spellings. */
export function checkUuid(text: string): FormatFault | undefined {
  const groups = text.length === 36 ? text.split('-') : []
  const fine =
    groups.length === 5 &&
    [8, 4, 4, 4, 12].every((length, index) => groups[index]?.length === length) &&
    groups.every((group) => consistsOf(group, isHex))
  return fine ? undefined : fault('format/uuid', 'no UUID')
}

export function checkSlug(text: string): FormatFault | undefined {
  const fine =
    text.length <= 128 &&
    text.split('-').every((word) => consistsOf(word, (c) => isDigit(c) || (c >= 'a' && c <= 'z')))
  return fine ? undefined : fault('format/slug', 'no lower-case word of letters, digits and single dashes')
}

export function checkId(text: string, maxLength = 128): FormatFault | undefined {
  if (text.length > maxLength) return fault('format/length', `more than ${maxLength} characters`)
  const first = text.charAt(0)
  // `..` is no identifier anywhere, and a step up in a path.
  const fine =
    (isLetter(first) || isDigit(first)) &&
    !text.includes('..') &&
    consistsOf(text, (c) => isLetter(c) || isDigit(c) || '-_.:'.includes(c))
  return fine ? undefined : fault('format/id', 'no identifier')
}

/** Semantic Versioning 2.0.0, items 2, 9 and 10. */
export function checkSemver(text: string): FormatFault | undefined {
  return text.length <= 256 && isSemver(text) ? undefined : fault('format/semver', 'no version')
}

function isSemver(text: string): boolean {
  const plus = text.indexOf('+')
  const build = plus < 0 ? undefined : text.slice(plus + 1)
  const rest = plus < 0 ? text : text.slice(0, plus)
  const dash = rest.indexOf('-')
  const pre = dash < 0 ? undefined : rest.slice(dash + 1)
  const core = (dash < 0 ? rest : rest.slice(0, dash)).split('.')
  if (core.length !== 3 || !core.every(isPlainNumber)) return false
  const named = (part: string) => consistsOf(part, (c) => isLetter(c) || isDigit(c) || c === '-')
  if (build?.split('.').every(named) === false) return false
  return (
    pre?.split('.').every((part) => named(part) && (!consistsOf(part, isDigit) || isPlainNumber(part))) !==
    false
  )
}

/** Digits without a zero in front. */
function isPlainNumber(text: string): boolean {
  return consistsOf(text, isDigit) && (text === '0' || !text.startsWith('0'))
}

/** `-12`, `0`, `7`: no plus, no zeros in front, no exponent, no `-0`; exact in a double. */
export function checkInteger(text: string, min?: number, max?: number): FormatFault | undefined {
  const digits = text.startsWith('-') ? text.slice(1) : text
  if (text.length > 17 || !isPlainNumber(digits) || text === '-0')
    return fault('format/integer', 'no whole number in its plain form')
  const value = Number(text)
  if (!Number.isSafeInteger(value)) return fault('format/integer', 'a number too large to be exact')
  return checkRange(value, min, max)
}

export function checkRange(value: number, min?: number, max?: number): FormatFault | undefined {
  if (min !== undefined && value < min) return fault('format/integer', `a number less than ${min}`)
  if (max !== undefined && value > max) return fault('format/integer', `a number greater than ${max}`)
  return undefined
}
