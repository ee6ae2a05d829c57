import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { UrlPolicy } from '@sallyport/controls/urls'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { guardedLookup, guardedRequest, HostRefused } from './guardedLookup.ts'
import { type ResolveOptions, resolveUrl } from './resolveHost.ts'

const PUBLIC = '93.184.215.14'

/** Stands for whatever must not be reached. It counts connections, not requests. */
let server: Server
let port: number
let connections = 0

beforeAll(async () => {
  server = createServer((incoming, response) => {
    const target = incoming.url === '/redirect' ? `http://inside.example:${port}/secret` : undefined
    response.writeHead(target === undefined ? 200 : 302, target === undefined ? {} : { location: target })
    response.end('reached')
  })
  server.on('connection', () => connections++)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  port = (server.address() as AddressInfo).port
})
afterAll(() => server.close())
beforeEach(() => {
  connections = 0
})

/** One answer after another; the last one again and again. */
const inTurn = (...answers: readonly string[][]) => {
  let turn = 0
  return async () => answers[Math.min(turn++, answers.length - 1)] ?? []
}

/** What became of a connection: 'connected', or the rule it was refused by. */
const outcome = (open: () => ReturnType<typeof connect>): Promise<string> =>
  new Promise((done) => {
    const socket = open()
    socket.on('connect', () => {
      socket.destroy()
      done('connected')
    })
    socket.on('error', (error) => done(error instanceof HostRefused ? error.refusal.rule : error.message))
  })

describe('a name that leads inside', () => {
  it.each([
    ['127.0.0.1', 'url/loopback'],
    ['::ffff:127.0.0.1', 'url/loopback'],
    ['::1', 'url/loopback'],
    ['169.254.169.254', 'url/metadata'],
    ['10.0.0.1', 'url/private'],
    ['64:ff9b::7f00:1', 'url/loopback'],
  ])('is not connected to: %s', async (address, rule) => {
    const lookup = guardedLookup({}, { resolve: inTurn([address]) })
    expect(await outcome(() => connect({ host: 'inside.example', port, lookup }))).toBe(rule)
    expect(
      await outcome(() => connect({ host: 'inside.example', port, lookup, autoSelectFamily: false })),
    ).toBe(rule)
    expect(await outcome(() => connectTls({ host: 'inside.example', port, lookup }))).toBe(rule)
    expect(connections).toBe(0)
  })

  it('is not connected to when only its second answer leads there (DNS rebinding)', async () => {
    const resolve = inTurn([PUBLIC], ['127.0.0.1'])
    expect(await resolveUrl(`http://inside.example:${port}/`, {}, { resolve })).toMatchObject({
      allowed: true,
    })
    const lookup = guardedLookup({}, { resolve })
    expect(await outcome(() => connect({ host: 'inside.example', port, lookup }))).toBe('url/loopback')
    expect(connections).toBe(0)
  })

  it('is not connected to when one of several answers leads there', async () => {
    const lookup = guardedLookup({}, { resolve: inTurn(['127.0.0.1', PUBLIC]) })
    expect(await outcome(() => connect({ host: 'inside.example', port, lookup }))).toBe('url/loopback')
    expect(connections).toBe(0)
  })

  it('is connected to where private networks are allowed, by the address that was judged', async () => {
    let asked = 0
    const resolve = async () => (++asked === 1 ? ['127.0.0.1'] : ['127.0.0.2'])
    const lookup = guardedLookup({ allowPrivate: true }, { resolve })
    expect(await outcome(() => connect({ host: 'inside.example', port, lookup }))).toBe('connected')
    expect(asked).toBe(1)
    await expect.poll(() => connections).toBe(1)
  })
})

it('a name without an address of the wanted kind is an error, not another kind', async () => {
  const lookup = guardedLookup({ allowPrivate: true }, { resolve: inTurn(['127.0.0.1']) })
  expect(await outcome(() => connect({ host: 'inside.example', port, family: 6, lookup }))).toBe(
    'url/unresolved',
  )
  const nowhere = guardedLookup({ allowPrivate: true }, { resolve: inTurn([]) })
  expect(await outcome(() => connect({ host: 'inside.example', port, lookup: nowhere }))).toBe(
    'url/unresolved',
  )
  expect(connections).toBe(0)
})

describe('a request of the gateway', () => {
  const ask = (url: string, policy: UrlPolicy, options: ResolveOptions) =>
    new Promise<{ statusCode: number | undefined; location: string | undefined } | string>((done, reject) => {
      const failed = (error: unknown) => {
        if (error instanceof HostRefused) done(error.refusal.rule)
        else reject(error)
      }
      try {
        const made = guardedRequest(new URL(url), policy, options)
        made.on('error', failed)
        made.on('response', (answer) => {
          answer.resume()
          done({ statusCode: answer.statusCode, location: answer.headers.location })
        })
        made.end()
      } catch (error) {
        failed(error)
      }
    })

  it('connects to no address and no name that is refused, however it is written', async () => {
    const resolve = inTurn(['127.0.0.1'])
    for (const host of [
      '127.0.0.1',
      '0x7f.1',
      '2130706433',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '0.0.0.0',
      'localhost',
      'inside.example',
    ]) {
      expect(await ask(`http://${host}:${port}/`, {}, { resolve }), host).toBe('url/loopback')
      expect(await ask(`https://${host}:${port}/`, {}, { resolve }), host).toBe('url/loopback')
    }
    expect(connections).toBe(0)
  })

  it('reaches what is allowed, and the redirect from there is judged like any other URL', async () => {
    const resolve = inTurn(['127.0.0.1'])
    const answer = await ask(`http://start.example:${port}/redirect`, { allowPrivate: true }, { resolve })
    expect(answer).toMatchObject({ statusCode: 302 })
    expect(connections).toBe(1)
    const { location } = answer as { location: string }
    expect(await resolveUrl(location, {}, { resolve })).toMatchObject({ rule: 'url/loopback' })
    expect(await ask(location, {}, { resolve })).toBe('url/loopback')
    expect(connections).toBe(1)
  })
})
