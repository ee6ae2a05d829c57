/**
 * A message that is only delivered: a notification, an answer of ours, or a request whose answer comes elsewhere.
 */
import type { TransportFault } from '../transport.ts'
import type { AnswerHeaders, BodyPlan, ExchangeSink } from './exchange.ts'
import { statusFault } from './faults.ts'

export class HttpPost implements ExchangeSink {
  readonly #origin: string
  readonly #settled: (fault: TransportFault | undefined) => void
  readonly #inspect: (status: number) => TransportFault | undefined
  readonly #sent: (() => void) | undefined

  /** `settled` is called once: without a fault when the server accepted it. `inspect` may judge the status first. */
  constructor(options: {
    readonly origin: string
    readonly settled: (fault: TransportFault | undefined) => void
    readonly inspect?: (status: number) => TransportFault | undefined
    readonly sent?: () => void
  }) {
    this.#origin = options.origin
    this.#settled = options.settled
    this.#inspect = options.inspect ?? (() => undefined)
    this.#sent = options.sent
  }

  sent(): void {
    this.#sent?.()
  }

  head(status: number, _: AnswerHeaders): BodyPlan | TransportFault {
    const fault = this.#inspect(status)
    if (fault !== undefined) return fault
    return status < 300 ? 'done' : statusFault(this.#origin, status)
  }

  event(): void {}

  end(): void {
    this.#settled(undefined)
  }

  failed(fault: TransportFault): void {
    this.#settled(fault)
  }
}
