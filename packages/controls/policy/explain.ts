import { type AccessDecision, type AccessPolicy, decideAccess } from './decide.ts'
import type { AccessRequest } from './request.ts'

/** What became of a rule: it was not reached where a list or a rule before it had decided. */
export type RuleTrace = {
  readonly from: string
  readonly when: string
  readonly outcome: 'holds' | 'does not hold' | 'has no answer' | 'not reached'
}

export interface AccessExplanation {
  readonly decision: AccessDecision
  readonly rules: readonly RuleTrace[]
}

/**
 * A decision with how it came about, for `policy explain`.
 *
 * @example explainAccess(policy, request).rules // [{ from: 'rules[0]', when: 'tool.destructive', outcome: 'does not hold' }, ...]
 */
export function explainAccess(policy: AccessPolicy, request: AccessRequest): AccessExplanation {
  const decision = decideAccess(policy, request)
  const listed = decideAccess({ ...policy, rules: [] }, request).kind
  let reached = listed !== 'deny' && listed !== 'hide'
  const rules = policy.rules.map((rule): RuleTrace => {
    const about = { from: rule.from, when: rule.condition.source }
    if (!reached) return { ...about, outcome: 'not reached' }
    const alone = decideAccess({ lists: [], rules: [{ ...rule, outcome: 'deny' }] }, request)
    if (alone.kind === 'allow') return { ...about, outcome: 'does not hold' }
    reached = false
    return { ...about, outcome: alone.rule === 'access/rule-failed' ? 'has no answer' : 'holds' }
  })
  return { decision, rules }
}
