/**
 * The last events of a legacy session, for clients that lost a stream (MCP 2025-11-25 transports, "Resumability and
 * Redelivery"). Bounded in count and bytes over all streams of the session; the oldest go first, the newest stays.
 */
export interface LoggedEvent {
  /** The stream within the session: 0 is the GET stream, each POST answered by a stream has its own. */
  readonly stream: number
  readonly sequence: number
  readonly bytes: Buffer
}

export interface EventCursor {
  readonly stream: number
  readonly sequence: number
}

/** An event's id, unique in its session. @example eventId({ stream: 3, sequence: 17 }) // '3-17' */
export function eventId(cursor: EventCursor): string {
  return `${cursor.stream}-${cursor.sequence}`
}

/** Reads a `Last-Event-ID`; `undefined` for what we never wrote. */
export function readEventId(text: string): EventCursor | undefined {
  const match = /^(0|[1-9]\d{0,14})-(0|[1-9]\d{0,14})$/.exec(text)
  return match === null ? undefined : { stream: Number(match[1]), sequence: Number(match[2]) }
}

export class EventLog {
  readonly #maxEvents: number
  readonly #maxBytes: number
  #events: LoggedEvent[] = []
  #bytes = 0
  #sequence = 0

  constructor(limits: { readonly maxEvents: number; readonly maxBytes: number }) {
    this.#maxEvents = limits.maxEvents
    this.#maxBytes = limits.maxBytes
  }

  /** The last sequence number given out; 0 before the first. */
  get sequence(): number {
    return this.#sequence
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Keeps an event; returns it, and how many others had to go for it. */
  append(stream: number, bytes: Buffer): { readonly event: LoggedEvent; readonly dropped: number } {
    const event = { stream, sequence: ++this.#sequence, bytes }
    this.#events.push(event)
    this.#bytes += bytes.length
    let dropped = 0
    while (this.#events.length - dropped > 1) {
      if (this.#events.length - dropped <= this.#maxEvents && this.#bytes <= this.#maxBytes) break
      this.#bytes -= this.#events[dropped]?.bytes.length ?? 0
      dropped += 1
    }
    if (dropped > 0) this.#events = this.#events.slice(dropped)
    return { event, dropped }
  }

  /** What one stream was sent after a point, oldest first, as far as it is still kept. */
  after(cursor: EventCursor): LoggedEvent[] {
    return this.#events.filter((event) => event.stream === cursor.stream && event.sequence > cursor.sequence)
  }
}
