import { isCutCode } from './cutCode.ts'
import type { Found } from './found.ts'
import { readingsOf, type TextReading } from './readings.ts'
import type { FoundText } from './textsIn.ts'

/** Parts that do not follow one another are put together as long as there are few. */
const MAX_PARTS = 6
const MANY_PARTS = 64
/** Parts that may be words or pieces of one text, and how much of them is decoded together. */
const MAX_SHORT = 40
const MAX_CODES = 4096
/** Characters on either side of a cut; between parts that do not follow one another, fewer; of what may be encoded, more. */
const SEAM = 32
const NEAR = 20
const MAX_CODE = 384

/** One text of the arguments, and what it is without its escapes. */
export interface Part {
  readonly found: FoundText
  readonly plain: string
  /** It has something in it that an escape begins with. */
  readonly isEscaped: boolean
}

/**
 * Values that were cut in two, wherever the parts went. A value that reaches far into one part is found there, so only what is near
 * the cut is put together; of what may be encoded, more.
 */
export function lookAtCuts(parts: readonly Part[], found: Found): void {
  const few = parts.filter(({ plain }) => plain.length <= MAX_SHORT)
  if (few.length > 2) {
    // A list of words, or of pieces that are shorter than any seam.
    chained(few, found, ' ')
    chained(few, found, '')
    decoded(few, found)
  }
  if (parts.length > MANY_PARTS) {
    if (few.length < parts.length) chained(parts, found, '')
    return
  }
  for (let index = 1; index < parts.length; index++) {
    seam(before(parts, index), after(parts, index), found, SEAM)
  }
  if (parts.length > MAX_PARTS) return
  for (const [first, left] of parts.entries()) {
    for (const [second, right] of parts.entries()) {
      if (second !== first && second !== first + 1) seam(left, right, found, NEAR)
    }
  }
}

/** All parts as one text. Of very many, what is cut is found only where they follow one another and nothing has to be decoded. */
function chained(parts: readonly Part[], found: Found, between: '' | ' '): void {
  const starts: number[] = []
  const texts: string[] = []
  let length = 0
  for (const { plain } of parts) {
    starts.push(length)
    texts.push(plain)
    length += plain.length + between.length
  }
  const partAt = (unit: number): number => {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= unit) low = middle
      else high = middle - 1
    }
    return low
  }
  const text = texts.join(between)
  const across = (start: number, end: number): string | undefined => {
    const first = partAt(start)
    return partAt(end - 1) === first ? undefined : (parts[first]?.found.where() ?? '')
  }
  const isCode = between === '' && text.length <= MAX_CODES && found.afford(text) === text
  const readings: readonly TextReading[] = isCode
    ? readingsOf(text)
    : [{ text, via: [], start: 0, end: text.length, isAsSent: true, isEscaped: false }]
  for (const reading of readings) found.lookAcross(reading, text, across)
}

/** Words that were encoded one by one: alone they are too short to be looked at. */
function decoded(parts: readonly Part[], found: Found): void {
  const most = parts.slice(0, MAX_CODED)
  if (!most.some(({ plain }) => plain.endsWith('=')) || !most.every(({ plain }) => WHOLE.test(plain))) return
  const text = most.map(({ plain }) => Buffer.from(plain, 'base64').toString('utf8')).join(' ')
  const reading: TextReading = {
    text,
    via: ['base64'],
    start: 0,
    end: text.length,
    isAsSent: false,
    isEscaped: false,
  }
  found.lookAcross(reading, most.map(({ plain }) => plain).join(' '), () => most[0]?.found.where())
}
const MAX_CODED = 512
const WHOLE = /^[A-Za-z0-9+/_-]{2,56}={0,2}$/

/** The parts that end where this one begins, as far as a seam reaches. */
function before(parts: readonly Part[], index: number): Part {
  let length = 0
  let from = index
  while (from > 0 && length < SEAM) length += parts[--from]?.plain.length ?? 0
  return asOne(parts.slice(from, index))
}

function after(parts: readonly Part[], index: number): Part {
  let length = 0
  let to = index
  while (to < parts.length && length < SEAM) length += parts[to++]?.plain.length ?? 0
  return asOne(parts.slice(index, to))
}

function asOne(parts: readonly Part[]): Part {
  const [first] = parts
  if (first !== undefined && parts.length === 1) return first
  // Where it begins to matter: the last part of it that has any text.
  const where = (): string => (parts.findLast(({ plain }) => plain !== '') ?? first)?.found.where() ?? ''
  return {
    found: { text: parts.map(({ found }) => found.text).join(''), where },
    plain: parts.map(({ plain }) => plain).join(''),
    isEscaped: parts.some(({ isEscaped }) => isEscaped),
  }
}

function seam(before: Part, after: Part, found: Found, reach: number): void {
  const isCode = isCutCode(before, after)
  const left = isCode ? before.found.text.slice(-MAX_CODE) : before.plain.slice(-reach)
  const text = left + (isCode ? after.found.text.slice(0, MAX_CODE) : after.plain.slice(0, reach))
  const across = (from: number, to: number): string | undefined =>
    from < left.length && to > left.length ? before.found.where() : undefined
  const cut = left.length
  if (!isCode) {
    found.lookAcross(
      { text, via: [], start: 0, end: text.length, isAsSent: true, isEscaped: false },
      text,
      across,
      cut,
    )
    return
  }
  for (const reading of readingsOf(found.afford(text))) {
    // What was decoded from one side alone was looked at there.
    if (reading.isAsSent) found.lookAcross(reading, text, across, cut)
    else if (reading.start < cut && reading.end > cut) found.lookAcross(reading, text, across)
  }
}
