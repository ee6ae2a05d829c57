/**
 * How many resources one conversation may be subscribed to at a time. A rate would bound how fast it gets there, not where it
 * ends.
 *
 * Evidence: what the conversation asked for and did not give back (`../subscriptions.ts`). Costs a comparison for all else.
 * Cannot know: how often a resource changes, nor what other workers count.
 */
import type { RequestControl } from '../control.ts'
import type { Subscriptions } from '../subscriptions.ts'
import { PASS } from '../verdict.ts'

export const SUBSCRIBE = 'resources/subscribe'

export interface SubscriptionOptions {
  readonly held: Subscriptions
  readonly most: number
  /** False: what would be refused is written down and passes (profile `observe`). */
  readonly enforced: boolean
}

/** @example subscriptions({ held: new Subscriptions(), most: 500, enforced: true }) */
export function subscriptions({ held, most, enforced }: SubscriptionOptions): RequestControl {
  return {
    name: 'subscriptions',
    decide(exchange) {
      if (exchange.method !== SUBSCRIBE || exchange.direction !== 'client-to-server') return PASS
      if (exchange.server === undefined) return PASS
      if (!held.has(exchange) && held.count(exchange) >= most) {
        const rule = 'limits/subscriptions'
        if (enforced)
          return {
            kind: 'refuse',
            rule,
            explain: `this conversation is subscribed to ${most} resources, which is its limit; nothing was sent`,
            remedy: 'Unsubscribe from one first, or raise "limits.maxSubscriptions" in the configuration.',
          }
        exchange.findings.push({ rule, severity: 'medium' })
      }
      held.ask(exchange)
      return PASS
    },
  }
}
