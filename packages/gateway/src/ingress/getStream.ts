/**
 * A GET stream of a legacy session: what belongs to no request of the client, or the rest of a stream that was lost.
 */
import { NOWHERE } from '../liveSet.ts'
import { recordEnded } from './endedAuthority.ts'
import { eventId, type LoggedEvent } from './eventLog.ts'
import type { LegacySession } from './legacySession.ts'
import type { Caller } from './port.ts'
import { EventStream } from './stream.ts'
import type { Abandonment, UnderwayItem } from './underway.ts'
import type { Visit } from './visit.ts'

export class GetStream implements UnderwayItem {
  place = NOWHERE
  readonly endsByItself = false
  lastSentMs: number
  readonly expiresMs: number
  readonly #session: LegacySession
  readonly #visit: Visit
  readonly #stream: EventStream

  constructor(session: LegacySession, visit: Visit) {
    this.#session = session
    this.#visit = visit
    this.#stream = new EventStream(visit)
    this.lastSentMs = session.door.now()
    this.expiresMs = this.lastSentMs + session.door.maxStreamMs
  }

  /** Whoever uses its session now. */
  get caller(): Caller {
    return this.#session.caller
  }

  get alive(): boolean {
    return !this.#visit.gone
  }

  /** Opens it; the caller has taken its place in the quota of streams. */
  start(): void {
    const { underway } = this.#session.door
    underway.add(this)
    this.#stream.open(['Mcp-Session-Id', this.#session.id])
    this.#stream.flush()
    this.#visit.response.on('close', () => {
      underway.delete(this)
      this.#session.lastUsedMs = this.#session.door.now()
    })
  }

  send(event: LoggedEvent): void {
    this.lastSentMs = this.#session.door.now()
    this.#stream.send(event.bytes, eventId(event))
  }

  keepAlive(): void {
    this.#stream.comment()
  }

  abandon(why: Abandonment): void {
    const { door, caller, conversationId } = this.#session
    if (why === 'unauthorized') recordEnded(door, caller, 'expired', conversationId)
    this.end()
  }

  end(): void {
    this.#session.door.underway.delete(this)
    this.#stream.end()
  }
}
