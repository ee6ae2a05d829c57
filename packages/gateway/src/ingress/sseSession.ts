/**
 * One conversation over HTTP+SSE (MCP 2024-11-05, "HTTP with SSE"): a stream that carries everything we send, and a path
 * to post to. Deprecated since 2025-03-26; clients that are not updated still speak it.
 *
 * The stream is the session: nothing can be resumed, so when it ends its calls are cancelled and its path is gone.
 */
import { ERROR, errorBytes } from '../protocol/errors.ts'
import type { Inbound } from '../protocol/message.ts'
import type { Door } from './door.ts'
import { refuseRequest } from './legacySession.ts'
import type { Caller, LegacyConversation, LegacyPort, View } from './port.ts'
import { principalKey } from './port.ts'
import type { Refusal } from './refusal.ts'
import { messagesPath } from './routes.ts'
import { SseStream } from './sseStream.ts'
import type { Visit } from './visit.ts'

export class SseSession implements LegacyPort {
  readonly id: string
  readonly principal: string
  /** As it came last: its authority is the one that counts. */
  caller: Caller
  readonly view: View
  readonly door: Door
  lastUsedMs: number
  readonly #stream: SseStream
  readonly #conversation: LegacyConversation
  /** Requests of the client without an answer, by the JSON text of their id. */
  readonly #open = new Set<string>()
  #spoken = false
  #closing: Promise<void> | undefined

  /** `visit`: the GET whose answer is the stream. */
  constructor(visit: Visit, id: string, caller: Caller, view: View) {
    const { door } = visit
    this.id = id
    this.principal = principalKey(caller.principal)
    this.caller = caller
    this.view = view
    this.door = door
    this.lastUsedMs = door.now()
    this.#stream = new SseStream(visit, {
      awaited: () => this.#open.size > 0,
      ended: (reason) => this.#end(reason),
    })
    this.#conversation = door.front.openLegacy(caller, view, this)
  }

  /** The same caller came again, with another token perhaps. */
  renew(caller: Caller): void {
    if (caller.authority === this.caller.authority) return
    this.caller = caller
    this.#conversation.renew(caller)
  }

  get conversationId(): string {
    return this.#conversation.id
  }

  get closed(): boolean {
    return this.#closing !== undefined
  }

  /** In use as long as its stream stands; but who never says a word holds no place for ever. */
  get busy(): boolean {
    return this.#spoken && this.#stream.alive
  }

  start(): void {
    this.#stream.start(messagesPath(this.id))
  }

  /** Takes one message of the client. What is refused here is answered to the POST, never on the stream. */
  receive(visit: Visit, message: Inbound): void {
    this.lastUsedMs = this.door.now()
    this.#spoken = true
    if (message.kind === 'request') {
      const id = message.id ?? 'null'
      const refusal = refuseRequest(this.#open, id, this.door.maxInFlightPerClient)
      if (refusal !== undefined) {
        visit.refuse(refusal)
        return
      }
      this.#open.add(id)
    }
    visit.answerEmpty(202)
    this.#conversation.receive(message)
  }

  /** Refuses a message; a request is answered on the stream, unless that would answer another one of its id. */
  refuseOnStream(visit: Visit, message: Inbound, refusal: Refusal): void {
    const { kind, id } = message
    if (kind !== 'request' || id === undefined || this.#open.has(id)) {
      visit.refuse(refusal)
      return
    }
    this.#open.add(id)
    visit.recordRefusal(refusal).then(
      ({ code, explain, data }) => {
        visit.answerEmpty(202)
        this.send(errorBytes(id, code, explain, data), { relatedTo: id, final: true })
      },
      (error: unknown) => {
        this.door.log.error('http.refusal-failed', { error: String(error) })
        visit.response.destroy()
      },
    )
  }

  /** The way back, called by the conversation. */
  send(bytes: Buffer, options: { readonly relatedTo?: string; readonly final: boolean }): void {
    if (this.closed) return
    const { relatedTo, final } = options
    if (relatedTo !== undefined && !this.#open.has(relatedTo)) {
      this.door.log.debug('http.late-message', { conversation: this.conversationId, bytes: bytes.length })
      return
    }
    this.#stream.send(bytes)
    if (final && relatedTo !== undefined) this.abandon(relatedTo)
  }

  /** A request is over, with its answer or (cancelled by the client) without: its id is free again. */
  abandon(relatedTo: string): void {
    this.#open.delete(relatedTo)
    this.lastUsedMs = this.door.now()
    if (this.door.draining && this.#open.size === 0) this.#end('the gateway is shutting down')
  }

  /** Ends it: what is underway is answered with an error, then the stream ends. Resolves when nothing is left behind the front. */
  close(reason: string): Promise<void> {
    this.#closing ??= this.#close(reason)
    return this.#closing
  }

  async #close(reason: string): Promise<void> {
    for (const id of this.#open) {
      this.#stream.send(errorBytes(id, ERROR.unavailable, `the session ended: ${reason}`))
    }
    this.#open.clear()
    this.#stream.end()
    await this.#conversation.close(reason)
  }

  #end(reason: string): void {
    if (!this.closed) this.door.sessions.end(this, reason)
  }
}
