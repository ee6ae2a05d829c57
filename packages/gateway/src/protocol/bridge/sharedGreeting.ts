/**
 * The handshake with a legacy server that several conversations share: in the gateway's own name, with nothing declared.
 */
import { isObject, type JsonObject, writeJson } from '@sallyport/controls/json'
import type { Link } from '../../upstream/link.ts'
import { UpstreamUnavailable } from '../../upstream/unavailable.ts'
import { VERSION } from '../../version.ts'
import { eraOf, LATEST_LEGACY } from '../era.ts'
import { methodRow } from '../methods.ts'
import { askServer } from './ask.ts'
import type { Relay } from './relay.ts'

export interface SharedServer {
  readonly server: string
  readonly principal: string
  readonly deadlineMs: number
}

/**
 * Introduces the gateway. No capability of a client is declared: what the server then asked could reach the wrong
 * conversation. Resolves with what the server offers to each of several conversations.
 */
export async function introduceGateway(
  relay: Relay,
  { server, principal, deadlineMs }: SharedServer,
  link: Link,
): Promise<JsonObject> {
  const method = 'initialize'
  const params: JsonObject = {
    protocolVersion: LATEST_LEGACY,
    capabilities: {},
    clientInfo: { name: 'sallyport', version: VERSION },
  }
  const { asked } = askServer(
    relay,
    {
      principal,
      transport: 'stdio',
      direction: 'client-to-server',
      era: 'legacy',
      method,
      row: methodRow(method, { era: 'legacy', sender: 'client', type: 'request' }),
      server,
      params,
      bytes: 0,
      startedAt: relay.now(),
      findings: [],
    },
    { link: () => link, params: () => writeJson(params), deadlineMs },
  )
  const got = await asked
  const revision = got.ok ? got.result.protocolVersion : undefined
  if (!got.ok || typeof revision !== 'string' || eraOf(revision) !== 'legacy') {
    const remedy = 'Its answer is in the audit trail and the log.'
    throw new UpstreamUnavailable(server, `"${server}" gave no usable answer to "initialize"`, remedy)
  }
  link.initialized(revision)
  link.notify('notifications/initialized', undefined)
  return sharedGreeting(got.result)
}

/** A greeting without what one conversation cannot have for itself: log messages and subscriptions. */
export function sharedGreeting(greeting: JsonObject): JsonObject {
  const { logging: _logging, ...capabilities } = isObject(greeting.capabilities) ? greeting.capabilities : {}
  if (!isObject(capabilities.resources)) return { ...greeting, capabilities }
  const { subscribe: _subscribe, ...resources } = capabilities.resources
  return { ...greeting, capabilities: { ...capabilities, resources } }
}
