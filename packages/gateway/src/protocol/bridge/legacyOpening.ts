/**
 * `initialize` of a legacy client: the controls see it, then every server of its view is opened, then it is greeted.
 */
import type { JsonObject } from '@sallyport/controls/json'
import type { Exchange } from '../../pipeline/exchange.ts'
import { decideRequest } from '../../pipeline/run.ts'
import { asRefusal, type Refusal } from '../../pipeline/verdict.ts'
import { MODERN_REVISIONS } from '../era.ts'
import { ERROR } from '../errors.ts'
import { type LegacyClient, type LegacyWorld, refusal } from './legacyClient.ts'
import type { LegacyServers } from './legacyServers.ts'

export type Opening =
  | { readonly kind: 'open'; readonly greeting: JsonObject }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly data?: JsonObject }
  /** The client left meanwhile. */
  | { readonly kind: 'gone' }

/** Opens the servers of a conversation. `exchange` is that of its `initialize`. */
export async function openConversation(
  world: LegacyWorld,
  client: LegacyClient,
  servers: LegacyServers,
  exchange: Exchange,
): Promise<Opening> {
  const { relay } = world
  const { method, params } = exchange
  const verdict = await decideRequest(relay.controls.request, exchange, (control, error) =>
    relay.log.error('control.failed', { control, method, explain: String(error) }),
  )
  // Nobody can be asked before the connection is open, and no rewritten greeting is sent.
  const refused = asRefusal(verdict)
  if (refused !== undefined) return { kind: 'refused', refusal: refused }
  const known = await world.servers(client.view)
  // A client may leave while servers say what they are; none is started for it then.
  if (client.gone) return { kind: 'gone' }
  const excluded = world.excluded(client.view).filter(({ server }) => client.sees(server))
  if (known.length === 0) {
    const why = excluded.map((one) => `${one.server} (${one.why})`).join(', ')
    const explain =
      why === ''
        ? 'no server is configured here: add one under "servers" of the configuration'
        : `no server here can be reached now: ${why}`
    const data = { supported: [...MODERN_REVISIONS], requested: params.protocolVersion as string }
    return {
      kind: 'refused',
      refusal: refusal('era/unsupported', explain, ERROR.unsupportedVersion),
      data,
    }
  }
  const opened = await servers.open(
    known.filter((server) => client.sees(server)),
    params,
    client.view,
    excluded,
  )
  if (client.gone) return { kind: 'gone' }
  return opened.ok ? { kind: 'open', greeting: opened.result } : { kind: 'refused', refusal: opened.refusal }
}
