/**
 * Everything at this door that waits for an answer or streams: one timer keeps silent ones alive and ends expired ones,
 * one place to drain them.
 */
import type { Standing } from '../identity/identity.ts'
import { type LiveMember, LiveSet } from '../liveSet.ts'
import type { Caller } from './port.ts'

export interface UnderwayItem extends LiveMember {
  /** False for streams that end only when somebody ends them (GET, listen): a shutdown does not wait for them. */
  readonly endsByItself: boolean
  /** When something was last sent to the client. */
  lastSentMs: number
  /** When it is ended if it has not ended by itself; `Infinity` for never. */
  readonly expiresMs: number
  /** Whose it is; it ends with their authority. Absent: somebody else sees to that. */
  readonly caller?: Caller
  /** Nothing was sent for a while: send what keeps the client and what stands between waiting. */
  keepAlive(): void
  /** Its time is over, or the gateway's, or the authority of its caller. */
  abandon(why: Abandonment): void
}

export type Abandonment = 'expired' | 'shutdown' | 'unauthorized'

export class Underway {
  readonly #items = new LiveSet<UnderwayItem>()
  readonly #standing: (caller: Caller) => Standing
  readonly #keepAliveMs: number
  readonly #now: () => number
  readonly #timer: NodeJS.Timeout
  #drained: (() => void) | undefined

  constructor(options: {
    readonly keepAliveMs: number
    readonly now: () => number
    /** Default: whoever came in may stay. */
    readonly standing?: ((caller: Caller) => Standing) | undefined
  }) {
    this.#standing = options.standing ?? (() => 'holds')
    this.#keepAliveMs = options.keepAliveMs
    this.#now = options.now
    this.#timer = setInterval(() => this.#sweep(), Math.max(10, Math.min(options.keepAliveMs / 4, 5_000)))
    this.#timer.unref()
  }

  get size(): number {
    return this.#items.size
  }

  add(item: UnderwayItem): void {
    this.#items.add(item)
  }

  delete(item: UnderwayItem): void {
    this.#items.delete(item)
    if (this.#drained !== undefined && !this.#waiting()) this.#drained()
  }

  /** Ends what has no end of its own, waits for the rest up to `drainMs`, then ends that too. */
  async drain(drainMs: number): Promise<void> {
    for (const item of this.#items) if (!item.endsByItself) item.abandon('shutdown')
    if (this.#waiting() && drainMs > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, drainMs)
        this.#drained = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    for (const item of this.#items) item.abandon('shutdown')
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #waiting(): boolean {
    for (const item of this.#items) if (item.endsByItself) return true
    return false
  }

  /** What ends by itself may end with a token that was good when it began; not with one that was taken back. */
  #over(caller: Caller, endsByItself: boolean): boolean {
    const standing = this.#standing(caller)
    return standing === 'revoked' || (standing === 'expired' && !endsByItself)
  }

  #sweep(): void {
    const now = this.#now()
    for (const item of this.#items) {
      if (now >= item.expiresMs) item.abandon('expired')
      else if (item.caller !== undefined && this.#over(item.caller, item.endsByItself))
        item.abandon('unauthorized')
      else if (now - item.lastSentMs >= this.#keepAliveMs) {
        item.lastSentMs = now
        item.keepAlive()
      }
    }
  }
}

/** A bound on how many of something there are at once. */
export class Quota {
  readonly #most: number
  #taken = 0

  constructor(most: number) {
    this.#most = most
  }

  get taken(): number {
    return this.#taken
  }

  /** Takes one; false when all are taken. */
  take(): boolean {
    if (this.#taken >= this.#most) return false
    this.#taken += 1
    return true
  }

  giveBack(): void {
    this.#taken -= 1
  }
}
