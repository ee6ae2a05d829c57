/**
 * The stream of an HTTP+SSE session (MCP 2024-11-05): answers, notifications and questions, in the order they were sent.
 */
import { NOWHERE } from '../liveSet.ts'
import { EventStream } from './stream.ts'
import type { Abandonment, UnderwayItem } from './underway.ts'
import type { Visit } from './visit.ts'

/** What the stream asks and tells its session. */
export interface SseOwner {
  /** True while answers are due on it: a shutdown waits for them. */
  readonly awaited: () => boolean
  /** It ended, or has to. */
  readonly ended: (reason: string) => void
}

export class SseStream implements UnderwayItem {
  place = NOWHERE
  lastSentMs: number
  readonly expiresMs: number
  readonly #visit: Visit
  readonly #stream: EventStream
  readonly #owner: SseOwner

  /** `visit`: the GET whose answer it is. */
  constructor(visit: Visit, owner: SseOwner) {
    this.#visit = visit
    this.#stream = new EventStream(visit)
    this.#owner = owner
    this.lastSentMs = visit.door.now()
    this.expiresMs = this.lastSentMs + visit.door.maxStreamMs
  }

  get alive(): boolean {
    return !this.#visit.gone
  }

  get endsByItself(): boolean {
    return this.#owner.awaited()
  }

  /** Opens it with the event that says where to post. */
  start(path: string): void {
    const { door, response } = this.#visit
    door.underway.add(this)
    response.on('close', () => {
      door.underway.delete(this)
      this.#owner.ended('the client closed its stream')
    })
    // The path alone: its origin is the one the client came by, whatever proxy stands between.
    this.#stream.announce('endpoint', Buffer.from(path))
  }

  send(bytes: Buffer): void {
    this.lastSentMs = this.#visit.door.now()
    this.#stream.send(bytes)
  }

  keepAlive(): void {
    this.#stream.comment()
  }

  abandon(why: Abandonment): void {
    this.#owner.ended(
      why === 'expired' ? 'its stream reached its longest life' : 'the gateway is shutting down',
    )
  }

  end(): void {
    this.#visit.door.underway.delete(this)
    this.#stream.end()
  }
}
