import { describe, expect, it } from 'vitest'
import { checkHostOrigin, makeHostOriginRule } from './hostOrigin.ts'

const local = makeHostOriginRule({ host: '127.0.0.1', allowedHosts: [], allowedOrigins: [] }, 7337)
const remote = makeHostOriginRule(
  {
    host: '0.0.0.0',
    allowedHosts: ['Gate.example:443', 'intern:8443', 'plain.example'],
    allowedOrigins: ['https://app.example', 'http://localhost:5173'],
  },
  7337,
)

describe('a Host that is not ours is refused', () => {
  it.each([
    'evil.example',
    'evil.example:7337',
    'localhost',
    'localhost:80',
    'localhost:7338',
    'localhost:07337',
    'localhost.:7337',
    'localhost.evil.example:7337',
    'evil.localhost:7337',
    '127.0.0.1.nip.io:7337',
    '127.1:7337',
    '2130706433:7337',
    '0.0.0.0:7337',
    '[::ffff:127.0.0.1]:7337',
    'user@localhost:7337',
    'localhost:7337, evil.example',
    'localhost:7337\u0000',
    ' localhost:7337',
  ])('%j', (host) => {
    expect(checkHostOrigin(local, host, undefined)).toMatchObject({ status: 421, rule: 'http/host' })
  })

  it('as is one that is missing', () => {
    expect(checkHostOrigin(local, undefined, undefined)).toMatchObject({ status: 400, rule: 'http/host' })
    expect(checkHostOrigin(local, '', undefined)).toMatchObject({ status: 400, rule: 'http/host' })
  })
})

describe('a Host that is ours passes', () => {
  it.each(['localhost:7337', 'LOCALHOST:7337', '127.0.0.1:7337', '[::1]:7337'])('%s', (host) => {
    expect(checkHostOrigin(local, host, undefined)).toBeUndefined()
  })

  it('the configured ones, with the port of their scheme or without', () => {
    const passes = (host: string) => checkHostOrigin(remote, host, undefined) === undefined
    expect(
      ['gate.example:443', 'gate.example', 'GATE.example', 'intern:8443', 'plain.example'].map(passes),
    ).toEqual(Array(5).fill(true))
    expect(
      ['gate.example:80', 'intern', 'intern:443', 'plain.example:443', '0.0.0.0:7337'].map(passes),
    ).toEqual(Array(5).fill(false))
  })

  it('without a port where it is the port of HTTP', () => {
    const rule = makeHostOriginRule({ host: '127.0.0.1', allowedHosts: [], allowedOrigins: [] }, 80)
    expect(checkHostOrigin(rule, 'localhost', 'http://localhost')).toBeUndefined()
  })
})

describe('an Origin that is not allowed is refused', () => {
  it.each([
    'null',
    '',
    'http://evil.example',
    'http://localhost.evil.example',
    'http://localhost',
    'http://localhost:7338',
    'https://localhost:7337',
    'http://localhost:7337/',
    'http://localhost:7337.evil.example',
    'HTTP://LOCALHOST:7337',
    'http://user@localhost:7337',
    'http://localhost:7337 http://evil.example',
    'file://',
    'chrome-extension://abc',
  ])('%j', (origin) => {
    expect(checkHostOrigin(local, 'localhost:7337', origin)).toMatchObject({
      status: 403,
      rule: 'http/origin',
    })
  })

  it.each([
    'https://app.example.evil',
    'http://app.example',
    'https://app.example:443',
    'https://APP.example',
  ])('%j, beside the one that is', (origin) => {
    expect(checkHostOrigin(remote, 'gate.example', origin)).toMatchObject({ status: 403 })
  })
})

describe('an Origin that is allowed passes', () => {
  it('pages that this listener serves, and those of the configuration', () => {
    expect(checkHostOrigin(local, 'localhost:7337', 'http://localhost:7337')).toBeUndefined()
    expect(checkHostOrigin(local, '127.0.0.1:7337', 'http://127.0.0.1:7337')).toBeUndefined()
    expect(checkHostOrigin(remote, 'gate.example', 'https://app.example')).toBeUndefined()
    expect(checkHostOrigin(remote, 'gate.example', 'http://localhost:5173')).toBeUndefined()
  })
})
