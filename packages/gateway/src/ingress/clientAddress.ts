/**
 * Where a request comes from: the other end of its connection, or, where that is a proxy of ours (`listen.trustedProxies`),
 * what the proxies say, read from the right and only as far as they can be believed.
 */
import { isIP, isIPv6 } from 'node:net'
import { classifyAddress, networkCheck } from '@sallyport/controls/urls'
import type { RequestHead } from './exchangeTypes.ts'
import { headerValues } from './head.ts'

/** Found out once at the door; whoever asks later needs no configuration. */
const KNOWN = new WeakMap<RequestHead, string>()

/** More proxies of one's own nobody has. What stands before them its sender wrote, and it counts for nothing. */
const MAX_HOPS = 20

/**
 * The address of the client, IPv4 in its own form and without the zone of a link. Empty when the connection is gone.
 *
 * @example clientAddress(request) // '203.0.113.7'
 */
export function clientAddress(request: RequestHead): string {
  return KNOWN.get(request) ?? plainAddress(request.socket.remoteAddress)
}

/** Reads what the proxies say of a request, if it came through one of them. Asked once, before anybody asks for its address. */
export function readForwarded(request: RequestHead, proxies: ProxyRule): void {
  const peer = plainAddress(request.socket.remoteAddress)
  if (!proxies.trusts(peer)) return
  const hops = headerValues(request.rawHeaders, 'x-forwarded-for').join(',').split(',').slice(-MAX_HOPS)
  let address = peer
  // The last hop was written by the proxy that we know, the one before it by whom that one knows.
  for (let hop = hops.pop(); hop !== undefined && proxies.trusts(address); hop = hops.pop()) {
    const said = plainAddress(withoutPort(hop.trim()))
    if (isIP(said) === 0) break
    address = said
  }
  KNOWN.set(request, address)
}

/** A request that is made of another one comes from where that one came. */
export function takeAddress(made: RequestHead, from: RequestHead): void {
  KNOWN.set(made, clientAddress(from))
}

export interface ProxyRule {
  trusts(address: string): boolean
}

/**
 * The proxies that are believed.
 *
 * @param ranges addresses or ranges: `10.0.0.0/8`, `::1`
 * @throws Error when one is neither
 */
export function proxyRule(ranges: readonly string[]): ProxyRule {
  return { trusts: networkCheck(ranges) }
}

/** An address as it is compared: IPv4 in its own form, and without the zone of a link. Empty for none. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
}

/**
 * Whom an address counts as, where something is limited per address: of an IPv6 one its first 64 bits, since whoever has one
 * of those has all of them (RFC 4291, 2.5.4; CWE-770). However it is written.
 *
 * @example networkOf('2001:DB8::1') // '2001:db8:0:0'
 */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const known = classifyAddress(address)
  if (!known.valid) return address
  if (known.embeds?.by === 'mapped') return known.embeds.ipv4.address
  const [head = '', tail] = known.address.split('::', 2)
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const gap = 8 - before.length - after.length
  return [...before, ...Array.from({ length: gap }, () => '0'), ...after].slice(0, 4).join(':')
}

/** `203.0.113.7:1234` and `[2001:db8::1]:1234` as some proxies write them. */
function withoutPort(hop: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(hop)
  if (bracketed !== null) return bracketed[1] ?? ''
  return /^\d+\.\d+\.\d+\.\d+:\d+$/.test(hop) ? hop.slice(0, hop.indexOf(':')) : hop
}
