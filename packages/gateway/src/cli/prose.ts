/**
 * A server's text on a terminal, so that a person sees all of it and nothing but it: hidden characters as their escapes,
 * long gaps as what they are, every line behind our own margin, so that no line of a server's can pass for one of ours.
 */
import { marked } from '@sallyport/controls/text'
import { columnsOf } from './cells.ts'
import type { Paint, Style } from './paint.ts'

/** A stretch of a text, and what it is. */
export interface Stretch {
  readonly text: string
  readonly style?: Extract<Style, 'added' | 'removed' | 'found' | 'mark'>
}

export interface ProseOptions {
  readonly paint: Paint
  /** Columns that a line may take, the margin included. */
  readonly width: number
  /** In front of every line; without colours of its own. */
  readonly margin: string
}

/** More line breaks or spaces than these in a row push what follows out of sight. */
const MAX_BREAKS = 2
const MAX_SPACES = 40

/** Our own brackets, as `marked` has them: where a text has these, they are shown as escapes. */
const OPEN = '\u27e6'
const CLOSE = '\u27e7'
/** White space in a row, and spaces that look like the plain one. */
const GAP = /(?:\n| {2,})[\n ]*|(?![ \u3000])\p{Zs}/gu

/** Says something of ours in the middle of a server's text. @example sayBetween('12 line breaks') // '⟦12 line breaks⟧' */
export function sayBetween(text: string): string {
  return `${OPEN}${text}${CLOSE}`
}

/**
 * The lines of a text. Without colours what was added or removed stands in brackets of ours.
 *
 * @example proseLines([{ text: 'Adds ' }, { text: 'two', style: 'removed' }], options) // ['  | Adds ⟪-two-⟫']
 */
export function proseLines(stretches: readonly Stretch[], options: ProseOptions): string[] {
  const { paint, margin } = options
  const width = Math.max(MIN_COLUMNS, options.width - columnsOf(margin))
  const lines: string[] = []
  let runs: { readonly style: Stretch['style']; text: string }[] = []
  let used = 0
  const end = () => {
    // A space that ends a line is behind the last column.
    const last = runs.at(-1)
    if (last !== undefined) last.text = last.text.trimEnd()
    const line = runs.map(({ style, text }) => paint(style, text)).join('')
    lines.push(paint('aside', line === '' ? margin.trimEnd() : margin) + line)
    runs = []
    used = 0
  }
  const put = (style: Stretch['style'], text: string) => {
    const last = runs.at(-1)
    if (last !== undefined && last.style === style) last.text += text
    else runs.push({ style, text })
    used += columnsOf(text)
  }
  for (const { text, style } of stretches) {
    const sign = paint.colours ? '' : (SIGNS[style ?? 'mark'] ?? '')
    const shown = style === 'mark' ? text : shownText(text)
    const whole = sign === '' ? shown : `${OPEN}${sign}${shown}${sign}${CLOSE}`
    for (const [at, part] of whole.split('\n').entries()) {
      if (at > 0) end()
      for (const word of part.match(WORD) ?? []) {
        for (const piece of hardCut(word, width)) {
          if (used > 0 && used + columnsOf(piece.trimEnd()) > width) end()
          put(style, piece)
        }
      }
    }
  }
  if (runs.length > 0 || lines.length === 0) end()
  return lines
}

const SIGNS: Readonly<Record<NonNullable<Stretch['style']>, string | undefined>> = {
  added: '+',
  removed: '-',
  found: undefined,
  mark: undefined,
}
const MIN_COLUMNS = 20
const WORD = /[^ ]+ *| +/g

/** A word that is longer than a line, in pieces. */
function hardCut(word: string, width: number): readonly string[] {
  if (columnsOf(word.trimEnd()) <= width) return [word]
  const pieces: string[] = []
  let piece = ''
  let used = 0
  for (const character of word) {
    const columns = columnsOf(character)
    if (used + columns > width) {
      pieces.push(piece)
      piece = ''
      used = 0
    }
    piece += character
    used += columns
  }
  return [...pieces, piece]
}

/** Everything visible, line breaks kept. */
function shownText(text: string): string {
  // What would read as an escape of ours is none.
  const shown = text
    .split(/\\(?=u\{)/)
    .map(marked)
    .join('\\u{5c}')
  return shown.replace(GAP, shownGap)
}

function shownGap(gap: string): string {
  if (!/^[\n ]/.test(gap)) return `\\u{${(gap.codePointAt(0) ?? 0).toString(16)}}`
  const rows = gap.split('\n')
  const breaks = rows.length - 1
  if (breaks <= MAX_BREAKS && rows.every(({ length }) => length <= MAX_SPACES)) return gap
  const spaces = gap.length - breaks
  const parts = [
    ...(breaks > 0 ? [`${breaks} line breaks`] : []),
    ...(spaces > 0 ? [`${spaces} spaces`] : []),
  ]
  return sayBetween(parts.join(', ')) + (breaks > 0 ? '\n' : '')
}
