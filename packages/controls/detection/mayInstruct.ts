import { readings } from '../text/index.ts'
import { findAnchors, newGlance } from './findAnchors.ts'
import { BEGINS, pairOf, pairs, REQUIRED, WIDTH, words, wordTails } from './orderWords.ts'
import { marksIn } from './rules/markup.ts'
import { rank } from './severity.ts'
import type { MaskTable } from './words/maskTable.ts'
import { TAIL_CODES } from './words/tailFilter.ts'
import {
  bytesOf,
  codeAt,
  endOfWord,
  formsOf,
  hashBytes,
  isLetterBeyond,
  leetHash,
  widthOf,
} from './words/wordBytes.ts'

/**
 * Can `inspectText` find an order to a model in this text at all? `false`: no passage has the words that any rule which counts in
 * a result needs, so there is nothing to inspect. `true` says nothing yet. Made for the way of a call, where nearly every text is
 * ordinary; one walk over the text, and a second around the few words that orders cannot do without.
 *
 * Follows from the rules themselves (`orderWords.ts`): a rule is a sequence of words and concepts within one sentence, so two
 * neighbouring blocks of as many words as the longest sentence has must hold something for each of its steps. A text with anything
 * encoded in it, or in another script, is decoded first. Encoded runs of fewer than 20 signs count as words: no order is that short.
 *
 * @example mayInstruct('The report lists 14 open items.') // false
 */
export function mayInstruct(text: string): boolean {
  const seen = look(text, false)
  if (seen !== 'unusual') return seen === 'words'
  return readings(text).some((reading) => look(reading.text, true) === 'words')
}

/** Used by one look at a time: nothing is allocated for a text that has nothing. */
const glance = newGlance()

/** `decoded`: it is a reading of another text, in which nothing is unusual any more. */
function look(text: string, decoded: boolean): 'nothing' | 'words' | 'unusual' {
  const { bytes, length } = bytesOf(text)
  const seen = findAnchors(bytes, length, decoded, glance)
  if (seen === 'words') return seen
  // What stands there plainly needs no decoding.
  if (glance.anchors.length > 0 && fitsAround(bytes, length, glance.anchors)) return 'words'
  if (seen === 'unusual') return seen

  // A definition of a link can be a comment.
  if (glance.brackets && !decoded && text.includes(']:')) return 'unusual'
  // Every mark that counts begins with one of these, or has one of these words behind a sign.
  const marks = glance.marks || (glance.signs && glance.markWords)
  return marks && marksIn(text).some(({ severity }) => rank(severity) >= CRITICAL) ? 'words' : 'nothing'
}

const CRITICAL = rank('critical')

/** So many words may stand in one sentence (`words/tokens.ts`), and so in one block. */
const BLOCK = 48

/** Bits seen in this block, and in the one before. Used by one look at a time, and cleared by it. */
const current = new Int32Array(WIDTH)
const before = new Int32Array(WIDTH)

/** Is there all that some pattern needs, within two blocks around an anchor? No word is read more than twice. */
function fitsAround(bytes: Buffer, length: number, anchors: readonly number[]): boolean {
  let next = 0
  while (next < anchors.length) {
    let at = blockBefore(bytes, anchors[next] as number)
    current.fill(0)
    before.fill(0)
    let any = false
    let chunks = 0
    /** Behind the last anchor that was passed; none was yet. */
    let chunksBehind = -1
    let hasWord = false
    /** The word before, when it begins a phrase. */
    let first = 0
    while (at < length && chunksBehind <= BLOCK) {
      const byte = bytes[at] as number
      const code = TAIL_CODES[byte] as number
      if (code === 0 && byte < 0x80) {
        at++
        if (!isSpace(byte) || !hasWord) continue
        hasWord = false
        if (chunksBehind >= 0) chunksBehind++
        for (; next < anchors.length && (anchors[next] as number) < at; next++) chunksBehind = 0
        if (++chunks < BLOCK) continue
        chunks = 0
        if (any && fits()) return true
        any = false
        nextBlock()
        continue
      }
      if (code === 0 && !isLetterBeyond(codeAt(bytes, at))) {
        at += widthOf(byte)
        continue
      }
      hasWord = true
      const start = at
      let key = 0
      for (let tail = code; tail !== 0; tail = TAIL_CODES[bytes[++at] as number] as number)
        key = (key << 5) | tail
      const previous = first
      first = 0
      const end = bytes[at] as number
      if (end === 0x27 || end > 0x7f) {
        at = endOfWord(bytes, start)
        for (const form of formsOf(bytes.toString('utf8', start, at))) {
          if (previous !== 0) any = mark(pairs, pairs.find(pairOf(previous, form))) || any
          const slot = words.find(form)
          if (slot < 0) continue
          any = mark(words, slot)
          if (first === 0 && words.has(slot, BEGINS)) first = form
        }
        continue
      }
      if (previous === 0 && !wordTails.has(key)) continue
      for (const form of [hashBytes(bytes, start, at), leetHash(bytes, start, at)]) {
        if (form === undefined) continue
        if (previous !== 0) any = mark(pairs, pairs.find(pairOf(previous, form))) || any
        const slot = words.find(form)
        if (slot < 0) continue
        any = mark(words, slot)
        if (first === 0 && words.has(slot, BEGINS)) first = form
      }
    }
    while (next < anchors.length && (anchors[next] as number) < at) next++
    if (any && fits()) return true
  }
  return false
}

/** Where a block begins that ends there. */
function blockBefore(bytes: Uint8Array, from: number): number {
  let chunks = 0
  let hasWord = false
  for (let at = from - 1; at >= 0; at--) {
    const byte = bytes[at] as number
    if (TAIL_CODES[byte] !== 0 || byte > 0x7f) hasWord = true
    else if (hasWord && isSpace(byte)) {
      if (++chunks > BLOCK) return at
      hasWord = false
    }
  }
  return 0
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x09 || byte === 0x0d
}

function nextBlock(): void {
  for (let one = 0; one < WIDTH; one++) {
    before[one] = current[one] ?? 0
    current[one] = 0
  }
}

/** Notes what a word can be a step of. */
function mark(table: MaskTable, slot: number): boolean {
  if (slot < 0) return false
  const { masks } = table
  for (let one = 0, from = slot * WIDTH; one < WIDTH; one++, from++)
    current[one] = (current[one] ?? 0) | (masks[from] ?? 0)
  return true
}

/** Do this block and the one before it hold all that some pattern needs? */
function fits(): boolean {
  for (let from = 0; from < REQUIRED.length; from += WIDTH) {
    let one = 0
    while (one < WIDTH) {
      const required = REQUIRED[from + one] ?? 0
      if ((((current[one] ?? 0) | (before[one] ?? 0)) & required) !== required) break
      one++
    }
    if (one === WIDTH) return true
  }
  return false
}
