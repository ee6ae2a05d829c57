import { hash, X509Certificate } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { Socket } from 'node:net'
import { connect, createServer, type Server } from 'node:tls'
import { afterEach, expect, it } from 'vitest'
import { makeCertificate, type TestCertificate } from '../../upstream/testing/certificate.ts'
import { certificateThumbprint } from './clientCertificate.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** What the server sees of a client with this certificate. */
async function seenOf(client: TestCertificate | undefined): Promise<string | undefined> {
  const own = makeCertificate({ ip: '127.0.0.1', notBefore: new Date(Date.now() - 1_000) })
  const server = createServer({ ...own, requestCert: true, rejectUnauthorized: false })
  servers.push(server)
  const seen = new Promise<string | undefined>((resolve) => {
    server.on('secureConnection', (socket) => {
      resolve(certificateThumbprint(socket))
      socket.destroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...client }).on('error', () => {})
  return seen
}

it('is that of the certificate the client showed on this connection', async () => {
  const client = makeCertificate({ ip: '127.0.0.1', notBefore: new Date(Date.now() - 1_000) })
  const { raw } = new X509Certificate(client.cert)
  expect(await seenOf(client)).toBe(hash('sha256', raw, 'base64url'))
})

it('is none without a certificate, with an expired one, or without TLS', async () => {
  expect(await seenOf(undefined)).toBeUndefined()
  const expired = makeCertificate({ ip: '127.0.0.1', notBefore: new Date(Date.now() - 10 * 86_400_000) })
  expect(await seenOf(expired)).toBeUndefined()
  expect(certificateThumbprint(new Socket())).toBeUndefined()
})
