/**
 * Keeps a host waiting for a call that takes long, or answers it before the host gives up (hosts.ts has the figures).
 *
 * A host that cancels leaves its user with a timeout that nobody explains. Where progress makes it wait on and it gave a
 * token, it gets a heartbeat whenever the server is silent for a while; where not, the call ends shortly before the host
 * would end it, with the reason.
 */
import type { JsonObject, JsonValue } from '@sallyport/controls/json'
import type { TimeBudget } from '../../hosts/timeBudgets.ts'
import type { WaysToAsk } from '../../pipeline/consent.ts'
import { notificationBytes } from './messageBytes.ts'

export interface PatienceOptions {
  readonly budget: TimeBudget
  /** The client's own progress token, if it gave one. */
  readonly token: JsonValue | undefined
  /** Says what is waited for. */
  readonly server: string
  /** Sends a notification to the client. */
  notify(bytes: Buffer): void
  /** The host is about to give up: the call has to be answered now. */
  giveUp(): void
}

/** A heartbeat comes after this share of what the host waits, at most this late, in milliseconds. */
const BEATS = 4
const LONGEST_BEAT_MS = 15_000
/** The answer leaves this long before the host gives up; of short budgets a fifth, in milliseconds. */
const MARGIN_MS = 5_000

export class Patience {
  readonly #options: PatienceOptions
  #timer: NodeJS.Timeout | undefined
  /** True when heartbeats make the host wait on. */
  readonly #keepsWaiting: boolean
  readonly #beatMs: number
  /** What the client was told last; progress must grow (all revisions, "Progress"). */
  #last: number | undefined
  #total: JsonValue | undefined
  #over = false
  #what: string | undefined

  constructor(options: PatienceOptions) {
    this.#options = options
    const { budget, token } = options
    this.#beatMs =
      budget.silentMs === Number.POSITIVE_INFINITY
        ? budget.silentMs
        : Math.min(LONGEST_BEAT_MS, budget.silentMs / BEATS)
    this.#keepsWaiting = budget.progressExtends && token !== undefined
    if (budget.silentMs === Number.POSITIVE_INFINITY || this.#keepsWaiting) return
    this.#timer = setTimeout(() => this.#giveUp(), lastMomentMs(budget))
  }

  /** What is waited for, if not for the server: told now and with every heartbeat, where the client listens. */
  say(text: string): void {
    this.#what = text
    if (this.#over || this.#options.token === undefined || !this.#keepsWaiting) return
    clearTimeout(this.#timer)
    this.#beat()
  }

  /** How its client is asked about its call: the call is ended here before the host would end it. */
  get ways(): Pick<WaysToAsk, 'say' | 'patienceMs'> {
    return { say: (text) => this.say(text), patienceMs: Number.POSITIVE_INFINITY }
  }

  /** The server has the call: from now on its silence is filled. Before, its start is what the client hears of. */
  begin(): void {
    this.#what = undefined
    if (this.#keepsWaiting) this.#wait()
  }

  /**
   * The server's own progress as the client may see it: above every heartbeat that was sent. The next heartbeat waits
   * until the server is silent again.
   */
  passes(params: JsonObject): JsonObject {
    const { progress, total } = params
    if (typeof progress !== 'number') return params
    const shown = this.#last === undefined || progress > this.#last ? progress : above(this.#last)
    this.#last = shown
    this.#total = total
    if (this.#keepsWaiting) this.#wait()
    return shown === progress ? params : { ...params, progress: shown }
  }

  /** The call is over, or nobody waits for it now. */
  stop(): void {
    this.#over = true
    clearTimeout(this.#timer)
  }

  #wait(): void {
    if (this.#over || this.#beatMs === Number.POSITIVE_INFINITY) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#beat(), this.#beatMs)
  }

  #beat(): void {
    const { token, server } = this.#options
    if (this.#over || token === undefined) return
    this.#last = this.#last === undefined ? FIRST : above(this.#last)
    const total = this.#total === undefined ? {} : { total: this.#total }
    const message = this.#what ?? `waiting for ${server}`
    const params: JsonObject = { progressToken: token, progress: this.#last, ...total, message }
    this.#options.notify(notificationBytes('notifications/progress', params))
    this.#wait()
  }

  #giveUp(): void {
    if (this.#over) return
    this.stop()
    this.#options.giveUp()
  }
}

/** When a call of a host that is not to be kept waiting is answered, in milliseconds from its start. */
export function lastMomentMs({ silentMs }: TimeBudget): number {
  return silentMs - Math.min(MARGIN_MS, silentMs / 5)
}

/** Above what the client may have been told of the server's start, and below what a server counts in. */
const FIRST = 1e-3
/** So little that heartbeats do not overtake the server. */
const STEP = 1e-6

/** A little more, whatever the size: the next number a heartbeat may say. Beyond the last there is none in JSON (RFC 8259). */
function above(value: number): number {
  return Math.min(value + Math.max(STEP, Math.abs(value) * 1e-12), Number.MAX_VALUE)
}
