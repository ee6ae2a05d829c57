/**
 * The authority for `listen.tls.local`, kept in this user's own folder so that a person has to trust it only once.
 */
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { readPrivate, writePrivate } from '../../state/privateFile.ts'
import { type CertificatePem, issueForLoopback, makeAuthority, toPem } from './certificate.ts'

/** Browsers take nothing of a private authority that is longer valid (Apple: 825 days). */
const AUTHORITY_DAYS = 820
const SERVER_DAYS = 30
const DAY_MS = 24 * 60 * 60 * 1000
const MAX_BYTES = 64 * 1024

export interface LocalCertificate extends CertificatePem {
  /** The file of the authority's certificate, for whoever has to trust it. */
  readonly authorityPath: string
}

/**
 * A fresh certificate for `localhost`, 127.0.0.1 and ::1, of the authority in `folder`, which is made if it is not there or
 * ends within a month. Rejects when the authority's files are not this user's alone.
 *
 * @example const { certificate, key, authorityPath } = await localCertificate('/home/ada/.local/share/sallyport/tls', new Date())
 */
export async function localCertificate(folder: string, now: Date): Promise<LocalCertificate> {
  const authorityPath = join(folder, 'local-ca.pem')
  const keyPath = join(folder, 'local-ca.key')
  const known = await readAuthority(authorityPath, keyPath, now)
  const authority = known ?? toPem(makeAuthority(now, AUTHORITY_DAYS))
  if (known === undefined) {
    // The key first: a certificate without its key is made anew, a key that nobody trusts does no harm.
    await writePrivate(keyPath, Buffer.from(authority.key))
    await writePrivate(authorityPath, Buffer.from(authority.certificate))
  }
  const key = createPrivateKey(authority.key)
  const issued = toPem(issueForLoopback({ key, publicKey: createPublicKey(key) }, now, SERVER_DAYS))
  return { certificate: issued.certificate + authority.certificate, key: issued.key, authorityPath }
}

async function readAuthority(path: string, keyPath: string, now: Date): Promise<CertificatePem | undefined> {
  const [certificate, key] = [await readText(path), await readText(keyPath)]
  if (certificate === undefined || key === undefined) return undefined
  const read = new X509Certificate(certificate)
  const endsSoon = Date.parse(read.validTo) - now.getTime() < 31 * DAY_MS
  return endsSoon || !read.checkPrivateKey(createPrivateKey(key)) ? undefined : { certificate, key }
}

async function readText(path: string): Promise<string | undefined> {
  const read = await readPrivate(path, MAX_BYTES)
  if (read.kind === 'missing') return undefined
  if (read.kind === 'ignored')
    throw new Error(`${path} is not used: ${read.why}; move it away to get a new one`)
  return read.bytes.toString('utf8')
}
