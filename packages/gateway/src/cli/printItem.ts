/**
 * One item of a review in full: what it is held for, what became of it since it was approved or all of it where it is
 * new, and what was found, beside the text it was found in.
 */
import type { TextFinding } from '@sallyport/controls/detection'
import { type JsonValue, parseJson } from '@sallyport/controls/json'
import type { ItemDifference, SurfaceItem, WordChange } from '@sallyport/controls/surface'
import { visible } from '@sallyport/controls/text'
import type { ApprovedVersion } from '../pins/lock.ts'
import { differencesOf, type Reviewed, type ReviewItem } from '../pins/review.ts'
import { showTarget } from '../pins/target.ts'
import { outline, TEXT_MARGIN } from './outline.ts'
import type { Paint, Style } from './paint.ts'
import { proseLines, type Stretch, sayBetween } from './prose.ts'

export interface PrintOptions {
  readonly paint: Paint
  readonly width: number
}

const INDENT = '  '

/** @example for (const line of printItem(item, { paint, width: 100 })) console.log(line) */
export function printItem(review: ReviewItem, options: PrintOptions): string[] {
  const { paint } = options
  const { server, key, hold, item, base } = review
  const [style, state] = STATES[hold.state]
  const classes = base === undefined ? '' : hold.classes.map(words).join(', ')
  const lines = [
    `${paint('name', showTarget(server, key))}  ${paint(style, state)}: ${visible(hold.explain)} (${visible(hold.rule)})`,
    ...(classes === '' ? [] : [field(paint, 'change', classes)]),
    field(paint, 'version', visible(hold.hash)),
    ...(base === undefined
      ? []
      : approvedLines(base.version).map((line, at) => field(paint, at === 0 ? 'approved' : '', line))),
    field(paint, 'since', time(hold.since)),
    ...(review.excepted.length === 0
      ? []
      : [field(paint, 'excepted', review.excepted.map(visible).join(', '))]),
    '',
  ]
  const findings = new Map<string, TextFinding[]>()
  for (const finding of hold.findings) {
    const known = findings.get(finding.where)
    if (known === undefined) findings.set(finding.where, [finding])
    else known.push(finding)
  }
  const differences = differencesOf(review)
  if (item === undefined) lines.push(`${INDENT}${paint('alarm', NOT_KEPT)}`)
  else if (differences !== undefined) lines.push(...differenceLines(differences, findings, options))
  else {
    if (base !== undefined) lines.push(`${INDENT}${paint('aside', BASE_NOT_KEPT)}`)
    lines.push(...wholeItem(item, findings, options))
  }
  const left = [...findings.values()].flat()
  const whole = left.filter(({ where }) => where === '')
  const elsewhere = left.filter(({ where }) => where !== '')
  const tell = (head: string, found: readonly TextFinding[], place?: 'with place') => {
    if (found.length === 0) return
    lines.push(`${INDENT}${paint('aside', head)}`)
    for (const same of together(found)) lines.push(...findingLines(same, INDENT, options, place))
  }
  tell('of the item as a whole:', whole)
  tell(differences === undefined ? 'also found:' : 'in what did not change:', elsewhere, 'with place')
  return [...lines, '']
}

const STATES = {
  blocked: ['alarm', 'blocked'],
  waiting: ['warning', 'waits'],
  optional: ['good', 'in use'],
} as const satisfies Readonly<Record<Reviewed['state'], readonly [Style, string]>>

export const NOT_KEPT =
  'Its definition is not kept here, so it cannot be shown. Deny it, or approve it with --hash if its digest is known from elsewhere.'
const BASE_NOT_KEPT = 'the approved definition is not kept here, so all of it is shown:'

/** A definition as a whole. Findings that are shown are taken out of `findings`. */
export function wholeItem(
  { value }: SurfaceItem,
  findings: Map<string, TextFinding[]>,
  options: PrintOptions,
  where = '',
  indent = INDENT,
): string[] {
  const found = new Map(findings)
  const lines = outline(value, where, {
    ...options,
    indent,
    stretches: (at, text) => marked(text, found.get(at) ?? []),
    remarks: (at, inner) => remarks(at, inner, findings, options),
  })
  return [...lines, ...remarks(where, indent, findings, options)]
}

function remarks(
  at: string,
  indent: string,
  findings: Map<string, TextFinding[]>,
  options: PrintOptions,
): readonly string[] {
  const own = findings.get(at) ?? []
  findings.delete(at)
  return together(own).flatMap((same) => findingLines(same, indent, options))
}

/** Findings of one rule at one place, which say the same: once, with each evidence. */
function together(findings: readonly TextFinding[]): readonly (readonly TextFinding[])[] {
  const id = ({ rule, severity, where, explain }: TextFinding) =>
    JSON.stringify([rule, severity, where, explain])
  return [...Map.groupBy(findings, id).values()]
}

/** The text with what was found in it set off. */
function marked(text: string, findings: readonly TextFinding[]): readonly Stretch[] | undefined {
  if (findings.length === 0) return undefined
  const stretches: Stretch[] = []
  let from = 0
  for (const { start, end } of [...findings].sort((a, b) => a.start - b.start)) {
    // One that begins within another is set off with it.
    if (start < from || end <= start || end > text.length) continue
    if (start > from) stretches.push({ text: text.slice(from, start) })
    stretches.push({ text: text.slice(start, end), style: 'found' })
    from = end
  }
  if (from < text.length) stretches.push({ text: text.slice(from) })
  return stretches
}

/** What is at least `high` is an alarm: it decides. */
export function severityStyle({ severity }: Pick<TextFinding, 'severity'>): Style {
  if (severity === 'critical' || severity === 'high') return 'alarm'
  return severity === 'medium' ? 'warning' : 'name'
}

/** How grave, by which rule, in one sentence, and the evidence for it. */
function findingLines(
  same: readonly TextFinding[],
  indent: string,
  { paint, width }: PrintOptions,
  place?: 'with place',
): string[] {
  const [first] = same
  if (first === undefined) return []
  const head = `${paint(severityStyle(first), `\u25b2 ${visible(first.severity)}`)} ${visible(first.rule)}`
  const at = place === undefined ? '' : ` at ${visible(first.where) || '/'}`
  const prose = (text: string, label?: string) =>
    proseLines([...(label === undefined ? [] : [{ text: label, style: 'mark' } as const]), { text }], {
      paint,
      width,
      margin: `${indent}  `,
    })
  return [
    `${indent}${head}${at}`,
    ...prose(first.explain),
    ...same.flatMap(({ evidence }) => prose(evidence, 'evidence: ')),
  ]
}

const CHANGE_SIGNS = { added: '+', removed: '-', changed: '~' } as const
const CHANGE_STYLES = { added: 'more', removed: 'less', changed: 'warning' } as const

function differenceLines(
  differences: readonly ItemDifference[],
  findings: Map<string, TextFinding[]>,
  options: PrintOptions,
): string[] {
  if (differences.length === 0)
    return [`${INDENT}${options.paint('aside', 'nothing in it differs from the approved version')}`]
  return differences.flatMap((difference) => [...oneDifference(difference, findings, options), ''])
}

function oneDifference(
  { where, change, before, after, words: changes }: ItemDifference,
  findings: Map<string, TextFinding[]>,
  options: PrintOptions,
): string[] {
  const { paint, width } = options
  const inner = `${INDENT}  `
  const lines = [
    `${INDENT}${paint(CHANGE_STYLES[change], `${CHANGE_SIGNS[change]} ${visible(where) || '/'}`)}`,
  ]
  if (changes !== undefined) {
    lines.push(...proseLines(shortened(changes), { paint, width, margin: inner + TEXT_MARGIN }))
    return [...lines, ...remarks(where, inner, findings, options)]
  }
  if (change === 'changed') {
    if (before !== undefined) lines.push(...valueLines(before, where, `${inner}- `, options))
    if (after !== undefined) lines.push(...valueLines(after, where, `${inner}+ `, options))
    return [...lines, ...remarks(where, inner, findings, options)]
  }
  const value = readValue(after ?? before)
  if (value === undefined) return lines
  const shown = { kind: 'tool', name: '', value } as const
  // What was found is in the later version; at the place of what was removed another thing may stand there now.
  const own = change === 'added' ? findings : new Map<string, TextFinding[]>()
  return [...lines, ...wholeItem(shown, own, options, where, inner)]
}

function valueLines(json: string, where: string, indent: string, options: PrintOptions): string[] {
  const value = readValue(json)
  if (value === undefined) return []
  const lines = outline(value, where, { ...options, indent: ' '.repeat(indent.length) })
  return lines.map((line, at) => (at === 0 ? indent + line.slice(indent.length) : line))
}

function readValue(json: string | undefined): JsonValue | undefined {
  if (json === undefined) return undefined
  const read = parseJson(Buffer.from(json, 'utf8'), {
    maxDepth: 1000,
    maxKeys: 1_000_000,
    maxValues: 1_000_000,
  })
  return read.ok ? read.value : undefined
}

/** Long stretches that are as approved say only how long they are. */
function shortened(changes: readonly WordChange[]): readonly Stretch[] {
  return changes.flatMap(({ op, text }, at): readonly Stretch[] => {
    if (op === 'add') return [{ text, style: 'added' }]
    if (op === 'del') return [{ text, style: 'removed' }]
    if (text.length <= 3 * CONTEXT) return [{ text }]
    const head = at === 0 ? '' : text.slice(0, wholeWord(text, CONTEXT))
    const tail = at === changes.length - 1 ? '' : text.slice(wholeWord(text, text.length - CONTEXT))
    const left = text.length - head.length - tail.length
    return [
      ...(head === '' ? [] : [{ text: head }]),
      { text: sayBetween(`${left} characters as approved`), style: 'mark' },
      ...(tail === '' ? [] : [{ text: tail }]),
    ]
  })
}

/** Characters shown of what did not change, before and after what did. */
const CONTEXT = 120

/** White space near here, so that no word is cut; never the middle of a character. */
function wholeWord(text: string, from: number): number {
  const space = text.slice(from, from + NEAR).search(/\s/)
  const at = space < 0 ? from : from + space
  const unit = text.charCodeAt(at)
  return unit >= 0xdc00 && unit <= 0xdfff ? at + 1 : at
}

const NEAR = 30

function field(paint: Paint, name: string, value: string): string {
  return `${INDENT}${paint('aside', name.padEnd(9))} ${value}`
}

/** The digest, and below it by whom, when, from which version and why. */
export function approvedLines({
  hash,
  by,
  at,
  version,
  reason,
  expires,
  hints,
}: ApprovedVersion): readonly string[] {
  const parts = [
    `by ${by}`,
    time(at),
    ...(version === undefined ? [] : [`from ${version}`]),
    ...(expires === undefined ? [] : [`until ${time(expires)}`]),
  ]
  const counts = Object.entries(hints ?? {}).map(([name, value]) => `${name} ${value}`)
  return [
    visible(hash),
    visible(`${parts.join(', ')}${reason === undefined ? '' : `: ${reason}`}`),
    ...(counts.length === 0 ? [] : [`counts with ${counts.join(', ')}`]),
  ]
}

/** @example time('2026-11-28T09:05:34.123Z') // '2026-11-28 09:05 UTC' */
export function time(iso: string): string {
  return `${visible(iso).slice(0, 16).replace('T', ' ')} UTC`
}

/** `new-sentence` as people say it. */
export function words(driftClass: string): string {
  return visible(driftClass).replaceAll('-', ' ')
}
