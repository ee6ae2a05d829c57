import type { ItemText } from '../surface/index.ts'
import { findHidden, type ReadingKind, visible } from '../text/index.ts'
import type { Inspection, InspectionVerdict, Severity, TextFinding } from './finding.ts'
import { BLOCK_SCORE, type LinearModel, REVIEW_SCORE, scoreOf, sumOf, weigh } from './model/linear.ts'
import { type Hit, type ReadSentence, readText, type TextReading } from './read.ts'
import {
  defaultHit,
  fieldNameHit,
  handlesAttacks,
  handlesMachines,
  handlesPrompts,
} from './rules/structure.ts'
import { explainRule } from './rules.ts'
import { lowered, raised, rank } from './severity.ts'
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
  /** Sentences that were approved before, by their keys. */
  readonly known?: ReadonlySet<string>
}

/** What all texts of one item may have together; the rest is cut, and said to be. */
export const MAX_CHARS = 262_144
/** However short, a text costs this much of it: ten thousand empty strings are work, too. */
const LEAST_COST = 16
const MAX_FINDINGS = 60
const MAX_EVIDENCE = 160

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
    if (!cut && saysNothing(text)) continue
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
  return finding('text/too-large', 'high', where, text, from, Math.min(text.length, from + MAX_EVIDENCE))
}

/** One short word or name of plain letters: most texts of a schema. Nothing can hide or be said in it. */
function saysNothing({ text, role }: ItemText): boolean {
  return (
    text.length <= 32 && PLAIN_NAME.test(text) && !(role === 'key' && text.length > 12) && role !== 'default'
  )
}

const PLAIN_NAME = /^[A-Za-z0-9_.-]*$/

interface JudgedText {
  readonly findings: readonly TextFinding[]
  readonly score: number
}

function judgeText(text: ItemText, judgement: Judgement): JudgedText {
  const findings: TextFinding[] = []
  const place = judgement.surface ? (defaultHit(text) ?? fieldNameHit(text)) : undefined
  if (place !== undefined)
    findings.push(finding(place.rule, place.severity, text.where, text.text, place.start, place.end))
  findings.push(...hiddenFindings(text, judgement))

  const spans: Span[] = []
  let score = 0
  for (const reading of readText(spaced(text), judgement.named, judgement.surface)) {
    const judged = judgeReading(text, reading, judgement, spans)
    findings.push(...judged.findings)
    score = Math.max(score, judged.score)
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
    return { ...finding(rule, worse ? 'high' : severity, where, text, start, end), explain }
  })
}

const OUT_OF_SIGHT: ReadonlySet<string> = new Set(['text/comment', 'text/gap', 'text/hidden-markup'])

/** Where a rule has hit already, in the text as it was sent. */
interface Span {
  readonly rule: string
  readonly start: number
  readonly end: number
}

/** Readings that are a text of their own, which nobody sees who looks at the text. */
const WITHIN: ReadonlySet<ReadingKind> = new Set<ReadingKind>([
  'base64',
  'hex',
  'comment',
  'tags',
  'reversed',
])

function judgeReading(text: ItemText, reading: TextReading, judgement: Judgement, spans: Span[]): JudgedText {
  const { known, surface } = judgement
  const { sentences } = reading
  const isNew = (index: number) => {
    const sentence = sentences[index]
    return sentence !== undefined && known?.has(sentence.key) !== true
  }
  const findings: TextFinding[] = []
  const add = (rule: string, severity: Severity, start: number, end: number) => {
    findings.push(
      finding(rule, severity, text.where, text.text, reading.original(start), reading.original(end)),
    )
  }
  const sums = surface ? passageSums(sentences, judgement.model) : []
  /** Findings of severity `high` in this sentence and the two before it. */
  let near: { rule: string; index: number }[] = []
  let together: number | undefined

  for (const [index, sentence] of sentences.entries()) {
    if (sentence.hits.length === 0 || !isNew(index)) continue
    near = near.filter((high) => index - high.index <= TOGETHER)
    for (const hit of sentence.hits) {
      const span = { rule: hit.rule, start: reading.original(hit.start), end: reading.original(hit.end) }
      const repeats = spans.some(
        ({ rule, start, end }) => rule === span.rule && start < span.end && span.start < end,
      )
      if (repeats && !WITHIN.has(reading.kind)) continue
      if (spans.length < MAX_SPANS) spans.push(span)
      const severity = severityOf(hit, text, reading, judgement)
      if (severity === undefined) continue
      add(hit.rule, severity, hit.start, hit.end)
      // A scanner of attacks that quotes two of them is no attack.
      if (rank(severity) < HIGH || hit.described) continue
      const agrees = Math.max(sums[index - 1] ?? NEVER, sums[index] ?? NEVER)
      if (near.some(({ rule }) => rule !== hit.rule) || scoreOf(agrees, judgement.model) >= SUPPORT_SCORE)
        together ??= index
      near.push({ rule: hit.rule, index })
    }
  }
  if (!surface) {
    const persona = sentences.filter(({ hits }) => hits.some(({ rule }) => rule === 'poison/persona'))
    const last = persona[PERSONA_SENTENCES - 1]
    // One sentence may ask for a role; a text that comes back to it again and again gives a model another identity.
    if (last !== undefined) add('poison/persona', 'high', persona[0]?.start ?? 0, last.end)
  }
  if (together !== undefined && !findings.some(({ severity }) => severity === 'critical')) {
    const from = sentences[Math.max(0, together - 1)] ?? sentences[together]
    add('poison/together', 'critical', from?.start ?? 0, sentences[together]?.end ?? 0)
  }
  if (
    surface &&
    WITHIN.has(reading.kind) &&
    findings.some(({ severity }) => rank(severity) >= rank('medium'))
  ) {
    add('poison/encoded', 'critical', 0, reading.text.length)
  }

  // What a tool against attacks says of them has their words.
  const quotes = handlesAttacks(judgement.name, judgement.title)
  const isQuoted = (index: number) => quotes && sentences[index]?.aboutAttacks === true
  let worst = -1
  for (const [index, sum] of sums.entries()) {
    if (isQuoted(index) || isQuoted(index + 1)) continue
    if ((isNew(index) || isNew(index + 1)) && sum > (sums[worst] ?? NEVER)) worst = index
  }
  const first = sentences[worst]
  if (first === undefined) return { findings, score: 0 }
  // The model alone makes a text wait, and never blocks: that takes a rule, which can be explained.
  const score = Math.min(scoreOf(sums[worst] ?? NEVER, judgement.model), BLOCK_SCORE - 0.001)
  if (score >= REVIEW_SCORE && !findings.some(({ severity }) => rank(severity) >= HIGH)) {
    add('poison/wording', 'high', first.start, (sentences[worst + 1] ?? first).end)
  }
  return { findings, score }
}

/** What the model makes of each sentence with the one behind it. */
function passageSums(sentences: readonly ReadSentence[], model: LinearModel): number[] {
  const weighed = sentences.map(({ features }) => weigh(model, features))
  return weighed.map((one, index) => sumOf(model, one, weighed[index + 1]))
}

const NEVER = Number.NEGATIVE_INFINITY
const HIGH = rank('high')
const PERSONA_SENTENCES = 3
/** Signs stand together if no more than this many sentences are between them. */
const TOGETHER = 2
const MAX_SPANS = 200
/** With a finding of severity `high`, the model need not be sure enough to make the passage wait by itself. */
const SUPPORT_SCORE = 0.4

/** A hit weighs more where it was encoded, and where a sentence has no business to be; in a text that is no definition few count. */
function severityOf(
  hit: Hit,
  { role, text }: ItemText,
  reading: TextReading,
  judgement: Judgement,
): Severity | undefined {
  if (!judgement.surface) return freeTextSeverity(hit, reading)
  if (reading.kind !== 'plain' || (MISPLACED.has(role) && text.length > LONGEST_LABEL))
    return raised(hit.severity)
  if (
    hit.severity === 'critical' &&
    MACHINE_RULES.has(hit.rule) &&
    handlesMachines(judgement.name, judgement.title)
  )
    return 'high'
  const { name, title } = judgement
  const business =
    (MACHINE_RULES.has(hit.rule) && handlesMachines(name, title)) ||
    (hit.described && handlesAttacks(name, title)) ||
    (hit.rule === 'poison/role-markup' && handlesPrompts(name, title))
  return business ? lowered(hit.severity) : hit.severity
}

/**
 * Documents give orders to people all the time, so only what speaks to a model counts, and of some rules only what is sure. A text
 * that speaks of attacks throughout, as security documents do, quotes them. It takes two signs together to block.
 */
function freeTextSeverity({ rule, severity }: Hit, { aboutAttacks }: TextReading): Severity | undefined {
  const least = FREE_TEXT_RULES.get(rule)
  if (least === undefined || rank(severity) < rank(least)) return undefined
  const alone = severity === 'critical' ? 'high' : severity
  return aboutAttacks ? lowered(alone) : alone
}

const FREE_TEXT_RULES: ReadonlyMap<string, Severity> = new Map([
  ['poison/override', 'critical'],
  ['poison/role-markup', 'critical'],
  ['poison/secrecy', 'critical'],
  ['poison/model-order', 'high'],
  ['poison/persona', 'high'],
  ['poison/obey-content', 'high'],
])
/** A longer name, title or value of an enumeration is a sentence. */
const LONGEST_LABEL = 32
const MISPLACED: ReadonlySet<ItemText['role']> = new Set<ItemText['role']>([
  'name',
  'key',
  'title',
  'enum',
  'default',
  'uri',
])
const MACHINE_RULES: ReadonlySet<string> = new Set(['poison/sensitive-file', 'poison/command'])

function finding(
  rule: string,
  severity: Severity,
  where: string,
  text: string,
  start: number,
  end: number,
): TextFinding {
  return {
    rule,
    severity,
    where,
    start,
    end,
    evidence: evidence(text, start, end),
    explain: explainRule(rule),
  }
}

/** The span as a person may see it. What is hidden in it takes more room when it is shown, so the cut comes after. */
function evidence(text: string, start: number, end: number): string {
  const shown = visible(
    text
      .slice(start, Math.min(end, start + MAX_EVIDENCE))
      .trim()
      .replace(/\s+/g, ' '),
  )
  return shown.length <= MAX_EVIDENCE ? shown : `${shown.slice(0, MAX_EVIDENCE - 3)}...`
}
