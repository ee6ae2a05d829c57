/** TLS at the door, over real sockets. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { connect as connectPlain } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { silentLog } from '../log.ts'
import { open } from './testing/openDoors.ts'
import { rawCall } from './testing/rawCall.ts'
import { resultBytes } from './testing/scriptedFront.ts'
import { localCertificate } from './tls/localAuthority.ts'
import { openServerTls, TlsFault } from './tls/serverTls.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-tls-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const sources = () => ({
  folder: join(folder, 'ca'),
  log: silentLog,
  now: () => new Date(),
  times: { settleMs: 5, pollMs: 50 },
})

async function writeCertificate(): Promise<{ certificate: string; key: string; ca: Buffer }> {
  const made = await localCertificate(join(folder, 'ca'), new Date())
  const at = { certificate: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  // As tools for renewal do: beside it, then in its place.
  for (const [path, text] of [
    [at.key, made.key],
    [at.certificate, made.certificate],
  ] as const) {
    writeFileSync(`${path}.new`, text, { mode: 0o600 })
    renameSync(`${path}.new`, path)
  }
  return { ...at, ca: readFileSync(made.authorityPath) }
}

/** Shakes hands; what the other side showed, or why not. */
function shake(port: number, options: ConnectionOptions): Promise<TLSSocket | string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ...options }, () =>
      resolve(socket),
    )
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
  })
}

function get(
  port: number,
  path: string,
  options: ConnectionOptions,
  headers: Record<string, string> = {},
  agent: Agent | false = false,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path, servername: 'localhost', headers, agent, ...options },
      resolve,
    )
    sent.on('error', reject)
    sent.end()
  })
}

it.each(['\x01garbage\r\n\r\n', 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n'])(
  'answers a call before it ends for what came behind: %j',
  async (behind) => {
    let finish = (): void => {}
    const tls = await openServerTls({ kind: 'local' }, sources())
    const { port, front } = await open({
      tls,
      script: {
        modern: (message, reply) => {
          finish = () => reply.finish(resultBytes(message.id), 200)
        },
      },
    })
    const socket = await shake(port, { ca: readFileSync(tls.authorityPath ?? '') })
    if (typeof socket === 'string') throw new Error(socket)
    let text = ''
    socket.on('data', (piece: Buffer) => {
      text += piece.toString()
    })
    socket.write(rawCall(port) + behind)
    await front.until(() => front.calls.length === 1 && front.entries.length === 1)
    finish()
    await once(socket, 'close')
    expect([text.slice(0, 15), front.cancelled]).toEqual(['HTTP/1.1 200 OK', []])
    expect(text.endsWith('"result":{}}')).toBe(true)
  },
)

it('serves clients that trust its authority, in TLS 1.2 and 1.3, and speaks nothing older', async () => {
  const tls = await openServerTls({ kind: 'local' }, sources())
  const { port } = await open({ tls })
  const ca = readFileSync(tls.authorityPath ?? '')
  const answer = await get(port, '/healthz', { ca })
  expect([answer.statusCode, answer.headers['strict-transport-security']]).toEqual([200, undefined])
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const socket = await shake(port, { ca, minVersion: version, maxVersion: version })
    expect(typeof socket === 'string' ? socket : socket.getProtocol()).toBe(version)
    if (typeof socket !== 'string') socket.destroy()
  }
  const old = await shake(port, {
    ca,
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT:@SECLEVEL=0',
  })
  expect(old).toMatch(/^(?:ERR_SSL_|ECONNRESET|EPROTO)/)
  tls.close()
})

it('a page of http://localhost is not one of its own, a page of https is', async () => {
  const tls = await openServerTls({ kind: 'local' }, sources())
  const { port } = await open({ tls })
  const ca = readFileSync(tls.authorityPath ?? '')
  const status = async (origin: string) => (await get(port, '/healthz', { ca }, { origin })).statusCode
  expect(await status(`http://localhost:${port}`)).toBe(403)
  expect(await status(`https://localhost:${port}`)).toBe(200)
  tls.close()
})

it('tells browsers to come by TLS alone under a name that is its own', async () => {
  const tls = await openServerTls({ kind: 'local' }, sources())
  const { port } = await open({ tls, publicUrl: 'https://gate.example' })
  const ca = readFileSync(tls.authorityPath ?? '')
  const answer = await get(port, '/healthz', { ca }, { host: 'gate.example' })
  expect([answer.statusCode, answer.headers['strict-transport-security']]).toEqual([200, 'max-age=31536000'])
  const refused = await get(port, '/nowhere', { ca }, { host: 'gate.example' })
  expect(refused.headers['strict-transport-security']).toBe('max-age=31536000')
  tls.close()
})

it.each([
  ['says nothing', []],
  ['stops in the middle of its hello', [Buffer.from('160301020001000001fc0303', 'hex')]],
  ['sends a byte now and then', Buffer.from(`160301020001000001fc0303${'00'.repeat(400)}`, 'hex')],
])('ends a connection that %s instead of shaking hands', async (_, bytes) => {
  const tls = await openServerTls({ kind: 'local' }, sources())
  const { port } = await open({ tls, listen: { headersTimeoutMs: 300 } })
  const socket = connectPlain({ port, host: '127.0.0.1' })
  const rest = [...bytes]
  const timer = setInterval(() => {
    const next = rest.shift()
    if (next !== undefined && socket.writable)
      socket.write(typeof next === 'number' ? Buffer.from([next]) : next)
  }, 50)
  await new Promise<void>((resolve) => {
    socket.on('error', () => undefined)
    socket.on('close', () => resolve())
    socket.resume()
  })
  clearInterval(timer)
  // It was not ended for having sent all of it.
  if (bytes.length > 1) expect(rest.length).toBeGreaterThan(0)
  tls.close()
})

it('leaves a connection alone that shook hands in time', async () => {
  const tls = await openServerTls({ kind: 'local' }, sources())
  const { port } = await open({ tls, listen: { headersTimeoutMs: 300, bodyTimeoutMs: 60_000 } })
  const ca = readFileSync(tls.authorityPath ?? '')
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const first = await get(port, '/healthz', { ca }, {}, agent)
  const { localPort } = first.socket
  first.resume()
  await new Promise((resolve) => setTimeout(resolve, 600))
  const again = await get(port, '/healthz', { ca }, {}, agent)
  expect([again.statusCode, again.socket.localPort]).toEqual([200, localPort])
  agent.destroy()
  tls.close()
})

it('shows a renewed certificate without a restart, and keeps the old one while the new one is half there', async () => {
  const { certificate, key, ca } = await writeCertificate()
  const tls = await openServerTls({ kind: 'files', certificate, key, clientCertificates: 'asked' }, sources())
  const { port } = await open({ tls })
  const shown = async () => {
    const socket = await shake(port, { ca })
    if (typeof socket === 'string') throw new Error(socket)
    const { fingerprint256 } = socket.getPeerCertificate()
    socket.destroy()
    return fingerprint256
  }
  const first = await shown()
  const newer = await localCertificate(join(folder, 'ca'), new Date())
  writeFileSync(certificate, newer.certificate)
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(await shown()).toBe(first)
  writeFileSync(key, newer.key)
  await expect.poll(shown).not.toBe(first)
  tls.close()
})

it('lets nobody in without a certificate of a named authority where one is required', async () => {
  const { certificate, key, ca } = await writeCertificate()
  const authority = join(folder, 'ca/local-ca.pem')
  const tls = await openServerTls(
    { kind: 'files', certificate, key, clientAuthorities: authority, clientCertificates: 'required' },
    sources(),
  )
  const { port } = await open({ tls })
  await expect(get(port, '/healthz', { ca })).rejects.toThrow()
  const other = await localCertificate(join(folder, 'other'), new Date())
  await expect(get(port, '/healthz', { ca, cert: other.certificate, key: other.key })).rejects.toThrow()
  tls.close()
})

it.each([
  ['a file that is not there', (at: { key: string }) => rmSync(at.key), /cannot be read \(ENOENT\)/],
  [
    'a key of another certificate',
    async (at: { key: string }) => {
      const other = await localCertificate(join(folder, 'ca'), new Date())
      writeFileSync(at.key, other.key)
    },
    /does not belong to the certificate/,
  ],
  [
    'a key that others may write',
    (at: { key: string }) => execFileSync('chmod', ['666', at.key]),
    /others may write/,
  ],
  [
    'no certificate',
    (at: { certificate: string }) => writeFileSync(at.certificate, 'hello'),
    /is no certificate in PEM/,
  ],
])('%s is said with its key in the configuration', async (_, spoil, says) => {
  const { certificate, key } = await writeCertificate()
  await spoil({ certificate, key })
  const opening = openServerTls({ kind: 'files', certificate, key, clientCertificates: 'asked' }, sources())
  const error = await opening.catch((failure: unknown) => failure)
  expect(error).toBeInstanceOf(TlsFault)
  expect((error as Error).message).toMatch(says)
  expect((error as Error).message).toMatch(/^listen\.tls\./)
})
