/**
 * One legacy conversation over HTTP (MCP 2025-03-26 to 2025-11-25, "Streamable HTTP": sessions, GET stream, resumption).
 *
 * A lost connection is not a cancellation here: the conversation goes on, and what it sends can be fetched with
 * `Last-Event-ID` as far as the log reaches.
 */
import { LiveMap } from '../liveMap.ts'
import { ERROR, errorBytes } from '../protocol/errors.ts'
import type { Inbound } from '../protocol/message.ts'
import { AnswerStream } from './answerStream.ts'
import type { Door } from './door.ts'
import { type EventCursor, EventLog } from './eventLog.ts'
import { GetStream } from './getStream.ts'
import type { Caller, LegacyConversation, LegacyPort, View } from './port.ts'
import { principalKey } from './port.ts'
import type { Refusal } from './refusal.ts'
import type { Visit } from './visit.ts'

/** Per session, over all its streams. */
const LOG_LIMITS = { maxEvents: 256, maxBytes: 1024 * 1024 }

export class LegacySession implements LegacyPort {
  readonly id: string
  readonly principal: string
  /** As it came last: its authority is the one that counts. */
  caller: Caller
  readonly view: View
  readonly door: Door
  readonly log = new EventLog(LOG_LIMITS)
  /** The revision the client asked for; a header on a later request says it more exactly. */
  readonly revision: string
  lastUsedMs: number
  #conversation: LegacyConversation | undefined
  #closing: Promise<void> | undefined
  /** Requests of the client without an answer, by the JSON text of their id. */
  readonly #open = new LiveMap<string, AnswerStream>()
  #streams = 0
  #get: GetStream | undefined
  /** How far the messages that belong to no request were handed to a GET stream. */
  #delivered = 0

  constructor(door: Door, id: string, caller: Caller, view: View, revision: string) {
    this.door = door
    this.id = id
    this.principal = principalKey(caller.principal)
    this.caller = caller
    this.view = view
    this.revision = revision
    this.lastUsedMs = door.now()
    this.#conversation = door.front.openLegacy(caller, view, this)
  }

  /** The same caller came again, with another token perhaps. */
  renew(caller: Caller): void {
    if (caller.authority === this.caller.authority) return
    this.caller = caller
    this.#conversation?.renew(caller)
  }

  get conversationId(): string {
    return this.#conversation?.id ?? this.id
  }

  get closed(): boolean {
    return this.#closing !== undefined
  }

  /** True while something of it is underway: it is in use, however long nothing is said. */
  get busy(): boolean {
    return this.#open.size > 0 || this.#get?.alive === true
  }

  /** Takes one message of the client. */
  receive(visit: Visit, message: Inbound): void {
    this.lastUsedMs = this.door.now()
    if (message.kind !== 'request') {
      this.#conversation?.receive(message)
      visit.answerEmpty(202)
      return
    }
    const id = message.id ?? 'null'
    const refusal = refuseRequest(this.#open, id, this.door.maxInFlightPerClient)
    if (refusal !== undefined) {
      visit.refuse(refusal)
      return
    }
    this.#streams += 1
    const stream = new AnswerStream(this, visit, {
      number: this.#streams,
      opening: message.method === 'initialize',
    })
    this.#open.set(id, stream)
    stream.start()
    this.#conversation?.receive(message)
  }

  /** The way back, called by the conversation. */
  send(bytes: Buffer, options: { readonly relatedTo?: string; readonly final: boolean }): void {
    if (this.closed) return
    if (options.relatedTo === undefined) {
      this.#sendUnrelated(bytes)
      return
    }
    const stream = this.#open.get(options.relatedTo)
    if (stream === undefined) {
      this.door.log.debug('http.late-message', { conversation: this.conversationId, bytes: bytes.length })
      return
    }
    if (options.final) {
      this.#open.delete(options.relatedTo)
      this.lastUsedMs = this.door.now()
      stream.finish(bytes)
    } else {
      stream.send(bytes)
    }
  }

  /** The client cancelled a request: nobody waits for its stream any more. Called by the conversation. */
  abandon(relatedTo: string): void {
    const stream = this.#open.get(relatedTo)
    this.#open.delete(relatedTo)
    stream?.endUnanswered()
  }

  /** Opens the stream of what belongs to no request, or resumes any stream of this session. */
  openStream(visit: Visit, from: EventCursor | undefined): void {
    this.lastUsedMs = this.door.now()
    if (from !== undefined && from.stream > 0) {
      this.#resumeAnswer(visit, from)
      return
    }
    if (from === undefined && this.#get?.alive === true) {
      const explain = 'this session has a GET stream: end it first, or resume it with Last-Event-ID'
      visit.refuse({ status: 409, code: ERROR.conflict, rule: 'session/second-stream', explain })
      return
    }
    // Who resumes has lost the old stream, even where its connection does not know yet.
    this.#get?.end()
    this.#get = new GetStream(this, visit)
    this.#get.start()
    const cursor = from ?? { stream: 0, sequence: this.#delivered }
    for (const event of this.log.after(cursor)) this.#get.send(event)
    this.#delivered = this.log.sequence
  }

  /** Ends it, and everything of it; requests underway are answered with `status`. Resolves when nothing is left behind the front either. */
  close(reason: string, status: number): Promise<void> {
    this.#closing ??= this.#close(reason, status)
    return this.#closing
  }

  async #close(reason: string, status: number): Promise<void> {
    for (const [id, stream] of this.#open) {
      stream.finish(errorBytes(id, ERROR.unavailable, `the session ended: ${reason}`), status)
    }
    this.#open.clear()
    this.#get?.end()
    this.#get = undefined
    await this.#conversation?.close(reason)
  }

  #sendUnrelated(bytes: Buffer): void {
    const { event, dropped } = this.log.append(0, bytes)
    if (dropped > 0) {
      this.door.log.debug('http.events-dropped', { conversation: this.conversationId, dropped })
    }
    if (this.#get?.alive !== true) return
    this.#get.send(event)
    this.#delivered = event.sequence
  }

  #resumeAnswer(visit: Visit, from: EventCursor): void {
    const events = this.log.after(from)
    const waiting = [...this.#open.values()].find((stream) => stream.number === from.stream)
    if (waiting === undefined && events.length === 0) {
      const explain = 'nothing is kept of that stream after that event: open a stream without Last-Event-ID'
      visit.refuse({ status: 400, code: ERROR.badRequest, rule: 'session/resume', explain })
      return
    }
    if (waiting !== undefined) {
      waiting.resume(visit, events)
      return
    }
    // The answer is among the events: the stream ends with it.
    const replay = new GetStream(this, visit)
    replay.start()
    for (const event of events) replay.send(event)
    replay.end()
  }
}

/** Why a request may not begin: another of its id, or as many as there may be, are underway in its session. */
export function refuseRequest(
  open: { readonly size: number; has(id: string): boolean },
  id: string,
  most: number,
): Refusal | undefined {
  if (open.has(id)) {
    // Sixteen calls under one id are answered once by most gateways; the other fifteen hang.
    const explain = 'a request with this id is underway in this session: use another id'
    return { status: 400, code: ERROR.invalidRequest, rule: 'message/duplicate-id', explain }
  }
  if (open.size < most) return undefined
  const explain = `${open.size} requests of this session are underway (limits.maxInFlightPerClient): wait for one`
  const headers = ['Retry-After', '1']
  return { status: 429, code: ERROR.tooMany, rule: 'limits/in-flight', explain, headers }
}
