import net from 'node:net'
import { describe, expect, it } from 'vitest'
import { silentLog } from '../../log.ts'
import { openHttp } from '../http.ts'
import { makeCertificate } from '../testing/certificate.ts'
import { resultOf, sendJson, startRawServer, startServer } from '../testing/httpServer.ts'
import { Recorder } from '../testing/recorder.ts'
import { closeAfterEach } from '../testing/remoteClient.ts'
import { HttpPools, type PoolsOptions } from './pools.ts'

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
