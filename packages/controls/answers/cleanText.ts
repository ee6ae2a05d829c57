import { findHidden, removeHidden, type TextRule } from '../text/index.ts'

export interface Cleaned {
  readonly text: string
  /** What was taken out, by rule; none where nothing was. */
  readonly rules: readonly TextRule[]
}

/**
 * A text of an answer without what hides in it: tag characters, bidirectional controls, characters of no width that form
 * something, terminal sequences. Comments stay, since files are edited by what was read of them.
 *
 * Idempotent; what stood apart and meets now is looked at again (`removeHidden`). Emoji, Persian, Indic and right-to-left text
 * stay byte for byte.
 *
 * @example cleanText('red \u001b[31malert\u001b[0m') // { text: 'red alert', rules: ['text/ansi'] }
 */
export function cleanText(text: string): Cleaned {
  const clean = removeHidden(text, { comments: 'keep' })
  if (clean === text) return { text, rules: NOTHING }
  const rules = new Set<TextRule>()
  for (const { rule } of findHidden(text, 'prose')) if (!VISIBLE.has(rule)) rules.add(rule)
  return { text: clean, rules: rules.size === 0 ? OTHER : [...rules] }
}

const NOTHING: readonly TextRule[] = []
const OTHER: readonly TextRule[] = ['text/control']
/** Found as well, and left where they are. */
const VISIBLE: ReadonlySet<TextRule> = new Set<TextRule>([
  'text/comment',
  'text/hidden-markup',
  'text/gap',
  'text/marks',
  'text/encoded',
  'text/mixed-script',
  'text/confusable',
])
