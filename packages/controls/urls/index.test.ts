import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  type AddressKind,
  checkAddresses,
  checkHost,
  checkUrl,
  classifyAddress,
  URL_RULES,
  type UrlPolicy,
  type UrlRule,
} from './index.ts'

const ruleOf = (text: string, policy: UrlPolicy = {}) => {
  const decision = checkUrl(text, policy)
  return decision.allowed ? decision.target : decision.rule
}

describe('a URL that leads inside', () => {
  it.each<[string, UrlRule]>([
    // This machine, in every form of its address
    ['http://127.0.0.1/', 'url/loopback'],
    ['http://127.1/', 'url/loopback'],
    ['http://127.0.1/', 'url/loopback'],
    ['http://127.255.255.254/', 'url/loopback'],
    ['http://2130706433/', 'url/loopback'],
    ['http://0x7f000001/', 'url/loopback'],
    ['http://0X7F.1/', 'url/loopback'],
    ['http://0x7f.0x0.0x0.0x1/', 'url/loopback'],
    ['http://017700000001/', 'url/loopback'],
    ['http://0177.0.0.01/', 'url/loopback'],
    ['http://00000177.1/', 'url/loopback'],
    ['http://127.0.0.1./', 'url/loopback'],
    ['http://127%2e0%2e0%2e1/', 'url/loopback'],
    ['http://%31%32%37.0.0.1/', 'url/loopback'],
    ['http://127\u30020\u30020\u30021/', 'url/loopback'],
    ['http://\uff11\uff12\uff17.0.0.1/', 'url/loopback'],
    ['http://\u2460\u2461\u2466.0.0.1/', 'url/loopback'],
    ['http://\u{1d7d9}27.0.0.1/', 'url/loopback'],
    ['http://0/', 'url/loopback'],
    ['http://0.0.0.0:8080/', 'url/loopback'],
    ['http://0x/', 'url/loopback'],
    ['http://[::1]/', 'url/loopback'],
    ['http://[0:0:0:0:0:0:0:1]/', 'url/loopback'],
    ['http://[::]/', 'url/loopback'],
    ['http://[::ffff:127.0.0.1]/', 'url/loopback'],
    ['http://[::ffff:7f00:1]/', 'url/loopback'],
    ['http://[::127.0.0.1]/', 'url/translated'],
    ['http://[::ffff:0:127.0.0.1]/', 'url/translated'],
    ['http://[64:ff9b::127.0.0.1]/', 'url/translated'],
    ['http://[64:ff9b:1::7f00:1]/', 'url/translated'],
    ['http://[2002:7f00:1::]/', 'url/translated'],
    ['http://[2001:0:1:2:3:4:80ff:fffe]/', 'url/translated'],
    ['http://[2606:4700::5efe:10.0.0.1]/', 'url/translated'],
    // By name
    ['http://localhost/', 'url/loopback'],
    ['http://LOCALHOST./', 'url/loopback'],
    ['http://a.localhost/', 'url/loopback'],
    ['http://localhost.localdomain/', 'url/loopback'],
    ['http://ip6-localhost/', 'url/loopback'],
    ['http://\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3/', 'url/loopback'],
    ['http://loc\u00adalhost/', 'url/loopback'],
    ['http://%6cocalhost/', 'url/loopback'],
    ['http://printer.local/', 'url/private'],
    ['http://host.docker.internal:2375/', 'url/private'],
    ['http://kubernetes.default.svc.cluster.local/', 'url/private'],
    ['http://router.home.arpa/', 'url/private'],
    // Private networks, and what belongs to nobody
    ['http://10.0.0.1/', 'url/private'],
    ['http://172.16.0.1/', 'url/private'],
    ['http://172.31.255.255/', 'url/private'],
    ['http://192.168.1.1/', 'url/private'],
    ['http://192.11010305/', 'url/private'],
    ['http://100.64.0.1/', 'url/private'],
    ['http://[fd12:3456::1]/', 'url/private'],
    ['http://[fc00::]/', 'url/private'],
    ['http://169.254.1.1/', 'url/link-local'],
    ['http://[fe80::1]/', 'url/link-local'],
    ['http://[febf::1]/', 'url/link-local'],
    ['http://224.0.0.1/', 'url/multicast'],
    ['http://[ff02::1]/', 'url/multicast'],
    ['http://255.255.255.255/', 'url/multicast'],
    ['http://192.0.2.1/', 'url/reserved'],
    ['http://198.18.0.1/', 'url/reserved'],
    ['http://240.0.0.1/', 'url/reserved'],
    ['http://[2001:db8::1]/', 'url/reserved'],
    ['http://[fec0::1]/', 'url/reserved'],
    ['http://[4000::1]/', 'url/reserved'],
    // Where clouds keep keys
    ['http://169.254.169.254/latest/meta-data/', 'url/metadata'],
    ['http://2852039166/', 'url/metadata'],
    ['http://0251.0376.0251.0376/', 'url/metadata'],
    ['http://[::ffff:a9fe:a9fe]/', 'url/metadata'],
    ['http://[64:ff9b::169.254.169.254]/', 'url/metadata'],
    ['http://169.254.170.2/v2/credentials', 'url/metadata'],
    ['http://[fd00:ec2::254]/', 'url/metadata'],
    ['http://100.100.100.200/', 'url/metadata'],
    ['http://168.63.129.16/', 'url/metadata'],
    ['http://metadata.google.internal/', 'url/metadata'],
    ['http://METADATA.google.internal./', 'url/metadata'],
    ['http://instance-data/', 'url/metadata'],
    // Texts from which programs read different hosts
    ['http://good.example@127.0.0.1/', 'url/userinfo'],
    ['http://user:password@good.example/', 'url/userinfo'],
    ['http://@good.example/', 'url/userinfo'],
    ['http://1.1.1.1 &@2.2.2.2# @3.3.3.3/', 'url/userinfo'],
    ['http://good.example\\@127.0.0.1/', 'url/ambiguous'],
    ['http://good.example\\.evil.example/', 'url/ambiguous'],
    ['http:\\\\good.example/', 'url/ambiguous'],
    ['http:good.example', 'url/ambiguous'],
    ['http:/good.example', 'url/ambiguous'],
    ['http:///good.example', 'url/ambiguous'],
    ['http://good.example#@127.0.0.1/', 'url/ambiguous'],
    ['http://good.example?@127.0.0.1/', 'url/ambiguous'],
    ['http://good.example#@localhost:80/', 'url/ambiguous'],
    ['http://good.\nexample/', 'url/ambiguous'],
    ['ht\ttp://good.example/', 'url/ambiguous'],
    ['http://good.example/a\r\nHost: evil.example', 'url/ambiguous'],
    ['http://010.8.8.8/', 'url/ambiguous'],
    ['https://fa\u00df.example/', 'url/ambiguous'],
    ['https://fa%C3%9F.example/', 'url/ambiguous'],
    ['https://a\u200db.example/', 'url/malformed'],
    ['https://good.example\uff0f@127.0.0.1/', 'url/userinfo'],
    ['https://good.example\uff20127.0.0.1/', 'url/malformed'],
    ['https://good.ex\u2100mple/', 'url/malformed'],
    ['http://08.8.8.8/', 'url/malformed'],
    // Neither http nor https, or nothing at all
    ['file:///etc/passwd', 'url/scheme'],
    ['gopher://127.0.0.1:6379/_INFO', 'url/scheme'],
    ['ftp://good.example/', 'url/scheme'],
    ['jar:http://good.example!/', 'url/scheme'],
    ['javascript:alert(1)', 'url/scheme'],
    ['data:text/plain,x', 'url/scheme'],
    ['http+unix://%2Fvar%2Frun%2Fdocker.sock/', 'url/scheme'],
    ['//127.0.0.1/', 'url/malformed'],
    ['/etc/passwd', 'url/malformed'],
    ['good.example', 'url/malformed'],
    ['', 'url/malformed'],
    ['http://', 'url/malformed'],
    ['http://good.example:65536/', 'url/malformed'],
    ['http://[fe80::1%25eth0]/', 'url/malformed'],
    ['http://[::1', 'url/malformed'],
    ['http://7147006462/', 'url/malformed'],
    ['http://good.example%40127.0.0.1/', 'url/malformed'],
    ['http://good.example../', 'url/malformed'],
    [`http://good.example/${'a'.repeat(17_000)}`, 'url/length'],
  ])('%j is refused', (text, rule) => {
    expect(ruleOf(text)).toBe(rule)
  })

  it.each([
    ['https://example.com/', 'example.com'],
    ['https://example.com./', 'example.com'],
    [' https://example.com/\n', 'example.com'],
    ['HTTPS://EXAMPLE.com:8443/a\\b?x=1#f', 'example.com'],
    ['https://example.com?mail=me@example.org', 'example.com'],
    ['https://example.com#@section', 'example.com'],
    ['https://example.com/@scope/package', 'example.com'],
    ['https://example.com/?url=http://127.0.0.1/', 'example.com'],
    ['https://localhost.example.com/', 'localhost.example.com'],
    ['https://notlocalhost/', 'notlocalhost'],
    ['https://127.0.0.1.example.com/', '127.0.0.1.example.com'],
    ['https://10.example.com/', '10.example.com'],
    ['https://internal.example.com/', 'internal.example.com'],
    ['https://7f000001/', '7f000001'],
    ['https://b\u00fccher.example/', 'xn--bcher-kva.example'],
    ['https://b%C3%BCcher.example/', 'xn--bcher-kva.example'],
    ['https://xn--fa-hia.example/', 'xn--fa-hia.example'],
    ['https://example.com/stra\u00dfe', 'example.com'],
    ['https://p\u0430ypal.example/', 'xn--pypal-4ve.example'],
    ['http://\u24d4\u24e7\u24d0\u24dc\u24df\u24db\u24d4.com/', 'example.com'],
  ])('%j leads outside, by the name of %j', (text, host) => {
    expect(checkUrl(text, {})).toMatchObject({ allowed: true, target: 'name', host })
  })

  it.each([
    ['https://8.8.8.8/', '8.8.8.8'],
    ['https://134744072/', '8.8.8.8'],
    ['https://172.32.0.1/', '172.32.0.1'],
    ['https://126.255.255.255/', '126.255.255.255'],
    ['https://128.0.0.1/', '128.0.0.1'],
    ['https://192.0.1.1/', '192.0.1.1'],
    ['https://100.63.255.255/', '100.63.255.255'],
    ['https://[2606:4700:4700::1111]/', '2606:4700:4700::1111'],
    ['https://[::ffff:8.8.8.8]/', '::ffff:808:808'],
  ])('%j leads outside, to %j', (text, address) => {
    expect(checkUrl(text, {})).toMatchObject({ allowed: true, target: 'address', address: { address } })
  })
})

describe('what a policy says', () => {
  it('a private host is allowed where that is said, a metadata service never', () => {
    const policy: UrlPolicy = { allowPrivate: true }
    for (const text of [
      'http://127.0.0.1:3000/',
      'http://localhost/',
      'http://10.0.0.1/',
      'http://[fd12::1]/',
      'http://[2002:a00:1::]/',
      'http://printer.local/',
    ]) {
      expect(checkUrl(text, policy).allowed, text).toBe(true)
    }
    expect(ruleOf('http://169.254.169.254/', policy)).toBe('url/metadata')
    expect(ruleOf('http://metadata.google.internal/', policy)).toBe('url/metadata')
    expect(ruleOf('http://[64:ff9b::a9fe:a9fe]/', policy)).toBe('url/metadata')
    expect(ruleOf('http://[2002:e000:1::]/', policy)).toBe('url/multicast')
    expect(ruleOf('http://169.254.1.1/', policy)).toBe('url/link-local')
    expect(ruleOf('http://good.example#@127.0.0.1/', policy)).toBe('url/ambiguous')
  })

  it('hosts that are listed are the only ones, and the list opens nothing that is private', () => {
    const policy: UrlPolicy = {
      allowHosts: ['*.example.com', 'API.github.com', '10.*', 'b\u00fccher.example'],
    }
    expect(ruleOf('https://a.b.example.com/', policy)).toBe('name')
    expect(ruleOf('https://api.github.com./', policy)).toBe('name')
    expect(ruleOf('https://xn--bcher-kva.example/', policy)).toBe('name')
    expect(ruleOf('https://example.com/', policy)).toBe('url/host-not-allowed')
    expect(ruleOf('https://example.com.evil.example/', policy)).toBe('url/host-not-allowed')
    expect(ruleOf('https://evilexample.com/', policy)).toBe('url/host-not-allowed')
    expect(ruleOf('https://10.evil.example/', policy)).toBe('url/host-not-allowed')
    expect(ruleOf('https://8.8.8.8/', policy)).toBe('url/host-not-allowed')
    expect(ruleOf('https://10.0.0.1/', policy)).toBe('url/private')
    expect(ruleOf('https://10.0.0.1/', { ...policy, allowPrivate: true })).toBe('address')
    expect(ruleOf('https://example.com/', { allowHosts: [] })).toBe('url/host-not-allowed')
  })

  it('hosts that are denied are refused however they are written', () => {
    const policy: UrlPolicy = { denyHosts: ['evil.example', '*.evil.example', '8.8.8.8', '[2606:4700::1]'] }
    expect(ruleOf('https://EVIL.example./', policy)).toBe('url/host-denied')
    expect(ruleOf('https://a.evil.example/', policy)).toBe('url/host-denied')
    expect(ruleOf('https://134744072/', policy)).toBe('url/host-denied')
    expect(ruleOf('https://[2606:4700:0::1]/', policy)).toBe('url/host-denied')
    expect(ruleOf('https://notevil.example/', policy)).toBe('name')
    expect(checkAddresses('x.example', ['8.8.8.8'], policy)).toMatchObject({ rule: 'url/host-denied' })
  })

  it('schemes and ports are lists too', () => {
    expect(ruleOf('http://example.com/', { schemes: ['https'] })).toBe('url/scheme')
    expect(ruleOf('wss://localhost/', { schemes: ['wss'] })).toBe('url/loopback')
    expect(ruleOf('git://0x7f.1/x', { schemes: ['git'] })).toBe('url/loopback')
    expect(ruleOf('git://example.com/x', { schemes: ['git'] })).toBe('name')
    expect(ruleOf('https://example.com:22/', { ports: [443] })).toBe('url/port')
    expect(ruleOf('https://example.com/', { ports: [443] })).toBe('name')
    expect(ruleOf('git://example.com/', { schemes: ['git'], ports: [443] })).toBe('url/port')
  })
})

describe('what a name resolved to', () => {
  it('is refused if one of its addresses is', () => {
    const rule = (...addresses: string[]) => {
      const decision = checkAddresses('x.example', addresses, {})
      return decision.allowed ? decision.addresses : decision.rule
    }
    expect(rule('93.184.215.14', '2606:2800:21f::1')).toEqual(['93.184.215.14', '2606:2800:21f::1'])
    expect(rule('93.184.215.14', '127.0.0.1')).toBe('url/loopback')
    expect(rule('::ffff:10.0.0.1')).toBe('url/private')
    expect(rule('fe80::1%eth0')).toBe('url/link-local')
    expect(rule('169.254.169.254')).toBe('url/metadata')
    expect(rule('not an address')).toBe('url/malformed')
    expect(rule()).toBe('url/unresolved')
  })

  it('may be an address that a translator made of a public one, as networks with IPv6 only have it', () => {
    expect(checkAddresses('x.example', ['64:ff9b::8.8.8.8'], {}).allowed).toBe(true)
    expect(checkAddresses('x.example', ['64:ff9b::10.0.0.1'], {})).toMatchObject({ rule: 'url/private' })
    expect(checkAddresses('x.example', ['2002:808:808::'], {})).toMatchObject({ rule: 'url/translated' })
    expect(ruleOf('http://[64:ff9b::8.8.8.8]/')).toBe('url/translated')
  })
})

describe('an address', () => {
  it.each<[string, AddressKind, boolean]>([
    ['127.1', 'loopback', true],
    ['0000.0000.0000.0000', 'unspecified', true],
    ['10.0.0.001', 'private', true],
    ['192.88.99.1', 'translated', true],
    ['226.84.185.150', 'multicast', false],
    ['224.0.0.251', 'multicast', true],
    ['239.255.255.250', 'multicast', true],
    ['ff0e::1', 'multicast', false],
    ['fe80::1%25', 'link-local', true],
    ['[::1]', 'loopback', true],
    ['1:2:3:4:5:6:7:8', 'unassigned', false],
    ['3fff::1', 'documentation', true],
    ['2a00::1', 'public', false],
  ])('%j is %s', (ip, kind, isPrivate) => {
    expect(classifyAddress(ip)).toMatchObject({ valid: true, kind, private: isPrivate })
  })

  it.each([
    '',
    'x',
    '1.2.3.4.5',
    '256.1.1.1',
    '1.2.3.4 ',
    '08.1',
    '1..2',
    ':::',
    '1:2:3:4:5:6:7',
    '1::2::3',
    '12345::',
    '::1.2.3',
    '::01.2.3.4',
    '0x1g',
    '4294967296',
    '[::1',
    `1.${'0'.repeat(300)}1`,
  ])('%j is none', (text) => {
    expect(classifyAddress(text).valid).toBe(false)
  })

  it('says what it carries', () => {
    expect(classifyAddress('::FFFF:169.254.169.254')).toMatchObject({
      address: '::ffff:a9fe:a9fe',
      kind: 'metadata',
      embeds: { by: 'mapped', ipv4: { address: '169.254.169.254' } },
    })
    expect(classifyAddress('2001::80ff:fffe')).toMatchObject({
      embeds: { by: 'teredo', ipv4: { address: '127.0.0.1' } },
    })
  })
})

it('a host on its own is read as a URL reads it', () => {
  expect(checkHost('0x7f.1', {})).toMatchObject({ rule: 'url/loopback', address: '127.0.0.1' })
  expect(checkHost('::1', {})).toMatchObject({ rule: 'url/loopback' })
  expect(checkHost('fe80::1%eth0', {})).toMatchObject({ rule: 'url/link-local' })
  expect(checkHost('Example.COM.', {})).toEqual({ allowed: true, target: 'name', host: 'example.com' })
  for (const odd of ['a/b', 'a@b', 'a?b', 'a#b', 'a\\b', '', '.', 'a b', '::1::2', 'a:80']) {
    expect(checkHost(odd, {}), odd).toMatchObject({ rule: 'url/malformed' })
  }
})

it('every rule has its sentence', () => {
  for (const [rule, sentence] of Object.entries(URL_RULES)) {
    expect(rule).toMatch(/^url\/[a-z-]+$/)
    expect(sentence).toMatch(/\.$/)
  }
})

const VECTORS = new URL('../../../../shared/reference/data/vectors/', import.meta.url)
const ADDRESSES = new URL('ip_classification.jsonl', VECTORS)

// Not part of the repository: the rows have licences of their own. URLs are measured by `npm run eval:controls`.
it.skipIf(!existsSync(ADDRESSES))('addresses of the vectors are private where they should be', () => {
  const wrong = readFileSync(ADDRESSES, 'utf8')
    .trim()
    .split('\n')
    .map((line): { ip: string; expect: string } => JSON.parse(line))
    .filter((row) => {
      const known = classifyAddress(row.ip)
      return !known.valid || known.private !== (row.expect === 'private')
    })
  expect(wrong).toEqual([])
})
