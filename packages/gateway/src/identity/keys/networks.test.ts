import { describe, expect, it } from 'vitest'
import { clientAddress } from '../../ingress/clientAddress.ts'
import { networkCheck, readNetwork } from './networks.ts'

describe('ranges', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7/32'],
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:DB8::/32', '2001:db8::/32'],
    ['::1', '::1/128'],
  ])('%s is read', (text, network) => {
    expect(readNetwork(text)).toBe(network)
  })

  it.each([
    '',
    '10.0.0.0/33',
    '10.0.0/8',
    '010.0.0.1',
    '::1/129',
    '10.0.0.0/08',
    '::ffff:10.0.0.1',
    'a.example',
    '1.2.3.4/',
    '10.0.0.0/8 ',
  ])('%j is none', (text) => {
    expect(readNetwork(text)).toBeUndefined()
  })

  it('hold what lies in them and nothing else (KEY-018)', () => {
    const allows = networkCheck(['10.0.0.0/8', '2001:db8::/32'])
    expect(['10.0.0.0', '10.255.255.255', '2001:db8::1'].map(allows)).toEqual([true, true, true])
    expect(
      ['11.0.0.0', '9.255.255.255', '2001:db9::1', '::ffff:10.0.0.1', 'x', undefined].map(allows),
    ).toEqual([false, false, false, false, false, false])
  })

  it('none at all hold every address', () => {
    expect(networkCheck([])(undefined)).toBe(true)
  })
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
