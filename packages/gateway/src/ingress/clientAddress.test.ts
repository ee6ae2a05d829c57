import { describe, expect, it } from 'vitest'
import { clientAddress, networkOf, proxyRule, readForwarded } from './clientAddress.ts'
import type { RequestHead } from './exchangeTypes.ts'

const proxies = proxyRule(['10.0.0.0/8', '::1'])

function from(remoteAddress: string, ...forwarded: string[]): string {
  const request = {
    socket: { remoteAddress },
    rawHeaders: forwarded.flatMap((line) => ['X-Forwarded-For', line]),
  } as unknown as RequestHead
  readForwarded(request, proxies)
  return clientAddress(request)
}

it.each([
  ['a stranger says what it likes, and is still itself', ['203.0.113.9', '127.0.0.1'], '203.0.113.9'],
  ['a proxy of ours is believed', ['10.0.0.1', '198.51.100.7'], '198.51.100.7'],
  ['what its client wrote before it is not', ['10.0.0.1', '127.0.0.1, 198.51.100.7'], '198.51.100.7'],
  ['nor in a header line of its own', ['10.0.0.1', '127.0.0.1', '198.51.100.7'], '198.51.100.7'],
  ['two proxies in a row are', ['10.0.0.1', '6.6.6.6, 198.51.100.7, 10.2.3.4'], '198.51.100.7'],
  ['a proxy that says nothing is the client', ['10.0.0.1'], '10.0.0.1'],
  ['what is no address is nothing', ['10.0.0.1', 'unknown'], '10.0.0.1'],
  [
    'an IPv4 address in its IPv6 form is the same',
    ['::ffff:10.0.0.1', '::ffff:198.51.100.7'],
    '198.51.100.7',
  ],
  ['a port is left out', ['::1', '198.51.100.7:4711'], '198.51.100.7'],
  ['also in brackets', ['::1', '[2001:db8::7]:4711'], '2001:db8::7'],
  [
    'nobody becomes the proxy by writing more than is read',
    ['10.0.0.1', `${'1.1.1.1, '.repeat(500)}198.51.100.7`],
    '198.51.100.7',
  ],
])('%s', (_, [remote, ...forwarded], expected) => {
  expect(from(remote ?? '', ...forwarded)).toBe(expected)
})

it.each(['10.0.0.0/33', 'example.org', '10.0.0.1/8/8', '10.0.0.1/x', ''])('"%s" is no range', (range) => {
  expect(() => proxyRule([range])).toThrow('is no address')
})

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::ffff:c000:201', '192.0.2.1'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['2001:0DB8:0::1', '2001:db8:0:0'],
  ['2001:db8:0:0:ffff::2', '2001:db8:0:0'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8::1:2:3:192.0.2.1', '2001:db8:0:1'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['::1', '0:0:0:0'],
  ['', ''],
  ['x', 'x'],
])('where something is limited, %s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

describe('the address of a request', () => {
  const from = (remoteAddress: string | undefined) => clientAddress({ socket: { remoteAddress } } as never)
  it('is that of the socket, IPv4 in its own form and without a zone', () => {
    expect(['::ffff:192.0.2.7', '::ffff:c000:207', 'fe80::1%eth0', undefined].map(from)).toEqual([
      '192.0.2.7',
      '::ffff:c000:207',
      'fe80::1',
      '',
    ])
  })
})
