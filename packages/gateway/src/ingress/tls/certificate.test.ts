import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { integer, oid, tagged } from './der.ts'
import { localCertificate } from './localAuthority.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-tls-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('writes lengths, numbers and object identifiers as X.690 has them', () => {
  expect(tagged(0x04, [Buffer.alloc(200)]).subarray(0, 3)).toEqual(Buffer.from([0x04, 0x81, 200]))
  expect(tagged(0x04, [Buffer.alloc(70_000)]).subarray(0, 5)).toEqual(
    Buffer.from([0x04, 0x83, 1, 0x11, 0x70]),
  )
  expect(integer(Buffer.from([0, 0, 0x80]))).toEqual(Buffer.from([0x02, 2, 0, 0x80]))
  expect(oid('1.2.840.10045.4.3.2').toString('hex')).toBe('06082a8648ce3d040302')
})

/** Connects as a client that trusts the authority and nothing else; why it does not believe the server, if so. */
async function believed(servername: string, host = '127.0.0.1'): Promise<string | undefined> {
  const { certificate, key, authorityPath } = await localCertificate(folder, new Date())
  const { readFile } = await import('node:fs/promises')
  const ca = await readFile(authorityPath)
  const server = createServer({ cert: certificate, key }).listen(0, host)
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  try {
    return await new Promise((resolve) => {
      const socket = connect({ host, port, ca, servername }, () => {
        socket.destroy()
        resolve(undefined)
      })
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    })
  } finally {
    server.close()
  }
}

it('clients that trust the authority believe it for localhost, and for no other name', async () => {
  expect(await believed('localhost')).toBeUndefined()
  expect(await believed('gate.example')).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
})

it('the authority stays the same, is kept privately, and may vouch for this machine alone', async () => {
  const one = await localCertificate(folder, new Date())
  const other = await localCertificate(folder, new Date())
  const authorities = [one, other].map(({ certificate }) => certificate.split(/(?=-----BEGIN)/)[1])
  expect(authorities[0]).toBe(authorities[1])
  expect(one.key).not.toBe(other.key)
  expect(statSync(join(folder, 'local-ca.key')).mode & 0o777).toBe(0o600)
  const authority = new X509Certificate(authorities[0] ?? '')
  const leaf = new X509Certificate(one.certificate)
  expect(authority.ca).toBe(true)
  expect(leaf.ca).toBe(false)
  expect(leaf.verify(authority.publicKey)).toBe(true)
  expect(leaf.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1')
  // Permitted subtrees: localhost, 127.0.0.0/8, ::1.
  expect(authority.raw.toString('hex')).toContain(Buffer.from('localhost').toString('hex'))
  expect(authority.raw.toString('hex')).toContain('87087f000000ff000000')
})

it('is made anew when it ends soon', async () => {
  const before = new Date(Date.now() - 800 * 24 * 3600_000)
  const old = (await localCertificate(folder, before)).certificate.split(/(?=-----BEGIN)/)[1]
  const fresh = (await localCertificate(folder, new Date())).certificate.split(/(?=-----BEGIN)/)[1]
  expect(fresh).not.toBe(old)
})
