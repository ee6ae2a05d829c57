import { codeAt, invisibleKind, unitsOf } from './characters.ts'
import { withoutCuts } from './cuts.ts'
import { commentCuts } from './markup.ts'
import { sightUnseen } from './unseen.ts'

export interface Removal {
  /**
   * Comments outside of code samples go too, as a rendered page has it (the default). `keep` for the contents of files,
   * which are edited by what a model has read of them.
   */
  readonly comments?: 'remove' | 'keep'
}

/**
 * The text without what hides: what a model may see of it.
 *
 * Takes out what `findHidden` decides on, control characters, invisible characters that part a word, and comments.
 * Visible prose stays byte for byte: emoji, Persian and Indic joiners, right-to-left text with its marks, ideographs with
 * their variants, code samples, tables; and so do encoded runs and gaps, which can be seen. Idempotent.
 *
 * @example
 * removeHidden('Adds.\u{e0068}\u{e0069} <!-- hi --> Well.') // 'Adds.  Well.'
 */
export function removeHidden(text: string, { comments = 'remove' }: Removal = {}): string {
  let out = text
  // What stood apart may meet, and be a comment or a sequence now: rare, and never for long.
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const cuts = [...sightUnseen(out).cuts, ...(comments === 'remove' ? commentCuts(out) : [])]
    if (cuts.length === 0) return out
    out = withoutCuts(out, cuts)
  }
  return stripped(out, comments)
}

const MAX_ROUNDS = 4

/** For what is made to be peeled for ever: nothing invisible and no comment stays, wherever it belongs. */
function stripped(text: string, comments: 'remove' | 'keep'): string {
  let out = ''
  for (let at = 0; at < text.length; at++) {
    const code = codeAt(text, at)
    if (!isUnseen(code)) out += code === 0x0d ? '\n' : String.fromCodePoint(code)
    at += unitsOf(code) - 1
  }
  if (comments === 'keep') return out
  // A comment that is gone may leave a link definition at the start of its line, but never a comment.
  for (let round = 0; round < 2; round++) out = withoutCuts(out, commentCuts(out, 'all'))
  return out
}

function isUnseen(code: number): boolean {
  if (code < 0x20) return code !== 9 && code !== 10 && code !== 12 && code !== 13
  if (code < 0xa0) return code >= 0x7f && code !== 0x85
  const isPrivate = (code >= 0xe000 && code <= 0xf8ff) || code >= 0xf0000
  return isPrivate || (code >= 0xd800 && code <= 0xdfff) || invisibleKind(code) !== undefined
}
