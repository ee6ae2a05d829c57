import { describe, expect, it } from 'vitest'
import { isLoopbackHost, isNativeAppHost } from './index.ts'

const APP_HOSTS = ['localhost', '127.0.0.1', '[::1]']
const OTHERS_HERE = ['::1', '127.0.0.2', '127.255.255.255', '127.9.9.9']

const ELSEWHERE = [
  '',
  'localhost.',
  'LocalHost',
  'a.localhost',
  'localhost.example',
  'localhost:80',
  'localhost@evil.example',
  'xlocalhost',
  '127.0.0.1.evil.example',
  '127.evil.example',
  '127.1',
  '127.0.0.256',
  '127.0.0.01',
  '127.0.0.1:80',
  '127.0.0.1\n',
  '127.0.0.1/',
  '0127.0.0.1',
  '0x7f.0.0.1',
  '2130706433',
  '128.0.0.1',
  '0.0.0.0',
  '0',
  '[::]',
  '::',
  '::2',
  '::1%eth0',
  '[::1',
  '0:0:0:0:0:0:0:1',
  '::ffff:127.0.0.1',
  '[::ffff:7f00:1]',
  '64:ff9b::7f00:1',
  '10.0.0.1',
  '169.254.169.254',
  'host.docker.internal',
  'ip6-localhost',
]

describe('a host of this machine', () => {
  it.each([...APP_HOSTS, ...OTHERS_HERE])('%s is one', (host) => {
    expect(isLoopbackHost(host)).toBe(true)
  })

  it.each(ELSEWHERE)('%j is none', (host) => {
    expect(isLoopbackHost(host)).toBe(false)
  })

  it('is what a URL makes of other spellings, too', () => {
    const hosts = ['http://127.1/', 'http://0x7f000001/', 'http://LOCALHOST:8080/', 'http://[0:0::1]/']
    expect(hosts.map((url) => isLoopbackHost(new URL(url).hostname))).toEqual([true, true, true, true])
  })
})

describe('a host that native apps listen on', () => {
  it.each(APP_HOSTS)('%s is one', (host) => {
    expect(isNativeAppHost(host)).toBe(true)
  })

  it.each([...OTHERS_HERE, ...ELSEWHERE])('%j is none', (host) => {
    expect(isNativeAppHost(host)).toBe(false)
  })
})
