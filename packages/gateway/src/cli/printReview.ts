/**
 * Reviews as a list: one block a server, one line an item, and the commands that look closer or decide.
 */
import { SEVERITIES, type TextFinding } from '@sallyport/controls/detection'
import { visible } from '@sallyport/controls/text'
import type { ReviewItem, ServerReview } from '../pins/review.ts'
import { showTarget } from '../pins/target.ts'
import { columnsOf, cutTo, padTo } from './cells.ts'
import type { Paint, Style } from './paint.ts'
import { severityStyle, words } from './printItem.ts'

export interface ListOptions {
  readonly paint: Paint
  readonly width: number
  /** What is known of a server beside its pins: its trust level, or that it left the configuration. */
  readonly about: (server: string) => string
  /** Lines of one state of one server; the rest is counted. */
  readonly maxItems: number
  /** Every item stands in full above the list. */
  readonly shown: boolean
  /** How this command line is called again: with the configuration it was given. */
  readonly call: (command: string, ...words: readonly string[]) => string
}

/** @example for (const line of printReview(review, options)) console.log(line) */
export function printReview(review: ServerReview, options: ListOptions): string[] {
  const { paint, about, call } = options
  const { server, waiting, blocked, optional, changeSet } = review
  const lines = [
    `${paint('name', showTarget(server))}  ${paint('aside', about(server))}`,
    ...section(waiting, `  ${paint('warning', `${waiting.length} waiting`)}`, options),
    ...section(
      blocked,
      `  ${paint('alarm', `${blocked.length} blocked`)}${paint('aside', ', each to be named when it is approved')}`,
      options,
    ),
    ...section(
      optional,
      `  ${paint('good', `${optional.length} in use with stricter hints`)}${paint('aside', ', to be approved by name or left as it is')}`,
      options,
    ),
    '',
  ]
  const suggest = (what: string, command: string) =>
    lines.push(`  ${paint('aside', what.padEnd(8))} ${command}`)
  if (!options.shown) suggest('look', call('review', server, '--show'))
  const undecided = blocked.find(({ hold }) => hold.rule !== 'pins/denied') ?? waiting[0]
  if (waiting.length > 0) {
    suggest('approve', call('approve', server))
    const these = waiting.length === 1 ? 'the one' : `the ${waiting.length}`
    lines.push(paint('aside', `           (${these} waiting: change set ${short(changeSet)})`))
  } else {
    const named = blocked[0] ?? optional[0]
    if (named !== undefined) suggest('approve', call('approve', `${server}/${named.key}`))
  }
  if (undecided !== undefined) suggest('deny', call('deny', `${server}/${undecided.key}`))
  return [...lines, '']
}

/** One line an item, without what may be done about them. */
export function printItems(
  items: readonly ReviewItem[],
  options: Pick<ListOptions, 'paint' | 'width'>,
): string[] {
  const servers = [...new Set(items.map(({ server }) => server))]
  return servers.flatMap((server) =>
    section(
      items.filter((item) => item.server === server),
      options.paint('name', showTarget(server)),
      { ...options, maxItems: Number.POSITIVE_INFINITY },
    ),
  )
}

function section(
  items: readonly ReviewItem[],
  head: string,
  options: Pick<ListOptions, 'paint' | 'width' | 'maxItems'>,
): string[] {
  if (items.length === 0) return []
  const { paint, width, maxItems } = options
  const shown = items.slice(0, maxItems)
  const nameWidth = Math.min(MAX_NAME, Math.max(...shown.map(({ key }) => columnsOf(visible(key)))))
  const lines = shown.flatMap((item) => {
    const name = padTo(cutTo(visible(item.key), nameWidth), nameWidth)
    const finding = foundIn(item)
    const why = cutTo(whyHeld(item), Math.max(20, width - nameWidth - 8))
    const line = `    ${signOf(item)} ${name}  ${paint('aside', why)}`
    if (finding === undefined) return [line]
    const { style, text } = finding
    const fits = nameWidth + columnsOf(why) + columnsOf(text) + 10 <= width
    return fits ? [`${line}  ${paint(style, text)}`] : [line, `      ${paint(style, cutTo(text, width - 6))}`]
  })
  const left = items.length - shown.length
  return [head, ...lines, ...(left > 0 ? [paint('aside', `      and ${left} more`)] : [])]
}

const MAX_NAME = 44

function signOf({ hold, base }: ReviewItem): string {
  if (hold.classes.includes('new')) return '+'
  return base === undefined ? '!' : '~'
}

/** Why an item is held, in as few words as will do. */
function whyHeld({ hold }: ReviewItem): string {
  const classes = hold.classes.map(words).join(', ')
  switch (hold.rule) {
    case 'pins/first-use':
      return 'first seen'
    case 'pins/drift':
    case 'pins/finding':
      return classes
    case 'pins/hints':
      return classes === '' ? visible(hold.explain) : classes
    default:
      return [visible(hold.explain), classes].filter((text) => text !== '').join('; ')
  }
}

/** The worst that was found in an item. */
function foundIn({ hold }: ReviewItem): { readonly style: Style; readonly text: string } | undefined {
  const rank = ({ severity }: TextFinding) => SEVERITIES.indexOf(severity)
  const [worst, ...others] = [...hold.findings].sort((a, b) => rank(b) - rank(a))
  if (worst === undefined) return undefined
  const more = others.length === 0 ? '' : ` and ${others.length} more`
  return { style: severityStyle(worst), text: `\u25b2 ${worst.severity} ${visible(worst.rule)}${more}` }
}

/** Enough of a digest to tell it from another one at a glance; never enough to decide by. */
export function short(digest: string): string {
  return `${visible(digest).slice(0, 'sha256-'.length + 12)}\u2026`
}
