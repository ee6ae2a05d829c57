import type { JsonObject } from '@sallyport/controls/json'
import type { Exchange } from '../../pipeline/exchange.ts'
import type { Refusal } from '../../pipeline/verdict.ts'
import { type CallTarget, type Relay, type RelayedCall, relayCall } from './relay.ts'

export type Asked =
  /** `said`: the same before controls left something out of it; to be remembered, never to be shown. */
  | { readonly ok: true; readonly result: JsonObject; readonly said: JsonObject }
  | {
      readonly ok: false
      readonly bytes: Buffer
      readonly status: number
      /** Why the gateway has no answer, where it is not the server's own error. */
      readonly refusal: Refusal | undefined
    }

/**
 * Asks one server on the gateway's own account, as a part of a larger exchange whose request was already decided on:
 * the answer passes the response controls and is recorded like any other.
 */
export function askServer(
  relay: Relay,
  exchange: Exchange,
  target: CallTarget,
): { readonly asked: Promise<Asked>; readonly call: RelayedCall } {
  let call: RelayedCall | undefined
  const asked = new Promise<Asked>((resolve) => {
    let got: { readonly result: JsonObject; readonly said: JsonObject } | undefined
    let refusal: Refusal | undefined
    call = relayCall(
      { ...relay, controls: { ...relay.controls, request: [], dispatch: [], last: [] } },
      exchange,
      {
        ...target,
        readsResult: true,
        rewriteResult: (result, said) => {
          got = { result, said }
          return undefined
        },
      },
      {
        notify: () => undefined,
        tell: (about, why) => relay.news.found(about, why),
        ended: (why) => {
          refusal = why
        },
        answer: (bytes, status) =>
          resolve(got === undefined ? { ok: false, bytes, status, refusal } : { ok: true, ...got }),
      },
    )
  })
  return { asked, call: call as RelayedCall }
}
