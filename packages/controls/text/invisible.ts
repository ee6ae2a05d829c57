import { type Directions, judgeDirections } from './bidi.ts'
import { codeAt, codeBefore, hasRightToLeft, invisibleKind } from './characters.ts'
import { filterRow, GrowingRow, mergeRows, type Row, runLengths } from './rows.ts'
import { belongs, belongsForScript, subdivisionFlagEnd } from './surroundings.ts'

/** The invisible characters of a text that do not belong where they stand, by what they can do. */
export interface Invisible {
  readonly tags: Row
  readonly selectors: Row
  /** Zero width, direction marks and useless controls, blank letters: one pool, since encoders take any for digits. */
  readonly digits: Row
  readonly reserved: Row
  readonly annotation: Row
  readonly privateUse: Row
  readonly directions: Directions | undefined
}

/** Sorts the invisible characters of a text; those that belong where they stand are in no row. */
export function sortInvisible(text: string): Invisible {
  const rows = {
    tags: new GrowingRow(),
    selectors: new GrowingRow(),
    digits: new GrowingRow(),
    reserved: new GrowingRow(),
    annotation: new GrowingRow(),
    privateUse: new GrowingRow(),
  }
  /** Those that belong as long as there are few. */
  const few = new GrowingRow()
  const fewSelectors = new GrowingRow()
  let rightToLeft: boolean | undefined
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) < 0xad) continue
    const code = codeAt(text, at)
    const kind = invisibleKind(code)
    if (kind === undefined) {
      if (isPrivateUse(code)) rows.privateUse.push(at, code)
    } else if (kind === 'tag') {
      const end = subdivisionFlagEnd(text, at)
      if (end === undefined) rows.tags.push(at, code)
      else at = end - 2
    } else if (kind === 'direction-mark') {
      rightToLeft ??= hasRightToLeft(text)
      const row = rightToLeft && isAlone(text, at) ? few : rows.digits
      row.push(at, code)
    } else if (kind === 'reserved' || kind === 'annotation') {
      rows[kind].push(at, code)
    } else if (kind !== 'direction-control') {
      if (!belongs(text, at, code, kind)) rows[kind === 'selector' ? 'selectors' : 'digits'].push(at, code)
      else if (belongsForScript(text, at, code)) (kind === 'selector' ? fewSelectors : few).push(at, code)
    }
    if (code > 0xffff) at++
  }
  const directions = judgeDirections(text)
  const strays = mergeRows(rows.digits, uselessDirections(text, directions))
  return {
    ...rows,
    selectors: mergeRows(rows.selectors, dense(text, rows.selectors, fewSelectors)),
    digits: mergeRows(strays, dense(text, strays, few)),
    directions,
  }
}

const isPrivateUse = (code: number) => (code >= 0xe000 && code <= 0xf8ff) || code >= 0xf0000

const isAlone = (text: string, at: number) =>
  invisibleKind(codeBefore(text, at)) === undefined && invisibleKind(codeAt(text, at + 1)) === undefined

function rowOf(text: string, places: readonly number[] = []): Row {
  const row = new GrowingRow()
  for (const at of places.toSorted((one, other) => one - other)) row.push(at, codeAt(text, at))
  return row
}

/**
 * Bidirectional controls that do nothing, with those beside them that would do something if there were no others: four
 * in a row, or one at each letter.
 */
function uselessDirections(text: string, directions: Directions | undefined): Row {
  const useless = rowOf(text, directions?.useless)
  if (directions === undefined || directions.isolating.length === 0) return useless
  const all = mergeRows(useless, rowOf(text, directions.isolating))
  const isUseless = new Set(useless.at)
  const lengths = runLengths(all)
  const crowded = new Set<number>()
  let idle = 0
  for (let last = 0; last < all.at.length; last++) {
    if (isUseless.has(all.at[last] ?? 0)) idle++
    const first = last - WINDOW + 1
    if (first > 0 && isUseless.has(all.at[first - 1] ?? 0)) idle--
    if (first < 0 || idle === 0 || (all.at[last] ?? 0) - (all.at[first] ?? 0) > 2 * WINDOW) continue
    for (let index = first; index <= last; index++) crowded.add(index)
  }
  // The first and last of such a message have others on one side only.
  const isNext = (one: number, other: number) => Math.abs((all.at[one] ?? 0) - (all.at[other] ?? 0)) <= 3
  for (const index of all.at.keys())
    if (crowded.has(index - 1) && isNext(index, index - 1)) crowded.add(index)
  for (const index of [...all.at.keys()].reverse()) {
    if (crowded.has(index + 1) && isNext(index, index + 1)) crowded.add(index)
  }
  return filterRow(
    all,
    (index) => isUseless.has(all.at[index] ?? 0) || (lengths[index] ?? 0) > 3 || crowded.has(index),
  )
}

/** So many in a row are looked at together. */
const WINDOW = 8
/** No script needs eight joiners, breaks or direction marks for twenty letters. */
const MAX_LETTERS = 20

/** Of those that belong if they are few, the ones that are not: one bit at each letter is a message. */
function dense(text: string, strays: Row, few: Row): Row {
  const out = new GrowingRow()
  if (few.at.length === 0) return out
  // A message in one place is found by itself, and makes nothing dense that belongs beside it.
  const lengths = runLengths(strays)
  const all = mergeRows(
    filterRow(strays, (index) => (lengths[index] ?? 0) < 3),
    few,
  )
  const lettersBefore: number[] = []
  let letters = 0
  let from = 0
  for (const at of all.at) {
    for (; from < at; from++) if (isLetterUnit(text.charCodeAt(from))) letters++
    lettersBefore.push(letters)
  }
  const belonging = new Set(few.at)
  let taken = 0
  for (let last = WINDOW - 1; last < all.at.length; last++) {
    const first = last - WINDOW + 1
    if ((lettersBefore[last] ?? 0) - (lettersBefore[first] ?? 0) > MAX_LETTERS) continue
    for (taken = Math.max(taken, first); taken <= last; taken++) {
      const at = all.at[taken] ?? 0
      if (belonging.has(at)) out.push(at, all.code[taken] ?? 0)
    }
  }
  return out
}

/** A letter of the scripts in question: right to left, Indic, South-East or East Asian; the first half of a pair for both. */
const isLetterUnit = (code: number) => code >= 0x0590 && (code < 0x2000 || code > 0x206f) && code < 0xdb40
