import type { LookupFunction } from 'node:net'
import { isIP } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { checkHost, type UrlPolicy, type UrlRefusal } from '@sallyport/controls/urls'
import { Agent, buildConnector } from 'undici'
import { type ResolveOptions, resolveHost } from './resolveHost.ts'

/** A connection that was not made. */
export class HostRefused extends Error {
  override readonly name = 'HostRefused'
  readonly code = 'ERR_HOST_REFUSED'
  readonly refusal: UrlRefusal

  constructor(refusal: UrlRefusal) {
    super(`${refusal.rule}: ${refusal.explain}`)
    this.refusal = refusal
  }
}

/**
 * A `lookup` for `net.connect`, `tls.connect` and undici, for requests that the gateway itself makes: what it hands to the socket
 * are the very addresses that were judged, so a name that leads elsewhere a moment later (DNS rebinding, CWE-350) gains nothing.
 *
 * A socket asks nobody about a host that is an address already: that is for `checkHost`, as in `guardedConnector`. A redirect
 * is a new URL: whoever follows it asks `checkUrl` again.
 */
export function guardedLookup(policy: UrlPolicy, options: ResolveOptions = {}): LookupFunction {
  return (host, wanted, callback) => {
    judged(host, policy, options).then(
      (addresses) => {
        const fitting = addresses
          .map((address) => ({ address, family: isIP(address) }))
          .filter(({ family }) => isWanted(family, wanted.family))
        const [first] = fitting
        if (first === undefined) callback(unresolved(host), '', 0)
        else if (wanted.all === true) callback(null, fitting)
        else callback(null, first.address, first.family)
      },
      (error: unknown) => callback(error instanceof Error ? error : unresolved(host), '', 0),
    )
  }
}

export interface ConnectorOptions extends ResolveOptions {
  readonly tls?: Pick<ConnectionOptions, 'ca' | 'cert' | 'key'>
}

/** Opens the connections of an undici client or pool to hosts that the policy allows, also where they are addresses. */
export function guardedConnector(
  policy: UrlPolicy,
  options: ConnectorOptions = {},
): buildConnector.connector {
  const connect = buildConnector({ ...options.tls, lookup: guardedLookup(policy, options) })
  return (target, callback) => {
    const decision = checkHost(target.hostname, policy)
    if (decision.allowed) connect(target, callback)
    else callback(new HostRefused(decision), null)
  }
}

/** A client whose every connection is made by `guardedConnector`. It follows no redirects by itself. */
export function guardedAgent(policy: UrlPolicy, options: ConnectorOptions = {}): Agent {
  return new Agent({ connect: guardedConnector(policy, options) })
}

async function judged(host: string, policy: UrlPolicy, options: ResolveOptions): Promise<readonly string[]> {
  const decision = checkHost(host, policy)
  if (!decision.allowed) throw new HostRefused(decision)
  if (decision.target === 'address') return [decision.address.address]
  const resolution = await resolveHost(decision.host, policy, options)
  if (!resolution.allowed) throw new HostRefused(resolution)
  return resolution.addresses
}

function isWanted(family: number, wanted: number | string | undefined): boolean {
  if (wanted === 4 || wanted === 'IPv4') return family === 4
  if (wanted === 6 || wanted === 'IPv6') return family === 6
  return family !== 0
}

function unresolved(host: string): HostRefused {
  return new HostRefused({
    allowed: false,
    rule: 'url/unresolved',
    host,
    explain: `${host} has no address of the wanted kind.`,
  })
}
