/**
 * An entry as it is stored: fields in one order, texts bounded and without secrets.
 */
import { type KeepLimits, redactText, redactValue } from '@sallyport/controls/secrets'
import type { AuditEntry, EventEntry, ExchangeEntry } from './entry.ts'

/** What is kept of a call's arguments; `argumentsDigest` speaks for all of them. Characters. */
export const ARGUMENT_LIMITS: KeepLimits = { maxTextChars: 2048, maxChars: 8192, maxDepth: 32 }
/** What is kept of findings, correlation keys and details, each. */
const FIELD_LIMITS: KeepLimits = { maxTextChars: 512, maxChars: 4096, maxDepth: 4 }
const MAX_TEXT_CHARS = 1024

/**
 * JSON text of the members of a record that come from the entry, without the braces around them.
 *
 * Throws a `TypeError` for an entry that JSON cannot express (a `bigint`, a cycle).
 *
 * @example storedMembers({ kind: 'event', event: 'gateway.started' }) // '"kind":"event","event":"gateway.started"'
 */
export function storedMembers(entry: AuditEntry): string {
  const stored = entry.kind === 'exchange' ? storedExchange(entry) : storedEvent(entry)
  return JSON.stringify(stored).slice(1, -1)
}

/** `JSON.stringify` leaves out what is undefined: the order below is the order of every record. */
function storedExchange(entry: ExchangeEntry): object {
  return {
    kind: entry.kind,
    outcome: entry.outcome,
    principal: keep(entry.principal),
    conversation: keep(entry.conversation),
    client: keep(entry.client),
    transport: entry.transport,
    direction: entry.direction,
    era: entry.era,
    method: keep(entry.method),
    server: keep(entry.server),
    name: keep(entry.name),
    requestId: keep(entry.requestId),
    rule: keep(entry.rule),
    explain: keep(entry.explain),
    findings: entry.findings === undefined ? undefined : redactValue(entry.findings, FIELD_LIMITS),
    arguments: entry.arguments === undefined ? undefined : redactValue(entry.arguments, ARGUMENT_LIMITS),
    argumentsDigest: entry.argumentsDigest,
    resultDigest: entry.resultDigest,
    resultBytes: entry.resultBytes,
    errorCode: entry.errorCode,
    correlation: entry.correlation === undefined ? undefined : redactValue(entry.correlation, FIELD_LIMITS),
    durationMs: microseconds(entry.durationMs),
    upstreamMs: entry.upstreamMs === undefined ? undefined : microseconds(entry.upstreamMs),
  }
}

function storedEvent(entry: EventEntry): object {
  return {
    kind: entry.kind,
    event: keep(entry.event),
    principal: keep(entry.principal),
    conversation: keep(entry.conversation),
    server: keep(entry.server),
    rule: keep(entry.rule),
    explain: keep(entry.explain),
    details: entry.details === undefined ? undefined : redactValue(entry.details, FIELD_LIMITS),
  }
}

function keep(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  if (text.length <= MAX_TEXT_CHARS) return redactText(text)
  return redactValue(text, { maxTextChars: MAX_TEXT_CHARS, maxChars: MAX_TEXT_CHARS, maxDepth: 1 }) as string
}

/** Milliseconds with three decimals: more would be noise, and longer records. */
function microseconds(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000
}
