/**
 * What a server proved itself with.
 */
import type { TLSSocket } from 'node:tls'

/** The certificate of a server, which Node has verified: chain, host name, time. */
export interface ServerCertificate {
  /** Lines such as `CN=api.example`; what stands in them the authority has checked or not. */
  readonly subject: string
  /** Lines such as `C=US`, `O=Let's Encrypt`, `CN=R11`. */
  readonly issuer: string
  /** SHA-256 of the certificate, hexadecimal with colons. */
  readonly fingerprint256: string
  /** As OpenSSL writes a time. */
  readonly validTo: string
}

/**
 * Looks at the certificate of a new connection before a byte of a request is sent on it. Resolves to why it is refused, in a
 * sentence for people, or to `undefined`. While it looks, the time to connect runs; when it rejects, the connection is refused.
 */
export type OnSecure = (
  origin: string,
  certificate: ServerCertificate,
) => string | undefined | Promise<string | undefined>

/** A TLS session to resume with, and the certificate that its server showed: resuming shows none. */
export interface KnownSession {
  readonly ticket: Buffer
  readonly certificate: ServerCertificate
}

/**
 * The certificate of a connection. One that was resumed has that of the session: only who has the session's secrets can resume
 * it. `undefined` where there is none, which TLS with verification does not let happen.
 */
export function certificateOf(
  socket: TLSSocket,
  known: KnownSession | undefined,
): ServerCertificate | undefined {
  if (socket.isSessionReused()) return known?.certificate
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return undefined
  const { subject, issuer, fingerprint256, validTo } = certificate
  return { subject, issuer, fingerprint256, validTo }
}
