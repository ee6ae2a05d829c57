/**
 * The seam between door 1 and the gateway: what an ingress (stdio, socket, HTTP) offers and what it calls.
 *
 * An ingress owns bytes, framing, sockets, HTTP rules and streams. It parses (`readInbound`), decides era and who is
 * calling, and hands whole messages over. Everything else happens behind `Front`.
 */
import type { AuditEntry } from '../audit/entry.ts'
import type { Authority } from '../identity/authority.ts'
import type { Envelope } from '../protocol/envelope.ts'
import type { Inbound } from '../protocol/message.ts'

/** Who is calling. Authentication fills it in; the local user is `{ issuer: 'local', subject: <user name> }`. */
export interface Principal {
  readonly issuer: string
  readonly subject: string
}

export interface Caller {
  readonly principal: Principal
  readonly transport: 'stdio' | 'http'
  /** Names the process at the other end of the pipe, for as long as it lives. Never a security input beyond its principal. */
  readonly host?: string | undefined
  /** What its credential allows; absent: the local user, whom nothing limits but the policy. */
  readonly authority?: Authority
}

/** One text for one principal, usable as a map key. */
export function principalKey(principal: Principal): string {
  return JSON.stringify([principal.issuer, principal.subject])
}

/** The principal that a key stands for. @example principalOf('["local","ada"]') // { issuer: 'local', subject: 'ada' } */
export function principalOf(key: string): Principal {
  const [issuer, subject] = JSON.parse(key) as readonly [string, string]
  return { issuer, subject }
}

/** Which servers a client sees: all of them under `server__tool` names, or one under its own. */
export type View = { readonly kind: 'all' } | { readonly kind: 'one'; readonly server: string }

/** The way back to a legacy client, implemented by the ingress. */
export interface LegacyPort {
  /**
   * Sends one message, in order.
   * `relatedTo`: JSON text of the id of the client's request on whose stream it belongs (on HTTP that POST's stream);
   * absent: the connection's own stream (on HTTP the GET stream, buffered while there is none).
   * `final`: it is the answer to `relatedTo`, the last message of that stream.
   */
  send(bytes: Buffer, options: { readonly relatedTo?: string; readonly final: boolean }): void
  /** The client cancelled this request: it gets no answer, and its stream (if it has one) ends. */
  abandon(relatedTo: string): void
}

/** One legacy conversation (a stdio connection or an HTTP session), implemented behind the front. */
export interface LegacyConversation {
  readonly id: string
  /** One message of the client, in the order it came. Never throws. */
  receive(message: Inbound): void
  /** Is a request with this id (as JSON) underway? */
  answers(id: string): boolean
  /** The same principal came back with another authority: what follows is judged by that one. */
  renew(caller: Caller): void
  /** The client is gone (end of stdin, DELETE, idle limit, shutdown). Resolves when nothing of it is left. */
  close(reason: string): Promise<void>
}

/** The way back to a modern client for one request, implemented by the ingress. */
export interface ModernReply {
  /** A notification that belongs to the request (progress, log, subscription event). */
  notify(bytes: Buffer): void
  /** The answer; nothing follows. `status` is the HTTP status it must carry (ignored on stdio). */
  finish(bytes: Buffer, status: number): void
  /** The same with the answer in pieces, where the door can send them without joining them. */
  finishParts?(parts: readonly Buffer[], status: number): void
}

export interface ModernCall {
  /** The client cancelled or went away: abandon it; `finish` must not be called any more. */
  cancel(reason: string): void
}

/** What the door knows of a modern request beside its message. */
export interface ModernContext {
  /** What the transport itself knows (the stdio connection), if anything. */
  readonly conversation?: string
  /** The client's `mcp-param-*` headers, lower case, HTTP only. */
  readonly mirrored?: Readonly<Record<string, string>>
  /** The message's envelope where the door has read it already. */
  readonly envelope?: Envelope
}

/** The gateway as an ingress sees it. */
export interface Front {
  /** The view for `/mcp` (no name) or `/mcp/NAME`; `undefined` when there is no such server. */
  view(name: string | undefined): View | undefined
  openLegacy(caller: Caller, view: View, port: LegacyPort): LegacyConversation
  /** One modern request. */
  callModern(
    caller: Caller,
    view: View,
    message: Inbound,
    reply: ModernReply,
    context: ModernContext,
  ): ModernCall
  /** A modern notification other than the cancellation the ingress itself handles. */
  notifyModern(caller: Caller, view: View, message: Inbound): void
  /** Records a refusal made at the door; resolves when it is written. */
  record(entry: AuditEntry): Promise<void>
}
