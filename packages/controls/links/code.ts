import { searchAhead } from '../text/ahead.ts'

/**
 * Does what stands there stand in a code sample, in every reading of the text? Only then is it shown and never followed.
 *
 * Stricter than a renderer, since a renderer disagrees with the next one about unusual text: fences count at the margin, behind
 * an empty line, as long as no HTML, list or quote came into it; between back quotes only what stands on one line, with no
 * other sign before it, in a paragraph that has no more of them.
 */
export function codeSamples(text: string): (from: number, to: number) => boolean {
  const fences = sureFences(text)
  const blank = searchAhead(text, '\n\n')
  let at = 0
  return (from, to) => {
    while (at < fences.length && (fences[at]?.[1] ?? 0) < from) at++
    const fence = fences[at]
    if (fence !== undefined && from >= fence[0] && to <= fence[1]) return true
    return betweenQuotes(text, from, to, blank(to))
  }
}

const FENCE = /^([ \t>*+\d.)-]{0,16})(`{3,}|~{3,})([^\n]*)$/gm
const BLOCK = /<(?:[a-z!?/])/i

function sureFences(text: string): (readonly [number, number])[] {
  if (!text.includes('```') && !text.includes('~~~')) return []
  const found: (readonly [number, number])[] = []
  let open: { readonly from: number; readonly fence: string } | undefined
  let last = 0
  for (const match of text.matchAll(FENCE)) {
    const [, lead = '', fence = '', rest = ''] = match
    if (open === undefined) {
      const before = text.slice(Math.max(0, match.index - 2), match.index)
      // Anything unusual: from here on nobody can be sure where code begins.
      if (lead !== '' || !(before === '' || before === '\n' || before === '\n\n')) return found
      if (fence[0] === '`' && rest.includes('`')) return found
      if (BLOCK.test(text.slice(last, match.index))) return found
      open = { from: match.index + match[0].length, fence }
      continue
    }
    if (fence[0] !== open.fence[0] || fence.length < open.fence.length || rest.trim() !== '') continue
    if (lead.trim() !== '' || lead.length > 3) continue
    found.push([open.from, match.index])
    last = match.index
    open = undefined
  }
  return found
}

const MAX_LINE = 2000
/** What may make something else of back quotes behind it: escapes, HTML, cells of a table, addresses that take them along. */
const UNSURE = /[\\<|@]|\/\/|www\./i

function betweenQuotes(text: string, from: number, to: number, paragraphEnd: number): boolean {
  // Only what stands close is looked at: a line without end must not be walked for each link in it.
  const back = text.slice(Math.max(0, from - MAX_LINE), from)
  const lineAt = back.lastIndexOf('\n')
  if (lineAt < 0 && back.length === MAX_LINE) return false
  const before = back.slice(lineAt + 1)
  if (!before.includes('`') || UNSURE.test(before)) return false
  const runs = before.match(/`+/g) ?? []
  const run = runs.at(-1)?.length ?? 0
  // Each pair before it must be of one length, else nobody can be sure which opens.
  if (runs.length % 2 === 0 || runs.some((one) => one.length !== run)) return false
  const lineEnd = endOfLine(text, to)
  const close = /`+/.exec(text.slice(to, lineEnd))
  if (close?.[0].length !== run) return false
  const earlier = lineAt < 0 ? '' : back.slice(0, lineAt)
  const paragraph = earlier.slice(earlier.lastIndexOf('\n\n') + 1)
  const end = Math.min(paragraphEnd < 0 ? text.length : paragraphEnd, lineEnd + MAX_LINE)
  return !paragraph.includes('`') && !text.slice(lineEnd, end).includes('`')
}

function endOfLine(text: string, from: number): number {
  const slice = text.slice(from, from + MAX_LINE)
  const at = slice.indexOf('\n')
  return at < 0 ? from + slice.length : from + at
}
