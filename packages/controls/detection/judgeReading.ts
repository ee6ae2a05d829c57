import type { ItemText } from '../surface/index.ts'
import type { ReadingKind } from '../text/index.ts'
import { makeFinding } from './evidence.ts'
import type { Severity, TextFinding } from './finding.ts'
import type { JudgedText, Judgement } from './judge.ts'
import { BLOCK_SCORE, type LinearModel, REVIEW_SCORE, scoreOf, sumOf, weigh } from './model/linear.ts'
import type { ReadSentence, TextReading } from './read.ts'
import { handlesAttacks } from './rules/structure.ts'
import { rank } from './severity.ts'
import { severityOf } from './weight.ts'

/** Where a rule has hit already, in the text as it was sent. */
export interface Span {
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

/** Judges one reading of a text: what the rules hit in it, what stands together, and what the model makes of it. */
export function judgeReading(
  text: ItemText,
  reading: TextReading,
  judgement: Judgement,
  spans: Span[],
): JudgedText {
  const { known, surface } = judgement
  const { sentences } = reading
  const isNew = (index: number) => {
    const sentence = sentences[index]
    return sentence !== undefined && known?.sentences.has(sentence.key) !== true
  }
  const findings: TextFinding[] = []
  const add = (rule: string, severity: Severity, start: number, end: number) => {
    findings.push(
      makeFinding(rule, severity, text.where, text.text, reading.original(start), reading.original(end)),
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
