/**
 * Findings that belong to no call of a client: in lists that are merged, in greetings, in what servers say unasked, and in
 * what they show of themselves. Told to clients that asked for logs, as `FindingLog` tells them what was found in a call.
 *
 * What was found in something that one conversation was to be shown goes to that conversation. What is decided of a server's
 * surface holds for everybody, and goes to every conversation that uses the server; nothing of what one of them was shown is
 * in it. Cannot know: what another worker found.
 */
import { type Exchange, viewerOf } from '../../pipeline/exchange.ts'
import type { LogLevelName } from '../logLevels.ts'
import type { FindingLog, ServerNews, Told } from './findingLog.ts'

/** Who hears: a legacy conversation as long as it lasts, a modern request as long as its stream is open. */
export interface NewsListener extends Pick<Exchange, 'principal' | 'conversation'> {
  /** The one request that it is; absent: a whole conversation. */
  readonly requestId?: string | undefined
  /** The least level that it asked for; `undefined`: it asked for none. */
  level(): LogLevelName | undefined
  uses(server: string): boolean
  /** `requestId`: the request that it belongs to, where there is one. */
  send(bytes: Buffer, requestId: string | undefined): void
}

export class FindingNews {
  readonly #log: FindingLog
  readonly #listeners = new Set<NewsListener>()

  constructor(log: FindingLog) {
    this.#log = log
  }

  /** Tells this listener, until the function that it returns is called. */
  follow(listener: NewsListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Something was found in what the gateway asked a server on behalf of a client, or why the answer was withheld.
   *
   * @example news.found(exchange, { rule: 'answers/injection', explain: '...' })
   */
  found(exchange: Exchange, refusal: Told | undefined): void {
    const { server = '', requestId } = exchange
    if (exchange.findings.length === 0 && refusal?.rule === undefined) return
    for (const listener of this.#listeners) {
      if (!isFor(listener, exchange) || !listener.uses(server)) continue
      this.#log.tell(exchange, listener.level(), refusal, (bytes) => listener.send(bytes, requestId))
    }
  }

  /** Something is known of a server. */
  ofServer(news: ServerNews): void {
    for (const listener of this.#listeners) {
      if (!listener.uses(news.server)) continue
      this.#log.tellOf(news, listener, listener.level(), (bytes) => listener.send(bytes, undefined))
    }
  }
}

function isFor(listener: NewsListener, exchange: Exchange): boolean {
  // A process that several conversations of one principal share is greeted for all of them.
  const isShared = exchange.conversation === undefined && exchange.requestId === undefined
  if (isShared) return listener.principal === exchange.principal
  if (viewerOf(listener) !== viewerOf(exchange)) return false
  return listener.requestId === undefined || listener.requestId === exchange.requestId
}
