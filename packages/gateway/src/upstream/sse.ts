/**
 * Remote servers over HTTP+SSE, the transport of revision 2024-11-05: one GET stream on which everything arrives, and a
 * URL named on it to which everything is posted. Deprecated by MCP, still spoken.
 */
import type { SseEvent } from '../protocol/sse.ts'
import { preview } from './http/call.ts'
import { HttpClient, type HttpOptions } from './http/client.ts'
import type { AnswerHeaders, BodyPlan, Exchange, ExchangeSink } from './http/exchange.ts'
import { statusFault, typeFault } from './http/faults.ts'
import { answerType } from './http/mediaType.ts'
import { POST_MS, postHeaders } from './http/modern.ts'
import { HttpPost } from './http/post.ts'
import { Sequence } from './http/sequence.ts'
import { Session } from './http/session.ts'
import {
  type Outbound,
  TransportError,
  type TransportEvents,
  type TransportFault,
  type UpstreamTransport,
} from './transport.ts'

export interface SseOptions extends HttpOptions {
  /** Time for the server to open its stream and to name its URL. */
  readonly endpointTimeoutMs: number
}

/** A longer URL to post to is not one. */
const MAX_ENDPOINT = 4096

/**
 * Opens a transport to a server that speaks HTTP+SSE. `start` resolves when the server has named the URL to post to.
 * That URL must have the origin of the configured one: a server that names another would receive the configured
 * headers there, and choose where the gateway sends requests. Throws a `TransportError` when the URL cannot be used.
 *
 * @example
 * const transport = openSse({ serverId: 'old', url: 'https://old.example/sse', headers: () => ({}),
 *   maxMessageBytes: 1 << 20, connectTimeoutMs: 10_000, endpointTimeoutMs: 10_000, log, pools }, events)
 * await transport.start()
 */
export function openSse(options: SseOptions, events: TransportEvents): UpstreamTransport {
  return new SseTransport(options, events)
}

class SseTransport implements UpstreamTransport, ExchangeSink {
  readonly kind = 'sse'
  readonly #client: HttpClient
  readonly #events: TransportEvents
  readonly #url: string
  readonly #endpointTimeoutMs: number
  readonly #session = new Session()
  readonly #sequence = new Sequence((message) => this.#dispatch(message))
  /** Requests whose POST is under way. */
  readonly #posts = new Map<number, Exchange>()
  #endpoint: string | undefined
  #starting: PromiseWithResolvers<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #isOver = false
  #closing: Promise<void> | undefined

  constructor(options: SseOptions, events: TransportEvents) {
    this.#client = new HttpClient(options)
    this.#events = events
    this.#url = options.url
    this.#endpointTimeoutMs = options.endpointTimeoutMs
  }

  start(): Promise<void> {
    this.#starting ??= this.#open()
    return this.#starting.promise
  }

  send(message: Outbound): void {
    if (!this.#isOver && this.#endpoint !== undefined) this.#sequence.push(message)
  }

  cancel(id: number): void {
    this.#sequence.remove(id)
    this.#posts.get(id)?.abort()
    this.#posts.delete(id)
  }

  initialized(revision: string): void {
    this.#session.begin(revision)
  }

  close(): Promise<void> {
    this.#closing ??= this.#end({
      code: 'closed',
      explain: `the gateway closed its stream from ${this.#client.origin}`,
    })
    return this.#closing
  }

  head(status: number, headers: AnswerHeaders): BodyPlan | TransportFault {
    const type = answerType(headers)
    if (status !== 200) return statusFault(this.#client.origin, status)
    return type === 'events' ? 'events' : typeFault(this.#client.origin, status, type)
  }

  event(event: SseEvent, exchange: Exchange): void {
    if (event.type === 'endpoint') {
      const fault = this.#setEndpoint(event.data)
      if (fault !== undefined) exchange.fail(fault)
    } else if (event.type !== 'message') {
      this.#events.noise(preview(event.data), event.data.length)
    } else if (this.#endpoint === undefined) {
      const explain = `${this.#client.origin} sent a message before it named the URL to post to`
      exchange.fail({ code: 'not-acceptable', explain })
    } else if (event.data.length > 0) {
      this.#events.message(event.data, {})
    }
  }

  end(): void {
    this.failed({ code: 'stream-ended', explain: `${this.#client.origin} ended its event stream` })
  }

  failed(fault: TransportFault): void {
    clearTimeout(this.#timer)
    if (this.#endpoint === undefined) this.#starting?.reject(new TransportError(fault))
    else void this.#end(fault)
  }

  #open(): PromiseWithResolvers<void> {
    const starting = Promise.withResolvers<void>()
    const stream = this.#client.run(
      { method: 'GET', lane: 'streams', headers: ['accept', 'text/event-stream'] },
      this,
    )
    this.#timer = setTimeout(() => {
      const explain = `${this.#client.origin} did not name a URL to post to within ${this.#endpointTimeoutMs} ms`
      stream.fail({ code: 'stream-ended', explain })
    }, this.#endpointTimeoutMs)
    return starting
  }

  #setEndpoint(data: Buffer): TransportFault | undefined {
    const { origin, log, serverId } = this.#client
    const text = data.toString('utf8')
    if (this.#endpoint !== undefined) {
      // Once is specified; a second one would move a running session elsewhere.
      log.warn('upstream.endpoint.again', { server: serverId })
      return undefined
    }
    if (text.length === 0 || text.length > MAX_ENDPOINT || !URL.canParse(text, this.#url)) {
      return { code: 'not-acceptable', explain: `${origin} named a URL to post to that is none` }
    }
    const url = new URL(text, this.#url)
    if (url.origin !== origin || url.username !== '' || url.password !== '') {
      return {
        code: 'not-acceptable',
        explain: `${origin} named a URL to post to that is not on ${origin}: refused`,
      }
    }
    clearTimeout(this.#timer)
    this.#endpoint = url.pathname + url.search
    this.#starting?.resolve()
    return undefined
  }

  #dispatch(message: Outbound): void {
    const isRequest = message.kind === 'request'
    let isSent = false
    const sent = () => {
      if (isSent || !isRequest) return
      isSent = true
      this.#sequence.sent()
    }
    const settled = (fault: TransportFault | undefined) => {
      if (this.#isOver) return
      sent()
      this.#posted(message, fault)
      this.#sequence.answered(message)
    }
    const post = new HttpPost({
      origin: this.#client.origin,
      settled,
      inspect: (status) => this.#inspect(status),
      sent,
    })
    const exchange = this.#client.run(
      {
        method: 'POST',
        lane: isRequest ? 'calls' : 'replies',
        headers: postHeaders(message, this.#session.headers()),
        body: message.text,
        ...(this.#endpoint === undefined ? {} : { path: this.#endpoint }),
      },
      post,
    )
    if (message.id === undefined) exchange.endWithin(POST_MS)
    else this.#posts.set(message.id, exchange)
  }

  #posted(message: Outbound, fault: TransportFault | undefined): void {
    if (message.id !== undefined) this.#posts.delete(message.id)
    if (fault === undefined) return
    if (message.id !== undefined) {
      this.#events.failed(message.id, fault)
      return
    }
    this.#client.reportRefused(message, fault)
  }

  /** HTTP 404 where we were told to post: the server has forgotten this stream. */
  #inspect(status: number): TransportFault | undefined {
    if (status !== 404) return undefined
    const { origin } = this.#client
    const fault = {
      code: 'session-lost',
      explain: `${origin} no longer knows the session (HTTP 404)`,
      status,
    } as const
    queueMicrotask(() => void this.#end(fault))
    return fault
  }

  #end(fault: TransportFault): Promise<void> {
    if (this.#closing !== undefined) return this.#closing
    // Set before anyone is told: whoever hears of the end may close at once.
    const gone = Promise.withResolvers<void>()
    this.#closing = gone.promise
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#sequence.clear()
    this.#client.abortAll()
    this.#starting?.reject(new TransportError(fault))
    this.#events.closed(fault)
    gone.resolve(this.#client.close())
    return gone.promise
  }
}
