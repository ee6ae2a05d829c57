import type { Condition } from './celRules.ts'
import { type AccessLists, decideByLists } from './lists.ts'
import type { AccessRequest } from './request.ts'
import type { AccessRuleId } from './rules.ts'

/** One rule of the configuration. */
export interface AccessRule {
  readonly condition: Condition
  readonly outcome: 'allow' | 'ask' | 'deny'
  /** For people, added to the refusal. */
  readonly reason?: string
  /** Key in the configuration, such as `rules[2]`. */
  readonly from: string
}

export interface AccessPolicy {
  readonly lists: readonly AccessLists[]
  readonly rules: readonly AccessRule[]
}

export type AccessDecision =
  /** `from`: what allowed it; absent where nothing spoke against it. */
  | { readonly kind: 'allow'; readonly from?: string }
  | {
      readonly kind: 'ask' | 'deny' | 'hide'
      /** Id for `docs/rules.md`. */
      readonly rule: AccessRuleId
      /** Key in the configuration that decided. */
      readonly from: string
      readonly explain: string
    }

/** Decides on a request; see the top of `index.ts`. @example decideAccess(policy, request).kind // 'allow' */
export function decideAccess({ lists, rules }: AccessPolicy, request: AccessRequest): AccessDecision {
  const listed =
    request.item === undefined
      ? ({ kind: 'allow' } as const)
      : decideByLists(lists, request.item.kind, request.item.name)
  if (listed.kind === 'deny')
    return refusal('deny', 'access/deny', listed.by.from, `"${listed.by.pattern}" is denied there`)
  if (listed.kind === 'hide')
    return refusal('hide', 'access/hidden', listed.by.from, `"${listed.by.pattern}" is hidden there`)
  if (listed.kind === 'not-allowed') {
    const from = listed.lists[0]?.replace(/\[\d+\]$/, '') ?? 'allow'
    return refusal('deny', 'access/not-allowed', from, 'the names that are allowed there do not include it')
  }
  for (const rule of rules) {
    const held = asked(rule.condition, request)
    if (held === false) continue
    if (held !== true)
      return refusal('deny', 'access/rule-failed', rule.from, `its condition has no answer: ${held.failed}`)
    if (rule.outcome === 'allow') return { kind: 'allow', from: rule.from }
    const why = rule.reason ?? `its condition holds: ${rule.condition.source}`
    return refusal(rule.outcome, rule.outcome === 'ask' ? 'access/ask' : 'access/rule', rule.from, why)
  }
  if (listed.kind === 'ask')
    return refusal('ask', 'access/ask', listed.by.from, `"${listed.by.pattern}" is to be asked about there`)
  return listed.by === undefined ? { kind: 'allow' } : { kind: 'allow', from: listed.by.from }
}

function asked(condition: Condition, request: AccessRequest): boolean | { readonly failed: string } {
  try {
    return condition.holds(request)
  } catch (error) {
    // The engine's message goes on with a picture of the source; its first line says what is wrong.
    return { failed: (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '' }
  }
}

function refusal(
  kind: 'ask' | 'deny' | 'hide',
  rule: AccessRuleId,
  from: string,
  explain: string,
): Exclude<AccessDecision, { kind: 'allow' }> {
  return { kind, rule, from, explain }
}
