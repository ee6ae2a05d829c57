/**
 * What the gateway tells the audit trail. The trail adds sequence, time and chain, redacts, and writes it (see `chain.ts`).
 */
import type { Era } from '../protocol/era.ts'

export type Outcome =
  | 'ok' // answered with a result
  | 'tool-error' // a tool result with isError
  | 'rpc-error' // a JSON-RPC error from the server
  | 'refused' // a control or the protocol layer refused it; nothing was sent upstream
  | 'withheld' // the server answered, a control withheld it
  | 'cancelled' // the client cancelled or went away
  | 'deadline' // no answer within the deadline
  | 'upstream-lost' // the server or its connection ended first
  | 'failed' // the gateway itself failed

/** One request with all that belongs to it. Written once, before its answer leaves. */
export interface ExchangeEntry {
  readonly kind: 'exchange'
  readonly principal: string
  readonly conversation?: string | undefined
  readonly client?: string | undefined
  /** The credential it came with: id of an API key, beginning of the SHA-256 of a token. */
  readonly credential?: string | undefined
  /** The OAuth client that the credential was issued to. */
  readonly oauthClient?: string | undefined
  readonly transport: 'stdio' | 'http'
  readonly direction: 'client-to-server' | 'server-to-client'
  readonly era?: Era | undefined
  readonly method: string
  readonly server?: string | undefined
  /** The tool's, prompt's or resource's own name or URI at its server. */
  readonly name?: string | undefined
  /** JSON text of the client's id. */
  readonly requestId?: string | undefined
  /** Arguments as parsed; stored redacted, together with a digest of their exact text. */
  readonly arguments?: unknown
  /** JSON text of exactly these arguments where it is at hand: saves writing them again. Not stored by itself. */
  readonly argumentsText?: string | undefined
  /** SHA-256 hex of the arguments and of the result exactly as sent. */
  readonly argumentsDigest?: string | undefined
  readonly resultDigest?: string | undefined
  readonly resultBytes?: number | undefined
  readonly outcome: Outcome
  readonly errorCode?: number | undefined
  /** The rule that decided, when one did, and its sentence. */
  readonly rule?: string | undefined
  readonly explain?: string | undefined
  readonly findings?:
    | readonly {
        readonly rule: string
        readonly severity: string
        readonly where?: string
        readonly subject?: string
      }[]
    | undefined
  /** Correlation keys that hosts send (trace ids, call ids); never a security input. */
  readonly correlation?: Readonly<Record<string, string>> | undefined
  readonly durationMs: number
  readonly upstreamMs?: number | undefined
}

/** A decision or an event of the gateway itself: start, stop, config change, server started, crashed, message dropped. */
export interface EventEntry {
  readonly kind: 'event'
  readonly event: string
  readonly principal?: string
  readonly conversation?: string
  readonly server?: string
  readonly rule?: string
  readonly explain?: string
  readonly details?: Readonly<Record<string, string | number | boolean | null>>
}

export type AuditEntry = ExchangeEntry | EventEntry

/** Where entries go. */
export interface AuditTrail {
  /**
   * Writes one entry. Resolves when it would survive `kill -9` of the gateway (with `durability: fsync`, power loss);
   * rejects with `AuditUnavailable` when it was not written: then the answer must not leave.
   */
  append(entry: AuditEntry): Promise<void>
  /** False after a failed write until a write succeeds again: then calls are refused before they are dispatched. */
  readonly healthy: boolean
  /** Flushes, writes a final checkpoint, releases the chain. */
  close(): Promise<void>
}

export class AuditUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'AuditUnavailable'
  }
}
