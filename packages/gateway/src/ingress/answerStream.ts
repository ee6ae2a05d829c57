/**
 * The stream of one request in a legacy session: the POST that asked, or the GET that resumed it.
 *
 * It stays one JSON answer as long as the answer is the first thing to send. It becomes a stream of events, each with an
 * id and kept in the session's log, when something else comes before it, when nothing comes for a while, or at once for a
 * client that names the stream first in `Accept`.
 */
import { NOWHERE } from '../liveSet.ts'
import { prefersStream } from './contentType.ts'
import { eventId, type LoggedEvent } from './eventLog.ts'
import type { LegacySession } from './legacySession.ts'
import { EventStream } from './stream.ts'
import type { UnderwayItem } from './underway.ts'
import type { Visit } from './visit.ts'

/** From this revision on clients take an event with an id and no data for what it is; before, they parse it as JSON. */
const PRIMED_SINCE = '2025-11-25'

export class AnswerStream implements UnderwayItem {
  place = NOWHERE
  readonly endsByItself = true
  readonly number: number
  lastSentMs: number
  readonly expiresMs = Number.POSITIVE_INFINITY
  readonly #session: LegacySession
  /** True for `initialize`, whose answer names the session. */
  readonly #opening: boolean
  #visit: Visit
  #stream: EventStream
  /** True when the client has an event id of this stream, and so can come back for the rest. */
  #resumable = false
  #done = false

  constructor(
    session: LegacySession,
    visit: Visit,
    options: { readonly number: number; readonly opening: boolean },
  ) {
    this.#session = session
    this.#visit = visit
    this.#stream = new EventStream(visit)
    this.number = options.number
    this.#opening = options.opening
    this.lastSentMs = session.door.now()
  }

  start(): void {
    this.#session.door.underway.add(this)
    this.#listen(this.#visit)
    if (!this.#opening && prefersStream(this.#visit.head.accept)) this.#openStream()
  }

  /** Sends a message that belongs to the request. */
  send(bytes: Buffer): void {
    if (this.#done) return
    this.#openStream()
    this.#write(bytes)
  }

  /** Sends the answer; nothing follows. */
  finish(bytes: Buffer, status = 200): void {
    if (this.#done) return
    this.#done = true
    this.#session.door.underway.delete(this)
    if (this.#stream.opened || this.#resumable) {
      this.#write(bytes)
      this.#stream.end()
    } else if (this.#opening) {
      this.#finishOpening(bytes, status)
    } else {
      this.#visit.answer(status, bytes)
    }
  }

  /** Goes on with what is left on another response; the old one, if it still stands, ends. */
  resume(visit: Visit, events: readonly LoggedEvent[]): void {
    this.#stream.end()
    this.#visit = visit
    this.#stream = new EventStream(visit)
    this.#stream.open()
    this.#stream.flush()
    this.#listen(visit)
    this.#session.door.underway.add(this)
    this.lastSentMs = this.#session.door.now()
    for (const event of events) this.#stream.send(event.bytes, eventId(event))
  }

  keepAlive(): void {
    if (!this.#openStream()) this.#stream.comment()
  }

  /** Ends it without an answer. */
  endUnanswered(): void {
    if (this.#done) return
    this.#done = true
    this.#session.door.underway.delete(this)
    this.#stream.open()
    this.#stream.end()
  }

  /** Nothing to do: it never expires, and on shutdown its session ends right after and answers what is left. */
  abandon(): void {}

  /** True when this call opened it and something was sent with that. */
  #openStream(): boolean {
    if (this.#stream.opened || this.#visit.gone) return false
    this.#stream.open(this.#opening ? ['Mcp-Session-Id', this.#session.id] : undefined)
    const revision = this.#visit.head.mirrored.protocolVersion ?? this.#session.revision
    if (revision < PRIMED_SINCE) {
      this.#stream.flush()
      return false
    }
    this.#stream.prime(eventId({ stream: this.number, sequence: this.#session.log.sequence }))
    this.#resumable = true
    return true
  }

  #write(bytes: Buffer): void {
    // Without an id in the client's hands nobody can ask for it: then it is not kept either.
    if (this.#visit.gone && !this.#resumable) return
    const { event } = this.#session.log.append(this.number, bytes)
    this.lastSentMs = this.#session.door.now()
    if (this.#visit.gone) return
    this.#stream.send(bytes, eventId(event))
    this.#resumable = true
  }

  /** The answer to `initialize` carries the session's id; a session that was refused ends, for it would count for nothing. */
  #finishOpening(bytes: Buffer, status: number): void {
    const opened = !this.#visit.gone && 'result' in (JSON.parse(bytes.toString('utf8')) as object)
    this.#visit.answer(status, bytes, opened ? ['Mcp-Session-Id', this.#session.id] : undefined)
    if (!opened) this.#session.door.sessions.end(this.#session, 'it was never opened')
  }

  #listen(visit: Visit): void {
    visit.response.on('close', () => {
      if (this.#done || this.#visit !== visit) return
      // Nobody listens, nobody waits: neither keep-alives nor a shutdown have to do with it until it is resumed.
      this.#session.door.underway.delete(this)
      if (this.#opening)
        this.#session.door.sessions.end(this.#session, 'the client left before it was opened')
    })
  }
}
