/**
 * Security findings as MCP log messages (`notifications/message` with `logger: "sallyport"`): what was found in a call, or
 * why it was refused, for the client that made it and asked for that level. On its own stream, and nobody else's.
 *
 * Evidence is not part of it: what was found is often what nobody should read. At most `MOST_PER_SECOND` in any second go
 * to one conversation; the audit trail has them all.
 */
import type { JsonObject } from '@sallyport/controls/json'
import { Counters, SlidingWindow } from '@sallyport/controls/limits'
import { redactText } from '@sallyport/controls/secrets'
import { visible } from '@sallyport/controls/text'
import { sentenceOf } from '../../controlRules.ts'
import { type Exchange, type Finding, viewerOf } from '../../pipeline/exchange.ts'
import { GATEWAY_RULES } from '../../rules.ts'
import { type LogLevelName, levelAllows } from '../logLevels.ts'
import { notificationBytes } from './messageBytes.ts'

/** What a client of this call is told of it. */
export interface Told {
  readonly rule?: string | undefined
  readonly explain?: string | undefined
}

/** Something about a server that belongs to nobody's call: what it shows of itself is the same for all who use it. */
export interface ServerNews {
  readonly server: string
  readonly rule: string
  readonly severity: Finding['severity']
  readonly explain: string
}

export const MOST_PER_SECOND = 20
const SECOND: { readonly count: number; readonly windowMs: number } = {
  count: MOST_PER_SECOND,
  windowMs: 1_000,
}
/** Conversations that were told something within the last second. */
const MAX_CONVERSATIONS = 10_000
const MAX_NAME = 128
const MAX_EXPLAIN = 1_024

/** RFC 5424 has no severity for "medium"; a refusal is a warning, since it is the gateway doing its work. */
const LEVELS: Readonly<Record<Finding['severity'], LogLevelName>> = {
  info: 'info',
  low: 'notice',
  medium: 'warning',
  high: 'error',
  critical: 'critical',
}

const SENTENCES: Readonly<Record<string, string | undefined>> = GATEWAY_RULES

export class FindingLog {
  readonly #now: () => number
  readonly #sent = new Counters<SlidingWindow>(MAX_CONVERSATIONS)

  /** `now`: monotonic, in milliseconds. */
  constructor(now: () => number) {
    this.#now = now
  }

  /**
   * Sends what this client asked for of the findings of its call.
   *
   * @example log.tell(exchange, 'warning', { rule: 'limits/rate', explain: '...' }, (bytes) => reply.notify(bytes))
   */
  tell(
    exchange: Exchange,
    asked: LogLevelName | undefined,
    refusal: Told | undefined,
    send: (bytes: Buffer) => void,
  ): void {
    if (asked === undefined) return
    for (const { rule, severity, where } of exchange.findings) {
      const found = { explain: explainRule(rule), severity, where }
      this.#one(exchange, asked, LEVELS[severity], rule, found, send)
    }
    if (refusal?.rule === undefined) return
    const explain = refusal.explain ?? explainRule(refusal.rule)
    this.#one(exchange, asked, 'warning', refusal.rule, { explain }, send)
  }

  /** Sends what this conversation asked for of what is known of a server, whoever it was shown to. */
  tellOf(
    news: ServerNews,
    viewer: Pick<Exchange, 'principal' | 'conversation'>,
    asked: LogLevelName | undefined,
    send: (bytes: Buffer) => void,
  ): void {
    if (asked === undefined) return
    const { server, rule, severity, explain } = news
    this.#one({ ...viewer, server }, asked, LEVELS[severity], rule, { explain, severity }, send)
  }

  #one(
    exchange: Pick<Exchange, 'principal' | 'conversation' | 'server' | 'exposedName'>,
    asked: LogLevelName,
    level: LogLevelName,
    rule: string,
    found: { readonly explain: string; readonly severity?: string; readonly where?: string | undefined },
    send: (bytes: Buffer) => void,
  ): void {
    if (!levelAllows(asked, level) || !this.#mayBeSent(viewerOf(exchange))) return
    const { server, exposedName } = exchange
    const data: JsonObject = {
      rule,
      explain: shown(found.explain, MAX_EXPLAIN),
      ...(found.severity === undefined ? {} : { severity: found.severity }),
      ...(found.where === undefined ? {} : { where: shown(found.where, MAX_NAME) }),
      ...(server === undefined ? {} : { server }),
      ...(exposedName === undefined ? {} : { name: shown(exposedName, MAX_NAME) }),
    }
    send(notificationBytes('notifications/message', { level, logger: 'sallyport', data }))
  }

  #mayBeSent(viewer: string): boolean {
    const now = this.#now()
    let window = this.#sent.get(viewer)
    if (window === undefined) {
      if (this.#sent.roomAtMs(now) > now) return false
      window = new SlidingWindow(SECOND)
      this.#sent.add(viewer, window)
    }
    if (window.opensAtMs() > now) return false
    window.record(now)
    return true
  }
}

/** What a rule is about, in one sentence. */
export function explainRule(rule: string): string {
  return SENTENCES[rule] ?? sentenceOf(rule) ?? `found by ${rule}`
}

/** Names and sentences may have parts of arguments in them. Redacted before it is cut to size: half a token is none to a pattern. */
function shown(text: string, most: number): string {
  const bounded = text.length > most * 4 ? text.slice(0, most * 4) : text
  return visible(redactText(bounded)).slice(0, most)
}
