/**
 * Modern requests over HTTP: one POST, one answer, as JSON or as the stream it became (MCP 2026-07-28, "Streamable HTTP").
 *
 * Stateless: nothing is inferred from the connection or from an earlier request, `Mcp-Session-Id` and `Last-Event-ID` are
 * not looked at. A client that goes away has cancelled.
 */
import { NOWHERE } from '../liveSet.ts'
import { type Envelope, readEnvelope } from '../protocol/envelope.ts'
import { META } from '../protocol/era.ts'
import { ERROR, errorBytes } from '../protocol/errors.ts'
import { checkMirroredHeaders } from '../protocol/headers.ts'
import type { Inbound } from '../protocol/message.ts'
import { recordEnded } from './endedAuthority.ts'
import { handOverCall } from './handOver.ts'
import type { Caller, ModernCall, ModernReply, View } from './port.ts'
import { EventStream } from './stream.ts'
import { tooManyStreams } from './streamPlace.ts'
import type { Abandonment, UnderwayItem } from './underway.ts'
import type { Visit } from './visit.ts'

/** Handles one message of the modern era. */
export function receiveModern(visit: Visit, caller: Caller, view: View, message: Inbound): void {
  const { door, head } = visit
  if (message.kind === 'result' || message.kind === 'error') {
    const explain = 'this revision has no answers from client to server'
    visit.refuse({ status: 400, code: ERROR.invalidRequest, rule: 'message/response', explain })
    return
  }
  const fault = checkMirroredHeaders(head.mirrored, message)
  if (fault !== undefined) {
    visit.refuse({ status: 400, ...fault })
    return
  }
  if (message.kind === 'notification') {
    // A cancellation names an id, and ids of different clients of one principal may be equal: over HTTP a request is
    // cancelled by closing its stream, and the notification that the official client sends besides changes nothing.
    if (message.method !== 'notifications/cancelled') door.front.notifyModern(caller, view, message)
    visit.answerEmpty(202)
    return
  }
  const envelope = readEnvelope(message.params)
  if (!envelope.ok) {
    const { code, explain, data } = envelope
    visit.refuse({
      status: 400,
      code,
      rule: 'envelope/invalid',
      explain,
      ...(data === undefined ? {} : { data }),
    })
    return
  }
  const listens = message.method === 'subscriptions/listen'
  const peer = door.peers?.ofCall(caller, view, message)
  if (peer !== undefined) {
    if (listens) door.connections.markEndless(visit.socket)
    handOverCall(visit, peer)
    return
  }
  if (listens && !door.streams.take()) {
    visit.refuse(tooManyStreams(door.listen.maxStreams))
    return
  }
  if (listens) door.connections.markEndless(visit.socket)
  new ModernAnswer(visit, caller, message, listens).start(view, envelope.envelope)
}

/** The result that ends a subscription in order (2026-07-28, "Subscriptions"). */
function endOfSubscription(id: string): Buffer {
  const result = `{"resultType":"complete","_meta":{"${META.subscriptionId}":${id}}}`
  return Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":${result}}`)
}

const REASONS = {
  expired: 'the subscription reached its longest life',
  shutdown: 'the gateway is shutting down',
  unauthorized: 'the authority of its caller ended: sign in again',
} as const

/** The way back for one request, and its end when the client leaves, time is over or the gateway stops. */
class ModernAnswer implements ModernReply, UnderwayItem {
  place = NOWHERE
  readonly endsByItself: boolean
  lastSentMs: number
  readonly expiresMs: number
  readonly #visit: Visit
  readonly #message: Inbound
  readonly #stream: EventStream
  #call: ModernCall | undefined
  #done = false

  readonly caller: Caller

  constructor(visit: Visit, caller: Caller, message: Inbound, listens: boolean) {
    this.#visit = visit
    this.caller = caller
    this.#message = message
    this.#stream = new EventStream(visit)
    this.endsByItself = !listens
    this.lastSentMs = visit.startedMs
    this.expiresMs = listens ? visit.startedMs + visit.door.maxStreamMs : Number.POSITIVE_INFINITY
  }

  start(view: View, envelope: Envelope): void {
    const { door, response, head } = this.#visit
    if (this.#visit.gone) {
      this.#settle()
      return
    }
    door.underway.add(this)
    response.on('close', () => this.#left())
    const context = head.params === undefined ? { envelope } : { envelope, mirrored: head.params }
    try {
      this.#call = door.front.callModern(this.caller, view, this.#message, this, context)
    } catch (error) {
      this.#settle()
      throw error
    }
  }

  notify(bytes: Buffer): void {
    if (this.#done) return
    this.lastSentMs = this.#visit.door.now()
    this.#stream.send(bytes)
  }

  finish(bytes: Buffer, status: number): void {
    if (this.#done) return
    this.#settle()
    if (!this.#stream.opened) {
      this.#visit.answer(status, bytes)
      return
    }
    this.#stream.send(bytes)
    this.#stream.end()
  }

  finishParts(parts: readonly Buffer[], status: number): void {
    if (this.#stream.opened) {
      this.finish(Buffer.concat(parts), status)
      return
    }
    if (this.#done) return
    this.#settle()
    this.#visit.answerParts(status, parts)
  }

  keepAlive(): void {
    this.#stream.comment()
  }

  abandon(why: Abandonment): void {
    if (this.#done) return
    const explain = REASONS[why]
    if (why === 'unauthorized') recordEnded(this.#visit.door, this.caller, 'revoked', undefined)
    const id = this.#message.id ?? 'null'
    this.#call?.cancel(explain)
    if (!this.endsByItself && this.#stream.opened) this.finish(endOfSubscription(id), 200)
    else if (why === 'unauthorized') this.finish(errorBytes(id, ERROR.unauthenticated, explain), 401)
    else this.finish(errorBytes(id, ERROR.unavailable, `${explain}: send it again in a moment`), 503)
  }

  #left(): void {
    if (this.#done) return
    this.#settle()
    this.#call?.cancel('the client went away')
  }

  #settle(): void {
    if (this.#done) return
    this.#done = true
    this.#visit.door.underway.delete(this)
    if (!this.endsByItself) this.#visit.door.streams.giveBack()
  }
}
