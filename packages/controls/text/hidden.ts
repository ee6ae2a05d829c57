import type { Cut } from './cuts.ts'

/** What each rule of `findHidden` means, in one sentence. */
export const TEXT_RULES = {
  'text/tags': 'Tag characters (U+E0000-U+E007F) spell text that no display shows and every model reads.',
  'text/variation-selectors': 'Variation selectors that choose no form of any character carry bytes.',
  'text/zero-width':
    'Characters of no width stand where no language needs them: a few are untidy, runs of them carry a message.',
  'text/blank-letters': 'Letters that are drawn as nothing fill a place where text would be expected.',
  'text/bidi': 'Bidirectional controls make the text look different from what it says.',
  'text/reserved': 'Code points that Unicode keeps for invisible characters have no use in any text.',
  'text/annotation': 'Interlinear annotation characters hide one text behind another.',
  'text/private-use': 'Private use characters mean only what their author decides, and can spell ASCII.',
  'text/ansi': 'A terminal takes an escape sequence as a command and does not show it.',
  'text/control': 'Control characters are not shown, rub out or overwrite what stands before them.',
  'text/comment': 'A comment is left out when the text is rendered; a model reads it.',
  'text/hidden-markup': 'An HTML element is styled or marked so that it is not shown.',
  'text/gap': 'Much white space pushes what follows out of sight.',
  'text/marks': 'A stack of combining marks makes a letter unreadable.',
  'text/encoded': 'An encoded run decodes to readable text.',
  'text/mixed-script': 'A word or name has letters of scripts that no language mixes.',
  'text/confusable': 'Letters are drawn like Latin ones and are others.',
} as const satisfies Readonly<Record<`text/${string}`, string>>

export type TextRule = keyof typeof TEXT_RULES

/** Something that hides in a text. */
export interface HiddenText {
  readonly rule: TextRule
  /** `critical` and `high` decide: there is no honest reason for it. `medium` and `low` inform. */
  readonly severity: 'low' | 'medium' | 'high' | 'critical'
  /** Where, in UTF-16 units of the text. */
  readonly start: number
  readonly end: number
  /** What it says when it is read. */
  readonly decoded?: string
  /** One sentence for a person. */
  readonly explain: string
}

/** What one look at a text gives: what to say about it, and what to take out of it. */
export interface Sighting {
  readonly hidden: HiddenText[]
  readonly cuts: Cut[]
}
