/**
 * The stream on which a legacy server speaks unasked: a GET that is opened again whenever it ends (Streamable HTTP,
 * "Listening for Messages from the Server").
 */
import type { SseEvent } from '../../protocol/sse.ts'
import type { TransportFault } from '../transport.ts'
import { preview } from './call.ts'
import type { HttpClient } from './client.ts'
import type { AnswerHeaders, BodyPlan, Exchange, ExchangeSink } from './exchange.ts'
import { statusFault, typeFault } from './faults.ts'
import { answerType } from './mediaType.ts'
import { type RetryPolicy, retryDelayMs } from './retry.ts'

export interface StandingOptions {
  readonly client: HttpClient
  readonly retry: RetryPolicy
  /** Session and version, names and values in turn. */
  readonly headers: () => readonly string[]
  message(bytes: Buffer): void
  noise(preview: string, bytes: number): void
  /** An attempt to open it came to something: a stream, or a refusal. */
  settled(): void
  /** The server no longer knows the session (HTTP 404). */
  lost(): void
}

export class StandingStream implements ExchangeSink {
  readonly #options: StandingOptions
  #exchange: Exchange | undefined
  #timer: NodeJS.Timeout | undefined
  #lastEventId = ''
  #retryMs: number | undefined
  #failures = 0
  #wasOpen = false
  #stopped = false

  constructor(options: StandingOptions) {
    this.#options = options
  }

  open(): void {
    if (this.#stopped) return
    const headers = ['accept', 'text/event-stream', ...this.#options.headers()]
    if (isHeaderSafe(this.#lastEventId)) headers.push('last-event-id', this.#lastEventId)
    this.#exchange = this.#options.client.run({ method: 'GET', lane: 'streams', headers }, this)
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#exchange?.abort()
  }

  head(status: number, headers: AnswerHeaders): BodyPlan | TransportFault {
    const { client } = this.#options
    this.#options.settled()
    const type = answerType(headers)
    if (status === 200 && type === 'events') {
      this.#failures = 0
      this.#wasOpen = true
      return 'events'
    }
    // Where there never was a stream, 404 says no more than that: servers that take POST only answer so, with a session they
    // know well. If it is lost, the next POST tells.
    if (status === 404 && this.#wasOpen) {
      this.#stopped = true
      this.#options.lost()
      return 'done'
    }
    const passing = status >= 500 || status === 408 || status === 429
    if (passing) return statusFault(client.origin, status)
    // 405 is the specified way to say that there is none; any other refusal would only be repeated.
    this.#stopped = true
    if (status !== 405) {
      const { explain } =
        status < 300 ? typeFault(client.origin, status, type) : statusFault(client.origin, status)
      client.log.warn('upstream.stream.refused', { server: client.serverId, status, explain })
    }
    return 'done'
  }

  retry(ms: number): void {
    this.#retryMs = ms
  }

  event(event: SseEvent): void {
    if (event.lastEventId !== '') this.#lastEventId = event.lastEventId
    if (event.data.length === 0) return
    if (event.type === 'message') this.#options.message(event.data)
    else this.#options.noise(preview(event.data), event.data.length)
  }

  end(): void {
    this.#again()
  }

  failed(fault: TransportFault): void {
    const { client } = this.#options
    this.#options.settled()
    client.log.debug('upstream.stream.ended', {
      server: client.serverId,
      code: fault.code,
      explain: fault.explain,
    })
    this.#again()
  }

  #again(): void {
    if (this.#stopped) return
    const delayMs = retryDelayMs(this.#failures, this.#retryMs, this.#options.retry)
    this.#failures++
    this.#timer = setTimeout(() => this.open(), delayMs)
  }
}

/** An event id that may be sent back as `Last-Event-ID`: present, bounded, no control characters. */
export function isHeaderSafe(id: string): boolean {
  return id.length > 0 && id.length <= 1024 && /^[\x20-\x7e\x80-\xff]+$/.test(id)
}
