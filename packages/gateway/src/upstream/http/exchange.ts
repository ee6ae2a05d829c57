/**
 * One HTTP request and its answer, straight on undici's dispatch interface.
 */

import type { Dispatcher } from 'undici'
import { type LiveMember, NOWHERE } from '../../liveSet.ts'
import { Gather } from '../../protocol/gather.ts'
import { type SseEvent, SseParser } from '../../protocol/sse.ts'
import type { TransportFault } from '../transport.ts'
import { errorFault } from './faults.ts'

export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>

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
const ABANDONED = Object.assign(new Error('abandoned by the gateway'), { code: 'ABANDONED' })

export class Exchange implements Dispatcher.DispatchHandler, LiveMember {
  place = NOWHERE
  readonly #sink: ExchangeSink
  readonly #context: ExchangeContext
  #controller: Dispatcher.DispatchController | undefined
  #body: Gather | undefined
  #parser: SseParser | undefined
  /** The sink hears nothing more. */
  #over = false
  #settled = false
  #dispatching = false
  #drained = 0
  #timer: NodeJS.Timeout | undefined

  constructor(sink: ExchangeSink, context: ExchangeContext) {
    this.#sink = sink
    this.#context = context
  }

  /** Sends it. The sink is never called from within. */
  dispatch(pool: Dispatcher, request: Dispatcher.DispatchOptions): void {
    if (this.#over) return
    this.#dispatching = true
    pool.dispatch(request, this)
    this.#dispatching = false
  }

  /** Ends it without another word to the sink: its connection is destroyed, which tells the server. */
  abort(): void {
    this.#over = true
    this.#parser?.stop()
    if (this.#controller === undefined) this.#settle()
    else this.#controller.abort(ABANDONED)
  }

  /** Ends it with a fault. */
  fail(fault: TransportFault): void {
    if (this.#over) return
    this.abort()
    this.#sink.failed(fault)
  }

  /** Fails it unless it is complete within this time. */
  endWithin(ms: number): void {
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
    this.#timer = setTimeout(() => this.abort(), DRAIN_MS)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#over) controller.abort(ABANDONED)
  }

  onRequestSent(): void {
    if (!this.#over) this.#sink.sent?.()
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: AnswerHeaders): void {
    if (this.#over || status < 200) return
    const plan = this.#sink.head(status, headers, this)
    if (typeof plan === 'object') {
      this.fail(plan)
    } else if (plan === 'collect') {
      const announced = Number(headers['content-length'] ?? 0)
      if (announced > this.#context.maxMessageBytes) this.#tooLarge()
      else this.#body = new Gather(announced)
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

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) {
      this.#drained += chunk.length
      if (this.#drained > DRAIN_BYTES) this.abort()
    } else if (this.#body !== undefined) {
      if (this.#body.length + chunk.length > this.#context.maxMessageBytes) this.#tooLarge()
      else this.#body.append(chunk)
    } else {
      const fault = this.#parser?.push(chunk)
      if (fault !== undefined)
        this.fail({ code: fault.code, explain: `${this.#context.origin}: ${fault.explain}` })
    }
  }

  onResponseEnd(): void {
    this.#settle()
    if (this.#over) return
    this.#over = true
    this.#sink.end(this.#body?.take())
  }

  onResponseError(_: Dispatcher.DispatchController | null, error: Error): void {
    this.#settle()
    // A code is what tells errors of sockets and undici from exceptions of our own, which undici catches.
    if (!('code' in error)) this.#context.broken(error)
    if (this.#over) return
    this.#over = true
    const fault = errorFault(this.#context.origin, error, this.#controller !== undefined)
    if (this.#dispatching) queueMicrotask(() => this.#sink.failed(fault))
    else this.#sink.failed(fault)
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
