import type { Severity } from '../finding.ts'
import type { Hit } from '../read.ts'
import { lowered, rank } from '../severity.ts'
import { conceptId } from '../words/concepts.ts'
import type { Token } from '../words/tokens.ts'
import { Matcher, parsePattern } from './pattern.ts'
import { softened } from './soften.ts'
import { isForbidden, isForUser } from './turned.ts'
import { WORD_RULES } from './wordRules.ts'

const SOURCES = WORD_RULES.flatMap(({ id, patterns }) =>
  Object.entries(patterns).flatMap(([severity, sources]) =>
    sources.map((source) => ({ rule: id, severity: severity as Severity, pattern: parsePattern(source) })),
  ),
)
const MATCHER = new Matcher(SOURCES.map(({ pattern }) => pattern))

/** What the rules over words see in a sentence: per rule its surest hit. */
export function wordHits(text: string, tokens: readonly Token[]): Hit[] {
  const matches = MATCHER.matches(tokens)
  const hits: Hit[] = []
  const steering = steeringHit(tokens)
  if (matches.length > 0) {
    const best = new Map<string, { severity: Severity; from: number; to: number }>()
    for (const { pattern, from, to } of matches) {
      const source = SOURCES[pattern]
      if (source === undefined) continue
      const known = best.get(source.rule)
      if (known === undefined || rank(source.severity) > rank(known.severity)) {
        best.set(source.rule, { severity: source.severity, from, to })
      }
    }
    for (const [rule, { severity, from, to }] of best) {
      const start = tokens[from]?.start ?? 0
      const end = tokens[to]?.end ?? start
      const turned = DEMANDS.has(rule) ? turn(severity, tokens, from, to) : severity
      hits.push({ rule, ...softened(turned, text, tokens, start, end), start, end })
    }
  }
  if (steering !== undefined) hits.push(steering)
  return hits
}

/** Rules for what is demanded; of secrecy and orders about tools the prohibition itself is the sign. */
const DEMANDS: ReadonlySet<string> = new Set(
  'sensitive-file secret-data destination substitution command persistence privilege obey-content answer override'
    .split(' ')
    .map((name) => `poison/${name}`),
)

function turn(severity: Severity, tokens: readonly Token[], from: number, to: number): Severity {
  if (isForbidden(tokens, from, to)) return 'low'
  return isForUser(tokens, from, to) ? lowered(severity) : severity
}

const FOREIGN = conceptId('foreign!')
const ORDERS: ReadonlySet<number> = new Set(
  'must always before when instead deprecated call pass send every also not nicht change run read recommend'
    .split(' ')
    .map(conceptId),
)
const NEAR = 12

/** The name of another server's tool, and whether something is ordered about it. */
function steeringHit(tokens: readonly Token[]): Hit | undefined {
  const at = tokens.findIndex(({ concepts }) => concepts.includes(FOREIGN))
  const named = tokens[at]
  if (named === undefined) return undefined
  const near = tokens.slice(Math.max(0, at - NEAR), at + NEAR + 1)
  const order = near.find((token) => token !== named && token.concepts.some((concept) => ORDERS.has(concept)))
  if (order === undefined)
    return {
      rule: 'shadow/mention',
      severity: 'medium',
      described: false,
      start: named.start,
      end: named.end,
    }
  const start = Math.min(named.start, order.start)
  return {
    rule: 'shadow/steering',
    severity: 'critical',
    described: false,
    start,
    end: Math.max(named.end, order.end),
  }
}
