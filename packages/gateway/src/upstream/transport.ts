/**
 * What every way of reaching a server has in common: bytes out, bytes in, and an honest account of how it ended.
 *
 * A transport knows framing, processes, sockets and sessions. It does not parse messages, mint ids, or decide
 * anything: the link above it does. Implementations: `stdio.ts` (a local process), `http.ts` (Streamable HTTP, both
 * eras), `sse.ts` (HTTP+SSE of 2024-11-05).
 */

/** A message for the server, already serialised by us. */
export interface Outbound {
  readonly kind: 'request' | 'notification' | 'response'
  /** One JSON-RPC message, UTF-8, no newline. */
  readonly text: string
  /** The gateway's own upstream id, for requests only. */
  readonly id?: number
  readonly method?: string
  /** Mirrored headers (`mcp-protocol-version`, `mcp-method`, `mcp-name`, `mcp-param-*`), lower case, for HTTP. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Why a transport, or one request on it, came to an end. */
export interface TransportFault {
  readonly code:
    | 'spawn-failed' // the command could not be started
    | 'exited' // the process ended
    | 'connect-failed' // no connection: DNS, refused, TLS
    | 'http-status' // an HTTP error without a usable JSON-RPC body
    | 'not-acceptable' // a content type or framing that MCP does not allow
    | 'too-large' // a message over the limit
    | 'not-read' // it does not read what was sent before; this was not sent
    | 'stream-ended' // the answer's stream ended before the answer
    | 'session-lost' // HTTP 404 on a session
    | 'unauthorized' // HTTP 401 or 403
    | 'sign-in' // the same, and a person can do something about it (`remedy`)
    | 'closed' // we closed it
  /** One sentence for people; never contains a secret, a header value or a whole URL with a query. */
  readonly explain: string
  /** What a person can do about it. May hold a link that is theirs alone: for the caller, never for a log or record. */
  readonly remedy?: string
  /** The address in it, where the person's browser is to go. */
  readonly link?: string
  readonly status?: number
  readonly exitCode?: number | null
  readonly signal?: string | null
}

export interface MessageContext {
  /** The upstream id of the request on whose own stream this came; absent where the transport cannot know. */
  readonly relatedTo?: number
  /** The HTTP status the message came with, where there is one. */
  readonly status?: number
}

/** Callbacks a transport makes. None may be called before `start` was called, none after `closed`. */
export interface TransportEvents {
  /** One whole message. The buffer belongs to the receiver. */
  message(bytes: Buffer, context: MessageContext): void
  /** This request can get no further message, and its answer did not come. */
  failed(id: number, fault: TransportFault): void
  /** Output that is no message (a line of noise on stdout): reported, never swallowed. `preview` is at most 200 bytes of it. */
  noise(preview: string, bytes: number): void
  /** The transport is over; every open request has failed with it. Called exactly once. */
  closed(fault: TransportFault): void
}

export interface UpstreamTransport {
  readonly kind: 'stdio' | 'http' | 'sse'
  /** Starts the process or opens the connection. Rejects with a `TransportError`. */
  start(): Promise<void>
  /** Sends one message, in order. Failures arrive through `failed` (requests) or `closed`; it never throws. */
  send(message: Outbound): void
  /** Abandons one request. HTTP closes its stream; stdio does nothing (the link sends `notifications/cancelled`). */
  cancel(id: number): void
  /** Legacy HTTP: the session begins with this protocol version; opens the GET stream. Others ignore it. */
  initialized?(revision: string): void
  /** Ends it and everything it started; resolves when nothing of it is left. Idempotent. */
  close(): Promise<void>
}

/** Thrown by `start`. */
export class TransportError extends Error {
  readonly fault: TransportFault
  constructor(fault: TransportFault) {
    super(fault.explain)
    this.name = 'TransportError'
    this.fault = fault
  }
}
