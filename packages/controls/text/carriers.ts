import { unitsOf } from './characters.ts'
import { sortInvisible } from './invisible.ts'
import { type Mapped, Rewriting } from './mapped.ts'
import type { Row } from './rows.ts'
import { spellPrivateUse, spellSelectors, spellTags, spellZeroWidth } from './spell.ts'

export type CarrierKind = 'tags' | 'variation-selectors' | 'zero-width' | 'private-use'

/** What the invisible characters of a text say, all of a kind in one: visible text between them does not part them. */
export function* carriedTexts(text: string): Generator<{ kind: CarrierKind; inner: Mapped }> {
  const { tags, selectors, digits, privateUse } = sortInvisible(text)
  const rows = [
    ['tags', tags, spellTags(tags.code)],
    ['variation-selectors', selectors, spellSelectors(selectors.code)],
    ['zero-width', digits, spellZeroWidth(digits.code)],
    ['private-use', privateUse, spellPrivateUse(privateUse)],
  ] as const
  for (const [kind, row, said] of rows) if (said) yield { kind, inner: placed(text, row, said) }
}

/** A message with its places: as many characters of the row as fall to each of its own. */
function placed(text: string, row: Row, said: string): Mapped {
  const out = new Rewriting(text)
  const each = row.at.length / said.length
  let last = -1
  for (let at = 0; at < said.length; at++) {
    const first = Math.floor(at * each)
    const from = row.at[first] ?? 0
    // Several characters of the message may come from one of the text.
    if (first === last) {
      out.put(said[at] ?? '', from, from)
      continue
    }
    last = first
    const end = Math.max(first, Math.ceil((at + 1) * each) - 1)
    out.put(said[at] ?? '', from, (row.at[end] ?? from) + unitsOf(row.code[end] ?? 0))
  }
  return out.done()
}
