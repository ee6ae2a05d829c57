import type { Exchange } from '../../pipeline/exchange.ts'
import { decideRequest } from '../../pipeline/run.ts'
import { asRefusal, type Refusal } from '../../pipeline/verdict.ts'
import type { Relay } from './relay.ts'

/**
 * What all request controls say of something that reaches a server by another way than a relayed call, such as a
 * subscription that becomes a stream: `undefined` when it may go on.
 *
 * @example const refusal = await refusalFor(relay, client.exchange(message, server, uri))
 */
export async function refusalFor(
  { controls, log }: Pick<Relay, 'controls' | 'log'>,
  exchange: Exchange,
): Promise<Refusal | undefined> {
  const verdict = await decideRequest([...controls.request, ...controls.last], exchange, (control, error) =>
    log.error('control.failed', { control, method: exchange.method, explain: String(error) }),
  )
  return asRefusal(verdict)
}
