import { mapTexts, type TextVisit } from '@sallyport/controls/answers'
import type { JsonObject } from '@sallyport/controls/json'
import { inTurns } from '../turns.ts'

/** From so many bytes on an answer is looked through in turns: some 20 ms of the worst that was found. */
const LARGE = 16_384
/** Shorter texts are looked at together, so many characters at a time. */
const STEP = 1_024

/**
 * A body with its texts as `visit` gives them, which is told what `look` makes of each. In a large one every text is looked at
 * before, in turns: what is slow is the look, not the walk. One very long text is still one piece of work.
 *
 * @example
 * const shown = mapTextsInTurns(body, bytes.length, { wants, look: cleanText, visit: (text, path, isKey, clean) => clean.text })
 */
export function mapTextsInTurns<Looked>(
  body: JsonObject,
  bytes: number,
  { wants, look, visit }: TextLook<Looked>,
): JsonObject | Promise<JsonObject> {
  const mapped = (looked: (text: string) => Looked): JsonObject =>
    mapTexts(body, (text, path, isKey) =>
      wants(text, path, isKey) ? visit(text, path, isKey, looked(text)) : text,
    )
  if (bytes < LARGE) return mapped(look)
  const known = inTurns(lookAtAll(body, wants, look))
  const settled = (all: ReadonlyMap<string, Looked>) => mapped((text) => all.get(text) ?? look(text))
  return known instanceof Promise ? known.then(settled) : settled(known)
}

export interface TextLook<Looked> {
  /** Is a text looked at where it stands? */
  readonly wants: (...where: Parameters<TextVisit>) => boolean
  /** Depends on nothing but the text. */
  readonly look: (text: string) => Looked
  readonly visit: (...where: [...Parameters<TextVisit>, looked: Looked]) => string
}

function* lookAtAll<Looked>(
  body: JsonObject,
  wants: TextLook<Looked>['wants'],
  look: (text: string) => Looked,
): Generator<undefined, Map<string, Looked>> {
  const texts = new Set<string>()
  mapTexts(body, (text, path, isKey) => {
    if (wants(text, path, isKey)) texts.add(text)
    return text
  })
  const looked = new Map<string, Looked>()
  let chars = 0
  for (const text of texts) {
    looked.set(text, look(text))
    chars += text.length
    if (chars < STEP) continue
    chars = 0
    yield undefined
  }
  return looked
}
