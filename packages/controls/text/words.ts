import { asLatin, hasLookAlike } from './confusables.ts'
import type { HiddenText } from './hidden.ts'
import { mixedScripts } from './scripts.ts'

const MAX_FINDINGS = 50
const LETTERS = /\p{L}/gu

/** Words, with the letters that are symbols to Unicode. */
export const WORD = /[\p{L}\p{M}\p{N}\u{1f150}-\u{1f189}\u{1f1e6}-\u{1f1ff}]+/gu

/** Words that mix scripts so that letters are taken for others. Informs: mistypings and formulas do it too. */
export function* sightWords(text: string): Generator<HiddenText> {
  if (!hasLookAlike(text)) return
  let count = 0
  for (const match of text.matchAll(WORD)) {
    const [word] = match
    if (!/[A-Za-z]/.test(word) || !hasLookAlike(word)) continue
    // Two letters are a unit or a formula.
    const letters = word.match(LETTERS)?.length ?? 0
    if (letters < 3) continue
    const scripts = mixedScripts(word)
    if (scripts.length === 0) continue
    if (++count > MAX_FINDINGS) return
    yield {
      rule: 'text/mixed-script',
      severity: letters > 3 ? 'medium' : 'low',
      start: match.index,
      end: match.index + word.length,
      decoded: asLatin(word),
      explain: `A word has letters of ${scripts.join(' and ')}.`,
    }
  }
}
