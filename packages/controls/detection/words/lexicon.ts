import { type Concept, conceptId } from './concepts.ts'
import { ENGLISH } from './english.ts'
import { hashWord } from './hash.ts'
import { OTHER_LANGUAGES } from './otherLanguages.ts'

/** The words of one language: concept to words, separated by spaces; `_` joins a phrase. */
export interface LanguageTable {
  readonly words: Readonly<Partial<Record<Concept, string>>>
  /** Verbs by their base form, inflected by rule; irregular forms follow after slashes. */
  readonly verbs?: Readonly<Partial<Record<Concept, string>>>
}

/** What begins with one word. */
export interface Entry {
  /** What the word means alone. */
  readonly concepts: readonly number[]
  /** The phrases it begins, longest first. */
  readonly phrases: readonly Phrase[]
}

interface Phrase {
  /** Its other words, as `hashWord` has them. */
  readonly rest: readonly number[]
  readonly concepts: readonly number[]
}

export const NOTHING: readonly number[] = []

/** Chinese and Japanese are written without spaces: their words are looked for at each character, up to this length. */
export const LONGEST_UNSPACED = 10

const concepts = new Map<string, Set<number>>()

for (const table of [ENGLISH, ...OTHER_LANGUAGES]) {
  for (const [concept, text] of Object.entries(table.words)) {
    for (const phrase of text.split(' ')) {
      add(concept, phrase)
      // English tells "does not" from "do not"; the other tables do not.
      if (concept === 'not' && table !== ENGLISH) add('dont', phrase)
    }
  }
  for (const [concept, text] of Object.entries(table.verbs ?? {})) {
    for (const verb of text.split(' ')) for (const form of forms(verb)) add(concept, form)
  }
}

function add(concept: string, phrase: string): void {
  if (phrase === '') return
  const key = phrase.replaceAll('_', ' ')
  const known = concepts.get(key) ?? new Set()
  known.add(conceptId(concept))
  concepts.set(key, known)
}

/**
 * A verb as it stands after "must", "before" or "be": base, gerund and past. Of a phrase the first word is inflected.
 * Forms that no one says (`puted`) do no harm.
 */
function forms(written: string): string[] {
  const [verb = '', ...irregular] = written.split('/')
  const [first = '', ...rest] = verb.split('_')
  const tail = rest.length === 0 ? '' : `_${rest.join('_')}`
  const stem = first.endsWith('e') ? first.slice(0, -1) : first
  const past = /[^aeiou]y$/.test(first) ? `${first.slice(0, -1)}ied` : `${stem}ed`
  return [verb, `${stem}ing${tail}`, `${past}${tail}`, ...irregular.map((form) => `${form}${tail}`)]
}

const entries = new Map<number, { concepts: readonly number[]; phrases: Phrase[] }>()

for (const [key, ids] of concepts) {
  const [first = 0, ...rest] = key.split(' ').map(hashWord)
  const entry = entries.get(first) ?? { concepts: NOTHING, phrases: [] }
  if (rest.length === 0) entry.concepts = [...ids]
  else entry.phrases.push({ rest, concepts: [...ids] })
  entries.set(first, entry)
}
for (const entry of entries.values()) entry.phrases.sort((one, other) => other.rest.length - one.rest.length)

/** What is known of a word: in lower case, without apostrophes, as `hashWord` has it. */
export function lookUp(word: number): Entry | undefined {
  return entries.get(word)
}

/** Every word and phrase with what it can mean, its words separated by spaces. */
export function phrases(): ReadonlyMap<string, ReadonlySet<number>> {
  return concepts
}
