import { type AddressKind, IPV4_RANGES, IPV6_RANGES, METADATA_ADDRESSES } from './addressRanges.ts'
import { parseIpv4, writeIpv4 } from './ipv4.ts'
import { ipv4In, parseIpv6, writeIpv6 } from './ipv6.ts'

export type AddressClass =
  | {
      readonly valid: true
      readonly family: 4 | 6
      /** In its one canonical form, without a zone. */
      readonly address: string
      readonly kind: AddressKind
      /**
       * Is it set apart by a registry for something else than hosts of the public internet? Not the same as "not `public`": multicast
       * of global scope and space that was never given to anybody are neither private nor a public host.
       */
      readonly private: boolean
      /** Why, with the RFC. */
      readonly why: string
      /** The IPv4 address that travels inside, and where packets for it would end. */
      readonly embeds?: { readonly by: Embedding; readonly ipv4: AddressClass & { readonly valid: true } }
    }
  | { readonly valid: false; readonly text: string }

/** How an IPv6 address carries an IPv4 one. */
export type Embedding =
  | 'mapped'
  | 'compatible'
  | 'translated'
  | 'nat64'
  | 'nat64-local'
  | '6to4'
  | 'teredo'
  | 'isatap'

/**
 * What an address is for, in whatever form it is written: IPv4 as `inet_aton` takes it (`127.1`, `0x7f000001`, `0177.0.0.1`), IPv6
 * with or without brackets and zone. An IPv6 address that carries an IPv4 one is what the IPv4 one is, or `translated`.
 *
 * Follows the IANA special-purpose registries, RFC 6890, 4291, 6052, 3056, 4380, 5214, 5737, 7526. Cannot know: a
 * network's own translator prefix, or what a public address is used for inside a network.
 *
 * @example
 * classifyAddress('::ffff:169.254.169.254') // { valid: true, kind: 'metadata', private: true, embeds: { by: 'mapped', ... }, ... }
 */
export function classifyAddress(ip: string): AddressClass {
  const text = ip.startsWith('[') && ip.endsWith(']') ? ip.slice(1, -1) : ip
  if (!text.includes(':')) {
    const ipv4 = parseIpv4(text)
    return ipv4 === undefined ? { valid: false, text: ip } : classifyIpv4(ipv4)
  }
  const groups = parseIpv6(text)
  return groups === undefined ? { valid: false, text: ip } : classifyIpv6(groups)
}

/** An address that is one for certain. */
export type KnownAddress = AddressClass & { readonly valid: true }

export function classifyIpv4(address: number): KnownAddress {
  const written = writeIpv4(address)
  const metadata = METADATA_ADDRESSES.get(written)
  const range = IPV4_RANGES.find(({ start, bits }) => address >>> (32 - bits) === start >>> (32 - bits))
  const kind = metadata !== undefined ? 'metadata' : (range?.kind ?? 'public')
  return {
    valid: true,
    family: 4,
    address: written,
    kind,
    private: range !== undefined && !(range.kind === 'multicast' && isGlobalMulticastIpv4(address)),
    why: metadata ?? range?.why ?? 'public',
  }
}

function classifyIpv6(groups: readonly number[]): KnownAddress {
  const address = writeIpv6(groups)
  const common = { valid: true, family: 6, address } as const
  const metadata = METADATA_ADDRESSES.get(address)
  if (metadata !== undefined) return { ...common, kind: 'metadata', private: true, why: metadata }
  const range = IPV6_RANGES.find(({ start, bits }) => begins(groups, start, bits))
  const embedded = range === undefined ? embeddedIpv4(groups) : undefined
  if (embedded !== undefined) {
    const { by, why } = embedded
    const ipv4 = classifyIpv4(embedded.ipv4)
    const embeds = { by, ipv4 }
    // A mapped address is never on a wire: the socket connects to the IPv4 one.
    if (by === 'mapped') return { ...common, kind: ipv4.kind, private: ipv4.private, why, embeds }
    const kind = ipv4.kind === 'metadata' ? 'metadata' : 'translated'
    return { ...common, kind, private: true, why, embeds }
  }
  if (range !== undefined) {
    const isPrivate = !(
      range.kind === 'unassigned' ||
      (range.kind === 'multicast' && isGlobalMulticastIpv6(groups))
    )
    return { ...common, kind: range.kind, private: isPrivate, why: range.why }
  }
  return begins(groups, [0x2000], 3)
    ? { ...common, kind: 'public', private: false, why: 'public' }
    : { ...common, kind: 'unassigned', private: false, why: 'given to nobody (RFC 4291: only 2000::/3 is)' }
}

function embeddedIpv4(groups: readonly number[]): { by: Embedding; ipv4: number; why: string } | undefined {
  const low = ipv4In(groups, 6)
  if (begins(groups, [0, 0, 0, 0, 0, 0xffff], 96)) {
    return { by: 'mapped', ipv4: low, why: 'IPv4-mapped (RFC 4291)' }
  }
  if (begins(groups, [0, 0, 0, 0, 0xffff, 0], 96)) {
    return { by: 'translated', ipv4: low, why: 'IPv4-translated (RFC 2765)' }
  }
  if (begins(groups, [], 96)) return { by: 'compatible', ipv4: low, why: 'IPv4-compatible, ended (RFC 4291)' }
  if (begins(groups, [0x64, 0xff9b], 96)) return { by: 'nat64', ipv4: low, why: 'NAT64 (RFC 6052)' }
  if (begins(groups, [0x64, 0xff9b, 1], 48)) {
    return { by: 'nat64-local', ipv4: low, why: 'NAT64 of this network (RFC 8215)' }
  }
  if (begins(groups, [0x2002], 16)) {
    return { by: '6to4', ipv4: ipv4In(groups, 1), why: '6to4 (RFC 3056, ended by RFC 7526)' }
  }
  if (begins(groups, [0x2001, 0], 32)) {
    // The client's address is kept inverted.
    return { by: 'teredo', ipv4: ~low >>> 0, why: 'Teredo (RFC 4380)' }
  }
  if (((groups[4] ?? 0) & 0xfdff) === 0 && groups[5] === 0x5efe) {
    return { by: 'isatap', ipv4: low, why: 'ISATAP (RFC 5214)' }
  }
  return undefined
}

function begins(groups: readonly number[], start: readonly number[], bits: number): boolean {
  for (let at = 0; at * 16 < bits; at++) {
    const shift = Math.max(0, 16 - (bits - at * 16))
    if ((groups[at] ?? 0) >>> shift !== (start[at] ?? 0) >>> shift) return false
  }
  return true
}

/** Not the local blocks 224.0.0.0/24 and 239.0.0.0/8 (RFC 5771, RFC 2365). */
function isGlobalMulticastIpv4(address: number): boolean {
  return address >>> 8 !== 0xe00000 && address >>> 24 !== 239
}

/** Scope E (RFC 4291, section 2.7). */
function isGlobalMulticastIpv6(groups: readonly number[]): boolean {
  return ((groups[0] ?? 0) & 0xf) === 0xe
}
