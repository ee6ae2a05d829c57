/**
 * One request to a Streamable HTTP server, until its answer.
 */
import type { SseEvent } from '../../protocol/sse.ts'
import type { MessageContext, TransportFault } from '../transport.ts'
import { isAnswerTo, isRpcMessage } from './answer.ts'
import type { AnswerHeaders, BodyPlan, Exchange, ExchangeSink } from './exchange.ts'
import { statusFault, typeFault } from './faults.ts'
import { answerType } from './mediaType.ts'

/** What a call tells the transport it belongs to. */
export interface CallOwner {
  readonly origin: string
  /** A look at the head before anything else; a fault ends the call. */
  inspect(call: HttpCall, status: number, headers: AnswerHeaders): TransportFault | undefined
  message(bytes: Buffer, context: MessageContext): void
  noise(preview: string, bytes: number): void
  sent(call: HttpCall): void
  /** The answer came. */
  answered(call: HttpCall): void
  /** No answer will come on this stream. */
  failed(call: HttpCall, fault: TransportFault): void
}

export class HttpCall implements ExchangeSink {
  readonly id: number
  readonly method: string
  /** The stream it is on now. */
  exchange: Exchange | undefined
  /** What to resume after, `''` when the stream has no ids. */
  lastEventId = ''
  retryMs: number | undefined
  /** Attempts to resume from `lastEventId`. */
  failures = 0
  timer: NodeJS.Timeout | undefined
  readonly #owner: CallOwner
  #status = 0
  #isSent = false

  constructor(id: number, method: string, owner: CallOwner) {
    this.id = id
    this.method = method
    this.#owner = owner
  }

  /** Ends it without another word: the server sees its stream close. */
  abort(): void {
    clearTimeout(this.timer)
    this.exchange?.abort()
    this.sent()
  }

  sent(): void {
    if (this.#isSent) return
    this.#isSent = true
    this.#owner.sent(this)
  }

  retry(ms: number): void {
    this.retryMs = ms
  }

  head(status: number, headers: AnswerHeaders): BodyPlan | TransportFault {
    this.#status = status
    const fault = this.#owner.inspect(this, status, headers)
    if (fault !== undefined) return fault
    const type = answerType(headers)
    const { origin } = this.#owner
    if (status < 300)
      return type === 'json' ? 'collect' : type === 'events' ? 'events' : typeFault(origin, status, type)
    return status >= 400 && type === 'json' ? 'collect' : statusFault(origin, status)
  }

  event(event: SseEvent, exchange: Exchange): void {
    // Only a new place to resume from is progress; a server that repeats itself is given up in the end. A resumed
    // stream whose first event has no id does not take the place away.
    if (event.lastEventId !== '' && event.lastEventId !== this.lastEventId) {
      this.failures = 0
      this.lastEventId = event.lastEventId
    }
    // Servers send an empty event first to hand out an id to resume after.
    if (event.data.length === 0) return
    if (event.type !== 'message') {
      this.#owner.noise(preview(event.data), event.data.length)
      return
    }
    const answers = isAnswerTo(event.data, this.id)
    if (answers) exchange.finish()
    this.#owner.message(event.data, { relatedTo: this.id, status: this.#status })
    if (answers) this.#done()
  }

  end(body: Buffer | undefined): void {
    const { origin } = this.#owner
    const status = this.#status
    if (body === undefined) {
      this.failed({
        code: 'stream-ended',
        explain: `${origin} ended the event stream before the answer`,
        status,
      })
      return
    }
    const usable = status < 400 ? body.length > 0 : isRpcMessage(body)
    if (usable) this.#owner.message(body, { relatedTo: this.id, status })
    if (usable && isAnswerTo(body, this.id)) {
      this.#done()
    } else if (status >= 400) {
      // The link may have taken the message as the answer (an error without an id); then this is no news to it.
      this.failed(statusFault(origin, status))
    } else {
      this.failed({
        code: 'stream-ended',
        explain: `${origin} answered with something else than the answer`,
        status,
      })
    }
  }

  failed(fault: TransportFault): void {
    this.sent()
    this.#owner.failed(this, fault)
  }

  #done(): void {
    this.sent()
    this.#owner.answered(this)
  }
}

/** The first bytes of what is no message, for the log. */
export function preview(bytes: Buffer): string {
  return bytes.toString('utf8', 0, 200)
}
