/**
 * Limits on calls: how often a principal may call a tool, and how often everybody may. Before access, pins and approvals:
 * nobody's flood reaches a person.
 *
 * Evidence: the times of earlier calls (`controls/limits`). What it lets through counts, whatever a later control says of
 * it; what it refuses counts for nothing. Costs a set look-up for what is not counted. Cannot know: what a call costs.
 */
import { type Admission, type LimitedCall, showRate } from '@sallyport/controls/limits'
import { visible } from '@sallyport/controls/text'
import type { CallLimiter } from '../../limits/limitBook.ts'
import type { RequestControl } from '../control.ts'
import { TOOL_CALL } from '../counted.ts'
import type { Exchange } from '../exchange.ts'
import { PASS, type Refusal, type Verdict } from '../verdict.ts'

export interface LimitsOptions {
  readonly limiter: CallLimiter
  /** Methods that count (`counted.ts`). */
  readonly counted: ReadonlySet<string>
  /** False: what would be refused is written down and passes (profile `observe`). */
  readonly enforced: boolean
}

/** @example limits({ limiter: new LimitBook(config, monotonic), counted: countedMethods(config), enforced: true }) */
export function limits({ limiter, counted, enforced }: LimitsOptions): RequestControl {
  const verdict = (exchange: Exchange, admission: Admission): Verdict => {
    if (admission.admitted) return PASS
    const refusal = refusalOf(exchange, admission)
    if (enforced) return refusal
    exchange.findings.push({ rule: refusal.rule, severity: 'medium' })
    return PASS
  }
  return {
    name: 'limits',
    decide(exchange) {
      const { server, method, direction, principal, conversation, name } = exchange
      if (server === undefined || direction !== 'client-to-server' || !counted.has(method)) return PASS
      const call: LimitedCall = {
        principal,
        conversation,
        server,
        tool: method === TOOL_CALL ? name : undefined,
      }
      const admission = limiter.take(call)
      return admission instanceof Promise
        ? admission.then((settled) => verdict(exchange, settled))
        : verdict(exchange, admission)
    },
  }
}

function refusalOf(
  { server = '?', name = '?' }: Exchange,
  admission: Exclude<Admission, { readonly admitted: true }>,
): Refusal {
  if (admission.limit === 'conversation')
    return {
      kind: 'refuse',
      rule: 'limits/conversation',
      explain: `this conversation has made the ${admission.most} calls it has`,
      remedy: 'Begin another conversation, or raise "limits.callsPerConversation".',
    }
  const { retryAfterMs } = admission
  const again = `Retry after ${showWait(retryAfterMs)}`
  if (admission.limit === 'names')
    return {
      kind: 'refuse',
      rule: 'limits/names',
      explain: 'more different tools were called within their windows than are counted',
      remedy: `${again}.`,
      retryAfterMs,
    }
  const rate = showRate({ count: admission.most, windowMs: admission.windowMs })
  const [what, key] = {
    tool: [
      `the limit of tool "${visible(name)}" of "${server}" is ${rate} for each principal`,
      `servers.${server}.rate`,
    ],
    principal: [`the limit of each principal over all servers is ${rate}`, 'limits.rate'],
    server: [`the limit of "${server}" is ${rate} for all together`, `servers.${server}.totalRate`],
    question: ['the limit of questions', `servers.${server}.ask.rate`],
  }[admission.limit]
  return {
    kind: 'refuse',
    rule: 'limits/rate',
    explain: `${what}, and it is used up; nothing was sent`,
    remedy: `${again}, or raise "${key}" in the configuration.`,
    retryAfterMs,
  }
}

/** For people: never less than it is. @example showWait(11_200) // '12 s' */
export function showWait(ms: number): string {
  return ms < 1_000 ? `${Math.ceil(ms)} ms` : `${Math.ceil(ms / 1_000)} s`
}
