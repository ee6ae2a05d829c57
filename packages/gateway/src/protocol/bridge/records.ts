/**
 * What the bridges put on record: one entry for every exchange, and events for what was left out.
 */

import type { AuditTrail, ExchangeEntry } from '../../audit/entry.ts'
import { appendEvent } from '../../audit/unrecorded.ts'
import type { Log } from '../../log.ts'
import type { Ending, Exchange } from '../../pipeline/exchange.ts'
import type { Refusal } from '../../pipeline/verdict.ts'
import { ERROR, errorBytes } from '../errors.ts'

export interface Recording {
  readonly audit: AuditTrail
  readonly log: Log
  /** Monotonic clock, in milliseconds. */
  readonly now: () => number
}

/** What a record says of how the request was sent. */
export type RequestSide = Pick<ExchangeEntry, 'argumentsText' | 'argumentsDigest' | 'upstreamMs'>

/** Writes the one record of an exchange. */
export function recordExchange(
  recording: Recording,
  exchange: Exchange,
  ending: Ending,
  request: RequestSide = ending,
): Promise<void> {
  // Member by member: this runs for every call, and a spread costs as much as all the rest.
  const entry: ExchangeEntry = {
    kind: 'exchange',
    outcome: ending.outcome,
    principal: exchange.principal,
    conversation: exchange.conversation,
    client: exchange.client,
    credential: exchange.authority?.id,
    oauthClient: exchange.authority?.client,
    transport: exchange.transport,
    direction: exchange.direction,
    era: exchange.era,
    method: exchange.method,
    server: exchange.server,
    name: exchange.name,
    requestId: exchange.requestId,
    rule: ending.rule,
    explain: ending.explain,
    findings: exchange.findings.length === 0 ? undefined : exchange.findings,
    arguments: exchange.arguments,
    argumentsText: request.argumentsText,
    argumentsDigest: request.argumentsDigest,
    resultDigest: ending.resultDigest,
    resultBytes: ending.resultBytes,
    errorCode: ending.errorCode,
    correlation: exchange.correlation,
    durationMs: Math.round((recording.now() - exchange.startedAt) * 1000) / 1000,
    upstreamMs: request.upstreamMs,
  }
  return recording.audit.append(entry)
}

/** Records something the gateway did or left out; a failure to write shows in `audit.healthy` and the log. */
export function recordEvent(
  recording: Recording,
  exchange: Exchange,
  event: string,
  rule: string,
  explain: string,
): void {
  recording.log.warn(event, { server: exchange.server, rule, explain })
  appendEvent(recording.audit, recording.log, {
    kind: 'event',
    event,
    principal: exchange.principal,
    ...(exchange.conversation === undefined ? {} : { conversation: exchange.conversation }),
    ...(exchange.server === undefined ? {} : { server: exchange.server }),
    rule,
    explain,
  })
}

/** What is answered instead when the record of an exchange cannot be written: audit never fails open. */
export const AUDIT_DOWN: Refusal = {
  kind: 'refuse',
  rule: 'audit/unavailable',
  explain: 'the audit trail cannot be written, and nothing passes unrecorded',
  remedy: "Check the disk and the permissions of the audit folder; the gateway's log names the error.",
}

/** The same as a JSON-RPC error. `id` is the JSON text of the request's id. */
export function auditDownBytes(id: string | null): Buffer {
  const { explain, rule, remedy } = AUDIT_DOWN
  return errorBytes(id, ERROR.unavailable, explain, { rule, ...(remedy === undefined ? {} : { remedy }) })
}
