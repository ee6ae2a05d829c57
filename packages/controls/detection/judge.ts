import type { ItemText } from '../surface/index.ts'
import { findHidden } from '../text/index.ts'
import { MAX_EVIDENCE, makeFinding } from './evidence.ts'
import type { Inspection, InspectionVerdict, Severity, TextFinding } from './finding.ts'
import { judgeReading, type Span } from './judgeReading.ts'
import { BLOCK_SCORE, type LinearModel, REVIEW_SCORE } from './model/linear.ts'
import { readText } from './read.ts'
import { defaultHit, fieldNameHit } from './rules/structure.ts'
import { rank } from './severity.ts'
import type { NameMeaning } from './words/tokens.ts'

/** From which score on a text waits for a person, and from which it is not shown at all. */
export interface Thresholds {
  readonly review: number
  readonly block: number
}

export const DEFAULT_THRESHOLDS: Thresholds = { review: REVIEW_SCORE, block: BLOCK_SCORE }

/** What the judgement of a text depends on, beside the text. */
export interface Judgement {
  readonly model: LinearModel
  readonly thresholds: Thresholds
  readonly named: NameMeaning
  /** A surface is text about a tool: an order in it is suspicious. A result or prompt is any text. */
  readonly surface: boolean
  /** Name and title of the item. */
  readonly name: string
  readonly title: string
  /** What was approved before: whole texts, and the sentences in them. */
  readonly known?: { readonly texts: ReadonlySet<string>; readonly sentences: ReadonlySet<string> }
}

/** What all texts of one item may have together; the rest is cut, and said to be. */
export const MAX_CHARS = 262_144
/** However short, a text costs this much of it: ten thousand empty strings are work, too. */
export const LEAST_COST = 16
const MAX_FINDINGS = 60

/** Judges the texts of one item. */
export function judge(texts: readonly ItemText[], judgement: Judgement): Inspection {
  const findings: TextFinding[] = []
  let score = 0
  let left = MAX_CHARS
  for (const text of texts) {
    if (left <= 0) {
      findings.push(tooLarge(text, 0))
      break
    }
    const cut = text.text.length > left
    const seen = cut ? { ...text, text: text.text.slice(0, left) } : text
    left -= Math.max(LEAST_COST, text.text.length)
    if (cut) findings.push(tooLarge(text, seen.text.length))
    if (!cut && (saysNothing(text) || judgement.known?.texts.has(text.text) === true)) continue
    const judged = judgeText(seen, judgement)
    findings.push(...judged.findings)
    score = Math.max(score, judged.score)
  }
  findings.sort((one, other) => rank(other.severity) - rank(one.severity))
  return decide(findings.slice(0, MAX_FINDINGS), score, judgement.thresholds)
}

function decide(findings: readonly TextFinding[], modelScore: number, thresholds: Thresholds): Inspection {
  let score = modelScore
  for (const { severity } of findings) score = Math.max(score, SEVERITY_SCORES[severity])
  return { verdict: verdictOf(score, thresholds), score, findings }
}

/** A finding of severity `critical` blocks, one of severity `high` waits for a person, whatever the model thinks of the words. */
const SEVERITY_SCORES: Readonly<Record<Severity, number>> = {
  info: 0,
  low: 0.05,
  medium: 0.2,
  high: 0.6,
  critical: 0.97,
}

function verdictOf(score: number, { review, block }: Thresholds): InspectionVerdict {
  if (score >= block) return 'block'
  return score >= review ? 'flag' : 'pass'
}

function tooLarge({ where, text }: ItemText, from: number): TextFinding {
  return makeFinding('text/too-large', 'high', where, text, from, Math.min(text.length, from + MAX_EVIDENCE))
}

/** One short word or name of plain letters: most texts of a schema. Nothing can hide or be said in it. */
function saysNothing({ text, role }: ItemText): boolean {
  return (
    text.length <= 32 && PLAIN_NAME.test(text) && !(role === 'key' && text.length > 12) && role !== 'default'
  )
}

const PLAIN_NAME = /^[A-Za-z0-9_.-]*$/

export interface JudgedText {
  readonly findings: readonly TextFinding[]
  readonly score: number
}

function judgeText(text: ItemText, judgement: Judgement): JudgedText {
  const findings: TextFinding[] = []
  const place = judgement.surface ? (defaultHit(text) ?? fieldNameHit(text)) : undefined
  if (place !== undefined)
    findings.push(makeFinding(place.rule, place.severity, text.where, text.text, place.start, place.end))
  const hidden = hiddenFindings(text, judgement)
  findings.push(...hidden)

  const spans: Span[] = []
  let score = 0
  for (const reading of readText(spaced(text), judgement.named, judgement.surface)) {
    const judged = judgeReading(text, reading, judgement, spans)
    findings.push(...judged.findings)
    score = Math.max(score, judged.score)
  }
  // What was pushed out of sight and gives orders is an attack, be the orders ever so mild.
  const unseen = hidden.find(({ rule, severity }) => severity === 'high' && OUT_OF_SIGHT.has(rule))
  const orders = findings.some(
    ({ rule, severity }) => !rule.startsWith('text/') && rank(severity) >= rank('medium'),
  )
  if (unseen !== undefined && orders && !findings.some(({ severity }) => severity === 'critical')) {
    const from = unseen.rule === 'text/gap' ? unseen.end : unseen.start
    findings.push(makeFinding('poison/encoded', 'critical', text.where, text.text, from, text.text.length))
  }
  return { findings, score }
}

/** Names of parameters and tools are read as sentences where they are as long as one. */
function spaced({ role, text }: ItemText): string {
  return (role === 'key' || role === 'name') && text.length > 24 ? text.replaceAll('_', ' ') : text
}

function hiddenFindings({ where, role, text }: ItemText, { surface }: Judgement): TextFinding[] {
  const use = surface && (role === 'name' || role === 'key') ? 'name' : 'prose'
  return findHidden(text, use).map(({ rule, severity, start, end, explain }) => {
    // What a person who reads a definition cannot see has no place in it, however harmless it is elsewhere.
    const worse = surface && severity === 'medium' && OUT_OF_SIGHT.has(rule)
    return { ...makeFinding(rule, worse ? 'high' : severity, where, text, start, end), explain }
  })
}

const OUT_OF_SIGHT: ReadonlySet<string> = new Set(['text/comment', 'text/gap', 'text/hidden-markup'])
