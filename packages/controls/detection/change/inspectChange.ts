import { type ItemText, type SurfaceItem, textsOf } from '../../surface/index.ts'
import { readings } from '../../text/index.ts'
import { makeFinding } from '../evidence.ts'
import type { Inspection, TextFinding } from '../finding.ts'
import { type InspectionContext, inspectTexts } from '../inspect.ts'
import { nameMeanings } from '../inventory.ts'
import { LEAST_COST, MAX_CHARS } from '../judge.ts'
import { Matcher, parsePattern } from '../rules/pattern.ts'
import { NOTHING } from '../words/lexicon.ts'
import { type NameMeaning, sentencesOf } from '../words/tokens.ts'
import { CHANGE_RULES, CONTEXT_NAMES, TOPICS } from './changeRules.ts'

export interface ChangeContext extends InspectionContext {
  /** Every word of what was approved of the server (`wordsOf`), asked for where it matters. */
  readonly approvedWords?: () => ReadonlySet<string>
}

const SOURCES = CHANGE_RULES.flatMap(({ id, patterns }) =>
  patterns.map((source) => ({ rule: id, pattern: parsePattern(source) })),
)
const MATCHER = new Matcher(SOURCES.map(({ pattern }) => pattern))

/**
 * A score of the model that is not enough to let a first version wait, and is for what a change adds: a tool that was approved
 * without it has worked without it.
 */
export const CHANGE_SCORE = 0.3

/**
 * Judges what is new in an item that was approved before, or that came to a server which was: more strictly than a first
 * version, since there are far fewer of these to look at. Beside `inspectTexts` with a lower threshold of the model it looks for
 * what attacks are made of that only declare: new words about the conversation, the user's data, conditions of a good result, who
 * else gets what is handed over; new parameters that are called after such; addresses that nobody spoke of before.
 *
 * What it finds makes the change wait (`flag`), and never blocks by itself. Decides on words: whoever knows the rules can put a
 * demand so that none of them sees it. Linear in the texts.
 *
 * @param texts `newTexts(before, item)`
 * @example
 * inspectChange(item, approved, newTexts(approved, item)).findings[0]?.rule // 'change/context'
 */
export function inspectChange(
  item: SurfaceItem,
  before: SurfaceItem | undefined,
  texts: readonly ItemText[],
  context: ChangeContext = {},
): Inspection {
  const inspection = inspectTexts(item, texts, context)
  const found = changeFindings(item, before, texts, context)
  const unsure = inspection.verdict === 'pass' && inspection.score >= CHANGE_SCORE
  const first = texts[0]
  if (unsure && found.length === 0 && first !== undefined)
    found.push(makeFinding('change/wording', 'medium', first.where, first.text, 0, first.text.length))
  if (found.length === 0) return inspection
  return {
    verdict: inspection.verdict === 'pass' ? 'flag' : inspection.verdict,
    score: Math.max(inspection.score, FLAG_SCORE),
    findings: [...inspection.findings, ...found],
  }
}

const FLAG_SCORE = 0.5
const MAX_FINDINGS = 20

function changeFindings(
  item: SurfaceItem,
  before: SurfaceItem | undefined,
  texts: readonly ItemText[],
  { inventory, server, approvedWords = () => NO_WORDS }: ChangeContext,
): TextFinding[] {
  const meaning = nameMeanings(inventory, server, item.name, new Set())
  // `user's` is a word, whatever an inventory takes it for.
  const named: NameMeaning = (name, marked) => (/['\u2019]/.test(name) ? NOTHING : meaning(name, marked))
  const approved = within(before === undefined ? [] : textsOf(before))
  const known = new Set<string>()
  for (const { text } of approved)
    for (const reading of readings(text))
      for (const { start, end } of sentencesOf(reading.text, named)) known.add(reading.text.slice(start, end))
  const own = new Set(approved.flatMap(({ text }) => [...wordsOf(text)]))
  const isKnown = (word: string) => own.has(word) || approvedWords().has(word)
  const findings: TextFinding[] = []
  const seen = new Set<string>()
  const add = (rule: string, text: ItemText, start: number, end: number): void => {
    const id = `${rule} ${text.where}`
    if (seen.has(id) || findings.length >= MAX_FINDINGS) return
    seen.add(id)
    findings.push(makeFinding(rule, 'medium', text.where, text.text, start, end))
  }
  for (const text of within(texts)) {
    // Of a tool that is new its parameters are what it is for.
    if (
      before !== undefined &&
      isParameter(text) &&
      CONTEXT_NAMES.has(text.text.toLowerCase().replace(/[^a-z]/g, ''))
    )
      add('change/context', text, 0, text.text.length)
    if (!READ.has(text.role) || isSpec(text.where)) continue
    for (const reading of readings(text.text)) {
      for (const { tokens, start, end } of sentencesOf(reading.text, named)) {
        if (known.has(reading.text.slice(start, end))) continue
        for (const { pattern, from, to } of MATCHER.matches(tokens)) {
          const rule = SOURCES[pattern]?.rule
          const [one, last] = [tokens[from], tokens[to]]
          if (rule !== undefined && one !== undefined && last !== undefined)
            add(rule, text, reading.original(one.start), reading.original(last.end))
        }
        const sentence = reading.text.slice(start, end)
        for (const host of hostsIn(sentence))
          if (
            !SAMPLE_HOST.test(host.name) &&
            !host.name.split('.').some((label) => label.length >= MIN_LABEL && isKnown(label))
          )
            add(
              'change/address',
              text,
              reading.original(start + host.at),
              reading.original(start + host.at + host.name.length),
            )
        for (const { 0: word, index } of sentence.matchAll(WORDS))
          if (TOPICS.has(word.toLowerCase()) && !isKnown(word.toLowerCase()))
            add(
              'change/topic',
              text,
              reading.original(start + index),
              reading.original(start + index + word.length),
            )
      }
    }
  }
  return findings
}

/** What is read as prose or may be taken over as it stands; names and keys of a schema are not. */
const READ: ReadonlySet<string> = new Set([
  'title',
  'description',
  'instructions',
  'default',
  'enum',
  'example',
  'other',
])
/** The identifiers of schemas are addresses, and nobody goes there. */
const isSpec = (where: string): boolean => /\/\$(?:schema|id|ref)$/.test(where) || where.startsWith('/icons/')

const PARAMETER = /^\/(?:inputSchema|arguments)\/.*$/s

function isParameter({ role, where }: ItemText): boolean {
  return role === 'key' && PARAMETER.test(where)
}

/** As much of some texts as is read of an item; that there was more is found by `inspectTexts`, and waits. */
function within(texts: readonly ItemText[]): readonly ItemText[] {
  let left = MAX_CHARS
  return texts.flatMap((one) => {
    if (left <= 0) return []
    const text = one.text.slice(0, left)
    left -= Math.max(LEAST_COST, one.text.length)
    return [{ ...one, text }]
  })
}

const NO_WORDS: ReadonlySet<string> = new Set()
const WORDS = /[\p{L}\p{N}]+/gu

/** The words of a text in lower case, as `approvedWords` has them. */
export function wordsOf(text: string): Iterable<string> {
  return text.toLowerCase().match(WORDS) ?? []
}

/** A label of a host this long says whose it is: `www` and `api` do not. */
const MIN_LABEL = 4
/** What documentation uses, and nobody owns (RFC 2606), and one's own machine. */
const SAMPLE_HOST = /(?:^|\.)(?:example(?:\.(?:com|org|net))?|test|invalid|localhost)$/
/** Behind a scheme or an `@`; or with an end that is no end of a file. Runs of one class each: linear. */
const HOST =
  /(?:\/\/|@)([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8})|(?<![\w.-])((?:[a-z0-9-]{1,63}\.){1,4}(?:com|net|org|dev|app|info|biz|xyz|site|online|cloud|ru|cn|top|eu|de))(?![\w-])/gi

function* hostsIn(sentence: string): Iterable<{ readonly name: string; readonly at: number }> {
  if (!sentence.includes('.') && !sentence.includes('//')) return
  for (const match of sentence.matchAll(HOST)) {
    const name = match[1] ?? match[2] ?? ''
    yield { name: name.toLowerCase(), at: match.index + match[0].length - name.length }
  }
}
