import { searchAhead } from './ahead.ts'
import type { Cut } from './cuts.ts'
import { isProse } from './decode.ts'
import type { HiddenText } from './hidden.ts'

/** A comment: all of it, and what it says. */
export interface Comment {
  readonly from: number
  readonly to: number
  readonly innerFrom: number
  readonly innerTo: number
  /** Shown after all, because it stands in a code sample. */
  readonly inCode: boolean
}

const MAY_COMMENT = /<!|<\?|\]:/

/**
 * The comments of a text, in order: `<!-- -->`, and the link definitions by which Markdown says what it never shows
 * (`[//]: # (...)`, `[x]: <> "..."`). One that is never closed goes to the end, as renderers have it.
 */
export function commentsOf(text: string): Comment[] {
  if (!MAY_COMMENT.test(text)) return []
  const found: Comment[] = []
  const code = codeBlocks(text)
  const end = searchAhead(text, '-->')
  const bangEnd = searchAhead(text, '--!>')
  let from = text.indexOf('<!--')
  while (from >= 0) {
    const plain = end(from + 2)
    const bang = bangEnd(from + 4)
    const close = plain < 0 ? bang : bang < 0 ? plain : Math.min(plain, bang)
    const to = close < 0 ? text.length : close + (close === plain ? 3 : 4)
    const innerFrom = Math.min(from + 4, to)
    const innerTo = close < 0 ? to : Math.max(innerFrom, close)
    found.push({ from, to, innerFrom, innerTo, inCode: isInCode(text, code, from, to) })
    from = text.indexOf('<!--', to)
  }
  found.push(...definitions(text, code))
  return found.sort((one, other) => one.from - other.from)
}

const DEFINITION = /^ {0,3}\[[^\]\n]{1,200}\]:[ \t]*(?:#|<#?>)[ \t]*(?:\n[ \t]*)?(["'(])/gm

function* definitions(text: string, code: readonly Block[]): Generator<Comment> {
  if (!text.includes(']:')) return
  const closers = new Map(['"', "'", ')'].map((closer) => [closer, searchAhead(text, closer)]))
  const blank = searchAhead(text, '\n\n')
  const lineEnd = searchAhead(text, '\n')
  let done = 0
  for (const match of text.matchAll(DEFINITION)) {
    if (match.index < done) continue
    const innerFrom = match.index + match[0].length
    const opener = match[1] ?? ''
    const close = closers.get(opener === '(' ? ')' : opener)?.(innerFrom) ?? -1
    const paragraph = blank(innerFrom)
    const closes = close >= 0 && (paragraph < 0 || close < paragraph)
    // A title that nothing closes makes the line ordinary text to a renderer, but no reader needs to know that.
    const line = lineEnd(closes ? close : innerFrom)
    const to = line < 0 ? text.length : line
    done = to
    const innerTo = closes ? close : to
    yield { from: match.index, to, innerFrom, innerTo, inCode: isInCode(text, code, match.index, to) }
  }
}

type Block = readonly [from: number, to: number]

/** Fenced code blocks (CommonMark 4.5): what stands in them is shown. */
function codeBlocks(text: string): Block[] {
  if (!text.includes('```') && !text.includes('~~~')) return []
  const blocks: Block[] = []
  let open: { at: number; fence: string } | undefined
  for (const match of text.matchAll(/^ {0,3}(`{3,}|~{3,})([^\n]*)/gm)) {
    const [, fence = '', rest = ''] = match
    if (open === undefined) {
      if (fence[0] !== '`' || !rest.includes('`')) open = { at: match.index, fence }
    } else if (fence[0] === open.fence[0] && fence.length >= open.fence.length && rest.trim() === '') {
      blocks.push([open.at, match.index])
      open = undefined
    }
  }
  if (open !== undefined) blocks.push([open.at, text.length])
  return blocks
}

/** In a code block, or between backticks of one line. */
function isInCode(text: string, blocks: readonly Block[], from: number, to: number): boolean {
  let low = 0
  let high = blocks.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((blocks[middle]?.[0] ?? 0) <= from) low = middle + 1
    else high = middle
  }
  const block = blocks[low - 1]
  if (block !== undefined && to <= block[1]) return true
  // Only what stands close is looked at: a line without end must not be walked for each comment in it.
  const before =
    text
      .slice(Math.max(0, from - MAX_SPAN), from)
      .split('\n')
      .at(-1) ?? ''
  const after = text.slice(to, to + MAX_SPAN).split('\n', 1)[0] ?? ''
  return (
    (before.split('`').length - 1) % 2 === 1 && after.includes('`') && !text.slice(from, to).includes('\n')
  )
}

const MAX_SPAN = 200

/** What to say about comments and hidden elements. */
export function sightMarkup(text: string): HiddenText[] {
  const hidden: HiddenText[] = []
  for (const { from, to, innerFrom, innerTo, inCode } of commentsOf(text)) {
    const said = text.slice(innerFrom, Math.min(innerTo, innerFrom + MAX_SHOWN)).trim()
    if (hidden.length < MAX_FINDINGS) {
      hidden.push({
        rule: 'text/comment',
        severity: !inCode && isProse(said) ? 'medium' : 'low',
        start: from,
        end: to,
        ...(said === '' ? {} : { decoded: said }),
        explain: inCode
          ? 'A comment stands in a code sample.'
          : 'A comment is left out when the text is rendered; a model reads it.',
      })
    }
  }
  hidden.push(...hiddenElements(text))
  return hidden
}

/** The comments to take out: those outside of code samples, or `all`. */
export function commentCuts(text: string, which: 'rendered' | 'all' = 'rendered'): Cut[] {
  return (
    commentsOf(text)
      .filter(({ inCode }) => which === 'all' || !inCode)
      // A space where words, or the marks of another comment, would meet.
      .map(({ from, to }) => ({ from, to, by: isTight(text, from, to) ? ' ' : '' }))
  )
}

const MAX_FINDINGS = 50
const MAX_SHOWN = 2000

const isTight = (text: string, from: number, to: number) =>
  from > 0 && to < text.length && !/\s/.test(text[from - 1] ?? '') && !/\s/.test(text[to] ?? '')

const TAG = /<([A-Za-z]{1,12}[1-6]?)(\s[^<>]{1,2000})>/g
const HIDING =
  /\shidden(?![\w-])|display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden|font-size\s{0,9}:\s{0,9}0(?![.\d])|opacity\s{0,9}:\s{0,9}0(?![.\d])|(?<![\w-])color\s{0,9}[:=]\s{0,9}["']?(?:white|#fff|transparent)|(?:left|top|text-indent)\s{0,9}:\s{0,9}-\d{3}/i
const ELEMENTS = new Set(
  'a b i p em td th li ul h1 h2 h3 h4 div pre sub sup span font code small strong section'.split(' '),
)

/** HTML elements that are marked or styled so as not to be shown. */
function* hiddenElements(text: string): Generator<HiddenText> {
  if (!MAY_HIDE.test(text)) return
  let count = 0
  for (const match of text.matchAll(TAG)) {
    const [tag, name = '', attributes = ''] = match
    if (!HIDING.test(attributes)) continue
    if (++count > MAX_FINDINGS) return
    const inner = match.index + tag.length
    const known = ELEMENTS.has(name.toLowerCase())
    const close = known ? text.indexOf(`</${name}`, inner) : -1
    const to = close < 0 ? inner : close
    const said = text.slice(inner, Math.min(to, inner + MAX_SHOWN)).trim()
    yield {
      rule: 'text/hidden-markup',
      severity: isProse(said) ? 'medium' : 'low',
      start: match.index,
      end: to,
      ...(said === '' ? {} : { decoded: said }),
      explain: 'An HTML element is styled or marked so that it is not shown.',
    }
  }
}

const MAY_HIDE = /hidden|style|color/i
