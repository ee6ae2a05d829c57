/**
 * Certificates for development (RFC 5280), for `localhost` and the loopback addresses and nothing else.
 *
 * The authority may vouch for those alone (name constraints, 4.2.1.10): whoever trusts it, and then loses its key, lets
 * nobody stand in for a real site.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import {
  bits,
  explicit,
  implicit,
  integer,
  octets,
  oid,
  sequence,
  setOf,
  tagged,
  utcTime,
  utf8,
  yes,
} from './der.ts'

/** A certificate with its key. */
export interface Issued {
  readonly certificate: Buffer
  readonly key: KeyObject
}

export interface CertificatePem {
  readonly certificate: string
  readonly key: string
}

const DAY_MS = 24 * 60 * 60 * 1000
/** Clocks differ. */
const EARLIER_MS = 60 * 60 * 1000

/** Makes the authority. `days`: for how long it is valid. */
export function makeAuthority(now: Date, days: number): Issued {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const permitted = [dnsName('localhost'), range([127, 0, 0, 0], [255, 0, 0, 0]), range(LOOPBACK_6, ONES_6)]
  const extensions = [
    extension('2.5.29.19', sequence(yes(), integer(Buffer.from([0]))), 'critical'),
    // keyCertSign and cRLSign.
    extension('2.5.29.15', bits(Buffer.from([0x06]), 1), 'critical'),
    extension('2.5.29.14', octets(keyIdOf(publicKey))),
    extension(
      '2.5.29.30',
      sequence(
        tagged(
          0xa0,
          permitted.map((name) => sequence(name)),
        ),
      ),
      'critical',
    ),
  ]
  const name = nameOf('Sallyport local development CA')
  return {
    certificate: certify({
      subject: name,
      issuer: name,
      publicKey,
      signer: privateKey,
      extensions,
      now,
      days,
    }),
    key: privateKey,
  }
}

/** Makes a server's certificate, signed by the authority. */
export function issueForLoopback(
  authority: { readonly publicKey: KeyObject; readonly key: KeyObject },
  now: Date,
  days: number,
): Issued {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const names = [
    dnsName('localhost'),
    implicit(7, Buffer.from([127, 0, 0, 1])),
    implicit(7, Buffer.from(LOOPBACK_6)),
  ]
  const extensions = [
    extension('2.5.29.19', sequence(), 'critical'),
    // digitalSignature.
    extension('2.5.29.15', bits(Buffer.from([0x80]), 7), 'critical'),
    // serverAuth.
    extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1'))),
    extension('2.5.29.17', sequence(...names)),
    extension('2.5.29.14', octets(keyIdOf(publicKey))),
    extension('2.5.29.35', sequence(implicit(0, keyIdOf(authority.publicKey)))),
  ]
  const certificate = certify({
    subject: nameOf('Sallyport on this machine'),
    issuer: nameOf('Sallyport local development CA'),
    publicKey,
    signer: authority.key,
    extensions,
    now,
    days,
  })
  return { certificate, key: privateKey }
}

/** As PEM files hold it. */
export function toPem({ certificate, key }: Issued): CertificatePem {
  const lines = certificate.toString('base64').replace(/.{64}(?=.)/g, '$&\n')
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

const LOOPBACK_6 = [...new Array<number>(15).fill(0), 1]
const ONES_6 = new Array<number>(16).fill(255)
const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'))

function certify(said: {
  readonly subject: Buffer
  readonly issuer: Buffer
  readonly publicKey: KeyObject
  readonly signer: KeyObject
  readonly extensions: readonly Buffer[]
  readonly now: Date
  readonly days: number
}): Buffer {
  const from = new Date(said.now.getTime() - EARLIER_MS)
  const until = new Date(said.now.getTime() + said.days * DAY_MS)
  const toBeSigned = sequence(
    // Version 3.
    explicit(0, integer(Buffer.from([2]))),
    integer(randomBytes(16)),
    ECDSA_SHA256,
    said.issuer,
    sequence(utcTime(from), utcTime(until)),
    said.subject,
    said.publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...said.extensions)),
  )
  return sequence(toBeSigned, ECDSA_SHA256, bits(sign('sha256', toBeSigned, said.signer)))
}

function extension(id: string, value: Buffer, critical?: 'critical'): Buffer {
  return sequence(oid(id), ...(critical === undefined ? [] : [yes()]), octets(value))
}

/** A name of one common name. */
function nameOf(text: string): Buffer {
  return sequence(setOf(sequence(oid('2.5.4.3'), utf8(text))))
}

const dnsName = (name: string): Buffer => implicit(2, Buffer.from(name, 'ascii'))
const range = (address: readonly number[], mask: readonly number[]): Buffer =>
  implicit(7, Buffer.from([...address, ...mask]))

/** The first of the two methods of RFC 7093, 2. */
function keyIdOf(key: KeyObject): Buffer {
  const spki = key.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(spki).digest().subarray(0, 20)
}
