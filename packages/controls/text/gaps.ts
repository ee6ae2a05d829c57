import type { HiddenText } from './hidden.ts'

const MAX_FINDINGS = 50
/** From here on a gap is more than any table needs. */
const WIDE = 200
const MANY_LINES = 24

// Blank letters count: they are used to fill what trimming would collapse.
const GAP = /[\s\u0085\u115f\u1160\u2800\u3164\uffa0]{13,}/g

/** White space that pushes what follows out of sight: 40 columns in a line, or a dozen empty lines. */
export function* sightGaps(text: string): Generator<HiddenText> {
  let count = 0
  for (const match of text.matchAll(GAP)) {
    const [gap] = match
    const end = match.index + gap.length
    if (end === text.length) return // nothing follows
    const lines = gap.match(LINE_BREAK)?.length ?? 0
    const width = lines > 0 ? Math.max(...gap.split(LINE_BREAK).map(columns)) : columns(gap)
    if (lines <= 12 && width < 40) continue
    if (++count > MAX_FINDINGS) return
    yield {
      rule: 'text/gap',
      severity: lines >= MANY_LINES || width >= WIDE ? 'medium' : 'low',
      start: match.index,
      end,
      explain: `${lines > 12 ? `${lines} line breaks` : `${width} columns of white space`} push what follows out of sight.`,
    }
  }
}

const LINE_BREAK = /\r\n|[\n\r\u0085\u2028\u2029]/g

/** A tab is counted as four columns. */
function columns(line: string): number {
  let width = line.length
  for (let at = line.indexOf('\t'); at >= 0; at = line.indexOf('\t', at + 1)) width += 3
  return width
}

// Biblical Hebrew, Tibetan and the like put up to five marks on a letter.
const STACK = /(?:(?!\p{Default_Ignorable_Code_Point})\p{M}){7,}/gu

/** Quick to say no: no mark is before U+0300. */
const MAY_STACK = /[\u0300-\uffff]{7}/

/** Stacks of combining marks, of which no script has so many. */
export function* sightStacks(text: string): Generator<HiddenText> {
  if (!MAY_STACK.test(text)) return
  let count = 0
  for (const match of text.matchAll(STACK)) {
    if (++count > MAX_FINDINGS) return
    yield {
      rule: 'text/marks',
      severity: 'medium',
      start: match.index,
      end: match.index + match[0].length,
      explain: `${match[0].length} combining marks in a row make a letter unreadable.`,
    }
  }
}
