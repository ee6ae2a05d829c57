import { describe, expect, it } from 'vitest'
import { networkCheck, readNetwork } from './index.ts'

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

  it('none at all hold nothing, and what is none is no range by accident', () => {
    expect([networkCheck([])('192.0.2.1'), networkCheck([])(undefined)]).toEqual([false, false])
    for (const text of ['', 'a.example', '10.0.0.0/33', '10.0.0.1/8/8'])
      expect(() => networkCheck(['10.0.0.0/8', text])).toThrow('is no address')
  })

  it('of one family hold nothing of the other', () => {
    expect(networkCheck(['::/0'])('10.0.0.1')).toBe(false)
    expect(networkCheck(['0.0.0.0/0'])('::1')).toBe(false)
  })

  it('a text without end is none, at once', () => {
    for (const piece of ['1.', ':', 'f', '/']) expect(readNetwork(piece.repeat(1_048_576))).toBeUndefined()
  })
})
