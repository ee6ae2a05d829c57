/**
 * Addresses and ranges in CIDR notation (RFC 4632, RFC 4291): where a key may be used from, which proxies are believed.
 */
import { BlockList, isIP } from 'node:net'
import { visible } from '../text/index.ts'

/**
 * A range as it is kept, or `undefined` for what is none. An address by itself is a range of one.
 *
 * @example readNetwork('10.0.0.0/8') // '10.0.0.0/8'; likewise '::1' gives '::1/128'
 */
export function readNetwork(text: string): string | undefined {
  const [, address = '', bits] = /^([0-9a-fA-F.:]{2,45})(?:\/(0|[1-9][0-9]{0,2}))?$/.exec(text) ?? []
  const family = isIP(address)
  if (family === 0) return undefined
  const most = family === 4 ? 32 : 128
  const prefix = bits === undefined ? most : Number(bits)
  if (prefix > most) return undefined
  // Addresses of clients have this form only where nobody unfolded it: such a range would never fit.
  if (family === 6 && /^::ffff:/i.test(address)) return undefined
  return `${address.toLowerCase()}/${prefix}`
}

/**
 * Whether an address lies in one of the ranges. In no range at all lies none, and what is no address lies in none. A range of
 * IPv6 holds no address of IPv4, in whatever form: `::/0` is not meant to let in all of both.
 *
 * @throws Error when a text is no range
 * @example networkCheck(['10.0.0.0/8'])('10.1.2.3') // true
 */
export function networkCheck(networks: readonly string[]): (address: string | undefined) => boolean {
  const lists = { 4: new BlockList(), 6: new BlockList() }
  for (const network of networks) {
    const [address = '', prefix] = readNetwork(network)?.split('/') ?? []
    if (prefix === undefined) throw new Error(`"${visible(network)}" is no address and no range of addresses`)
    if (isIP(address) === 4) lists[4].addSubnet(address, Number(prefix), 'ipv4')
    else lists[6].addSubnet(address, Number(prefix), 'ipv6')
  }
  // A client sends many requests from one address.
  let last: string | undefined
  return (address = '') => {
    if (address === last) return true
    const family = isIP(address)
    if (family === 0) return false
    const allowed = family === 4 ? lists[4].check(address, 'ipv4') : lists[6].check(address, 'ipv6')
    if (allowed) last = address
    return allowed
  }
}
