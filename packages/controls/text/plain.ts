import { codeAt, invisibleKind, unitsOf } from './characters.ts'
import { asLatin, hasLookAlike } from './confusables.ts'
import { type Mapped, Rewriting, unchanged, within } from './mapped.ts'
import { WORD } from './words.ts'

/**
 * A text as a model reads it, whatever it is written with: nothing invisible, compatibility forms as plain letters
 * (NFKC), look-alike letters as Latin where a word mixes scripts, a run of white space as one character (`\n` if it
 * breaks the line, else a space). Case stays.
 *
 * Follows UAX 15 (NFKC), UTS 39 (look-alikes). Made for matching, never for showing or sending.
 *
 * @example
 * plain('\uff49g\u200bnore  all').text // 'ignore all'
 */
export function plain(text: string): Mapped {
  if (!UNPLAIN.test(text)) return unchanged(text)
  if (!BEYOND_ASCII.test(text)) return collapsed(text)
  const letters = readable(text)
  return hasLookAlike(letters.text) ? within(letters, folded(letters.text)) : letters
}

const UNPLAIN = /[^\n -~]|\s\s/
const BEYOND_ASCII = /[^\t\n\v\f\r -~]/
const WIDE = /\s{2,}|[\t\v\f\r]/g
const LINE_BREAK = /[\n\r\u0085\u2028\u2029]/
const SPACE = /[\s\u0085]/

const asOne = (white: string) => (LINE_BREAK.test(white) ? '\n' : ' ')

/** ASCII only: no more than its white space. */
function collapsed(text: string): Mapped {
  const out = new Rewriting(text)
  let from = 0
  for (const match of text.matchAll(WIDE)) {
    out.copy(from, match.index)
    from = match.index + match[0].length
    out.put(asOne(match[0]), match.index, from)
  }
  out.copy(from, text.length)
  return out.done()
}

function readable(text: string): Mapped {
  const out = new Rewriting(text)
  /** Since when white space, and nothing else that shows, was seen. */
  let white: number | undefined
  for (let at = 0; at < text.length; ) {
    const code = codeAt(text, at)
    const end = at + unitsOf(code)
    if (isWhite(code)) {
      white ??= at
      at = end
      continue
    }
    const sequence = sequenceEnd(text, at, code)
    if (sequence !== undefined) {
      at = sequence
      continue
    }
    if (white !== undefined) {
      out.put(asOne(text.slice(white, at)), white, at)
      white = undefined
    }
    const next = code < 0x80 ? asciiEnd(text, at) : at
    if (next > at) {
      out.copy(at, next)
      at = next
    } else {
      CLUSTER.lastIndex = at
      const cluster = CLUSTER.exec(text)?.[0] || text.slice(at, end)
      at += cluster.length
      out.put(lettersOf(cluster), at - cluster.length, at)
    }
  }
  if (white !== undefined) out.put(asOne(text.slice(white)), white, text.length)
  return out.done()
}

const isWhite = (code: number) =>
  code === 0x20 ||
  (code >= 9 && code <= 13) ||
  (code >= 0x85 && SPACE.test(String.fromCodePoint(code)) && code !== 0xfeff)

/** Behind what is not read at this place: an invisible or control character, with the parameters of a terminal's. */
function sequenceEnd(text: string, at: number, code: number): number | undefined {
  if (code === 0x1b || code === 0x9b) {
    const rest = code === 0x1b ? AFTER_ESC : AFTER_CSI
    rest.lastIndex = at + 1
    return rest.test(text) ? rest.lastIndex : at + 1
  }
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return at + 1
  const unread = (code >= 0xd800 && code <= 0xdfff) || invisibleKind(code) !== undefined
  return unread ? at + unitsOf(code) : undefined
}

/** What follows ESC or CSI. A single CSI without parameters is more often text that was decoded wrongly. */
const AFTER_ESC = /\[[0-?]*[ -/]*[@-~]/y
const AFTER_CSI = /[0-?]+[ -/]*[@-~]/y
/** A letter with all that modifies it; Hangul syllables are composed of several letters. */
const CLUSTER =
  /(?:[\u1100-\u115e\u1161-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]+|[^\p{M}])?(?:(?!\p{Default_Ignorable_Code_Point})\p{M})*/uy

/** Behind the ASCII letters that begin here and are not modified by a mark: where single spaces part them, behind these. */
function asciiEnd(text: string, at: number): number {
  let end = at
  while (end < text.length) {
    const code = text.charCodeAt(end)
    if (code > 0x20 && code < 0x7f) end++
    else if (code === 0x20 && end > at && isShown(text.charCodeAt(end + 1))) end++
    else {
      const modified = code >= 0x300 && end > at && MARK.test(String.fromCodePoint(codeAt(text, end)))
      return modified ? end - 1 : end
    }
  }
  return end
}

const isShown = (code: number) => code > 0x20 && code < 0x7f
const MARK = /\p{M}/u

/** NFKC, without strokes through letters, and without stacks of marks that no alphabet knows. */
function lettersOf(cluster: string): string {
  if (cluster.length === 1) return cluster.normalize('NFKC')
  const bare = cluster.replace(OVERLAYS, '')
  return (STACKED.test(bare) ? String.fromCodePoint(codeAt(bare, 0)) : bare).normalize('NFKC')
}

const OVERLAYS = /[\u0334-\u0338\u20d0-\u20f0]/g
const STACKED = /^[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]\p{M}{4}/u

const LATIN_LETTER = /[A-Za-z]/
const LETTER_SYMBOL = /[\u{1f150}-\u{1f189}\u{1f1e6}-\u{1f1ff}]/u
const ONLY_LATIN = /^[\0-\u024f]+$/

/** Latin letters for look-alikes in words that have both, and in words of nothing else within a Latin text. */
function folded(text: string): Mapped {
  const latinText = isMostlyLatin(text)
  const out = new Rewriting(text)
  let from = 0
  for (const match of text.matchAll(WORD)) {
    const [word] = match
    const mixed = LATIN_LETTER.test(word) || LETTER_SYMBOL.test(word)
    if (!(mixed || latinText) || !hasLookAlike(word)) continue
    const latin = asLatin(word)
    if (!mixed && !ONLY_LATIN.test(latin)) continue
    out.copy(from, match.index)
    from = match.index + word.length
    out.put(latin, match.index, from)
  }
  out.copy(from, text.length)
  return out.done()
}

function isMostlyLatin(text: string): boolean {
  let latin = 0
  let other = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const lower = code | 0x20
    if (lower >= 0x61 && lower <= 0x7a) latin++
    else if (code > 0x24f) other++
  }
  return latin > other
}
