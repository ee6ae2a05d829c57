import { BlockList, isIP } from 'node:net'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { checkAddresses, checkHost, checkUrl, classifyAddress, networkCheck, readNetwork } from './index.ts'
import { parseIpv4, writeIpv4 } from './ipv4.ts'

const runs = { numRuns: Number(process.env.FUZZ_RUNS ?? 2000) }
const number = fc.nat({ max: 0xffffffff })

/** One of the ways in which a number may be written. */
const written = (value: number) =>
  fc.constantFrom(
    String(value),
    `0x${value.toString(16)}`,
    `0X00${value.toString(16)}`,
    `0${value.toString(8)}`,
  )
const ipv4 = number.chain((address) => {
  const bytes = writeIpv4(address).split('.').map(Number)
  return fc.integer({ min: 1, max: 4 }).chain((parts) => {
    const last = address % 256 ** (5 - parts)
    return fc
      .tuple(...[...bytes.slice(0, parts - 1), last].map(written))
      .map((texts) => ({ address, text: texts.join('.') }))
  })
})

it('an IPv4 address is the same in whatever form, to us and to the URL parser', () => {
  fc.assert(
    fc.property(ipv4, ({ address, text }) => {
      expect(parseIpv4(text)).toBe(address)
      expect(URL.parse(`http://${text}/`)?.hostname).toBe(writeIpv4(address))
      const plain = checkUrl(`http://${writeIpv4(address)}/`, {})
      const odd = checkUrl(`http://${text}/`, {})
      if (!plain.allowed) expect(odd.allowed).toBe(false)
    }),
    runs,
  )
})

it('IPv6 is an address to us where it is one to Node, and written as the URL parser writes it', () => {
  const group = fc.oneof(fc.constant(0), fc.nat({ max: 0xffff })).map((value) => value.toString(16))
  const text = fc.oneof(
    fc.ipV6(),
    fc.array(group, { minLength: 8, maxLength: 8 }).map((groups) => groups.join(':')),
    fc
      .array(fc.constantFrom(':', '::', '0', 'ffff', '1', '.', '127.0.0.1', 'g'), { maxLength: 9 })
      .map((p) => p.join('')),
  )
  fc.assert(
    fc.property(text, (address) => {
      const known = classifyAddress(address)
      if (!address.includes(':')) return
      expect(known.valid).toBe(isIP(address) === 6)
      if (known.valid) expect(`[${known.address}]`).toBe(URL.parse(`http://[${address}]/`)?.hostname)
    }),
    runs,
  )
})

it('no address of a private network is allowed, whatever carries it', () => {
  const inside = new BlockList()
  for (const [network, bits] of [
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
  ] as const) {
    inside.addSubnet(network, bits)
  }
  const carriers = ['', '::ffff:', '::', '64:ff9b::', '::ffff:0:', '64:ff9b:1::', '2606:4700::5efe:']
  const near = fc
    .tuple(fc.constantFrom(0, 9, 10, 11, 100, 126, 127, 128, 169, 172, 192, 223), fc.nat({ max: 0xffffff }))
    .map(([first, rest]) => first * 0x1000000 + rest)
  fc.assert(
    fc.property(fc.oneof(near, number), fc.constantFrom(...carriers), (value, carrier) => {
      const address = writeIpv4(value)
      if (!inside.check(address)) return
      expect(checkHost(carrier + address, {}).allowed).toBe(false)
      expect(checkAddresses('x.example', ['8.8.8.8', carrier + address], {}).allowed).toBe(false)
    }),
    runs,
  )
})

it('what is allowed is read as the same host again, from the URL that is sent on', () => {
  const piece = fc.constantFrom(
    ...[
      'http:',
      'https:',
      '//',
      '/',
      '\\',
      '@',
      '#',
      '?',
      ':',
      '.',
      '..',
      '127.0.0.1',
      'localhost',
      'a.example',
    ],
    ...[
      '%2e',
      '%40',
      '\u3002',
      '\uff0e',
      '\u00ad',
      '\t',
      '\n',
      ' ',
      '[::1]',
      '[',
      ']',
      '80',
      '0x7f',
      '\ud800',
      'xn--a',
      '%',
    ],
  )
  const text = fc
    .tuple(fc.constantFrom('http://', 'https://', ''), fc.array(piece, { maxLength: 10 }))
    .map(([start, pieces]) => start + pieces.join(''))
  fc.assert(
    fc.property(fc.oneof(text, fc.webUrl(), fc.string({ unit: 'binary' })), (url) => {
      const decision = checkUrl(url, {})
      if (!decision.allowed) return
      const again = checkUrl(decision.url, {})
      expect(again).toEqual(decision)
      expect(decision.host).toMatch(/^[\u0021-\u007e]+$/)
      expect(new URL(decision.url).username).toBe('')
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 5000) },
  )
})

it('a megabyte of anything is refused before it is read', () => {
  for (const piece of [
    'http://',
    'http://a.',
    'http://[:',
    'http://0x0',
    '@',
    'http://a?@',
    '%2e',
    '\u3002',
    '1.',
    ':',
  ]) {
    const long = piece.repeat(Math.ceil(1_048_576 / piece.length))
    const most = piece.repeat(Math.floor(16_000 / piece.length))
    const started = performance.now()
    expect(checkUrl(long, {})).toMatchObject({ rule: 'url/length' })
    for (const text of [most, `http://${most}/`]) checkUrl(text, { allowHosts: ['*a*a*b', '*.*.*.*.x'] })
    classifyAddress(long)
    expect(performance.now() - started, `repeating ${piece}`).toBeLessThan(15_000)
  }
})

it('any text is read as a range or as none, without a throw, and what is read is a range', () => {
  const text = fc.string({ unit: 'binary', maxLength: 200 })
  const address = fc.oneof(fc.ipV4(), fc.ipV6(), text)
  const prefix = fc.oneof(fc.nat(200).map(String), text)
  fc.assert(
    fc.property(address, prefix, (one, bits) => {
      const network = readNetwork(`${one}/${bits}`)
      if (network !== undefined) networkCheck([network])(one)
    }),
    runs,
  )
})

it('every address is in its own range, and only of its family in the whole one', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
      const own = readNetwork(address)
      // Folded IPv4 is no range of ours, and no client has such an address.
      if (own === undefined) return
      expect(networkCheck([own])(address)).toBe(true)
      const family = isIP(address)
      expect(networkCheck([family === 4 ? '::/0' : '0.0.0.0/0'])(address)).toBe(false)
    }),
    runs,
  )
})
