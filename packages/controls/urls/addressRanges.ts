/** What an address is for. `public` is a host that anybody may have; everything else is not. */
export type AddressKind =
  | 'public'
  | 'loopback'
  | 'unspecified'
  | 'private'
  | 'shared'
  | 'link-local'
  | 'metadata'
  | 'multicast'
  | 'broadcast'
  | 'documentation'
  | 'reserved'
  | 'translated'
  | 'unassigned'

export interface Range<Start> {
  readonly start: Start
  readonly bits: number
  readonly kind: AddressKind
  readonly why: string
}

/** Where clouds answer questions about a machine, credentials among them. Most are link-local; not all. */
export const METADATA_ADDRESSES: ReadonlyMap<string, string> = new Map([
  ['169.254.169.254', 'AWS, Azure, Google Cloud, OpenStack, Oracle, DigitalOcean, Hetzner and others'],
  ['169.254.169.253', 'AWS, resolver of a network'],
  ['169.254.170.2', 'AWS, credentials of a container'],
  ['169.254.170.23', 'AWS, credentials of a pod'],
  ['169.254.0.23', 'Tencent Cloud'],
  ['169.254.42.42', 'Scaleway'],
  ['100.100.100.200', 'Alibaba Cloud'],
  ['192.0.0.192', 'Oracle Cloud, classic'],
  // Azure gave its wire server an address of a public range: no list of private ranges has it.
  ['168.63.129.16', 'Azure, wire server'],
  ['fd00:ec2::254', 'AWS over IPv6'],
  ['fd00:ec2::253', 'AWS over IPv6, resolver of a network'],
  ['fd00:ec2::23', 'AWS over IPv6, credentials of a pod'],
  ['fd20:ce::254', 'Google Cloud over IPv6'],
  ['fd00:42::42', 'Scaleway over IPv6'],
  ['fe80::a9fe:a9fe', 'OpenStack over IPv6'],
])

/** Names of the same services, and of what a container or cluster calls its own. */
export const METADATA_NAMES: ReadonlySet<string> = new Set([
  'metadata.google.internal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
  'metadata.azure.internal',
  'metadata.tencentyun.com',
  'metadata.platformequinix.com',
  'metadata.packet.net',
])

const v4 = (cidr: string, kind: AddressKind, why: string): Range<number> => {
  const [address = '', bits = ''] = cidr.split('/')
  const start = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  return { start, bits: Number(bits), kind, why }
}
const v6 = (start: readonly number[], bits: number, kind: AddressKind, why: string) => ({
  start,
  bits,
  kind,
  why,
})

/** IANA IPv4 Special-Purpose Address Registry (RFC 6890 and its updates), and multicast (RFC 5771). First match counts. */
export const IPV4_RANGES: readonly Range<number>[] = [
  v4('0.0.0.0/8', 'unspecified', '"this network" (RFC 791); 0.0.0.0 reaches this machine'),
  v4('10.0.0.0/8', 'private', 'private use (RFC 1918)'),
  v4('100.64.0.0/10', 'shared', "carriers' shared space (RFC 6598)"),
  v4('127.0.0.0/8', 'loopback', 'loopback (RFC 1122)'),
  v4('169.254.0.0/16', 'link-local', 'link-local (RFC 3927)'),
  v4('172.16.0.0/12', 'private', 'private use (RFC 1918)'),
  v4('192.0.0.0/24', 'reserved', 'protocol assignments (RFC 6890)'),
  v4('192.0.2.0/24', 'documentation', 'documentation (RFC 5737)'),
  v4('192.31.196.0/24', 'reserved', 'AS112 (RFC 7535)'),
  v4('192.52.193.0/24', 'reserved', 'AMT (RFC 7450)'),
  v4('192.88.99.0/24', 'translated', '6to4 relays (RFC 7526)'),
  v4('192.168.0.0/16', 'private', 'private use (RFC 1918)'),
  v4('192.175.48.0/24', 'reserved', 'AS112 (RFC 7534)'),
  v4('198.18.0.0/15', 'reserved', 'benchmarks (RFC 2544)'),
  v4('198.51.100.0/24', 'documentation', 'documentation (RFC 5737)'),
  v4('203.0.113.0/24', 'documentation', 'documentation (RFC 5737)'),
  v4('224.0.0.0/4', 'multicast', 'multicast (RFC 5771)'),
  v4('255.255.255.255/32', 'broadcast', 'broadcast (RFC 8190)'),
  v4('240.0.0.0/4', 'reserved', 'reserved (RFC 1112)'),
]

/** IANA IPv6 Special-Purpose Address Registry. What carries an IPv4 address is in `embeddedIpv4`. First match counts. */
export const IPV6_RANGES: readonly Range<readonly number[]>[] = [
  v6([0, 0, 0, 0, 0, 0, 0, 0], 128, 'unspecified', 'unspecified (RFC 4291)'),
  v6([0, 0, 0, 0, 0, 0, 0, 1], 128, 'loopback', 'loopback (RFC 4291)'),
  v6([0x100], 64, 'reserved', 'discard-only (RFC 6666)'),
  v6([0x100, 0, 0, 1], 64, 'reserved', 'dummy prefix (RFC 9780)'),
  v6([0x2001, 0x2], 48, 'reserved', 'benchmarks (RFC 5180)'),
  v6([0x2001, 0x10], 28, 'unassigned', 'ORCHID, ended (RFC 4843)'),
  v6([0x2001, 0x20], 28, 'reserved', 'ORCHIDv2 (RFC 7343)'),
  v6([0x2001, 0x30], 28, 'reserved', 'drone remote identification (RFC 9374)'),
  v6([0x2001, 0xdb8], 32, 'documentation', 'documentation (RFC 3849)'),
  v6([0x3fff], 20, 'documentation', 'documentation (RFC 9637)'),
  v6([0x5f00], 16, 'reserved', 'segment routing (RFC 9602)'),
  v6([0x2620, 0x4f, 0x8000], 48, 'reserved', 'AS112 (RFC 7534)'),
  v6([0xfc00], 7, 'private', 'unique local (RFC 4193)'),
  v6([0xfe80], 10, 'link-local', 'link-local (RFC 4291)'),
  v6([0xfec0], 10, 'unassigned', 'site-local, ended (RFC 3879)'),
  v6([0xff00], 8, 'multicast', 'multicast (RFC 4291)'),
]
