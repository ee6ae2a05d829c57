/**
 * Streamable HTTP, legacy era (2025-03-26 to 2025-11-25): a session with an id, a stream on which the server speaks
 * unasked, and streams that may be resumed.
 */
import { LiveMap } from '../../liveMap.ts'
import type {
  MessageContext,
  Outbound,
  TransportEvents,
  TransportFault,
  UpstreamTransport,
} from '../transport.ts'
import { type CallOwner, HttpCall } from './call.ts'
import { HttpClient, type HttpOptions } from './client.ts'
import type { AnswerHeaders } from './exchange.ts'
import { POST_MS, postHeaders } from './modern.ts'
import { HttpPost } from './post.ts'
import { DEFAULT_RETRY, type RetryPolicy, retryDelayMs } from './retry.ts'
import { Sequence } from './sequence.ts'
import { Session } from './session.ts'
import { isHeaderSafe, StandingStream } from './standing.ts'

/** Attempts to resume one call from the same event. */
const MAX_RESUMES = 8
/** Time for the server to acknowledge the end of the session. */
const DELETE_MS = 2_000
/** Time for the server to open its own stream; some send no head before they have something to say. */
const STAND_MS = 500

export class LegacyHttp implements UpstreamTransport, CallOwner {
  readonly kind = 'http'
  readonly origin: string
  readonly #client: HttpClient
  readonly #events: TransportEvents
  readonly #retry: RetryPolicy
  readonly #session = new Session()
  readonly #sequence = new Sequence((message) => this.#dispatch(message))
  readonly #standing: StandingStream
  readonly #calls = new LiveMap<number, HttpCall>()
  /** `initialize`, until it is answered. */
  #opening: Outbound | undefined
  #hasRevision = false
  /** `notifications/initialized`, once the server has taken it. */
  #announced: Outbound | undefined
  #isStanding = false
  #standTimer: NodeJS.Timeout | undefined
  #isOver = false
  #closing: Promise<void> | undefined

  constructor(options: HttpOptions, events: TransportEvents) {
    this.#client = new HttpClient(options)
    this.#events = events
    this.#retry = options.retry ?? DEFAULT_RETRY
    this.origin = this.#client.origin
    this.#standing = new StandingStream({
      client: this.#client,
      retry: this.#retry,
      headers: () => this.#session.headers(),
      message: (bytes) => this.message(bytes, {}),
      noise: (preview, bytes) => this.noise(preview, bytes),
      settled: () => this.#stands(),
      lost: () => this.#sessionLost(),
    })
  }

  /** Nothing to do: the session begins with `initialize`. */
  start(): Promise<void> {
    return Promise.resolve()
  }

  send(message: Outbound): void {
    if (!this.#isOver) this.#sequence.push(message)
  }

  cancel(id: number): void {
    this.#sequence.remove(id)
    const call = this.#calls.take(id)
    call?.abort()
    if (call !== undefined) this.#release(call)
  }

  initialized(revision: string): void {
    this.#session.begin(revision)
    this.#hasRevision = true
    this.#stand()
  }

  close(): Promise<void> {
    this.#closing ??= this.#end({
      code: 'closed',
      explain: `the gateway ended its session with ${this.origin}`,
    })
    return this.#closing
  }

  inspect(call: HttpCall, status: number, headers: AnswerHeaders): TransportFault | undefined {
    if (call.method === 'initialize')
      return status < 300 ? this.#session.adopt(this.origin, headers) : undefined
    return this.#inspectStatus(status)
  }

  message(bytes: Buffer, context: MessageContext): void {
    if (!this.#isOver) this.#events.message(bytes, context)
  }

  noise(preview: string, bytes: number): void {
    if (!this.#isOver) this.#events.noise(preview, bytes)
  }

  sent(): void {
    this.#sequence.sent()
  }

  answered(call: HttpCall): void {
    if (this.#calls.get(call.id) === call) this.#calls.delete(call.id)
    this.#release(call)
  }

  failed(call: HttpCall, fault: TransportFault): void {
    if (this.#calls.get(call.id) !== call) return
    if (this.#resume(call, fault)) return
    this.#calls.delete(call.id)
    this.#events.failed(call.id, fault)
    this.#release(call)
  }

  #dispatch(message: Outbound): void {
    const headers = postHeaders(message, this.#session.headers())
    const request = { method: 'POST', headers, body: message.text } as const
    if (message.kind === 'request' && message.id !== undefined) {
      const call = new HttpCall(message.id, message.method ?? '', this)
      this.#calls.set(call.id, call)
      if (call.method === 'initialize') this.#opening = message
      call.exchange = this.#client.run({ ...request, lane: 'calls' }, call)
      return
    }
    const settled = (fault: TransportFault | undefined) => this.#posted(message, fault)
    const inspect = (status: number) => this.#inspectStatus(status)
    const post = new HttpPost({ origin: this.origin, settled, inspect })
    this.#client.run({ ...request, lane: 'replies' }, post).endWithin(POST_MS)
  }

  #posted(message: Outbound, fault: TransportFault | undefined): void {
    if (this.#isOver) return
    if (fault !== undefined) this.#client.reportRefused(message, fault)
    if (message.method === 'notifications/initialized') this.#stand(message)
    else this.#sequence.answered(message)
  }

  /**
   * Opens the server's own stream once the handshake is complete on both sides. What was held up behind it goes on when
   * the stream is open: a call that starts a session would otherwise lose what the server sends on it in the meantime.
   */
  #stand(announced?: Outbound): void {
    this.#announced ??= announced
    const held = this.#announced
    if (this.#isOver || this.#isStanding || !this.#hasRevision || held === undefined) {
      if (announced !== undefined) this.#sequence.answered(announced)
      return
    }
    this.#isStanding = true
    this.#standTimer = setTimeout(() => this.#sequence.answered(held), STAND_MS)
    this.#standing.open()
  }

  /** The server has opened its stream, or said that it has none. */
  #stands(): void {
    clearTimeout(this.#standTimer)
    if (this.#announced !== undefined) this.#sequence.answered(this.#announced)
  }

  #release(call: HttpCall): void {
    if (this.#opening?.id !== call.id) return
    const message = this.#opening
    this.#opening = undefined
    this.#sequence.answered(message)
  }

  /**
   * A stream that ended early with an event id goes on in a GET (2025-11-25, "Resumability and Redelivery"), after the
   * wait the server asked for: that is how servers answer slowly without holding a connection.
   */
  #resume(call: HttpCall, fault: TransportFault): boolean {
    const passing =
      fault.code === 'stream-ended' ||
      fault.code === 'connect-failed' ||
      (fault.status !== undefined && fault.status >= 500)
    if (!passing || this.#isOver || !isHeaderSafe(call.lastEventId) || call.failures >= MAX_RESUMES)
      return false
    const delayMs = retryDelayMs(call.failures, call.retryMs, this.#retry)
    call.failures++
    call.timer = setTimeout(() => {
      const headers = [
        'accept',
        'text/event-stream',
        ...this.#session.headers(),
        'last-event-id',
        call.lastEventId,
      ]
      call.exchange = this.#client.run({ method: 'GET', lane: 'calls', headers }, call)
    }, delayMs)
    return true
  }

  /** HTTP 404 to a request with a session id: the server has forgotten the session, and all that was in it. */
  #inspectStatus(status: number): TransportFault | undefined {
    if (status !== 404 || this.#session.id === undefined) return undefined
    queueMicrotask(() => this.#sessionLost())
    return { code: 'session-lost', explain: `${this.origin} no longer knows the session (HTTP 404)`, status }
  }

  #sessionLost(): void {
    const explain = `${this.origin} no longer knows the session (HTTP 404)`
    void this.#end({ code: 'session-lost', explain, status: 404 })
  }

  #end(fault: TransportFault): Promise<void> {
    if (this.#closing !== undefined) return this.#closing
    // Set before anyone is told: whoever hears of the end may close at once.
    const gone = Promise.withResolvers<void>()
    this.#closing = gone.promise
    this.#isOver = true
    this.#standing.stop()
    this.#sequence.clear()
    clearTimeout(this.#standTimer)
    for (const call of this.#calls.values()) call.abort()
    this.#calls.clear()
    this.#client.abortAll()
    this.#events.closed(fault)
    gone.resolve(this.#leave(fault.code === 'closed' && this.#session.id !== undefined))
    return gone.promise
  }

  async #leave(tellServer: boolean): Promise<void> {
    if (tellServer) await this.#delete()
    await this.#client.close()
  }

  /** Tells the server that the session is over. It may not allow that (405); then there is nothing more to do. */
  #delete(): Promise<void> {
    return new Promise((resolve) => {
      const post = new HttpPost({ origin: this.origin, settled: () => resolve() })
      this.#client
        .run({ method: 'DELETE', lane: 'replies', headers: this.#session.headers() }, post)
        .endWithin(DELETE_MS)
    })
  }
}
