/**
 * A remote server by its configuration: which transport it gets, and how `auto` finds out.
 */
import type { Era } from '../protocol/era.ts'
import { isAnswerTo } from './http/answer.ts'
import { openHttp } from './http.ts'
import { openSse, type SseOptions } from './sse.ts'
import {
  type MessageContext,
  type Outbound,
  TransportError,
  type TransportEvents,
  type TransportFault,
  type UpstreamTransport,
} from './transport.ts'

export interface RemoteOptions extends SseOptions {
  readonly era: Era
  readonly transport: 'auto' | 'streamable' | 'sse'
}

/**
 * Opens the transport that a server needs. `auto` on a legacy server does as the specification says ("Transports",
 * "Backwards Compatibility"): `initialize` is posted; where that is answered with 400, 404 or 405, a GET must open an
 * HTTP+SSE stream. When that fails too, the first answer stands. Throws a `TransportError` for an unusable URL.
 *
 * @example openRemote({ ...options, era: 'legacy', transport: 'auto' }, events)
 */
export function openRemote(options: RemoteOptions, events: TransportEvents): UpstreamTransport {
  if (options.era === 'modern' || options.transport === 'streamable') return openHttp(options, events)
  return options.transport === 'sse' ? openSse(options, events) : new AutoTransport(options, events)
}

/** Refusals of a POST that an HTTP+SSE server gives. */
const FALLBACK_STATUS = new Set([400, 404, 405])

class AutoTransport implements UpstreamTransport {
  readonly #options: RemoteOptions
  readonly #events: TransportEvents
  #active: UpstreamTransport
  /** The HTTP+SSE stream that is being tried. */
  #candidate: UpstreamTransport | undefined
  /** The `initialize` whose answer decides. */
  #initialize: Outbound | undefined
  /** What was sent while it was undecided. */
  #waiting: Outbound[] = []
  /** What the POST was answered with, should the fallback fail. */
  #refusal: { readonly bytes: Buffer; readonly context: MessageContext } | undefined
  #isDecided = false
  #isOver = false
  #closing: Promise<void> | undefined

  constructor(options: RemoteOptions, events: TransportEvents) {
    this.#options = options
    this.#events = events
    this.#active = openHttp(options, this.#listen('http'))
  }

  get kind(): 'http' | 'sse' {
    return this.#active.kind === 'sse' ? 'sse' : 'http'
  }

  start(): Promise<void> {
    return this.#active.start()
  }

  send(message: Outbound): void {
    if (this.#isOver) return
    if (this.#isDecided) {
      this.#active.send(message)
    } else if (this.#initialize === undefined && message.method === 'initialize') {
      this.#initialize = message
      this.#active.send(message)
    } else {
      this.#waiting.push(message)
    }
  }

  cancel(id: number): void {
    if (id === this.#initialize?.id) this.#decide()
    this.#waiting = this.#waiting.filter((message) => message.id !== id)
    this.#active.cancel(id)
  }

  initialized(revision: string): void {
    this.#active.initialized?.(revision)
  }

  close(): Promise<void> {
    return this.#end({ code: 'closed', explain: 'the gateway closed the connection' })
  }

  /** The events of one of the two; only the active one is heard. */
  #listen(kind: 'http' | 'sse'): TransportEvents {
    const isHeard = () => !this.#isOver && this.kind === kind
    return {
      message: (bytes, context) => {
        if (!isHeard()) return
        if (this.#isRefusal(bytes, context)) {
          this.#refusal = { bytes, context }
        } else {
          if (context.relatedTo === this.#initialize?.id) this.#decide()
          this.#events.message(bytes, context)
        }
      },
      failed: (id, fault) => {
        if (!isHeard()) return
        const initialize = this.#initialize
        const mayFallBack = fault.status !== undefined && FALLBACK_STATUS.has(fault.status)
        if (!this.#isDecided && id === initialize?.id && mayFallBack) {
          void this.#fallBack(initialize, fault)
        } else {
          if (id === initialize?.id) this.#decide()
          this.#events.failed(id, fault)
        }
      },
      noise: (preview, bytes) => {
        if (isHeard()) this.#events.noise(preview, bytes)
      },
      closed: (fault) => {
        if (isHeard()) void this.#end(fault)
      },
    }
  }

  /** True for the message of a refused POST that is no answer to it: one with its id comes from a server that speaks this. */
  #isRefusal(bytes: Buffer, context: MessageContext): boolean {
    const id = this.#initialize?.id
    if (this.#isDecided || id === undefined || context.relatedTo !== id || context.status === undefined)
      return false
    return FALLBACK_STATUS.has(context.status) && !isAnswerTo(bytes, id)
  }

  async #fallBack(initialize: Outbound, refusal: TransportFault): Promise<void> {
    const { log, serverId } = this.#options
    const id = initialize.id ?? 0
    const sse = openSse(this.#options, this.#listen('sse'))
    this.#candidate = sse
    try {
      await sse.start()
    } catch (error) {
      if (!(error instanceof TransportError)) throw error
      await sse.close()
      if (this.#isOver || this.#isDecided) return
      log.info('upstream.fallback.failed', {
        server: serverId,
        status: refusal.status,
        explain: error.fault.explain,
      })
      const held = this.#refusal
      this.#decide()
      if (held !== undefined) this.#events.message(held.bytes, held.context)
      this.#events.failed(id, {
        ...refusal,
        explain: `${refusal.explain}, and it does not offer HTTP+SSE either`,
      })
      return
    }
    if (this.#isOver || this.#isDecided) return sse.close()
    log.info('upstream.fallback', { server: serverId, status: refusal.status, transport: 'sse' })
    const http = this.#active
    this.#active = sse
    this.#active.send(initialize)
    this.#decide()
    await http.close()
  }

  #decide(): void {
    if (this.#isDecided) return
    this.#isDecided = true
    this.#refusal = undefined
    for (const message of this.#waiting.splice(0)) this.#active.send(message)
  }

  #end(fault: TransportFault): Promise<void> {
    if (this.#closing !== undefined) return this.#closing
    // Set before anyone is told: whoever hears of the end may close at once.
    const gone = Promise.withResolvers<void>()
    this.#closing = gone.promise
    this.#isOver = true
    this.#waiting = []
    this.#events.closed(fault)
    gone.resolve(Promise.all([this.#active.close(), this.#candidate?.close()]).then(() => undefined))
    return gone.promise
  }
}
