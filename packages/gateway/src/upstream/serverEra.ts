/**
 * The era of one server whose era is not configured: asked in the background, again after a pause when it cannot be
 * told, and never waited for by those who do not need it.
 */
import type { Era } from '../protocol/era.ts'
import { within } from './within.ts'

const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000
/** A known era is not doubted more often than this: a client that makes starts fail must not keep the gateway asking. */
const RECHECK_MS = 60_000

/** How long one may wait for an answer, counted from the question, in milliseconds; 0 for not at all. */
export interface Patience {
  /** For the first answer there ever was. */
  readonly firstMs: number
  /** For later ones, after a question that was not answered. */
  readonly againMs: number
}

export class ServerEra {
  readonly #ask: (fresh: boolean) => Promise<Era>
  readonly #now: () => number
  readonly #failed: (error: unknown, pauseMs: number) => void
  #known: Era | undefined
  #asking: Promise<void> | undefined
  #askedAt = 0
  #asks = 0
  #failures = 0
  #notBefore = Number.NEGATIVE_INFINITY
  #recheckedAt = Number.NEGATIVE_INFINITY

  constructor(options: {
    /** Where the configuration says it, nothing is ever asked. */
    readonly configured: Era | undefined
    /** Asks the server; `fresh`: an earlier verdict is not good enough. */
    readonly ask: (fresh: boolean) => Promise<Era>
    /** Monotonic, in milliseconds. */
    readonly now: () => number
    /** It could not be told, and is asked again at the earliest after `pauseMs`. */
    readonly failed: (error: unknown, pauseMs: number) => void
  }) {
    this.#known = options.configured
    this.#ask = options.ask
    this.#now = options.now
    this.#failed = options.failed
  }

  get known(): Era | undefined {
    return this.#known
  }

  /**
   * Asks if it is not known and time to. Returns what to wait for, which never rejects; `undefined` when there is
   * nothing to wait for.
   *
   * @example await era.learn({ firstMs: 2_000, againMs: 0 })
   */
  learn(patience: Patience): Promise<void> | undefined {
    if (this.#known !== undefined) return undefined
    const now = this.#now()
    if (this.#asking === undefined && now >= this.#notBefore) this.#begin(false)
    if (this.#asking === undefined) return undefined
    const left = (this.#asks === 1 ? patience.firstMs : patience.againMs) - (now - this.#askedAt)
    return left > 0 ? within(left, this.#asking) : undefined
  }

  /** A start failed: an upgraded server may have changed its era. What is known is believed until it says otherwise. */
  recheck(): void {
    const now = this.#now()
    if (this.#asking !== undefined || now - this.#recheckedAt < RECHECK_MS) return
    this.#recheckedAt = now
    this.#begin(true)
  }

  /** Resolves when no question is open. */
  async settled(): Promise<void> {
    await this.#asking
  }

  #begin(fresh: boolean): void {
    this.#asks++
    this.#askedAt = this.#now()
    this.#asking = this.#learn(fresh).finally(() => {
      this.#asking = undefined
    })
  }

  async #learn(fresh: boolean): Promise<void> {
    try {
      this.#known = await this.#ask(fresh)
      this.#failures = 0
    } catch (error) {
      const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(this.#failures, 30))
      this.#failures++
      this.#notBefore = this.#now() + pauseMs
      this.#failed(error, pauseMs)
    }
  }
}
