/**
 * One response as a stream of events (MCP "Streamable HTTP"; HTML standard, "Server-sent events").
 *
 * What a client does not read is not kept for it: over `maxBufferedBytes`, or without progress for `stalledClientMs`, its
 * connection ends.
 */
import { encodeSse, encodeSseComment } from '../protocol/sse.ts'
import type { Visit } from './visit.ts'

const KEEP_ALIVE = encodeSseComment('keep-alive')
const EMPTY = Buffer.alloc(0)
/** How soon a client should come back after a stream was lost. */
const RETRY_MS = 1_000

export class EventStream {
  readonly #visit: Visit
  #opened = false
  /** True while the client has to read before its connection is left alone. */
  #watched = false

  constructor(visit: Visit) {
    this.#visit = visit
  }

  get opened(): boolean {
    return this.#opened
  }

  /** Sends the head, together with what is sent right after it. `extra`: further headers, flat. */
  open(extra?: readonly string[]): void {
    const { response, gone } = this.#visit
    if (this.#opened || gone) return
    this.#opened = true
    const headers = ['Content-Type', 'text/event-stream', 'Cache-Control', 'no-cache, no-transform']
    headers.push('X-Accel-Buffering', 'no', 'X-Content-Type-Options', 'nosniff')
    if (extra !== undefined) headers.push(...extra)
    this.#visit.addCommon(headers)
    response.writeHead(200, headers)
  }

  /** Sends the head by itself, for a client that waits for nothing else. */
  flush(): void {
    if (this.#opened && !this.#visit.gone) this.#visit.response.flushHeaders()
  }

  /** Sends one message, opening the stream if need be. */
  send(bytes: Buffer, id?: string): void {
    this.open()
    this.#write(encodeSse({ data: bytes, type: 'message', ...(id === undefined ? {} : { id }) }))
  }

  /** Sends an event that is no message, of a name that is ours. */
  announce(type: string, bytes: Buffer): void {
    this.open()
    this.#write(encodeSse({ data: bytes, type }))
  }

  /** Gives the client an id to resume from before there is anything to send (2025-11-25 on; older ones parse the data). */
  prime(id: string): void {
    this.open()
    this.#write(encodeSse({ data: EMPTY, id, retryMs: RETRY_MS }))
  }

  /** Keeps a silent stream alive; says nothing to a client that has not read what it was sent before. */
  comment(): void {
    this.open()
    if (!this.#visit.response.writableNeedDrain) this.#write(KEEP_ALIVE)
  }

  end(): void {
    const { response } = this.#visit
    if (this.#visit.gone) return
    response.end()
    if (response.writableLength > 0) this.#visit.watchStall()
  }

  #write(chunk: Buffer): void {
    const { response, door } = this.#visit
    if (this.#visit.gone) return
    if (response.writableLength > door.maxBufferedBytes) {
      door.log.warn('http.client-stalled', { route: this.#visit.route, buffered: response.writableLength })
      response.destroy()
      return
    }
    if (response.write(chunk) || this.#watched) return
    this.#watched = true
    this.#visit.watchStall()
    response.once('drain', () => {
      this.#watched = false
      this.#visit.endStall()
    })
  }
}
