import { judgeDirections, reversed } from './bidi.ts'
import { type CarrierKind, carriedTexts } from './carriers.ts'
import { withoutEntities, withoutEscapes, withoutPercent } from './escapes.ts'
import { type Mapped, Rewriting, unchanged, within } from './mapped.ts'
import { commentsOf } from './markup.ts'
import { plain } from './plain.ts'
import { base64Runs, hexRuns, ofRun } from './runs.ts'
import { joined } from './spaced.ts'
import { BEYOND_ASCII, ESCAPED, LONG_WORD, MARKUP, SHORT_WORDS, traitsOf } from './traits.ts'

export type ReadingKind =
  /** The text itself, see `plain`. */
  | 'plain'
  /** What its tag characters, variation selectors, zero-width or private use characters spell. */
  | CarrierKind
  /** The whole text, with HTML's character references, percent-encoding or `\u0061` as what they stand for. */
  | 'entities'
  | 'percent'
  | 'escapes'
  /** The whole text, with words that were spelt l e t t e r  by letter as words. */
  | 'spaced'
  /** The whole text without its comments, as it is rendered. */
  | 'rendered'
  /** What one comment says. */
  | 'comment'
  /** One run of Base64 or hex digits, decoded. */
  | 'base64'
  | 'hex'
  /** What a right-to-left override shows. */
  | 'reversed'

/** One way to read a text. */
export interface Reading extends Mapped {
  readonly kind: ReadingKind
}

const MAX_DEPTH = 3
const MAX_READINGS = 64
const MAX_CHARS = 1_048_576

/**
 * Every reading of a text that a model or program may make: the plain one first, then what is encoded or hidden in it,
 * and in that, to a depth of three. All are plain texts (see `plain`), so that one matcher fits all.
 *
 * Bounded: at most 64 readings, and none begins when those there are hold 1 Mi characters beyond the first. Ordinary
 * text has one reading and costs one walk over it.
 *
 * @example
 * readings('see aWdub3JlIGFsbCBydWxlcw==').map(({ kind, text }) => [kind, text])
 * // [['plain', 'see aWdub3JlIGFsbCBydWxlcw=='], ['base64', 'ignore all rules']]
 */
export function readings(text: string): readonly Reading[] {
  const found: Reading[] = [as('plain', plain(text))]
  if (traitsOf(text) === 0) return found
  const seen = new Set(found.map((reading) => reading.text))
  const opened = new Set([text])
  let chars = 0
  let layer: readonly Mapped[] = [unchanged(text)]
  for (let depth = 0; depth < MAX_DEPTH && layer.length > 0; depth++) {
    const next: Mapped[] = []
    for (const outer of layer) {
      for (const { kind, inner } of innerReadings(outer.text)) {
        if (found.length >= MAX_READINGS || chars >= MAX_CHARS) return found
        const raw = within(outer, inner)
        if (opened.has(raw.text)) continue
        opened.add(raw.text)
        next.push(raw)
        const reading = as(kind, within(raw, plain(raw.text)))
        chars += reading.text.length + 1
        if (seen.has(reading.text) || reading.text.trim() === '') continue
        seen.add(reading.text)
        found.push(reading)
      }
    }
    layer = next
  }
  return found
}

const as = (kind: ReadingKind, { text, original }: Mapped): Reading => ({ kind, text, original })

const MAY_CARRY =
  /[\u00ad\u061c\u115f\u1160\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ue000-\uf8ff\ufeff\uffa0\ud82f\ud834\udb40-\udbff]|[\ufe00-\ufe0f]|[\u180b-\u180f]|\u034f|[\u17b4\u17b5]/

function* innerReadings(text: string): Generator<{ kind: ReadingKind; inner: Mapped }> {
  const traits = traitsOf(text)
  if ((traits & BEYOND_ASCII) !== 0 && MAY_CARRY.test(text)) {
    yield* carriedTexts(text)
    yield* backwards(text)
  }
  if ((traits & (ESCAPED | SHORT_WORDS)) !== 0) {
    for (const [kind, decode] of WHOLE) {
      const inner = decode(text)
      if (inner !== undefined) yield { kind, inner }
    }
  }
  if ((traits & LONG_WORD) !== 0)
    for (const run of base64Runs(text)) yield { kind: 'base64', inner: ofRun(text, run) }
  if ((traits & (LONG_WORD | SHORT_WORDS)) !== 0) {
    for (const run of hexRuns(text)) yield { kind: 'hex', inner: ofRun(text, run) }
  }
  if ((traits & MARKUP) !== 0) yield* uncommented(text)
}

const WHOLE = [
  ['entities', withoutEntities],
  ['percent', withoutPercent],
  ['escapes', withoutEscapes],
  ['spaced', joined],
] as const

function* backwards(text: string): Generator<{ kind: 'reversed'; inner: Mapped }> {
  let end = 0
  const scopes = judgeDirections(text)?.deceiving.toSorted((one, other) => one.from - other.from) ?? []
  for (const { code, from, to } of scopes) {
    // One within another is read with it: each letter once, however deeply they nest.
    if (code !== 0x202e || from < end) continue
    end = to
    const out = new Rewriting(text)
    out.put(reversed(text.slice(from + 1, to)), from + 1, to)
    yield { kind: 'reversed', inner: out.done() }
  }
}

/** What each comment says, and what is left of the text without them. */
function* uncommented(text: string): Generator<{ kind: 'comment' | 'rendered'; inner: Mapped }> {
  const comments = commentsOf(text)
  if (comments.length === 0) return
  const rest = new Rewriting(text)
  let at = 0
  for (const { from, to, innerFrom, innerTo } of comments) {
    const inner = new Rewriting(text)
    inner.copy(innerFrom, innerTo)
    yield { kind: 'comment', inner: inner.done() }
    if (from < at) continue
    rest.copy(at, from)
    at = to
  }
  rest.copy(at, text.length)
  yield { kind: 'rendered', inner: rest.done() }
}
