import type { ItemText } from '../surface/index.ts'
import type { Severity } from './finding.ts'
import type { Judgement } from './judge.ts'
import type { Hit, TextReading } from './read.ts'
import { handlesAttacks, handlesMachines, handlesPrompts } from './rules/structure.ts'
import { lowered, raised, rank } from './severity.ts'

/** A hit weighs more where it was encoded, and where a sentence has no business to be; in a text that is no definition few count. */
export function severityOf(
  hit: Hit,
  { role, text }: ItemText,
  reading: TextReading,
  judgement: Judgement,
): Severity | undefined {
  if (!judgement.surface) return freeTextSeverity(hit, reading)
  if (reading.kind !== 'plain' || (MISPLACED.has(role) && text.length > LONGEST_LABEL))
    return raised(hit.severity)
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

/** What counts in a text that is no definition, and from which severity on. */
export const FREE_TEXT_RULES: ReadonlyMap<string, Severity> = new Map([
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
