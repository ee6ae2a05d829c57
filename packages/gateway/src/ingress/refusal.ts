/**
 * A refusal at the door: what the client gets, and what the audit trail keeps of it.
 */
import type { JsonValue } from '@sallyport/controls/json'
import type { AuditEntry } from '../audit/entry.ts'
import type { Era } from '../protocol/era.ts'
import { ERROR } from '../protocol/errors.ts'
import type { Inbound } from '../protocol/message.ts'
import { type Caller, principalKey } from './port.ts'

export interface Refusal {
  /** HTTP status. */
  readonly status: number
  /** JSON-RPC code, see `protocol/errors.ts`. */
  readonly code: number
  /** The rule that decided, `area/what`. */
  readonly rule: string
  /** One sentence: what is wrong, and what to do. Never a header's value. */
  readonly explain: string
  readonly data?: JsonValue
  /** What the record says instead of `explain`, where a client is not to know. */
  readonly why?: string
  /** The address it came from, where the record needs it. */
  readonly from?: string
  /** Headers the status asks for, flat: `['Allow', 'POST']`. */
  readonly headers?: readonly string[]
  /**
   * The connection ends with the answer: what follows on it cannot be trusted to be a request. `at-once`: not even the
   * rest of this request's body is waited for, because where it ends is in doubt.
   */
  readonly close?: boolean | 'at-once'
}

/** Of every request that comes while the gateway stops. */
export const SHUTTING_DOWN: Refusal = {
  status: 503,
  code: ERROR.unavailable,
  rule: 'gateway/draining',
  explain: 'the gateway is shutting down: send it again in a moment',
  headers: ['Retry-After', '5'],
  close: true,
}

/** What was known when the refusal was made. */
export interface RefusedRequest {
  readonly httpMethod: string
  /** The route by its name, never the path as it came: it is the sender's text. */
  readonly route: string
  readonly durationMs: number
  readonly caller?: Caller | undefined
  readonly conversation?: string | undefined
  readonly era?: Era | undefined
  readonly message?: Inbound | undefined
}

/** The audit entry of a refusal: an exchange where a message could be read, an event where not. */
export function refusalEntry(refusal: Refusal, request: RefusedRequest): AuditEntry {
  const { caller, message, era, conversation } = request
  const principal = caller === undefined ? undefined : principalKey(caller.principal)
  if (message === undefined || message.method === '' || principal === undefined) {
    return {
      kind: 'event',
      event: 'http.refused',
      ...(principal === undefined ? {} : { principal }),
      ...(conversation === undefined ? {} : { conversation }),
      rule: refusal.rule,
      explain: refusal.why ?? refusal.explain,
      details: {
        status: refusal.status,
        code: refusal.code,
        httpMethod: request.httpMethod,
        route: request.route,
        ...(refusal.from === undefined ? {} : { from: refusal.from }),
      },
    }
  }
  return {
    kind: 'exchange',
    principal,
    ...(conversation === undefined ? {} : { conversation }),
    credential: caller?.authority?.id,
    oauthClient: caller?.authority?.client,
    transport: 'http',
    direction: 'client-to-server',
    ...(era === undefined ? {} : { era }),
    method: message.method,
    ...(message.id === undefined ? {} : { requestId: message.id }),
    outcome: 'refused',
    errorCode: refusal.code,
    rule: refusal.rule,
    explain: refusal.why ?? refusal.explain,
    durationMs: request.durationMs,
  }
}
