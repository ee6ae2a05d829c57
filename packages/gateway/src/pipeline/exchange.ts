import type { JsonObject, JsonValue } from '@sallyport/controls/json'
import type { ExchangeEntry } from '../audit/entry.ts'
import type { Authority } from '../identity/authority.ts'
import type { Era } from '../protocol/era.ts'
import type { MethodRow } from '../protocol/methods.ts'
import type { ConsentReply } from './consentReply.ts'

/**
 * One request with all that belongs to it: who asks, what for, of which server. Controls read it; nothing writes it
 * after it was made, but `findings`, which controls add to.
 */
export interface Exchange {
  /** Key of the principal (`principalKey`). */
  readonly principal: string
  /** What its credential allows; absent: the local user, or the gateway itself. */
  readonly authority?: Authority | undefined
  /** The narrowest scope the client reveals: a stdio connection, a legacy session. */
  readonly conversation?: string | undefined
  /** The process of the host that started the client's end, where that is known: outlasts a relay that is started anew. */
  readonly host?: string | undefined
  readonly transport: 'stdio' | 'http'
  readonly direction: 'client-to-server' | 'server-to-client'
  readonly era: Era
  readonly method: string
  /** The method's row, or `undefined` for a method outside the specification. */
  readonly row: MethodRow | undefined
  /** The upstream it goes to (or comes from); absent where the gateway itself answers. */
  readonly server?: string | undefined
  /** Own name or URI of what is asked for, at that server. */
  readonly name?: string | undefined
  /** The name as the client wrote it. */
  readonly exposedName?: string | undefined
  readonly params: JsonObject
  /** `params.arguments` of a call. */
  readonly arguments?: JsonValue | undefined
  /** JSON text of the id of the one who asks. */
  readonly requestId?: string | undefined
  /** `name/version` the client gives itself; never a security input. */
  readonly client?: string | undefined
  /** What ties the call to the host's own trace; recorded, never believed. */
  readonly correlation?: Readonly<Record<string, string>> | undefined
  /** What the client says its person decided about this call, when it was asked. Believed only as far as its ticket goes. */
  readonly consent?: ConsentReply | undefined
  /** Size of the message as it came, in bytes. */
  readonly bytes: number
  /** The answer is what the server said earlier: it tells nothing of what the server is now. */
  readonly remembered?: boolean | undefined
  /** Monotonic, in milliseconds. */
  readonly startedAt: number
  readonly findings: Finding[]
}

/**
 * To whom a server shows itself: to one conversation, where that is known. Servers show different ones different things,
 * and each has a process of its own: what one was shown says nothing about what another one would call.
 *
 * @example viewerOf({ principal: '["local","me"]', conversation: 'c1' }) // '["local","me"] c1'
 */
export function viewerOf({ principal, conversation }: Pick<Exchange, 'principal' | 'conversation'>): string {
  return conversation === undefined ? principal : `${principal} ${conversation}`
}

export interface Finding {
  readonly rule: string
  readonly severity: 'info' | 'low' | 'medium' | 'high' | 'critical'
  readonly where?: string
  /** What exactly it is about, where the rule asks about several things (`Ask.subject`). */
  readonly subject?: string
}

/** How an exchange ended, for the record. */
export interface Ending
  extends Partial<
    Pick<
      ExchangeEntry,
      | 'argumentsText'
      | 'argumentsDigest'
      | 'resultDigest'
      | 'resultBytes'
      | 'errorCode'
      | 'rule'
      | 'explain'
      | 'upstreamMs'
    >
  > {
  readonly outcome: ExchangeEntry['outcome']
}
