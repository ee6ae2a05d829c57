/**
 * The credential of one principal at one server, as a transport asks for it: for every request anew, and again when the
 * server did not take it. A transport has one of these or none; it never sees a token of anybody else.
 */
import type { TransportFault } from './transport.ts'

export interface RefusedRequest {
  readonly status: number
  /** `WWW-Authenticate`, as it came. */
  readonly challenge: string | undefined
  /** The `Authorization` that the request carried. */
  readonly sent: string | undefined
  /** How often this request was sent again before. */
  readonly attempt: number
}

export interface UpstreamAuthorizer {
  /** The value of `Authorization` for the next request; `undefined`: none yet. Rejects with a `TransportError`. */
  authorization(): string | undefined | Promise<string | undefined>
  /** The server refused a request. `again`: there is another credential now. Never rejects. */
  refused(request: RefusedRequest): Promise<'again' | TransportFault>
}
