import type { JsonObject } from '@sallyport/controls/json'
import type { Inbound } from '../protocol/message.ts'

/** Why something is refused, in words a person and a model can act on. */
export interface Refusal {
  readonly kind: 'refuse'
  /** Stable id, `area/what`; documented in `docs/rules.md`. */
  readonly rule: string
  /** One sentence: what and why. Nothing secret in it. */
  readonly explain: string
  /** What a person can do about it. */
  readonly remedy?: string
  /** Where the caller's browser is to go, of which the remedy speaks: a client that can opens it. */
  readonly link?: string | undefined
  /** Rules that a person is asked about, where that is what it waits for. */
  readonly asked?: readonly string[]
  /** The same call may pass after this, in milliseconds. */
  readonly retryAfterMs?: number
  /** True when the call had reached its server: what it did there is done. */
  readonly reached?: boolean
  /** JSON-RPC code where the specification fixes one (`-32601` for an unknown method); else ours is used. */
  readonly code?: number
}

/** One reason to ask a person before a call is made. */
export interface Ask {
  /** Stable id, `area/what`. */
  readonly rule: string
  /** One sentence: what would happen and why that is to be asked. Nothing secret in it, nothing of a server but through `visible`. */
  readonly explain: string
  /** More lines for a person: what changed, for example. Safe to show. */
  readonly details?: readonly string[]
  /** What exactly it is about, where the rule asks about several things of one tool: a permission covers this and no more. */
  readonly subject?: string
  /** What a person can do so that it is not asked. */
  readonly remedy?: string
}

export interface Asking {
  readonly kind: 'ask'
  readonly asks: readonly [Ask, ...Ask[]]
}

/**
 * What a control decides. `ask` needs a person; where nobody can be asked it counts as a refusal (fail closed). The controls
 * after one that asks are still heard: what they refuse, nobody is asked about.
 */
export type Verdict =
  | { readonly kind: 'pass' }
  | { readonly kind: 'rewrite'; readonly params: JsonObject; readonly rule: string }
  | Asking
  | Refusal

/** One reason to ask, as a verdict. @example asking({ rule: 'access/ask', explain: 'tool "x" is to be asked about' }) */
export function asking(...asks: readonly [Ask, ...Ask[]]): Asking {
  return { kind: 'ask', asks }
}

/**
 * What a control decides on something a server sent. A rewritten message goes on to the controls after it. `body` stands
 * in place of `bodyOf(message)`: the `result`, the `error` (its `code` stays) or the `params`, whichever the message has.
 */
export type ResponseVerdict =
  | { readonly kind: 'pass' }
  | { readonly kind: 'rewrite'; readonly body: JsonObject; readonly rule: string }
  | { readonly kind: 'ask'; readonly rule: string; readonly explain: string }
  | Refusal

/** What all controls together decided on something a server sent: `rewrite` has what may be shown in its place. */
export type ResponseDecision =
  | Exclude<ResponseVerdict, { readonly kind: 'rewrite' }>
  | { readonly kind: 'rewrite'; readonly message: Inbound }

/** Why a verdict does not let something go on as it is; `undefined` when it does. */
export function asRefusal(verdict: Verdict): Refusal | undefined {
  if (verdict.kind === 'pass') return undefined
  if (verdict.kind === 'refuse') return verdict
  if (verdict.kind === 'rewrite')
    return { kind: 'refuse', rule: 'gateway/rewrite', explain: 'a rewritten request cannot be sent' }
  const [{ rule, explain, remedy }] = verdict.asks
  return {
    kind: 'refuse',
    rule,
    explain: `${explain}, and nobody can be asked here`,
    ...(remedy === undefined ? {} : { remedy }),
  }
}

/** The message as it may be shown; `undefined` when it may not be. */
export function shownOf(decision: ResponseDecision, message: Inbound): Inbound | undefined {
  if (decision.kind === 'pass') return message
  return decision.kind === 'rewrite' ? decision.message : undefined
}

export const PASS: { readonly kind: 'pass' } = Object.freeze({ kind: 'pass' })
