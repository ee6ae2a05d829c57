/**
 * What can go wrong between us and an HTTP server, beside what the system says of a socket.
 */

/** An answer that has no one reading, or more of something than we take. */
export type AnswerFault =
  | 'HTTP_STATUS_LINE'
  | 'HTTP_SWITCHED_PROTOCOLS'
  | 'HTTP_TOO_MANY_INTERIM'
  | 'HTTP_CONTROL_CHARACTER'
  | 'HTTP_BARE_CR'
  | 'HTTP_BARE_LF'
  | 'HTTP_FOLDED_LINE'
  | 'HTTP_FIELD_NAME'
  | 'HTTP_TOO_MANY_FIELDS'
  | 'HTTP_HEAD_TOO_LARGE'
  | 'HTTP_CONTENT_LENGTH'
  | 'HTTP_TRANSFER_ENCODING'
  | 'HTTP_TWO_FRAMINGS'
  | 'HTTP_FRAMED_WITHOUT_BODY'
  | 'HTTP_CHUNK_SIZE'
  | 'HTTP_CHUNK_END'
  | 'HTTP_SURPLUS'

export type HttpErrorCode =
  | AnswerFault
  /** DNS, TCP and TLS took too long. */
  | 'CONNECT_TIMEOUT'
  /** TLS agreed on another protocol than HTTP/1.1. */
  | 'ALPN_PROTOCOL'
  /** Whoever looks at certificates refused this one; `reason` says why. */
  | 'CERTIFICATE_REFUSED'
  /** A header or path of ours that must not be written. */
  | 'INVALID_REQUEST'
  /** The server ended the connection before the answer was complete. */
  | 'CLOSED_BY_SERVER'
  /** We ended all connections. */
  | 'POOL_CLOSED'

/** Its code is all it says, and a reason of ours: what a server sent is never part of an error. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly code: HttpErrorCode
  readonly reason: string | undefined

  constructor(code: HttpErrorCode, reason?: string) {
    super(reason ?? code)
    this.code = code
    this.reason = reason
  }

  /** True when the server's bytes are to blame, not the connection. */
  get isAnswerFault(): boolean {
    return this.code.startsWith('HTTP_')
  }
}
