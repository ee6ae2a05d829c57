/**
 * The words that orders to a model are made of, as tables for a quick look at a text (`mayInstruct`). All of it follows from the
 * rules that count in a result (`FREE_TEXT_RULES`): a rule is a sequence of steps within one sentence, each step some words or
 * concepts, so where there is no word for one of its steps, it finds nothing.
 */
import type { Severity } from './finding.ts'
import { parsePattern } from './rules/pattern.ts'
import { WORD_RULES } from './rules/wordRules.ts'
import { rank } from './severity.ts'
import { FREE_TEXT_RULES } from './weight.ts'
import { conceptId } from './words/concepts.ts'
import { hashWord } from './words/hash.ts'
import { KindTable } from './words/kindTable.ts'
import { phrases } from './words/lexicon.ts'
import { MaskTable } from './words/maskTable.ts'
import { TailFilter } from './words/tailFilter.ts'

/** One step of a pattern: the words (in small letters) and concepts (in capitals) it can be. */
type Step = readonly string[]

const patterns: readonly (readonly Step[])[] = WORD_RULES.flatMap(({ id, patterns }) => {
  const least = FREE_TEXT_RULES.get(id)
  if (least === undefined) return []
  return Object.entries(patterns).flatMap(([severity, sources]) =>
    // Of roles the mild signs count as well, when there are many.
    id === 'poison/persona' || rank(severity as Severity) >= rank(least) ? sources.map(stepsOf) : [],
  )
})

/** What only a closer look can tell (`PATH!`) counts as there. */
function stepsOf(source: string): readonly Step[] {
  return parsePattern(source).steps.filter((names) => !names.some((name) => name.endsWith('!')))
}

/** The words and phrases that can be a step, each as its words. */
function phrasesOf(step: Step): readonly (readonly string[])[] {
  return step.flatMap((name) =>
    name === name.toLowerCase() ? [[name]] : (byConcept.get(conceptId(name.toLowerCase())) ?? []),
  )
}

const byConcept = new Map<number, string[][]>()
for (const [phrase, concepts] of phrases()) {
  for (const concept of concepts) {
    const list = byConcept.get(concept)
    if (list === undefined) byConcept.set(concept, [phrase.split(' ')])
    else list.push(phrase.split(' '))
  }
}

/** Distinct steps, each a bit. */
const steps = new Map<string, { readonly bit: number; readonly phrases: readonly (readonly string[])[] }>()
for (const step of patterns.flat()) {
  const key = step.join('|')
  if (!steps.has(key)) steps.set(key, { bit: steps.size, phrases: phrasesOf(step) })
}

/** The word begins a phrase: also a bit of its own. */
export const BEGINS = steps.size
export const WIDTH = Math.ceil((BEGINS + 1) / 32)

/** What a word can be a step of. */
export const words = new MaskTable(WIDTH)
/** The same for two words that follow one another, by `pairOf`. The rest of a longer phrase counts as there. */
export const pairs = new MaskTable(WIDTH)
/** Tells nearly every word that is not among `words`. */
export const wordTails = new TailFilter()

for (const { bit, phrases } of steps.values()) {
  for (const [first = '', second] of phrases) {
    wordTails.add(first)
    if (second === undefined) words.set(hashWord(first), bit)
    else {
      pairs.set(pairOf(hashWord(first), hashWord(second)), bit)
      words.set(hashWord(first), BEGINS)
    }
  }
}

export function pairOf(first: number, second: number): number {
  return Math.imul(first, 31) ^ second
}

/** Per pattern the bits of its steps, `WIDTH` numbers each. */
export const REQUIRED = new Int32Array(patterns.length * WIDTH)
for (const [pattern, list] of patterns.entries()) {
  for (const step of list) {
    const bit = steps.get(step.join('|'))?.bit ?? 0
    const at = pattern * WIDTH + (bit >>> 5)
    REQUIRED[at] = (REQUIRED[at] ?? 0) | (1 << (bit & 31))
  }
}

/** What a word is to a quick look, as bits of `anchors`. */
export const ALONE = 1
export const FIRST = 2
export const MARK = 4

/**
 * Of each pattern the step that ordinary text has least: where none of these words is, no pattern can be. A word is an anchor by
 * itself (`ALONE`) or with the one behind it (`FIRST`). Words in marks of chat templates are here as well (`MARK`).
 */
export const anchors = new KindTable()
/** The two words of a phrase that is an anchor, by `pairOf`. */
export const anchorPairs = new KindTable()
/** Tells nearly every word that is not among `anchors`. */
export const anchorTails = new TailFilter()

function addAnchor(word: string, kind: number): void {
  anchors.add(hashWord(word), kind)
  anchorTails.add(word)
}

/** Words of everyday text; it only matters for speed which they are. */
const COMMON: ReadonlySet<string> = new Set(
  (
    'a about after agent agents ai alert all also an and any are as at audit be before begin but by call called can chat ' +
    'client clients commands company content copy customer customers data developer developers do document each end ensure error ' +
    'even every file files first follow following for from full get given has have higher id if in include included information ' +
    'input instead instructions into is issue it its keep legal like line list make message messages model models more must name ' +
    'need needs never new no not note now of official on once one only open or order other out output over page platform please ' +
    'policy print priority project prompt read report required requires response responses result results run say says search ' +
    'security see set should show so start state step stop such summary system table task text than that the their them then there ' +
    'these they this those to tool tools turn type update up use used user users was we what when where which will with without ' +
    'work write would you your'
  ).split(' '),
)

/** Words of nearly every sentence, or that an answer begins with. */
const EVERYWHERE: ReadonlySet<string> = new Set(
  (
    'a after all an and answer any are as at be before but by do each every for from has have if in into is it its new no not of on or so ' +
    'than that the their them then there these they this those to was we what when which will with you your'
  ).split(' '),
)

function costOf(phrase: readonly string[]): number {
  const [word = ''] = phrase
  if (phrase.length > 1) return 0.02
  if (EVERYWHERE.has(word)) return 100
  if (COMMON.has(word)) return 10
  return word.length < 4 ? 1 : 0.1
}

for (const list of patterns) {
  let least = Number.POSITIVE_INFINITY
  let rarest: readonly (readonly string[])[] = []
  for (const step of list) {
    const { phrases } = steps.get(step.join('|')) ?? { phrases: [] }
    const cost = phrases.reduce((sum, phrase) => sum + costOf(phrase), 0)
    if (cost >= least) continue
    least = cost
    rarest = phrases
  }
  for (const [first = '', second] of rarest) {
    addAnchor(first, second === undefined ? ALONE : FIRST)
    if (second !== undefined) anchorPairs.add(pairOf(hashWord(first), hashWord(second)), FIRST)
  }
}

const MARK_WORDS =
  'inst sys turn system instruction instructions human assistant admin override hidden secret directive'
for (const word of MARK_WORDS.split(' ')) addAnchor(word, MARK)
