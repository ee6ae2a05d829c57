/**
 * Calls that wait for their tickets: looked after together, and let go a few at a time. Hundreds of calls alike may wait for
 * one ticket, and each of them is decided on anew when it goes on; all at once they would hold up everybody else.
 */
import type { TicketState } from './ticket.ts'

export interface WaitingCallsParts {
  /** Changes whenever a ticket may have been decided: cheap to ask. */
  readonly version: () => string
  readonly state: (ticket: string) => TicketState | undefined
  readonly now: () => number
  /** It cannot be told what became of tickets. */
  readonly failed: (error: unknown) => void
}

/** Why a call does not wait any more: its ticket was decided, is no more, or nobody decided in time. */
export type WaitingEnd = 'decided' | 'closed' | 'late'

interface Waiting {
  readonly ticket: string
  readonly until: number
  readonly end: (how: WaitingEnd) => void
}

/** How often it is looked whether a ticket was decided elsewhere, in milliseconds. */
const LOOK_MS = 200
/** Calls that go on in one turn of the event loop. */
const MOST_AT_ONCE = 8

export class WaitingCalls {
  readonly #parts: WaitingCallsParts
  readonly #waiting = new Map<string, Set<Waiting>>()
  #ending: { readonly one: Waiting; readonly how: WaitingEnd }[] = []
  #timer: NodeJS.Timeout | undefined
  #known: string | undefined
  #hasFailed = false

  constructor(parts: WaitingCallsParts) {
    this.#parts = parts
  }

  /** Calls that wait now. */
  get size(): number {
    let size = 0
    for (const set of this.#waiting.values()) size += set.size
    return size
  }

  /** Until the ticket is decided, time is up, or nobody waits for the call any more (`signal`). */
  wait(ticket: string, until: number, signal: AbortSignal): Promise<WaitingEnd> {
    return new Promise((resolve) => {
      const gone = () => {
        this.#leave(one)
        resolve('late')
      }
      const one: Waiting = {
        ticket,
        until,
        end: (how) => {
          signal.removeEventListener('abort', gone)
          resolve(how)
        },
      }
      if (signal.aborted) return resolve('late')
      signal.addEventListener('abort', gone, { once: true })
      const set = this.#waiting.get(ticket)
      if (set === undefined) this.#waiting.set(ticket, new Set([one]))
      else set.add(one)
      this.#timer ??= setInterval(() => this.#look(), LOOK_MS)
    })
  }

  /** This one may have been decided just now. */
  look(ticket: string): void {
    const set = this.#waiting.get(ticket)
    if (set === undefined) return
    try {
      const state = this.#parts.state(ticket)
      if (state === 'open') return
      const how = state === 'allowed' || state === 'denied' ? 'decided' : 'closed'
      for (const one of set) this.#end(one, how)
    } catch (error) {
      this.#failed(error)
    }
  }

  #look(): void {
    const now = this.#parts.now()
    for (const set of this.#waiting.values())
      for (const one of set) if (now >= one.until) this.#end(one, 'late')
    try {
      const version = this.#parts.version()
      if (version === this.#known) return
      this.#hasFailed = false
      for (const ticket of [...this.#waiting.keys()]) this.look(ticket)
      if (!this.#hasFailed) this.#known = version
    } catch (error) {
      this.#failed(error)
    }
  }

  /** Nothing is allowed by it: whoever waits goes on waiting, as long as it may. Said once. */
  #failed(error: unknown): void {
    if (!this.#hasFailed) this.#parts.failed(error)
    this.#hasFailed = true
  }

  #end(one: Waiting, how: WaitingEnd): void {
    this.#leave(one)
    if (this.#ending.push({ one, how }) === 1) setImmediate(() => this.#letGo())
  }

  #letGo(): void {
    const now = this.#ending.splice(0, MOST_AT_ONCE)
    if (this.#ending.length > 0) setImmediate(() => this.#letGo())
    for (const { one, how } of now) one.end(how)
  }

  #leave(one: Waiting): void {
    const set = this.#waiting.get(one.ticket)
    set?.delete(one)
    if (set?.size === 0) this.#waiting.delete(one.ticket)
    if (this.#waiting.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
