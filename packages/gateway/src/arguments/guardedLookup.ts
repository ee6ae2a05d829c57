import { type ClientRequest, request } from 'node:http'
import { type RequestOptions, request as requestTls } from 'node:https'
import type { LookupFunction } from 'node:net'
import { isIP } from 'node:net'
import { checkHost, type UrlPolicy, type UrlRefusal } from '@sallyport/controls/urls'
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
 * A `lookup` for `net.connect` and `tls.connect`, for requests that the gateway itself makes: what it hands to the socket
 * are the very addresses that were judged, so a name that leads elsewhere a moment later (DNS rebinding, CWE-350) gains nothing.
 *
 * A socket asks nobody about a host that is an address already: that is for `checkHost`, as in `guardedRequest`. A redirect
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

/**
 * A request that the gateway itself makes, to a host that the policy allows, also where that is an address. Follows no
 * redirect: that is a new URL. Throws `HostRefused` for a host that is refused as it is written; one that turns out to lead
 * elsewhere is an `error` of the request.
 *
 * @example guardedRequest(new URL('https://issuer.example/keys'), {}).on('response', (answer) => answer.resume()).end()
 */
export function guardedRequest(
  url: URL,
  policy: UrlPolicy,
  options: ResolveOptions & Pick<RequestOptions, 'method' | 'headers' | 'timeout' | 'ca' | 'signal'> = {},
): ClientRequest {
  const decision = checkHost(url.hostname, policy)
  if (!decision.allowed) throw new HostRefused(decision)
  const { method, headers, timeout, ca, signal, ...resolving } = options
  // No agent: a connection that is kept could be used for another policy.
  const lookup = guardedLookup(policy, resolving)
  const wanted = { method, headers, timeout, signal, agent: false as const, lookup }
  return url.protocol === 'https:' ? requestTls(url, { ...wanted, ca }) : request(url, wanted)
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
