import { parseIpv4, writeIpv4 } from './ipv4.ts'

/** The eight groups of an IPv6 address (RFC 4291, section 2.2), without its zone. `undefined` if it is none. */
export function parseIpv6(text: string): readonly number[] | undefined {
  const zone = text.indexOf('%')
  const address = zone === -1 ? text : text.slice(0, zone)
  if (address.length > MAX_CHARS || !address.includes(':')) return undefined
  const halves = address.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = halves.map((half, at) => (half === '' ? [] : groupsOf(half, at === halves.length - 1)))
  if (head === undefined) return undefined
  if (halves.length === 1) return head.length === 8 ? head : undefined
  if (tail === undefined || head.length + tail.length > 7) return undefined
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail]
}

/** As RFC 5952 has it: lower case, no leading zeros, the longest run of zeros as `::`. */
export function writeIpv6(groups: readonly number[]): string {
  let [start, length] = [-1, 1]
  for (let at = 0; at < 8; at++) {
    let end = at
    while (end < 8 && groups[end] === 0) end++
    if (end - at > length) [start, length] = [at, end - at]
    at = Math.max(at, end - 1)
  }
  const hex = groups.map((group) => group.toString(16))
  if (start === -1) return hex.join(':')
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`
}

/** The IPv4 address in two groups. */
export function ipv4In(groups: readonly number[], at: number): number {
  return ((groups[at] ?? 0) * 0x10000 + (groups[at + 1] ?? 0)) >>> 0
}

const MAX_CHARS = 64

/** An IPv4 address may only be the end of the whole. */
function groupsOf(text: string, atEnd: boolean): number[] | undefined {
  const parts = text.split(':')
  const last = parts.at(-1) ?? ''
  const groups: number[] = []
  for (const part of last.includes('.') ? parts.slice(0, -1) : parts) {
    if (!/^[0-9a-f]{1,4}$/i.test(part)) return undefined
    groups.push(Number.parseInt(part, 16))
  }
  if (last.includes('.')) {
    if (!atEnd) return undefined
    // Four plain numbers: the other forms of IPv4 are none in here.
    const embedded = parseIpv4(last)
    if (embedded === undefined || writeIpv4(embedded) !== last) return undefined
    groups.push(embedded >>> 16, embedded & 0xffff)
  }
  return groups
}
