/**
 * The words of approvals: a ticket is a question that waits for a person, a grant the permission it became.
 */

import { randomInt } from 'node:crypto'

/** What a person can answer, the safest first. */
export const DECISIONS = ['deny', 'once', '15-minutes', '1-hour', 'conversation', 'always'] as const
export type Decision = (typeof DECISIONS)[number]

/** A rule that asked, and what about: a grant covers these and no others. */
export interface AskedReason {
  readonly rule: string
  readonly subject?: string | undefined
}

/** One argument as a person sees it: secrets taken out, what hides made visible, long ones cut. */
export interface ShownArgument {
  /** JSON pointer (RFC 6901), with places in lists in brackets: `/files[0]/path`. */
  readonly at: string
  readonly value: string
  /** What it was the last time that a person allowed a call of this tool; absent: the same, or never allowed. */
  readonly before?: string | undefined
}

/** All that a person is shown of a call. */
export interface Question {
  readonly server: string
  readonly trust: string
  /** `tools/call`, or another method. */
  readonly method: string
  /** The name at its server. */
  readonly name: string
  /** What the server says the tool does: its words, cut and made visible. */
  readonly said?: string | undefined
  /** What it does as far as we know: `writes outside this machine (name says send)`. */
  readonly effect?: string | undefined
  readonly client?: string | undefined
  readonly why: readonly {
    readonly rule: string
    readonly explain: string
    readonly details?: readonly string[] | undefined
    /** What can be done so that it is not asked. */
    readonly remedy?: string | undefined
  }[]
  readonly arguments: readonly ShownArgument[]
  /** Arguments that are not even kept, since there are too many. */
  readonly more: number
  /** Arguments of the last call that was allowed which this one has not. */
  readonly gone: readonly { readonly at: string; readonly value: string }[]
  /** Of all arguments, also what is not shown (SHA-256, hex). */
  readonly digest: string
  /** They are those of the last call that was allowed, to the last byte. */
  readonly same: boolean
  /** True when a call of this tool was allowed before, so that `before` says what differs. */
  readonly allowedBefore: boolean
  /** What `always` would add to the configuration, as lines of a diff; absent: it cannot be chosen. */
  readonly rule?: readonly string[] | undefined
  /** The client reveals a conversation: a tool can be allowed for it, and else for an hour. */
  readonly inConversation: boolean
}

export type TicketState = 'open' | 'allowed' | 'denied' | 'expired'

export interface Ticket {
  readonly id: string
  readonly state: TicketState
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly expiresAt: number
  readonly principal: string
  readonly conversation?: string | undefined
  readonly server: string
  readonly name: string
  /** Digests that a grant is bound to (`callKeys.ts`). */
  readonly callKey: string
  readonly toolKey: string
  readonly denialKey: string
  readonly reasons: readonly AskedReason[]
  readonly question: Question
  /** How often the same was asked while it was open. */
  readonly times: number
  readonly decidedAt?: number | undefined
  readonly decidedBy?: string | undefined
  readonly decision?: Decision | undefined
}

/** How long a ticket waits for its answer, and how long `once` and `15-minutes` hold, in milliseconds. */
export const TICKET_MS = 15 * 60_000
export const GRANT_MS = 15 * 60_000
/** How long `1-hour` holds, for clients that reveal no conversation. */
export const HOUR_MS = 60 * 60_000
/** The longest that a grant for a conversation holds. */
export const CONVERSATION_MS = 8 * 60 * 60_000
/** For so long a server's question within an allowed call can be answered. */
export const CONTINUATION_MS = 10 * 60_000
/** For so long a call that was denied is refused without asking again. */
export const DENIAL_MS = 15 * 60_000

/** Without letters and digits that are mistaken for one another. */
const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'
const TICKET_LENGTH = 6
export const TICKET_ID = /^[A-HJ-NP-Z2-9]{6}$/

/** The id of a ticket as a person types it, in whatever case. @example readTicketId('a7f2qk') // 'A7F2QK' */
export function readTicketId(text: string): string | undefined {
  return IN_ANY_CASE.test(text) ? text.toUpperCase() : undefined
}
const IN_ANY_CASE = new RegExp(TICKET_ID, 'i')

/** A name for a ticket that nobody guesses within its quarter of an hour. @example newTicketId() // 'A7F2QK' */
export function newTicketId(): string {
  return Array.from({ length: TICKET_LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('')
}

/**
 * Can the configuration answer these questions about a tool for good? Others are answered where they are set; and a name with
 * a star in it would stand for more than itself.
 */
export function canBeForGood(tool: string, reasons: readonly AskedReason[]): boolean {
  return !tool.includes('*') && reasons.every(({ rule }) => FOR_GOOD.test(rule))
}

const FOR_GOOD = /^(?:approvals\/(?:destructive|write)|flow\/)/
