/**
 * Personal data that has a form: cards, bank accounts, social security numbers, e-mail addresses, telephone numbers.
 * Checked by their own arithmetic where they have one. Nobody is looked for unless asked for: addresses and numbers are
 * what most tools work with.
 */
import type { SecretFinding } from './finding.ts'
import { startsInside } from './shape.ts'

export const PERSONAL_KINDS = ['card', 'iban', 'ssn', 'email', 'phone'] as const
export type PersonalKind = (typeof PERSONAL_KINDS)[number]

/** Finds what of these kinds is in a text. One pass over its digits, one over its `@`. */
export function findPersonal(text: string, kinds: readonly PersonalKind[]): SecretFinding[] {
  const found: SecretFinding[] = []
  if (kinds.includes('email')) emails(text, found)
  if (kinds.includes('iban')) ibans(text, found)
  if (kinds.includes('card') || kinds.includes('ssn') || kinds.includes('phone')) numbers(text, kinds, found)
  return found
}

function add(found: SecretFinding[], kind: PersonalKind, start: number, end: number): void {
  found.push({ rule: `personal/${kind}`, kind: 'personal', start, end })
}

const isDigit = (code: number) => code >= 0x30 && code <= 0x39
const isLetter = (code: number) => (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a
const isAlnum = (code: number) => isDigit(code) || isLetter(code)

/** The longest number with its separators: a telephone number with an extension is shorter. */
const MAX_NUMBER = 40

/** Every run of digits with single blanks, hyphens, dots or brackets between them. */
function numbers(text: string, kinds: readonly PersonalKind[], found: SecretFinding[]): void {
  let at = 0
  while (at < text.length) {
    const code = text.charCodeAt(at)
    const plus = code === PLUS && isDigit(text.charCodeAt(at + 1))
    const bracket = code === OPEN && isDigit(text.charCodeAt(at + 1))
    if (!isDigit(code) && !plus && !bracket) {
      at++
      continue
    }
    const start = at
    let end = at
    let plain = ''
    if (plus || bracket) at++
    while (at < text.length && at - start < MAX_NUMBER) {
      const one = text.charCodeAt(at)
      if (isDigit(one)) {
        plain += text.charAt(at)
        at++
        end = at
      } else if (BETWEEN.includes(text.charAt(at)) && digitFollows(text, at)) at++
      else break
    }
    // Read to its end, so that no later piece of the same run is taken for a number of its own.
    while (isDigit(text.charCodeAt(at))) at++
    const cut = at > end
    const after = text.charCodeAt(at)
    if (cut || startsInside(text, start) || isAlnum(after)) continue
    const sign = text.charAt(start - 1) || ' '
    if (PART.includes(sign)) continue
    const whole = text.slice(start, end)
    if (kinds.includes('card') && isCard(plain)) add(found, 'card', start, end)
    else if (ASSIGNED.includes(sign)) continue
    else if (kinds.includes('ssn') && isSsn(whole)) add(found, 'ssn', start, end)
    else if (kinds.includes('phone') && isPhone(whole, plain)) add(found, 'phone', start, end)
  }
}

const PLUS = 0x2b
const OPEN = 0x28
const BETWEEN = ' -.()'
/** Before a number that is a part of something larger: a path, a version, a price. */
const PART = '.-_/\\#$@'
/** Before one that may be anything, unless its check digit says more. */
const ASSIGNED = '=&%:'

function digitFollows(text: string, at: number): boolean {
  for (let ahead = at + 1; ahead <= at + 2; ahead++) {
    if (isDigit(text.charCodeAt(ahead))) return true
    if (!BETWEEN.includes(text.charAt(ahead) || 'x')) return false
  }
  return false
}

/** ISO/IEC 7812: an issuer's prefix, its length, and a check digit by Luhn. */
export function isCard(number: string): boolean {
  const { length } = number
  const visa = number.startsWith('4') && (length === 13 || length === 16 || length === 19)
  const two = Number(number.slice(0, 2))
  const four = Number(number.slice(0, 4))
  const mastercard = length === 16 && ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720))
  const amex = length === 15 && (two === 34 || two === 37)
  const discover = length === 16 && (four === 6011 || two === 65 || two === 64)
  const others = (length === 16 && two === 35) || (length === 14 && (two === 36 || two === 38 || two === 30))
  const unionPay = two === 62 && length >= 16 && length <= 19
  if (!(visa || mastercard || amex || discover || others || unionPay)) return false
  if (new Set(number).size < 2) return false
  let sum = 0
  for (let at = 0; at < length; at++) {
    const digit = number.charCodeAt(length - 1 - at) - 0x30
    const doubled = at % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

/** With its hyphens or blanks only: nine digits alone are anything. Areas 000, 666 and 9xx were never given out. */
function isSsn(text: string): boolean {
  const parts = /^(\d{3})([- ])(\d{2})\2(\d{4})$/.exec(text)
  if (parts === null) return false
  const [, area = '', , group, serial] = parts
  return area !== '000' && area !== '666' && !area.startsWith('9') && group !== '00' && serial !== '0000'
}

/** International (E.164, written with its `+`), or North American with its separators. */
function isPhone(text: string, plain: string): boolean {
  if (text.startsWith('+')) return plain.length >= 9 && plain.length <= 15
  return /^(?:1[-. ])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[-. ])[2-9]\d{2}[-. ]\d{4}$/.test(text)
}

/** RFC 5322 as people write it: a name, an `@`, a domain with a dot. */
function emails(text: string, found: SecretFinding[]): void {
  let from = 0
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    let start = at
    while (start > from && at - start < 64 && isLocal(text.charCodeAt(start - 1))) start--
    let end = at + 1
    let dot = -1
    while (end < text.length && end - at < 255 && isDomain(text.charCodeAt(end))) {
      if (text.charCodeAt(end) === DOT) dot = end
      end++
    }
    while (end > at && !isAlnum(text.charCodeAt(end - 1))) {
      end--
      if (dot >= end) dot = at + text.slice(at, end).lastIndexOf('.')
    }
    if (start === at || dot <= at + 1 || end - dot < 3 || isDigit(text.charCodeAt(end - 1))) continue
    // `git@host:path` and `user:password@host` are addresses of another kind.
    if (text.charAt(start - 1) === ':' || text.charAt(start - 1) === '/' || text.charAt(end) === ':') continue
    add(found, 'email', start, end)
    from = end
  }
}

const DOT = 0x2e

function isLocal(code: number): boolean {
  return isAlnum(code) || code === DOT || code === 0x5f || code === 0x2b || code === 0x2d || code === 0x25
}

function isDomain(code: number): boolean {
  return isAlnum(code) || code === DOT || code === 0x2d
}

/** ISO 13616: a country, two check digits, up to 30 letters and digits, and all of it modulo 97 is 1. */
function ibans(text: string, found: SecretFinding[]): void {
  let at = 0
  while (at + 15 <= text.length) {
    if (!startsIban(text, at)) {
      at++
      continue
    }
    let plain = ''
    let end = at
    while (end < text.length && plain.length < 34) {
      const code = text.charCodeAt(end)
      if (isDigit(code) || (code >= 0x41 && code <= 0x5a)) plain += text.charAt(end)
      else if (code !== 0x20 || plain.length % 4 !== 0) break
      end++
    }
    const whole = text.slice(at, end).trimEnd()
    const length = IBAN_LENGTHS[plain.slice(0, 2)] ?? 0
    const taken = length === 0 || plain.length < length ? undefined : upTo(whole, length)
    if (taken !== undefined && !isAlnum(text.charCodeAt(at + taken)) && mod97(plain.slice(0, length)) === 1) {
      add(found, 'iban', at, at + taken)
      at += taken
    } else at += 4
  }
}

function startsIban(text: string, at: number): boolean {
  const capital = (code: number) => code >= 0x41 && code <= 0x5a
  return (
    capital(text.charCodeAt(at)) &&
    capital(text.charCodeAt(at + 1)) &&
    isDigit(text.charCodeAt(at + 2)) &&
    isDigit(text.charCodeAt(at + 3)) &&
    !isAlnum(text.charCodeAt(at - 1))
  )
}

/** How many characters of a written number hold so many of its own. */
function upTo(text: string, length: number): number {
  let count = 0
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) !== 0x20) count++
    if (count === length) return at + 1
  }
  return text.length
}

export function mod97(iban: string): number {
  let rest = 0
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const code = character.charCodeAt(0)
    rest = isDigit(code) ? (rest * 10 + code - 0x30) % 97 : (rest * 100 + code - 55) % 97
  }
  return rest
}

/** ISO 13616-1, registry of 2025. */
// biome-ignore format: a table is read by its columns
const IBAN_LENGTHS: Readonly<Record<string, number>> = {
  AD: 24, AE: 23, AL: 28, AT: 20, AZ: 28, BA: 20, BE: 16, BG: 22, BH: 22, BR: 29, BY: 28, CH: 21, CR: 22, CY: 28,
  CZ: 24, DE: 22, DK: 18, DO: 28, EE: 20, EG: 29, ES: 24, FI: 18, FO: 18, FR: 27, GB: 22, GE: 22, GI: 23, GL: 18,
  GR: 27, GT: 28, HR: 21, HU: 28, IE: 22, IL: 23, IQ: 23, IS: 26, IT: 27, JO: 30, KW: 30, KZ: 20, LB: 28, LI: 21,
  LT: 20, LU: 20, LV: 21, LY: 25, MC: 27, MD: 24, ME: 22, MK: 19, MR: 27, MT: 31, MU: 30, NL: 18, NO: 15, PK: 24,
  PL: 28, PS: 29, PT: 25, QA: 29, RO: 24, RS: 22, SA: 24, SC: 31, SE: 24, SI: 19, SK: 24, SM: 27, ST: 25, SV: 28,
  TL: 23, TN: 24, TR: 26, UA: 29, VA: 22, VG: 24, XK: 20,
}
