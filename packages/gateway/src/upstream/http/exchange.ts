/**
 * One HTTP request and what becomes of it.
 */
import { type LiveMember, NOWHERE } from '../../liveSet.ts'
import { copyOf, Gather } from '../../protocol/gather.ts'
import { type SseEvent, SseParser } from '../../protocol/sse.ts'
import type { TransportFault } from '../transport.ts'
import { errorFault } from './faults.ts'
import type { AnswerHeaders } from './wire/answerHead.ts'
import type { Abortable, AnswerHandler } from './wire/connection.ts'
import type { OriginPool, PoolRequest } from './wire/originPool.ts'

export type { AnswerHeaders } from './wire/answerHead.ts'

/**
 * What to do with the body once the head is known: collect it whole, read it as an event stream, or nothing: `done`
 * means that the head was the answer, and the rest is thrown away within bounds.
 */
export type BodyPlan = 'collect' | 'events' | 'done'

/** What becomes of an exchange. Exactly one of `end` and `failed` is called, last, unless it was aborted. */
export interface ExchangeSink {
  head(status: number, headers: AnswerHeaders, exchange: Exchange): BodyPlan | TransportFault
  event(event: SseEvent, exchange: Exchange): void
  /** The server asks to wait this long before a reconnection. */
  retry?(ms: number): void
  /** The request is written out. */
  sent?(): void
  /** The answer is complete. `body` is there when it was collected. */
  end(body: Buffer | undefined): void
  failed(fault: TransportFault): void
}

/** What exchanges of one server have in common. */
export interface ExchangeContext {
  readonly origin: string
  readonly maxMessageBytes: number
  /** The exchange holds no connection any more. */
  settled(exchange: Exchange): void
  /** A sink threw: a fault of ours, which must be seen. */
  broken(error: Error): void
}

/** How much of an unwanted body is read to keep the connection; beyond it, or this long after, the connection ends. */
const DRAIN_BYTES = 64 * 1024
const DRAIN_MS = 1_000

export class Exchange implements AnswerHandler, LiveMember {
  place = NOWHERE
  readonly #sink: ExchangeSink
  readonly #context: ExchangeContext
  #connection: Abortable | undefined
  #body: Gather | undefined
  #parser: SseParser | undefined
  /** The sink hears nothing more. */
  #over = false
  #settled = false
  #drained = 0
  #timer: NodeJS.Timeout | undefined
  #withinMs: number | undefined
  /** What was sent in its place. */
  #next: Exchange | undefined
  #aborted = false

  constructor(sink: ExchangeSink, context: ExchangeContext) {
    this.#sink = sink
    this.#context = context
  }

  /** Sends it. */
  dispatch(pool: OriginPool, request: PoolRequest): void {
    if (!this.#over) pool.dispatch(request, this)
  }

  /** Ends it without another word to the sink: its connection is destroyed, which tells the server. */
  abort(): void {
    this.#aborted = true
    this.#drop()
    this.#next?.abort()
  }

  /** True once nobody wants it, nor anything in its place. */
  get isAborted(): boolean {
    return this.#aborted
  }

  /** The same request is sent again: whoever ends this one ends that one. */
  follow(next: Exchange): void {
    this.#next = next
    if (this.#withinMs !== undefined) next.endWithin(this.#withinMs)
  }

  #drop(): void {
    this.#over = true
    this.#parser?.stop()
    if (!this.#settled) this.#connection?.abort()
    this.#settle()
  }

  /** Ends it with a fault. */
  fail(fault: TransportFault): void {
    if (this.#over) return
    this.abort()
    this.#sink.failed(fault)
  }

  /** Fails it unless it is complete within this time. */
  endWithin(ms: number): void {
    this.#withinMs = ms
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      const explain = `${this.#context.origin} did not answer within ${ms} ms`
      this.fail({ code: 'stream-ended', explain })
    }, ms)
  }

  /** The answer is there: whatever follows is thrown away, and a server that does not end the stream loses it. */
  finish(): void {
    this.#over = true
    this.#parser?.stop()
    this.#body?.take()
    if (this.#settled) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#drop(), DRAIN_MS)
  }

  begin(connection: Abortable): boolean {
    this.#connection = connection
    return !this.#over
  }

  sent(): void {
    if (!this.#over) this.#sink.sent?.()
  }

  head(status: number, headers: AnswerHeaders, announcedBytes: number): void {
    if (this.#over) return
    const plan = this.#sink.head(status, headers, this)
    if (typeof plan === 'object') {
      this.fail(plan)
    } else if (plan === 'collect') {
      if (announcedBytes > this.#context.maxMessageBytes) this.#tooLarge()
      else this.#body = new Gather(announcedBytes)
    } else if (plan === 'events') {
      const sink = this.#sink
      this.#parser = new SseParser(
        { maxEventBytes: this.#context.maxMessageBytes },
        { event: (event) => sink.event(event, this), retry: (ms) => sink.retry?.(ms) },
      )
    } else {
      this.finish()
      this.#sink.end(undefined)
    }
  }

  data(bytes: Buffer, from: number, to: number): void {
    if (this.#over) {
      this.#drained += to - from
      if (this.#drained > DRAIN_BYTES) this.#drop()
    } else if (this.#body !== undefined) {
      if (this.#body.length + to - from > this.#context.maxMessageBytes) this.#tooLarge()
      else this.#body.appendCopy(bytes, from, to)
    } else {
      const fault = this.#parser?.push(copyOf(bytes, from, to))
      if (fault !== undefined)
        this.fail({ code: fault.code, explain: `${this.#context.origin}: ${fault.explain}` })
    }
  }

  end(): void {
    this.#settle()
    if (this.#over) return
    this.#over = true
    this.#sink.end(this.#body?.take())
  }

  failed(error: Error): void {
    this.#settle()
    if (this.#over) return
    this.#over = true
    this.#sink.failed(errorFault(this.#context.origin, error, this.#connection !== undefined))
  }

  broken(error: unknown): void {
    const thrown = error instanceof Error ? error : new Error('something else than an error was thrown')
    this.#context.broken(thrown)
    this.failed(thrown)
  }

  #tooLarge(): void {
    const { origin, maxMessageBytes } = this.#context
    this.fail({ code: 'too-large', explain: `an answer of ${origin} has more than ${maxMessageBytes} bytes` })
  }

  #settle(): void {
    if (this.#settled) return
    this.#settled = true
    clearTimeout(this.#timer)
    this.#context.settled(this)
  }
}
