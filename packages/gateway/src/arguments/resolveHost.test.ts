import { describe, expect, it } from 'vitest'
import { resolveHost, resolveUrl } from './resolveHost.ts'

const PUBLIC = '93.184.215.14'
const answers =
  (...addresses: string[]) =>
  () =>
    Promise.resolve(addresses)
const fails = (code: string) => () =>
  Promise.reject(Object.assign(new Error('secret of a resolver'), { code }))
const hangs = () => new Promise<readonly string[]>(() => {})

describe('a name', () => {
  it('is allowed with the addresses it has, if all of them are', async () => {
    expect(await resolveHost('a.example', {}, { resolve: answers(PUBLIC, '2606:2800:21f::1') })).toEqual({
      allowed: true,
      host: 'a.example',
      addresses: [PUBLIC, '2606:2800:21f::1'],
    })
    expect(await resolveHost('a.example', {}, { resolve: answers(PUBLIC, '10.0.0.1') })).toMatchObject({
      allowed: false,
      rule: 'url/private',
      address: '10.0.0.1',
    })
  })

  it('without an address is refused where private networks are', async () => {
    for (const resolve of [answers(), fails('ENOTFOUND'), fails('EAI_AGAIN'), fails('a secret')]) {
      const refusal = await resolveHost('a.example', {}, { resolve })
      expect(refusal).toMatchObject({ allowed: false, rule: 'url/unresolved' })
      expect(JSON.stringify(refusal)).not.toContain('secret')
    }
    expect(await resolveHost('a.example', { allowPrivate: true }, { resolve: answers() })).toMatchObject({
      allowed: true,
      addresses: [],
    })
    expect(
      await resolveHost('a.example', { allowPrivate: true }, { resolve: fails('EAI_AGAIN') }),
    ).toMatchObject({
      allowed: false,
    })
  })

  it('that nobody answers for is refused at the deadline, and the resolver told', async () => {
    let signal: AbortSignal | undefined
    const resolve = (_host: string, given: AbortSignal) => {
      signal = given
      return hangs()
    }
    expect(await resolveHost('a.example', {}, { resolve, deadlineMs: 5 })).toMatchObject({
      rule: 'url/unresolved',
    })
    expect(signal?.aborted).toBe(true)
  })

  it('is asked for again every time: nothing is kept', async () => {
    let asked = 0
    const resolve = async () => (++asked === 1 ? [PUBLIC] : ['127.0.0.1'])
    expect(await resolveHost('a.example', {}, { resolve })).toMatchObject({ allowed: true })
    expect(await resolveHost('a.example', {}, { resolve })).toMatchObject({ rule: 'url/loopback' })
  })
})

describe('a URL', () => {
  it('is refused by its text before anybody is asked', async () => {
    const resolve = () => Promise.reject(new Error('asked'))
    for (const text of [
      'http://0x7f.1/',
      'http://localhost/',
      'http://good.example\\@127.0.0.1/',
      'file:///x',
    ]) {
      expect(await resolveUrl(text, {}, { resolve })).toMatchObject({ allowed: false })
    }
  })

  it('comes with the addresses to use', async () => {
    expect(await resolveUrl('https://a.example:8443/x', {}, { resolve: answers(PUBLIC) })).toMatchObject({
      allowed: true,
      host: 'a.example',
      port: 8443,
      addresses: [PUBLIC],
    })
    expect(await resolveUrl('https://[::ffff:8.8.8.8]/', {})).toMatchObject({ addresses: ['8.8.8.8'] })
    expect(await resolveUrl('https://a.example/', {}, { resolve: answers('169.254.169.254') })).toMatchObject(
      {
        rule: 'url/metadata',
      },
    )
  })
})
