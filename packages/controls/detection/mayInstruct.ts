import { readings } from '../text/index.ts'
import type { Severity } from './finding.ts'
import { marksIn } from './rules/markup.ts'
import { parsePattern } from './rules/pattern.ts'
import { WORD_RULES } from './rules/wordRules.ts'
import { rank } from './severity.ts'
import { FREE_TEXT_RULES } from './weight.ts'
import { isUnspaced } from './words/characters.ts'
import { conceptId } from './words/concepts.ts'
import { hashWord } from './words/hash.ts'
import { vocabulary } from './words/lexicon.ts'
import { MaskTable } from './words/maskTable.ts'

/**
 * Can `inspectText` find an order to a model in this text at all? `false`: no passage has the words that any rule which counts in
 * a result needs, so there is nothing to inspect. `true` says nothing yet. Made for the way of a call, where nearly every text is
 * ordinary; one walk over the text.
 *
 * Follows from the rules themselves: a rule is a sequence of words and concepts within one sentence, so two neighbouring blocks of
 * as many words as the longest sentence has must hold something for each of its steps. A text with anything encoded in it, or
 * in another script, is decoded first. Encoded runs of fewer than 20 signs count as words: no order is that short.
 *
 * @example mayInstruct('The report lists 14 open items.') // false
 */
export function mayInstruct(text: string): boolean {
  const seen = look(text, false)
  if (seen !== 'unusual') return seen === 'words'
  return readings(text).some((reading) => look(reading.text, true) === 'words')
}

type Seen = 'nothing' | 'words' | 'unusual'

/** So many words may stand in one sentence (`words/tokens.ts`), and so in one block. */
const BLOCK = 48
const LONG_RUN = 20
const SHORT_WORDS = 5

/** Distinct steps of the patterns that count, each a bit; per pattern the bits of its steps. */
const stepBits = new Map<string, number>()
const patternBits: (readonly number[])[] = []
/** What a concept, or a word that a pattern names itself, can be a step of. */
const bitsOfConcept = new Map<number, Set<number>>()
const bitsOfWord = new Map<number, Set<number>>()

for (const { id, patterns } of WORD_RULES) {
  const least = FREE_TEXT_RULES.get(id)
  if (least === undefined) continue
  for (const [severity, sources] of Object.entries(patterns)) {
    // Of roles the mild signs count as well, when there are many.
    if (id === 'poison/persona' || rank(severity as Severity) >= rank(least))
      for (const source of sources) patternBits.push(bitsOf(source))
  }
}

function bitsOf(source: string): number[] {
  // What only a closer look can tell (`PATH!`) counts as there.
  const steps = parsePattern(source).steps.filter((names) => !names.some((name) => name.endsWith('!')))
  return steps.map((names) => {
    const key = names.join('|')
    const known = stepBits.get(key)
    if (known !== undefined) return known
    const bit = stepBits.size
    stepBits.set(key, bit)
    for (const name of names) {
      if (name === name.toLowerCase()) add(bitsOfWord, hashWord(name), bit)
      else add(bitsOfConcept, conceptId(name.toLowerCase()), bit)
    }
    return bit
  })
}

function add(map: Map<number, Set<number>>, key: number, bit: number): void {
  const known = map.get(key)
  if (known === undefined) map.set(key, new Set([bit]))
  else known.add(bit)
}

/** A mark of a chat template may begin here: a bit of its own. Those that are made of signs alone are looked for by these. */
const MARK = stepBits.size
for (const word of 'inst sys turn system instruction instructions human assistant admin override hidden secret directive'.split(
  ' ',
))
  add(bitsOfWord, hashWord(word), MARK)
/** The word begins a phrase: also a bit of its own. */
const BEGINS = MARK + 1
const WIDTH = Math.ceil((BEGINS + 1) / 32)

const words = new MaskTable(WIDTH)
const pairs = new MaskTable(WIDTH)
for (const [word, bits] of bitsOfWord) for (const bit of bits) words.set(word, bit)
for (const [word, { concepts, phrases }] of vocabulary()) {
  for (const concept of concepts) for (const bit of bitsOfConcept.get(concept) ?? []) words.set(word, bit)
  for (const { rest, concepts: meant } of phrases) {
    for (const concept of meant) {
      for (const bit of bitsOfConcept.get(concept) ?? []) {
        // The rest of a longer phrase counts as there.
        pairs.set(pairOf(word, rest[0] ?? 0), bit)
        words.set(word, BEGINS)
      }
    }
  }
}

/** Per pattern the bits of its steps, `WIDTH` numbers each. */
const REQUIRED = new Int32Array(patternBits.length * WIDTH)
for (const [pattern, bits] of patternBits.entries())
  for (const bit of bits)
    REQUIRED[pattern * WIDTH + (bit >>> 5)] =
      (REQUIRED[pattern * WIDTH + (bit >>> 5)] ?? 0) | (1 << (bit & 31))

function pairOf(first: number, second: number): number {
  return Math.imul(first, 31) ^ second
}

const OTHER = 0
const SPACE = 1
const JOINER = 2
const SIGN = 3
const ESCAPE = 4
const UNUSUAL = 5

/** What stands between words. */
const KINDS = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code)
  if (/[\t\n\r ]/.test(character)) return SPACE
  if (/[+/_-]/.test(character)) return JOINER
  if (/[<[]/.test(character)) return SIGN
  if (/[&%\\]/.test(character)) return ESCAPE
  return code < 0x20 || code === 0x7f ? UNUSUAL : OTHER
})

/** Letters as small ones, digits as they are, 0 for all else. */
const FOLDED = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code)
  return /[a-z0-9]/i.test(character) ? character.toLowerCase().charCodeAt(0) : 0
})

const SEED = 0x811c9dc5 | 0
const PRIME = 0x01000193
/** What `0` to `7` are taken for in a word. */
const LEET = [0x6f, 0x69, 0, 0x65, 0x61, 0x73, 0, 0x74]
/** What a word has that its plain hash does not tell. */
const DIGITS = 1
const QUOTED = 2
/** No word of ours is longer. */
const LONGEST_WORD = 64

/** Bits seen in this block, in the one before, and in the whole text. Used by one look at a time, and cleared by it. */
const current = new Int32Array(WIDTH)
const before = new Int32Array(WIDTH)
const whole = new Int32Array(WIDTH)

/** `decoded`: it is a reading of another text, in which nothing is unusual any more. */
function look(text: string, decoded: boolean): Seen {
  current.fill(0)
  before.fill(0)
  whole.fill(0)
  const { length } = text
  let marks = false
  let comments = false
  let chunks = 0
  let hasWord = false
  let any = false
  /** The word before, when it begins a phrase. */
  let first = 0
  let run = 0
  let shortWords = 0
  let at = 0
  while (at < length) {
    let code = text.charCodeAt(at)
    let folded = code < 128 ? (FOLDED[code] ?? 0) : isLetterBeyond(code) ? code : 0
    if (folded !== 0) {
      hasWord = true
      // A word, as the rules have it: in small letters.
      const start = at
      let hash = SEED
      let odd = 0
      // Letters of ASCII have this bit, digits have not.
      let all = 0x40
      do {
        hash = Math.imul(hash ^ folded, PRIME)
        all &= folded
        if (++at === length) break
        code = text.charCodeAt(at)
        folded = code < 128 ? (FOLDED[code] ?? 0) : 0
      } while (folded !== 0)
      if (at < length && (code > 127 || code === 0x27 || text.charCodeAt(start) > 127)) {
        at = endOfWord(text, start)
        odd = QUOTED
        // Letters that look like others are put right before they are read.
        if (!decoded && FAR.test(text.slice(start, at))) return 'unusual'
      }
      if (all === 0) odd |= DIGITS
      const letters = at - start
      run += letters
      if (run >= LONG_RUN && !decoded) return 'unusual'
      if (letters < 3 || (letters === 4 && isHexByte(text, start))) {
        if (++shortWords >= SHORT_WORDS && !decoded) return 'unusual'
      } else shortWords = 0
      const previous = first
      first = 0
      let slot = words.find(hash)
      if (previous !== 0) any = mark(pairs, pairs.find(pairOf(previous, hash))) || any
      if (odd !== 0) {
        for (const form of formsOf(text, start, at, odd)) {
          if (slot < 0) {
            slot = words.find(form)
            if (slot >= 0) hash = form
          }
          if (previous !== 0) any = mark(pairs, pairs.find(pairOf(previous, form))) || any
        }
      }
      if (slot >= 0) {
        any = mark(words, slot)
        if (words.has(slot, BEGINS)) first = hash
      }
      continue
    }
    at++
    if (code === 0x20) {
      run = 0
      if (!hasWord) continue
      hasWord = false
      if (++chunks < BLOCK) continue
      chunks = 0
      if (any && fits()) return 'words'
      any = false
      nextBlock()
      continue
    }
    const kind = code < 128 ? KINDS[code] : kindBeyond(code)
    if (kind === JOINER) {
      if (++run >= LONG_RUN && !decoded) return 'unusual'
      continue
    }
    run = 0
    if (kind === SPACE) {
      // Counts as a space does.
      if (!hasWord) continue
      hasWord = false
      if (++chunks < BLOCK) continue
      chunks = 0
      if (any && fits()) return 'words'
      any = false
      nextBlock()
    } else if (kind === SIGN) {
      const next = text.charCodeAt(at)
      if (code === 0x5b) comments = true
      // A comment is a text of its own.
      else if (next === 0x21 && !decoded) return 'unusual'
      else if (next === 0x7c || next === 0x3c) marks = true
    } else if (kind === ESCAPE) {
      if (!decoded && isEscape(text, at, code)) return 'unusual'
    } else if (kind === UNUSUAL) {
      if (!decoded) return 'unusual'
      if (isUnspaced(code)) return 'words'
    }
  }
  if (any && fits()) return 'words'
  // A definition of a link can be a comment.
  if (comments && !decoded && text.includes(']:')) return 'unusual'
  marks ||= (((whole[MARK >>> 5] ?? 0) | (current[MARK >>> 5] ?? 0)) & (1 << (MARK & 31))) !== 0
  return marks && marksIn(text).some(({ severity }) => rank(severity) >= CRITICAL) ? 'words' : 'nothing'
}

const CRITICAL = rank('critical')

function nextBlock(): void {
  for (let one = 0; one < WIDTH; one++) {
    const bits = current[one] ?? 0
    whole[one] = (whole[one] ?? 0) | bits
    before[one] = bits
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

const NO_FORMS: readonly number[] = []

/** A word with digits, apostrophes or accents, in every form that the rules know it by. */
function formsOf(text: string, start: number, end: number, odd: number): readonly number[] {
  if (odd === DIGITS) return end - start > LONGEST_WORD ? NO_FORMS : [leetHash(text, start, end)]
  const word = text.slice(start, Math.min(end, start + LONGEST_WORD)).toLowerCase()
  return [word.replace(APOSTROPHES, ''), ...word.split(APOSTROPHES)].map(hashWord)
}

const APOSTROPHES = /['\u2019]/g
const FAR = /[^\u0020-\u00ff\u2019]/

/** The end of a word with apostrophes or accents in it. */
function endOfWord(text: string, start: number): number {
  let at = start
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x27 || code === 0x2019) continue
    if (code < 128 ? FOLDED[code] === 0 : !isLetterBeyond(code)) break
  }
  return at
}

/** The hash of a word with its digits as the letters they look like. */
function leetHash(text: string, start: number, end: number): number {
  let hash = SEED
  for (let at = start; at < end; at++) {
    const unit = FOLDED[text.charCodeAt(at)] ?? 0
    hash = Math.imul(hash ^ (unit < 0x3a ? LEET[unit - 0x30] || unit : unit), PRIME)
  }
  return hash
}

/** Dashes, quotation marks, bullets and dots of the general punctuation are nothing unusual in English text. */
function kindBeyond(code: number): number {
  return (code >= 0x2010 && code <= 0x2027) || code === 0x2192 ? OTHER : UNUSUAL
}

function isLetterBeyond(code: number): boolean {
  return code >= 0xc0 && code < 0x2000 && code !== 0xd7 && code !== 0xf7
}

/** `%41`, `&amp`, `&#65`, `\x41`, `\u0041`, `\101`. */
function isEscape(text: string, at: number, code: number): boolean {
  const next = text.charCodeAt(at)
  if (code === 0x25) return isHex(next) && isHex(text.charCodeAt(at + 1))
  if (code === 0x26) return next === 0x23 || (next | 0x20) >= 0x61
  return next === 0x75 || next === 0x55 || next === 0x78 || next === 0x58 || (next >= 0x30 && next <= 0x39)
}

/** `0x61`, two letters that are written in four. */
function isHexByte(text: string, at: number): boolean {
  return text.charCodeAt(at) === 0x30 && (text.charCodeAt(at + 1) | 0x20) === 0x78
}

function isHex(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x66)
}
