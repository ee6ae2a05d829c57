import type { JsonValue } from '../json/index.ts'
import { sameValue } from './sameValue.ts'
import { sentencesOf } from './sentences.ts'
import { isSameWording, reversedSentence } from './wording.ts'

/** What a change of an item is, from what it does to whoever reads or calls it. `docs/drift.md` has the table. */
export const DRIFT_CLASSES = [
  'new',
  'removed',
  'renamed',
  'narrowed-schema',
  'widened-schema',
  'new-parameter',
  'new-required-parameter',
  'removed-parameter',
  'changed-default',
  'wording',
  'new-sentence',
  'reversed-sentence',
  'removed-sentence',
  'annotation-weaker',
  'annotation-claimed',
  'annotation-stricter',
  'metadata',
  'type-change',
  /** What runs is another package, file or address. */
  'package-changed',
  'other',
] as const
export type DriftClass = (typeof DRIFT_CLASSES)[number]

/**
 * What a change can do at worst, least first. `narrowing` only takes away; `harmless` cannot make a model do more or say
 * anything new; `substantive` is everything else, and whatever is not known.
 */
export const DRIFT_WEIGHTS = ['none', 'narrowing', 'harmless', 'substantive'] as const
export type DriftWeight = (typeof DRIFT_WEIGHTS)[number]

/** Takes down one change that was found. */
export type Note = (drift: DriftClass, weight: Exclude<DriftWeight, 'none'>) => void

/** Prose that a model or person reads: was it put in other words, added to, or cut? */
export function noteProse(before: JsonValue | undefined, after: JsonValue | undefined, note: Note): void {
  if (sameValue(before, after)) return
  const [old, now] = [before ?? '', after ?? '']
  if (typeof old !== 'string' || typeof now !== 'string') return note('type-change', 'substantive')
  if (isSameWording(old, now)) return note('wording', 'harmless')
  if (reversedSentence(old, now) !== undefined) note('reversed-sentence', 'substantive')
  // What is left can read otherwise without what framed or forbade it: taking prose away is never only narrowing.
  note(isCut(old, now) ? 'removed-sentence' : 'new-sentence', 'substantive')
}

/** Has the later text fewer sentences, and only such as the earlier one has, in their order? */
function isCut(before: string, after: string): boolean {
  const [all, left] = [sentencesOf(before), sentencesOf(after)]
  let at = 0
  for (const { key } of all) if (left[at]?.key === key) at++
  return at === left.length && left.length < all.length
}

/** A text shown beside a name: a title. */
export function noteTitle(before: JsonValue | undefined, after: JsonValue | undefined, note: Note): void {
  if (sameValue(before, after)) return
  const same = typeof before === 'string' && typeof after === 'string' && isSameWording(before, after)
  note('metadata', same ? 'harmless' : 'substantive')
}
