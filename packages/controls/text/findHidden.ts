import { sightEncoded } from './encoded.ts'
import { sightGaps, sightStacks } from './gaps.ts'
import type { HiddenText } from './hidden.ts'
import { sightMarkup } from './markup.ts'
import { sightName } from './names.ts'
import { BEYOND_ASCII, ESCAPED, LONG_WORD, MARKUP, SHORT_WORDS, traitsOf, WIDE } from './traits.ts'
import { sightUnseen } from './unseen.ts'
import { sightWords } from './words.ts'

/** What a text is for: a name must be plain, prose may have whatever a language or an emoji needs. */
export type TextUse = 'prose' | 'name'

/**
 * What hides in a text, in the order it stands there.
 *
 * `critical` and `high` decide: tag characters, messages in variation selectors or characters of no width, bidirectional
 * overrides, terminal sequences. `medium` and `low` inform: comments, gaps, encoded text, strays; what they say is for
 * detection to judge. In a name whatever cannot be seen decides.
 *
 * Cannot see: text that a font, colour or size hides (but for HTML that says so), a message in the choice of words,
 * spaces or visible letters, the content of a cipher. Linear in the text; ordinary text costs one walk over it.
 *
 * @example
 * findHidden('Adds.\u{e0068}\u{e0069}', 'prose')
 * // [{ rule: 'text/tags', severity: 'critical', start: 5, end: 9, decoded: 'hi', explain: '...' }]
 */
export function findHidden(text: string, use: TextUse): readonly HiddenText[] {
  const traits = traitsOf(text)
  if (traits === 0 && use === 'prose') return NOTHING
  const hidden: HiddenText[] = []
  const beyondAscii = (traits & BEYOND_ASCII) !== 0
  const unseen = beyondAscii ? sightUnseen(text).hidden : NOTHING
  if (use === 'name') hidden.push(...sightName(text, unseen))
  else if (beyondAscii) hidden.push(...unseen, ...sightWords(text))
  if (beyondAscii) hidden.push(...sightStacks(text))
  if ((traits & MARKUP) !== 0) hidden.push(...sightMarkup(text))
  if ((traits & (WIDE | BEYOND_ASCII)) !== 0) hidden.push(...sightGaps(text))
  if ((traits & (ESCAPED | LONG_WORD | SHORT_WORDS)) !== 0) hidden.push(...sightEncoded(text, traits))
  return hidden.sort((one, other) => one.start - other.start)
}

/** `critical` or `high`: there is no honest reason for it. */
export function isDecisive({ severity }: Pick<HiddenText, 'severity'>): boolean {
  return severity === 'critical' || severity === 'high'
}

const NOTHING: readonly HiddenText[] = []
