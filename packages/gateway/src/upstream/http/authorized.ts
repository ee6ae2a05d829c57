/**
 * A request that goes out under a principal's credential. A 401, or a 403 that names scopes, is no answer yet: it is sent
 * again when the credential was renewed, and else fails with what a person can do.
 */
import { bearerChallenge } from '../../credentials/connector/challenge.ts'
import type { SseEvent } from '../../protocol/sse.ts'
import type { RefusedRequest, UpstreamAuthorizer } from '../authorizer.ts'
import type { TransportFault } from '../transport.ts'
import type { AnswerHeaders, BodyPlan, Exchange, ExchangeSink } from './exchange.ts'

export interface AuthorizedHooks {
  /** The exchange is over, and its request waits for another credential. */
  waits(exchange: Exchange): void
  /** It does not wait any more. */
  decided(exchange: Exchange): void
  /** Sends the request once more, in the place of that exchange. */
  again(exchange: Exchange): void
  /** The authorizer failed: a fault of ours, which must be seen. */
  broken(error: Error): void
}

/** More attempts than a credential can be renewed for one request. */
const MAX_ATTEMPTS = 3

export class AuthorizedSink implements ExchangeSink {
  /** The `Authorization` of the attempt under way. */
  carried: string | undefined
  readonly #inner: ExchangeSink
  readonly #authorizer: UpstreamAuthorizer
  readonly #hooks: AuthorizedHooks
  #refusal: RefusedRequest | undefined
  #exchange: Exchange | undefined
  #attempt = 0
  #isSent = false

  constructor(inner: ExchangeSink, authorizer: UpstreamAuthorizer, hooks: AuthorizedHooks) {
    this.#inner = inner
    this.#authorizer = authorizer
    this.#hooks = hooks
  }

  sent(): void {
    if (this.#isSent) return
    this.#isSent = true
    this.#inner.sent?.()
  }

  retry(ms: number): void {
    this.#inner.retry?.(ms)
  }

  head(status: number, headers: AnswerHeaders, exchange: Exchange): BodyPlan | TransportFault {
    const challenge = headers['www-authenticate']
    const text = typeof challenge === 'string' ? challenge : challenge?.join(', ')
    const isOurs = status === 401 || (status === 403 && isAboutScope(text))
    if (!isOurs || this.#attempt >= MAX_ATTEMPTS) return this.#inner.head(status, headers, exchange)
    this.#refusal = { status, challenge: text, sent: this.carried, attempt: this.#attempt }
    this.#exchange = exchange
    return 'done'
  }

  event(event: SseEvent, exchange: Exchange): void {
    this.#inner.event(event, exchange)
  }

  end(body: Buffer | undefined): void {
    const refusal = this.#refusal
    const exchange = this.#exchange
    if (refusal === undefined || exchange === undefined) return this.#inner.end(body)
    this.#refusal = undefined
    this.#hooks.waits(exchange)
    this.#authorizer
      .refused(refusal)
      .catch((error: unknown): TransportFault => {
        this.#hooks.broken(
          error instanceof Error ? error : new Error('something else than an error was thrown'),
        )
        return {
          code: 'unauthorized',
          explain: 'its credential could not be renewed: see the log of the gateway',
        }
      })
      .then((then) => {
        this.#hooks.decided(exchange)
        if (exchange.isAborted) return
        if (then !== 'again') return this.#inner.failed(then)
        this.#attempt++
        this.#hooks.again(exchange)
      })
  }

  failed(fault: TransportFault): void {
    this.#inner.failed(fault)
  }
}

function isAboutScope(challenge: string | undefined): boolean {
  return bearerChallenge(challenge)?.error === 'insufficient_scope'
}
