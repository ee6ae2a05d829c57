import { type ReadingKind, readings } from '../text/index.ts'
import type { Severity } from './finding.ts'
import { featuresOf } from './model/features.ts'
import { marksIn } from './rules/markup.ts'
import { softened } from './rules/soften.ts'
import { wordHits } from './rules/wordHits.ts'
import { conceptId } from './words/concepts.ts'
import { NOTHING } from './words/lexicon.ts'
import { type NameMeaning, type Sentence, sentencesOf } from './words/tokens.ts'

/** What a rule noticed in a reading of a text. */
export interface Hit {
  readonly rule: string
  readonly severity: Severity
  /** The sentence speaks of attacks: it may quote one. */
  readonly described: boolean
  /** Offsets in the reading. */
  readonly start: number
  readonly end: number
}

export interface ReadSentence {
  /** From its first word to its last, in the reading. */
  readonly start: number
  readonly end: number
  readonly hits: readonly Hit[]
  /** Buckets of the model, if they were asked for. */
  readonly features: readonly number[]
  /** It speaks of attacks. */
  readonly aboutAttacks: boolean
  /** Its text: what was approved is known by it. */
  readonly key: string
}

export interface TextReading {
  readonly kind: ReadingKind
  readonly text: string
  readonly sentences: readonly ReadSentence[]
  /** Attacks, injections and the like are what it speaks of. */
  readonly aboutAttacks: boolean
  original(at: number): number
}

/** Every reading of a text, sentence by sentence, with what the rules over words see in it. */
export function readText(text: string, named: NameMeaning, forModel = true): TextReading[] {
  return readings(text).map((reading) => {
    const sentences = readSentences(reading.text, sentencesOf(reading.text, named), forModel)
    return {
      kind: reading.kind,
      text: reading.text,
      sentences,
      aboutAttacks: sentences.filter((sentence) => sentence.aboutAttacks).length >= SENTENCES_ABOUT_ATTACKS,
      original: (at) => reading.original(at),
    }
  })
}

const SENTENCES_ABOUT_ATTACKS = 3
const DESCRIBES = conceptId('describes')

function speaksOfAttacks({ tokens }: Sentence): boolean {
  return tokens.some(({ concepts }) => concepts.includes(DESCRIBES))
}

function readSentences(text: string, sentences: readonly Sentence[], forModel: boolean): ReadSentence[] {
  const marks = marksIn(text)
  let next = 0
  return sentences.map((sentence, index) => {
    const { start, end, tokens } = sentence
    const hits = wordHits(text, tokens)
    // A mark between two sentences belongs to the later one, which it introduces.
    const until = index === sentences.length - 1 ? text.length : end
    for (let mark = marks[next]; mark !== undefined && mark.start < until; mark = marks[++next]) {
      hits.push({
        rule: 'poison/role-markup',
        ...softened(mark.severity, text, tokens, mark.start, mark.end),
        start: mark.start,
        end: mark.end,
      })
    }
    return {
      start,
      end,
      hits,
      features: forModel
        ? featuresOf(
            tokens,
            hits.map(({ rule, severity }) => `${rule}:${severity}`),
          )
        : NOTHING,
      aboutAttacks: speaksOfAttacks(sentence),
      key: text.slice(start, end),
    }
  })
}
