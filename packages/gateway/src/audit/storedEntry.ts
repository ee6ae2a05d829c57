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
  return entry.kind === 'exchange' ? exchangeMembers(entry) : JSON.stringify(storedEvent(entry)).slice(1, -1)
}

/** Written member by member, because this runs for every call. The order below is the order of every record. */
function exchangeMembers(entry: ExchangeEntry): string {
  return (
    '"kind":"exchange"' +
    REPEATED.outcome(entry.outcome) +
    REPEATED.principal(entry.principal) +
    REPEATED.conversation(entry.conversation) +
    REPEATED.client(entry.client) +
    REPEATED.credential(entry.credential) +
    REPEATED.oauthClient(entry.oauthClient) +
    REPEATED.transport(entry.transport) +
    REPEATED.direction(entry.direction) +
    REPEATED.era(entry.era) +
    REPEATED.method(entry.method) +
    REPEATED.server(entry.server) +
    REPEATED.name(entry.name) +
    member('requestId', keep(entry.requestId)) +
    REPEATED.rule(entry.rule) +
    member('explain', keep(entry.explain)) +
    member('findings', entry.findings && redactValue(entry.findings, FIELD_LIMITS)) +
    callArguments(entry) +
    member('argumentsDigest', entry.argumentsDigest) +
    member('resultDigest', entry.resultDigest) +
    number('resultBytes', entry.resultBytes) +
    number('errorCode', entry.errorCode) +
    member('correlation', entry.correlation && redactValue(entry.correlation, FIELD_LIMITS)) +
    number('durationMs', microseconds(entry.durationMs)) +
    number('upstreamMs', entry.upstreamMs === undefined ? undefined : microseconds(entry.upstreamMs))
  )
}

/** The arguments without their secrets; their own text where nothing had to be left out. */
function callArguments(entry: ExchangeEntry): string {
  const value = entry.arguments
  if (value === undefined) return ''
  const kept = redactValue(value, ARGUMENT_LIMITS)
  return kept === value && entry.argumentsText !== undefined
    ? `,"arguments":${entry.argumentsText}`
    : member('arguments', kept)
}

/** `JSON.stringify` gives `undefined` for what is left out. */
function member(name: string, value: unknown): string {
  const text = value === undefined ? undefined : JSON.stringify(value)
  return text === undefined ? '' : `,"${name}":${text}`
}

function number(name: string, value: number | undefined): string {
  if (value === undefined) return ''
  return Number.isFinite(value) ? `,"${name}":${value}` : `,"${name}":null`
}

/** A member whose text is the same in most records: redacted and quoted once. */
function repeated(name: string): (text: string | undefined) => string {
  /** Nothing but remembered results of a pure function. */
  const written = new Map<string, string>()
  return (text) => {
    if (text === undefined) return ''
    const known = written.get(text)
    if (known !== undefined) return known
    const made = member(name, keep(text))
    if (text.length <= MAX_REMEMBERED_CHARS) {
      // A client that sends ever new ones must not make this grow.
      if (written.size >= MAX_REMEMBERED) written.clear()
      written.set(text, made)
    }
    return made
  }
}

const MAX_REMEMBERED = 256
const MAX_REMEMBERED_CHARS = 256

const REPEATED = {
  outcome: repeated('outcome'),
  principal: repeated('principal'),
  conversation: repeated('conversation'),
  client: repeated('client'),
  credential: repeated('credential'),
  oauthClient: repeated('oauthClient'),
  transport: repeated('transport'),
  direction: repeated('direction'),
  era: repeated('era'),
  method: repeated('method'),
  server: repeated('server'),
  name: repeated('name'),
  rule: repeated('rule'),
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
