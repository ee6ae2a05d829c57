import type { AllowedConfig } from '../config/config.ts'
import { canBeForGood, type Ticket } from './ticket.ts'

export interface RuleStats {
  readonly rule: string
  readonly asked: number
  readonly allowed: number
  readonly denied: number
  readonly expired: number
  readonly open: number
}

export interface ApprovalStats {
  /** Questions, whatever they were about. */
  readonly asked: number
  /** By rule; a question by two rules counts for both. The most asked first. */
  readonly rules: readonly RuleStats[]
  /** The change that would have spared most questions at no loss: every one of them was allowed. */
  readonly proposal?: { readonly entry: AllowedConfig; readonly spared: number }
}

/** Fewer like answers say nothing of the next one. */
const LEAST = 3

/**
 * What was asked and what became of it. What is proposed never covers a question that was denied, expired or is open.
 *
 * @example approvalStats(store.since(Date.now() - 30 * 86_400_000)).proposal?.spared // 12
 */
export function approvalStats(tickets: readonly Ticket[]): ApprovalStats {
  const rules = new Map<string, { -readonly [Key in keyof RuleStats]: RuleStats[Key] }>()
  const entries = new Map<string, { readonly entry: AllowedConfig; spared: number; lost: boolean }>()
  for (const { state, server, name, reasons } of tickets) {
    for (const rule of new Set(reasons.map((reason) => reason.rule))) {
      const stats = rules.get(rule) ?? { rule, asked: 0, allowed: 0, denied: 0, expired: 0, open: 0 }
      stats.asked++
      stats[state]++
      rules.set(rule, stats)
    }
    for (const { rule, subject } of reasons) {
      const entry = { server, tool: name, rule, ...(subject === undefined ? {} : { subject }) }
      const key = JSON.stringify(entry)
      const known = entries.get(key) ?? { entry, spared: 0, lost: false }
      // A question with other reasons too would have been asked all the same.
      if (state === 'allowed' && reasons.length === 1) known.spared++
      if (state !== 'allowed') known.lost = true
      entries.set(key, known)
    }
  }
  const [best] = [...entries.values()]
    .filter(({ lost, spared, entry }) => !lost && spared >= LEAST && canBeForGood(entry.tool, [entry]))
    .toSorted((one, other) => other.spared - one.spared)
  return {
    asked: tickets.length,
    rules: [...rules.values()].toSorted(
      (one, other) => other.asked - one.asked || (one.rule < other.rule ? -1 : 1),
    ),
    ...(best === undefined ? {} : { proposal: { entry: best.entry, spared: best.spared } }),
  }
}
