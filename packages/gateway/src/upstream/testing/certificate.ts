/**
 * A self-signed certificate made on the spot, so that tests of TLS need neither a tool nor a private key in the tree.
 * X.509 v3 (RFC 5280) in DER (X.690), ECDSA P-256 with SHA-256.
 */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

export interface TestCertificate {
  readonly cert: string
  readonly key: string
}

/** Makes a certificate for an IPv4 address, valid for a day from `notBefore` on. */
export function makeCertificate(options: { readonly ip: string; readonly notBefore: Date }): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = sequence(oid('06082a8648ce3d040302'))
  const name = sequence(set(sequence(oid('0603550403'), tagged(0x0c, Buffer.from('sallyport test')))))
  const notAfter = new Date(options.notBefore.getTime() + 86_400_000)
  const address = Buffer.from(options.ip.split('.').map(Number))
  const extensions = sequence(
    sequence(
      oid('0603551d13'),
      tagged(0x01, Buffer.from([0xff])),
      tagged(0x04, sequence(tagged(0x01, Buffer.from([0xff])))),
    ),
    sequence(oid('0603551d11'), tagged(0x04, sequence(tagged(0x87, address)))),
  )
  const body = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))),
    tagged(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    name,
    sequence(time(options.notBefore), time(notAfter)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, extensions),
  )
  const signature = sign('sha256', body, privateKey)
  const der = sequence(body, algorithm, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])))
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content
  const head =
    length < 128 ? [tag, length] : length < 256 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from(head), content])
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts))
}

function set(...parts: readonly Buffer[]): Buffer {
  return tagged(0x31, Buffer.concat(parts))
}

/** An object identifier, already encoded. */
function oid(hex: string): Buffer {
  return Buffer.from(hex, 'hex')
}

function time(date: Date): Buffer {
  return tagged(0x18, Buffer.from(`${date.toISOString().replaceAll(/[-:T]|\.\d+/g, '')}`))
}
