/**
 * Which resources each conversation is subscribed to: a client that subscribes to a million of them has its servers watch a
 * million things, and is told of every change.
 */
import { type Exchange, viewerOf } from './exchange.ts'

interface Held {
  /** Asked for, and not answered yet. */
  asked: number
  /** Subscribed to: once for each stream, or once for a session. */
  kept: number
}

type Viewer = Pick<Exchange, 'principal' | 'conversation'>

export class Subscriptions {
  readonly #viewers = new Map<string, Map<string, Held>>()
  /** Exchanges that have a place and have not said what became of it. */
  readonly #open = new WeakSet<Exchange>()

  /** How many resources a conversation has subscribed to, or is about to. */
  count(viewer: Viewer): number {
    return this.#viewers.get(viewerOf(viewer))?.size ?? 0
  }

  /** Does it have the one that this exchange asks for? */
  has(exchange: Exchange): boolean {
    return this.#viewers.get(viewerOf(exchange))?.has(keyOf(exchange)) === true
  }

  /** Takes a place for what an exchange asks for; to be settled when it is known what became of it. */
  ask(exchange: Exchange): void {
    this.#heldOf(exchange).asked++
    this.#open.add(exchange)
  }

  /** It was asked for: subscribed to now (`kept`), or not. An exchange that was refused before it had a place changes nothing. */
  settle(exchange: Exchange, kept: boolean): void {
    if (!this.#open.delete(exchange)) return
    const held = this.#heldOf(exchange)
    held.asked--
    if (kept) held.kept++
    this.#tidy(exchange)
  }

  /** A stream with it ended. */
  release(exchange: Exchange): void {
    const held = this.#heldOf(exchange)
    held.kept = Math.max(0, held.kept - 1)
    this.#tidy(exchange)
  }

  /** A session unsubscribed from it, however often it had subscribed. */
  drop(exchange: Exchange): void {
    this.#heldOf(exchange).kept = 0
    this.#tidy(exchange)
  }

  /** A session ended. */
  dropAll(viewer: Viewer): void {
    this.#viewers.delete(viewerOf(viewer))
  }

  #heldOf(exchange: Exchange): Held {
    const viewer = viewerOf(exchange)
    let all = this.#viewers.get(viewer)
    if (all === undefined) {
      all = new Map()
      this.#viewers.set(viewer, all)
    }
    const key = keyOf(exchange)
    let held = all.get(key)
    if (held === undefined) {
      held = { asked: 0, kept: 0 }
      all.set(key, held)
    }
    return held
  }

  #tidy(exchange: Exchange): void {
    const all = this.#viewers.get(viewerOf(exchange))
    const held = all?.get(keyOf(exchange))
    if (all === undefined || held === undefined || held.asked + held.kept > 0) return
    all.delete(keyOf(exchange))
    if (all.size === 0) this.#viewers.delete(viewerOf(exchange))
  }
}

/** What becomes of one that is asked of a server: it counts unless it is certain that the server does not have it. */
export class SubscriptionPlace {
  readonly #held: Subscriptions
  readonly #exchange: Exchange
  #sent = false
  #failed = false

  constructor(held: Subscriptions, exchange: Exchange) {
    this.#held = held
    this.#exchange = exchange
  }

  /** The same text of the request; when it is asked for, the request is sent. */
  sending<Text>(params: (id: number) => Text): (id: number) => Text {
    return (id) => {
      this.#sent = true
      return params(id)
    }
  }

  /** The server answered with an error. */
  failed(): void {
    this.#failed = true
  }

  /** The call is over. One that was cancelled or met its deadline may have subscribed all the same. */
  ended(): void {
    this.#held.settle(this.#exchange, this.#sent && !this.#failed)
  }
}

function keyOf({ server = '', name = '' }: Exchange): string {
  return `${server} ${name}`
}
