import { METADATA_NAMES } from './addressRanges.ts'
import type { KnownAddress } from './classifyAddress.ts'
import type { UrlPolicy } from './policy.ts'
import type { UrlRule } from './rules.ts'

/** Why an address is refused, if it is. `resolved`: a name service gave it, which may itself write NAT64 addresses. */
export function reasonAgainst(
  address: KnownAddress,
  policy: UrlPolicy,
  resolved: boolean,
): UrlRule | undefined {
  const opened = policy.allowPrivate === true
  switch (address.kind) {
    case 'public':
      return undefined
    case 'metadata':
      return 'url/metadata'
    case 'link-local':
      return 'url/link-local'
    case 'multicast':
    case 'broadcast':
      return 'url/multicast'
    case 'unassigned':
      return 'url/reserved'
    case 'loopback':
    case 'unspecified':
      return opened ? undefined : 'url/loopback'
    case 'private':
    case 'shared':
      return opened ? undefined : 'url/private'
    case 'documentation':
    case 'reserved':
      return opened ? undefined : 'url/reserved'
    case 'translated': {
      // Networks with IPv6 only reach all of IPv4 through addresses that their name service makes (RFC 6147).
      const through = opened || (resolved && address.embeds?.by === 'nat64')
      if (!through || address.embeds === undefined) return opened ? undefined : 'url/translated'
      return reasonAgainst(address.embeds.ipv4, policy, resolved)
    }
  }
}

/** Names that are this machine whatever a name service says (RFC 6761, and what systems write in their hosts file). */
const LOOPBACK =
  /(?:^|\.)localhost$|^localhost\.localdomain$|^localhost[46](?:\.localdomain[46])?$|^ip6-(?:localhost|loopback)$/
/** Names of private networks by convention or reservation (RFC 6762, RFC 8375, ICANN for `internal`). */
const PRIVATE = /\.(?:internal|local|localdomain|home\.arpa|cluster\.local)$/

/** Why a name is refused before it is resolved, if it is. */
export function reasonAgainstName(name: string, policy: UrlPolicy): UrlRule | undefined {
  if (METADATA_NAMES.has(name)) return 'url/metadata'
  if (policy.allowPrivate === true) return undefined
  if (LOOPBACK.test(name)) return 'url/loopback'
  return PRIVATE.test(name) ? 'url/private' : undefined
}
