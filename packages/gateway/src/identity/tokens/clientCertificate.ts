/**
 * Tokens that are bound to a client's certificate (RFC 8705, 3): the certificate of the very connection, as the socket has
 * verified it. A header that names one is never believed.
 */
import { hash } from 'node:crypto'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/**
 * SHA-256 of the certificate that the other end of a connection showed and proved to hold the key of (`x5t#S256`);
 * `undefined` where there is none. Whether its issuer is trusted is for whoever opened the socket: here the token names it.
 */
export function certificateThumbprint(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket)) return undefined
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return undefined
  const now = Date.now()
  // Checked again: it may have expired while the connection stood.
  if (Date.parse(certificate.validFrom) > now || Date.parse(certificate.validTo) < now) return undefined
  return hash('sha256', certificate.raw, 'base64url')
}
