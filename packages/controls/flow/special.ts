import { AT, COLON, DASH, isDigit, isLetter, isPlain, PLUS, SLASH, UNDERSCORE } from './characters.ts'
import { endOfHost, isTellingHost } from './hosts.ts'
import { unitsOf } from './units.ts'

/**
 * Values that say something though they are short: addresses of mail, hosts, telephone numbers, ids.
 *
 * Found by their form alone. Linear: a text is cut at white space, quotes and brackets, and no piece beyond 256 characters is looked
 * at for anything but its beginning.
 */

/** Longer ones are found as text. */
const MAX_PIECE = 256
const MIN_ID = 8
const MAX_ID = 39
const MIN_ID_DIGITS = 3
/** Digits of a number that begins with a plus, and of one that does not and so is of one piece. */
const MIN_INTERNATIONAL = 8
const MIN_TELEPHONE = 9

/**
 * Calls back with where each special value stands in the text.
 *
 * Nothing is decided of any character but whether its piece is worth a look where it ends: most texts are words, of which no processor
 * guesses where they end.
 */
export function specialValues(text: string, take: (start: number, end: number) => void): void {
  const units = unitsOf(text)
  const { length } = text
  let allDigits = 0
  let digits = 0
  for (let index = 0; index <= length; index++) {
    let counts = 0
    for (; index < length; index++) {
      const code = units[index] ?? 0
      const kind = code < 128 ? (KINDS[code] ?? BREAK) : LETTER
      const breaks = kind >> 31
      allDigits += kind & DIGIT
      if ((counts & breaks) >= MIN_ID_DIGITS) break
      counts = ((counts + (kind & DIGIT)) | (kind & MARK)) & ~breaks
    }
    if (counts < MIN_ID_DIGITS) continue
    digits = Math.max(digits, piece(text, units, startOfPiece(units, index), index, take))
  }
  const isCallable = digits >= MIN_TELEPHONE || (allDigits >= MIN_INTERNATIONAL && text.includes('+'))
  if (isCallable) telephones(text, units, take)
}

/** The same, but only for what may reach over a cut: what stands to one side of it need not be told. */
export function specialValuesAcross(
  text: string,
  cut: number,
  take: (start: number, end: number) => void,
): void {
  const units = unitsOf(text)
  const start = startOfPiece(units, cut)
  const end = endOfPiece(units, cut, text.length)
  if (start < cut && cut < end) piece(text, units, start, end, take)
  // Between the digits of a number are at most two other characters.
  if (hasDigit(units, cut - 3, cut) && hasDigit(units, cut, Math.min(cut + 3, text.length))) {
    telephones(text, units, take)
  }
}

const LETTER = 0
const DIGIT = 1
/** More than all the digits that an id needs. */
const MARK = 1 << 16
/** The sign, of which a mask is made. */
const BREAK = 1 << 31
const KINDS: Int32Array = Int32Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code)
  if (/[0-9]/.test(character)) return DIGIT
  if (character === '.' || character === '@') return MARK
  return /[-a-z_/:?#=&+%~]/i.test(character) ? LETTER : BREAK
})

function startOfPiece(units: Uint16Array, end: number): number {
  let start = end
  while (start > 0 && kindOf(units[start - 1]) !== BREAK) start--
  return start
}

function endOfPiece(units: Uint16Array, start: number, length: number): number {
  let end = start
  while (end < length && kindOf(units[end]) !== BREAK) end++
  return end
}

/** Or what a number begins with. */
function hasDigit(units: Uint16Array, from: number, to: number): boolean {
  for (let index = Math.max(0, from); index < to; index++) {
    const code = units[index] ?? 0
    if (isDigit(code) || code === PLUS) return true
  }
  return false
}

/** Looks at what stands between two breaks, and says how many digits are in it. */
function piece(
  text: string,
  units: Uint16Array,
  start: number,
  end: number,
  take: (start: number, end: number) => void,
): number {
  let marks = 0
  let digits = 0
  for (let index = start; index < end; index++) {
    const kind = kindOf(units[index])
    if (kind === MARK) marks++
    else digits += kind & DIGIT
  }
  if (marks === 0) id(units, start, end, take)
  // One at an end joins nothing: most often a sentence is over.
  else if (marks > 1 || (kindOf(units[start]) !== MARK && kindOf(units[end - 1]) !== MARK)) {
    address(text, units, start, Math.min(end, start + MAX_PIECE), take)
  }
  return digits
}

function kindOf(code = 0): number {
  return code < 128 ? (KINDS[code] ?? BREAK) : LETTER
}

/** Of mail, or of a host. */
function address(
  text: string,
  units: Uint16Array,
  start: number,
  end: number,
  take: (start: number, end: number) => void,
): void {
  let hostAt = start
  let hasAt = false
  for (let index = start; index < end; index++) {
    const code = units[index] ?? 0
    if (code === AT) hasAt = true
    else if (code === COLON && hostAt === start && isScheme(units, index, end)) hostAt = index + 3
  }
  const mail = hasAt ? MAIL.exec(text.slice(start, end)) : null
  if (mail !== null) {
    const from = start + mail.index + (mail[0].startsWith('mailto:') ? 7 : 0)
    if (!SAMPLE_MAIL.test(mail[0])) take(from, start + mail.index + mail[0].length)
    return
  }
  const hostEnd = endOfHost(units, hostAt, end)
  if (hostEnd > hostAt && isTellingHost(text, units, hostAt, hostEnd, hostAt > start)) take(hostAt, hostEnd)
}

function isScheme(units: Uint16Array, colon: number, end: number): boolean {
  return colon + 2 < end && units[colon + 1] === SLASH && units[colon + 2] === SLASH
}

function id(
  units: Uint16Array,
  start: number,
  end: number,
  take: (start: number, end: number) => void,
): void {
  if (end - start < MIN_ID || end - start > MAX_ID || !isPlain(units[start] ?? 0)) return
  let digits = 0
  let letters = 0
  let isMixed = false
  for (let index = start; index < end; index++) {
    const code = units[index] ?? 0
    if (isDigit(code)) {
      digits++
      if (letters > 0) isMixed = true
    } else if (isLetter(code)) letters++
    else if (code !== DASH && code !== UNDERSCORE) return
  }
  if (digits + letters < MIN_ID || digits < MIN_ID_DIGITS || letters < 1) return
  // Else it is a number with its unit.
  if (isMixed || letters > 2) take(start, end)
}

/** Addresses that documentation writes. */
const SAMPLE_MAIL =
  /^(?:mailto:)?(?:user|you|your|name|your\.?name|email|your\.?email|me|info|admin|test|john|jane|john\.doe|jane\.doe|alice|bob|foo|bar|someone|no-?reply)[0-9]?@example\.(?:com|org|net)$/i

/** Every quantifier is bounded: no piece costs more than its length times that. */
const MAIL = /(?:mailto:)?[A-Za-z0-9._%+~-]{1,64}@([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,6})/

/** Digits in groups, as numbers that can be called (or accounts) are written; not dates and times. */
function telephones(text: string, units: Uint16Array, take: (start: number, end: number) => void): void {
  const { length } = text
  let index = 0
  while (index < length) {
    const code = units[index] ?? 0
    const plus = code === PLUS
    if (!plus && !isDigit(code)) {
      index++
      continue
    }
    // A digit within a word or a longer number with a point is part of something else.
    const before = index > 0 ? (units[index - 1] ?? 0) : 32
    let digits = 0
    let gap = 0
    let end = index
    let at = plus ? index + 1 : index
    for (; at < length && digits <= 15; at++) {
      const next = units[at] ?? 0
      if (isDigit(next)) {
        digits++
        gap = 0
        end = at + 1
      } else if (
        ++gap > 2 ||
        !(next === DASH || (plus && (next === 32 || next === 40 || next === 41 || next === 46)))
      ) {
        break
      }
    }
    const after = end < length ? (units[end] ?? 0) : 32
    if (
      digits >= (plus ? MIN_INTERNATIONAL : MIN_TELEPHONE) &&
      digits <= 15 &&
      !isWordUnit(before) &&
      !isWordUnit(after) &&
      (plus || !LIKE_A_TIME.test(text.slice(index, end)))
    ) {
      take(index, end)
    }
    index = Math.max(end, index + 1)
    while (index < length && isDigit(units[index] ?? 0)) index++
  }
}

/** Dates, and seconds or milliseconds since 1970. */
const LIKE_A_TIME = /^(?:(?:19|20)[0-9]{2}-?[01][0-9]-?[0-3][0-9]|1[0-9]{9}$|1[0-9]{12}$)/

function isWordUnit(code: number): boolean {
  return isPlain(code) || code === UNDERSCORE || code > 127
}
