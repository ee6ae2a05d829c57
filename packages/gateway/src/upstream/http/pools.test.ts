import { once } from 'node:events'
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import tls from 'node:tls'
import { describe, expect, it } from 'vitest'
import { silentLog } from '../../log.ts'
import { openHttp } from '../http.ts'
import { makeCertificate } from '../testing/certificate.ts'
import { resultOf, sendJson, startRawServer, startServer } from '../testing/httpServer.ts'
import { Recorder } from '../testing/recorder.ts'
import { closeAfterEach } from '../testing/remoteClient.ts'
import { HttpPools, type PoolsOptions } from './pools.ts'
import type { OnSecure } from './wire/certificate.ts'
import { ask as askPool } from './wire/testing/ask.ts'

const onEnd = closeAfterEach()

/** Sends one request and tells what became of it. */
async function ask(url: string, options: PoolsOptions = { connectTimeoutMs: 2_000 }) {
  const pools = new HttpPools(options)
  onEnd(() => pools.close())
  const seen = new Recorder()
  const transport = openHttp(
    {
      serverId: 's',
      url,
      era: 'modern',
      headers: () => ({}),
      maxMessageBytes: 1_000,
      connectTimeoutMs: 1,
      log: silentLog,
      pools,
    },
    seen.events,
  )
  onEnd(() => transport.close())
  transport.send({
    kind: 'request',
    id: 1,
    method: 'tools/list',
    text: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
  })
  return seen.next()
}

const now = () => new Date(Date.now() - 60_000)
const good = makeCertificate({ ip: '127.0.0.1', notBefore: now() })
const otherHost = makeCertificate({ ip: '127.0.0.9', notBefore: now() })
const expired = makeCertificate({ ip: '127.0.0.1', notBefore: new Date('2020-01-01') })

async function serveTls(
  certificate: typeof good,
  more: { maxVersion?: 'TLSv1.1'; minVersion?: 'TLSv1' } = {},
) {
  const ciphers = more.maxVersion === undefined ? {} : { ciphers: 'DEFAULT@SECLEVEL=0' }
  const server = await startServer((request, response) => sendJson(response, resultOf(request)), {
    ...certificate,
    ...more,
    ...ciphers,
  })
  onEnd(() => server.close())
  return server
}

describe('TLS', () => {
  it('a certificate of an authority that was configured is accepted', async () => {
    const server = await serveTls(good)
    expect(await ask(server.url, { connectTimeoutMs: 2_000, ca: [good.cert] })).toMatchObject({
      kind: 'message',
    })
  })

  it.each([
    ['of an unknown authority', good, [otherHost.cert], 'SELF_SIGNED'],
    ['for another host', otherHost, [otherHost.cert], 'ALTNAME'],
    ['that has expired', expired, [expired.cert], 'EXPIRED'],
  ])('a certificate %s is refused and nothing is sent', async (_, certificate, ca, code) => {
    const server = await serveTls(certificate)
    const happening = await ask(server.url, { connectTimeoutMs: 2_000, ca })
    expect(happening).toMatchObject({ kind: 'failed', id: 1, fault: { code: 'connect-failed' } })
    expect(happening.kind === 'failed' && happening.fault.explain).toContain(code)
    expect(server.received).toEqual([])
  })

  it('NODE_TLS_REJECT_UNAUTHORIZED=0 changes nothing', async () => {
    const server = await serveTls(good)
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
    try {
      expect(await ask(server.url)).toMatchObject({ kind: 'failed', fault: { code: 'connect-failed' } })
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before
    }
    expect(server.received).toEqual([])
  })

  it('TLS 1.1 is refused', async () => {
    const server = await serveTls(good, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' })
    const happening = await ask(server.url, { connectTimeoutMs: 2_000, ca: [good.cert] })
    expect(happening).toMatchObject({ kind: 'failed', fault: { code: 'connect-failed' } })
    expect(server.received).toEqual([])
  })

  it('a server that never finishes the handshake is given up in time', async () => {
    const server = await startRawServer(() => undefined)
    onEnd(() => server.close())
    const happening = await ask(server.url.replace('http:', 'https:'), { connectTimeoutMs: 300 })
    expect(happening).toMatchObject({ kind: 'failed', fault: { code: 'connect-failed' } })
    expect(happening.kind === 'failed' && happening.fault.explain).toContain('in time')
  })
})

describe('a look at the certificate', () => {
  const trusting = { connectTimeoutMs: 2_000, ca: [good.cert] }

  it('comes before a byte is sent, is waited for, and once for each connection', async () => {
    const server = await serveTls(good)
    const seen: unknown[] = []
    const onSecure: OnSecure = async (origin, certificate) => {
      seen.push({ origin, certificate, received: server.received.length })
      await sleep(30)
      seen.push(server.received.length)
      return undefined
    }
    expect(await ask(server.url, { ...trusting, onSecure })).toMatchObject({ kind: 'message' })
    const certificate = {
      subject: 'CN=sallyport test',
      issuer: 'CN=sallyport test',
      fingerprint256: expect.stringMatching(/^[0-9A-F]{2}(:[0-9A-F]{2}){31}$/),
      validTo: expect.stringContaining('GMT'),
    }
    expect(seen).toEqual([{ origin: server.origin, certificate, received: 0 }, 0])
  })

  it.each<[string, OnSecure, RegExp]>([
    ['refuses', () => 'not this one', /^not this one$/],
    ['refuses late', async () => 'not this one', /^not this one$/],
    ['fails', () => Promise.reject(new TypeError('x')), /TypeError/],
    [
      'throws',
      () => {
        throw new TypeError('x')
      },
      /TypeError/,
    ],
    ['never ends', () => new Promise(() => undefined), /in time/],
  ])('that %s lets nothing be sent', async (_, onSecure, explain) => {
    const server = await serveTls(good)
    const happening = await ask(server.url, { ...trusting, connectTimeoutMs: 500, onSecure })
    expect(happening).toMatchObject({ kind: 'failed', fault: { code: 'connect-failed' } })
    expect(happening.kind === 'failed' && happening.fault.explain).toMatch(explain)
    expect(server.received).toEqual([])
    await expect.poll(() => server.openSockets()).toBe(0)
  }) // prettier-ignore

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('sees it on a resumed connection too: %s', async (maxVersion) => {
    let resumed = 0
    const server = await startServer(
      (request, response) => {
        response.setHeader('connection', 'close')
        sendJson(response, resultOf(request))
      },
      { ...good, maxVersion },
      (socket) => {
        if (socket.isSessionReused()) resumed++
      },
    )
    onEnd(() => server.close())
    const seen: string[] = []
    const onSecure: OnSecure = (_, { fingerprint256 }) => {
      seen.push(fingerprint256)
      return undefined
    }
    const pools = new HttpPools({ ...trusting, onSecure })
    onEnd(() => pools.close())
    for (let i = 0; i < 3; i++) {
      const asked = askPool(pools.get(server.origin), { lines: 'content-type: application/json\r\n' })
      expect(await asked.outcome).toMatch(/^200:/)
      await expect.poll(() => server.openSockets()).toBe(0)
    }
    expect(seen.length).toBe(3)
    expect(new Set(seen).size).toBe(1)
    expect(resumed).toBe(2)
  })

  it('is not asked for a certificate that TLS refuses', async () => {
    const server = await serveTls(otherHost)
    let asked = false
    const onSecure: OnSecure = () => {
      asked = true
      return undefined
    }
    await ask(server.url, { connectTimeoutMs: 2_000, ca: [otherHost.cert], onSecure })
    expect(asked).toBe(false)
  })

  it('is ended by a server that answers before it is asked', async () => {
    const server = tls.createServer(good, (socket) => {
      socket.on('error', () => undefined)
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onEnd(async () => void server.close())
    const { port } = server.address() as net.AddressInfo
    const onSecure: OnSecure = () => new Promise(() => undefined)
    const options = { connectTimeoutMs: 60_000, ca: [good.cert], onSecure }
    const happening = await ask(`https://127.0.0.1:${port}/mcp`, options)
    expect(happening.kind === 'failed' && happening.fault.explain).toContain('HTTP_SURPLUS')
  })
})

describe('TLS agrees on HTTP/1.1', () => {
  it.each([
    ['where the server offers it', ['h2', 'http/1.1'], 'message'],
    ['where the server names no protocol', undefined, 'message'],
  ])('%s', async (_, protocols, kind) => {
    const server = await startServer((request, response) => sendJson(response, resultOf(request)), {
      ...good,
      ...(protocols === undefined ? {} : { ALPNProtocols: protocols }),
    })
    onEnd(() => server.close())
    expect((await ask(server.url, { connectTimeoutMs: 2_000, ca: [good.cert] })).kind).toBe(kind)
  })

  it('or on nothing: a server of HTTP/2 alone gets no request', async () => {
    const server = await startServer((request, response) => sendJson(response, resultOf(request)), {
      ...good,
      ALPNProtocols: ['h2'],
    })
    onEnd(() => server.close())
    const happening = await ask(server.url, { connectTimeoutMs: 2_000, ca: [good.cert] })
    expect(happening).toMatchObject({ kind: 'failed', fault: { code: 'connect-failed' } })
    expect(server.received).toEqual([])
  })
})

describe('names', () => {
  it('a name that does not resolve is told as such', async () => {
    const happening = await ask('http://does-not-exist.invalid/mcp')
    expect(happening).toMatchObject({ kind: 'failed', fault: { code: 'connect-failed' } })
    expect(happening.kind === 'failed' && happening.fault.explain).toMatch(/name/)
  })

  it.skipIf(!net.isIPv6('::1'))('an IPv6 address works as a URL has it', async () => {
    const server = await startServer((request, response) => sendJson(response, resultOf(request)))
    onEnd(() => server.close())
    const happening = await ask(server.url.replace('127.0.0.1', '[::ffff:127.0.0.1]'))
    expect(happening.kind).toBe('message')
  })
})
