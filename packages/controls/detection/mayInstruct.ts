import { readings } from '../text/index.ts'
import type { Severity } from './finding.ts'
import { marksIn } from './rules/markup.ts'
import { parsePattern } from './rules/pattern.ts'
import { WORD_RULES } from './rules/wordRules.ts'
import { rank } from './severity.ts'
import { FREE_TEXT_RULES } from './weight.ts'
import { isUnspaced } from './words/characters.ts'
import { CONCEPTS, conceptId } from './words/concepts.ts'
import { hashWord } from './words/hash.ts'
import { vocabulary } from './words/lexicon.ts'

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

/** What may take a step of a pattern: concepts by their numbers, then words that patterns name themselves. */
const literals = new Map<number, number>()

/** Patterns that count, each step as the numbers that may take it. */
const PATTERNS: readonly (readonly (readonly number[])[])[] = WORD_RULES.flatMap(({ id, patterns }) => {
  const least = FREE_TEXT_RULES.get(id)
  if (least === undefined) return []
  return Object.entries(patterns).flatMap(([severity, sources]) =>
    // Of roles the mild signs count as well, when there are many.
    id === 'poison/persona' || rank(severity as Severity) >= rank(least) ? sources.map(stepsOf) : [],
  )
})

function stepsOf(source: string): (readonly number[])[] {
  const steps = parsePattern(source).steps.map((names) =>
    names.map((name) => (name === name.toLowerCase() ? literalId(name) : conceptId(name.toLowerCase()))),
  )
  // What only a closer look can tell counts as there.
  return steps.filter((ids) => !ids.some((id) => (CONCEPTS[id] ?? '').endsWith('!')))
}

function literalId(word: string): number {
  const hash = hashWord(word)
  const known = literals.get(hash)
  if (known !== undefined) return known
  const id = CONCEPTS.length + literals.size
  literals.set(hash, id)
  return id
}

const MARK = CONCEPTS.length + literals.size
const IDS = MARK + 1

/** What a word counts for, alone and with the word behind it. */
interface Known {
  readonly ids: readonly number[]
  readonly pairs: readonly { readonly second: number; readonly ids: readonly number[] }[]
}

/** Words to what they count for; open addressing, since a call looks up every word of its answer. */
const SLOTS = 1 << 14
const slotWords = new Int32Array(SLOTS)
const slots: (Known | undefined)[] = Array.from({ length: SLOTS }, () => undefined)

function slotOf(word: number): number {
  let slot = (word ^ (word >>> 15)) & (SLOTS - 1)
  while (slots[slot] !== undefined && slotWords[slot] !== word) slot = (slot + 1) & (SLOTS - 1)
  return slot
}

function learn(word: number, { ids, pairs }: Known): void {
  const slot = slotOf(word)
  const known = slots[slot]
  slotWords[slot] = word
  slots[slot] = {
    ids: [...new Set([...(known?.ids ?? []), ...ids])],
    pairs: [...(known?.pairs ?? []), ...pairs],
  }
}

const wanted = new Set(PATTERNS.flat(2))
for (const [word, { concepts, phrases }] of vocabulary()) {
  const ids = concepts.filter((id) => wanted.has(id))
  const pairs = phrases.flatMap((phrase) => {
    const meant = phrase.concepts.filter((id) => wanted.has(id))
    const [second] = phrase.rest
    return meant.length === 0 || second === undefined ? [] : [{ second, ids: meant }]
  })
  if (ids.length > 0 || pairs.length > 0) learn(word, { ids, pairs })
}
for (const [word, id] of literals) learn(word, { ids: [id], pairs: [] })
/** Words of the marks that `marksIn` looks for; its signs are looked for by themselves. */
for (const word of [
  'system',
  'admin',
  'developer',
  'assistant',
  'begin',
  'end',
  'instruction',
  'instructions',
])
  learn(hashWord(word), { ids: [MARK], pairs: [] })

const OTHER = 0
const LETTER = 1
const CAPITAL = 2
const DIGIT = 3
const SPACE = 4
const APOSTROPHE = 5
const JOINER = 6
const SIGN = 7
const ESCAPE = 8
const UNUSUAL = 9

const KINDS = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code)
  if (/[a-z]/.test(character)) return LETTER
  if (/[A-Z]/.test(character)) return CAPITAL
  if (/[0-9]/.test(character)) return DIGIT
  if (/[\t\n\r ]/.test(character)) return SPACE
  if (character === "'") return APOSTROPHE
  if (/[+/_-]/.test(character)) return JOINER
  if (/[<[#]/.test(character)) return SIGN
  if (/[&%\\]/.test(character)) return ESCAPE
  return code < 0x20 || code === 0x7f ? UNUSUAL : OTHER
})

const NO_PAIRS: Known['pairs'] = []
const SEED = 0x811c9dc5 | 0
const PRIME = 0x01000193
/** What `0` to `7` are taken for in a word. */
const LEET = [0x6f, 0x69, 0, 0x65, 0x61, 0x73, 0, 0x74]
/** What a word has that its plain hash does not tell. */
const DIGITS = 1
const FOREIGN = 2
const QUOTED = 4
/** No word of ours is longer. */
const LONGEST_WORD = 64

/** Marks of the block in which something that counts was seen last; kept, since nothing of one call outlives it. */
const lastBlock = new Int32Array(IDS)
let blocks = 1

/** `decoded`: it is a reading of another text, in which nothing is unusual any more. */
function look(text: string, decoded: boolean): Seen {
  // Numbers go on from text to text, so that nothing has to be cleared; two are left free between one and the next.
  if (blocks > 0x3fffffff) {
    lastBlock.fill(0)
    blocks = 1
  }
  blocks += 2
  let marks = false
  let chunks = 0
  let chunkHasWord = false
  let any = false
  /** What the word before begins. */
  let pending = NO_PAIRS
  let run = 0
  let shortWords = 0
  let at = 0
  while (at < text.length) {
    const code = text.charCodeAt(at)
    const kind = code < 128 ? (KINDS[code] ?? OTHER) : kindBeyond(code)
    if (kind === LETTER || kind === CAPITAL || kind === DIGIT) {
      chunkHasWord = true
      // A word, as the rules have it: in small letters.
      let hash = SEED
      let odd = 0
      const start = at
      for (; at < text.length; at++) {
        const unit = text.charCodeAt(at)
        const of = unit < 128 ? (KINDS[unit] ?? OTHER) : kindBeyond(unit)
        if (of === LETTER) {
          if (unit > 127) {
            // Letters that look like others are put right before they are read.
            if (!decoded && unit > 0xff) return 'unusual'
            odd |= FOREIGN
          }
          hash = Math.imul(hash ^ unit, PRIME)
        } else if (of === CAPITAL) hash = Math.imul(hash ^ (unit | 0x20), PRIME)
        else if (of === DIGIT) {
          odd |= DIGITS
          hash = Math.imul(hash ^ unit, PRIME)
        } else if (of === APOSTROPHE) odd |= QUOTED
        else break
      }
      const letters = at - start
      run += letters
      shortWords = letters < 3 || (letters === 4 && isHexByte(text, start)) ? shortWords + 1 : 0
      if (!decoded && (run >= LONG_RUN || shortWords >= SHORT_WORDS)) return 'unusual'
      let tail = hash
      let leet = hash
      if (odd > DIGITS) {
        const word = text.slice(start, Math.min(at, start + LONGEST_WORD)).toLowerCase()
        hash = leet = hashWord(word.replace(/['\u2019]/g, ''))
        tail = (odd & QUOTED) === 0 ? hash : hashWord(word.replace(/^.*['\u2019]/, ''))
      }
      if ((odd & DIGITS) !== 0 && letters <= LONGEST_WORD) leet = leetHash(text, start, at)
      let known = slots[slotOf(hash)]
      if (known === undefined && tail !== hash) known = slots[slotOf(tail)]
      if (known === undefined && leet !== hash) known = slots[slotOf(leet)]
      if (pending !== NO_PAIRS) {
        for (const { second, ids } of pending) {
          if (second !== hash && second !== tail && second !== leet) continue
          for (const id of ids) lastBlock[id] = blocks
          any = true
        }
        pending = NO_PAIRS
      }
      if (known !== undefined) {
        for (const id of known.ids) {
          lastBlock[id] = blocks
          if (id === MARK) marks = true
          any = true
        }
        pending = known.pairs
      }
      continue
    }
    at++
    if (kind === JOINER) {
      run++
      if (!decoded && run >= LONG_RUN) return 'unusual'
      continue
    }
    run = 0
    if (kind === SPACE) {
      if (!chunkHasWord) continue
      chunkHasWord = false
      if (++chunks < BLOCK) continue
      chunks = 0
      if (any && fits(blocks)) return 'words'
      any = false
      blocks++
    } else if (kind === SIGN) {
      // A comment is a text of its own.
      if (!decoded && code === 0x3c && text[at] === '!') return 'unusual'
      marks = true
    } else if (kind === ESCAPE) {
      if (!decoded && isEscape(text, at, code)) return 'unusual'
    } else if (kind === UNUSUAL) {
      if (!decoded) return 'unusual'
      if (isUnspaced(code)) return 'words'
    }
  }
  if (any && fits(blocks)) return 'words'
  // A definition of a link can be a comment.
  if (!decoded && marks && text.includes(']:')) return 'unusual'
  return marks && marksIn(text).some(({ severity }) => rank(severity) >= CRITICAL) ? 'words' : 'nothing'
}

const CRITICAL = rank('critical')

/** Do this block and the one before it hold all that some pattern needs? Plain loops: it is asked for every block. */
function fits(block: number): boolean {
  const since = block - 1
  for (const steps of PATTERNS) {
    let taken = 0
    for (const ids of steps) {
      let there = false
      for (let at = 0; at < ids.length && !there; at++) there = (lastBlock[ids[at] ?? 0] ?? 0) >= since
      if (!there) break
      taken++
    }
    if (taken === steps.length) return true
  }
  return false
}

/** Dashes, quotation marks, bullets and dots of the general punctuation are nothing unusual in English text. */
function kindBeyond(code: number): number {
  if (code === 0x2019) return APOSTROPHE
  if ((code >= 0x2010 && code <= 0x2027) || code === 0x2192) return OTHER
  return isUnspaced(code) || code < 0xc0 || code >= 0x2000 || code === 0xd7 || code === 0xf7
    ? UNUSUAL
    : LETTER
}

/** `%41`, `&amp`, `&#65`, `\x41`, `\u0041`, `\101`. */
function isEscape(text: string, at: number, code: number): boolean {
  const next = text.charCodeAt(at)
  if (code === 0x25) return isHex(next) && isHex(text.charCodeAt(at + 1))
  if (code === 0x26) return next === 0x23 || (next | 0x20) >= 0x61
  return next === 0x75 || next === 0x55 || next === 0x78 || next === 0x58 || (next >= 0x30 && next <= 0x39)
}

/** The hash of a word with its digits as the letters they look like. */
function leetHash(text: string, start: number, end: number): number {
  let hash = SEED
  for (let at = start; at < end; at++) {
    const unit = text.charCodeAt(at)
    const kind = KINDS[unit] ?? OTHER
    if (kind === DIGIT) hash = Math.imul(hash ^ (LEET[unit - 0x30] || unit), PRIME)
    else hash = Math.imul(hash ^ (kind === CAPITAL ? unit | 0x20 : unit), PRIME)
  }
  return hash
}

/** `0x61`, two letters that are written in four. */
function isHexByte(text: string, at: number): boolean {
  return text.charCodeAt(at) === 0x30 && (text.charCodeAt(at + 1) | 0x20) === 0x78
}

function isHex(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x66)
}
