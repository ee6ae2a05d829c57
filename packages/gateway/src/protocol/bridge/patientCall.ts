/**
 * Runs a tool call for a host that does not wait for ever (`patience.ts`).
 */
import { visible } from '@sallyport/controls/text'
import type { HostBudget } from '../../hosts/timeBudgets.ts'
import type { Exchange } from '../../pipeline/exchange.ts'
import type { Refusal } from '../../pipeline/verdict.ts'
import type { Link } from '../../upstream/link.ts'
import { hostBudget } from './hostBudget.ts'
import { progressTokenOf } from './paramsText.ts'
import { Patience } from './patience.ts'
import { type CallOutput, type CallTarget, type EndableCall, type Relay, relayCall } from './relay.ts'

/** Why a call ended before its host gave it up. */
function hostDeadline(server: string, { title, silentMs }: HostBudget): Refusal {
  const host = visible(title)
  return {
    kind: 'refuse',
    rule: 'host/deadline',
    explain: `"${server}" did not answer within what ${host} waits for a call (${Math.round(silentMs / 1000)} s); the call was cancelled there`,
    remedy: `Ask for less at once. If ${host} waits longer, say so under "hosts" in the configuration ("callTimeout").`,
  }
}

/** The patience of the client of this exchange; `undefined` where it is not known to end. */
export function patienceFor(
  relay: Relay,
  exchange: Exchange,
  to: { notify(bytes: Buffer): void; giveUp(refusal: Refusal): void },
): Patience | undefined {
  const budget = hostBudget(relay.config.hosts, exchange)
  if (budget === undefined || budget.silentMs === Number.POSITIVE_INFINITY) return undefined
  const server = exchange.server ?? '?'
  return new Patience({
    budget,
    token: progressTokenOf(exchange.params),
    server,
    notify: (bytes) => to.notify(bytes),
    giveUp: () => to.giveUp(hostDeadline(server, budget)),
  })
}

/** Calls back when the connection is there; hands it on. */
export function whenThere(link: Link | Promise<Link>, then: () => void): Link | Promise<Link> {
  if (link instanceof Promise) link.then(then, () => undefined)
  else then()
  return link
}

/** `relayCall` with the patience of the client in mind. */
export function patientCall(
  relay: Relay,
  exchange: Exchange,
  target: CallTarget,
  output: CallOutput,
): EndableCall {
  const patience = patienceFor(relay, exchange, {
    notify: (bytes) => output.notify(bytes),
    giveUp: (refusal) => call.giveUp(refusal),
  })
  if (patience === undefined) return relayCall(relay, exchange, target, output)
  const { answerParts } = output
  const call = relayCall(
    relay,
    exchange,
    {
      ...target,
      link: () => whenThere(target.link(), () => patience.begin()),
      rewriteNotification(method, params) {
        const mine = target.rewriteNotification?.(method, params)
        if (method !== 'notifications/progress' || mine === null) return mine
        return patience.passes(mine ?? params)
      },
    },
    {
      // Whatever else its client can be told, or opens for its person, is as it is without a budget.
      ...output,
      answer(bytes, status) {
        patience.stop()
        output.answer(bytes, status)
      },
      ...(answerParts === undefined
        ? {}
        : {
            answerParts(parts: readonly Buffer[], status: number) {
              patience.stop()
              answerParts(parts, status)
            },
          }),
      ask: () => ({ ...output.ask?.(), ...patience.ways }),
    },
  )
  return {
    cancel(reason) {
      patience.stop()
      call.cancel(reason)
    },
    giveUp: (refusal) => call.giveUp(refusal),
  }
}
