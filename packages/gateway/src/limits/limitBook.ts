/**
 * Who counts the calls of a gateway: the limits of the configuration over the counters of `controls/limits`. It outlives
 * every configuration: a reload gives nobody a fresh window.
 */
import { type Admission, CallLimits, type CallRates, type LimitedCall } from '@sallyport/controls/limits'
import type { Config } from '../config/config.ts'

/** Asks whether a call may pass, and counts it if so. Elsewhere than here where several processes are one gateway. */
export interface CallLimiter {
  take(call: LimitedCall): Admission | Promise<Admission>
  /** Another configuration is in force. */
  follow(config: Config): void
}

/** Counts in this process. Several gateways may share one: they are the same user's, with the same configuration. */
export class LimitBook implements CallLimiter {
  readonly #limits = new CallLimits()
  readonly #now: () => number
  #rates: ReadonlyMap<string, CallRates> = new Map()

  /** `now`: monotonic, in milliseconds. */
  constructor(config: Config, now: () => number) {
    this.#now = now
    this.follow(config)
  }

  follow({ servers, rates }: Config): void {
    const { principal, callsPerConversation } = rates
    this.#rates = new Map(
      servers.map(({ id, rate, totalRate, questionRate }) => [
        id,
        { tool: rate, principal, server: totalRate, callsPerConversation, question: questionRate },
      ]),
    )
  }

  take(call: LimitedCall): Admission {
    return this.#limits.take(call, this.#rates.get(call.server) ?? {}, this.#now())
  }
}
