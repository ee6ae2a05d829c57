/**
 * Streamable HTTP, modern era (2026-07-28): every request is a POST of its own with everything in it; no session, no
 * GET stream, no resumption. Closing a request's stream is its cancellation.
 */
import { LiveMap } from '../../liveMap.ts'
import type {
  MessageContext,
  Outbound,
  TransportEvents,
  TransportFault,
  UpstreamTransport,
} from '../transport.ts'
import { type CallOwner, HttpCall } from './call.ts'
import { HttpClient, type HttpOptions } from './client.ts'
import { HttpPost } from './post.ts'

/** Time for a server to accept a notification. */
export const POST_MS = 30_000
const POST_HEADERS = ['content-type', 'application/json', 'accept', 'application/json, text/event-stream']

/** The headers of a POST: ours, then the mirrored ones of the message. */
export function postHeaders(message: Outbound, more: readonly string[] = []): string[] {
  const headers = [...POST_HEADERS, ...more]
  const mirrored = message.headers
  for (const name in mirrored) {
    const value = mirrored[name]
    if (value !== undefined) headers.push(name, value)
  }
  return headers
}

export class ModernHttp implements UpstreamTransport, CallOwner {
  readonly kind = 'http'
  readonly origin: string
  readonly #client: HttpClient
  readonly #events: TransportEvents
  readonly #calls = new LiveMap<number, HttpCall>()
  #closing: Promise<void> | undefined

  constructor(options: HttpOptions, events: TransportEvents) {
    this.#client = new HttpClient(options)
    this.#events = events
    this.origin = this.#client.origin
  }

  /** Nothing to do: connections are made when there is something to send. */
  start(): Promise<void> {
    return Promise.resolve()
  }

  send(message: Outbound): void {
    if (this.#closing !== undefined) return
    if (message.kind === 'request' && message.id !== undefined) {
      const call = new HttpCall(message.id, message.method ?? '', this)
      this.#calls.set(call.id, call)
      call.exchange = this.#client.run(
        { method: 'POST', lane: 'calls', headers: postHeaders(message), body: message.text },
        call,
      )
      return
    }
    const settled = (fault: TransportFault | undefined) => {
      if (fault !== undefined) this.#client.reportRefused(message, fault)
    }
    const post = new HttpPost({ origin: this.origin, settled })
    const request = {
      method: 'POST',
      lane: 'replies',
      headers: postHeaders(message),
      body: message.text,
    } as const
    this.#client.run(request, post).endWithin(POST_MS)
  }

  cancel(id: number): void {
    const call = this.#calls.take(id)
    call?.abort()
  }

  close(): Promise<void> {
    if (this.#closing !== undefined) return this.#closing
    this.#calls.clear()
    this.#closing = this.#client.close()
    this.#events.closed({ code: 'closed', explain: `the gateway closed its connection to ${this.origin}` })
    return this.#closing
  }

  inspect(): undefined {
    return undefined
  }

  message(bytes: Buffer, context: MessageContext): void {
    if (this.#closing === undefined) this.#events.message(bytes, context)
  }

  noise(preview: string, bytes: number): void {
    if (this.#closing === undefined) this.#events.noise(preview, bytes)
  }

  sent(): void {}

  answered(call: HttpCall): void {
    if (this.#calls.get(call.id) === call) this.#calls.delete(call.id)
  }

  failed(call: HttpCall, fault: TransportFault): void {
    if (this.#calls.get(call.id) !== call) return
    this.#calls.delete(call.id)
    this.#events.failed(call.id, fault)
  }
}
