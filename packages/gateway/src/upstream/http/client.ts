/**
 * Sends HTTP requests to one server: headers late, connections shared, everything it started accounted for.
 */
import { LiveSet } from '../../liveSet.ts'
import type { Log } from '../../log.ts'
import type { UpstreamAuthorizer } from '../authorizer.ts'
import { type Outbound, TransportError, type TransportFault } from '../transport.ts'
import { AuthorizedSink } from './authorized.ts'
import { Exchange, type ExchangeContext, type ExchangeSink } from './exchange.ts'
import { HttpPools, type Lane } from './pools.ts'
import type { RetryPolicy } from './retry.ts'
import { readTarget } from './target.ts'
import { HttpError } from './wire/httpError.ts'
import { HeaderLines } from './wire/requestText.ts'

export type HeaderRecord = Readonly<Record<string, string>>

export interface HttpOptions {
  readonly serverId: string
  /** Absolute http or https URL without credentials. */
  readonly url: string
  /**
   * The configured headers, asked for anew for every request, so that a rotated secret is used at once. Return the same
   * object while nothing changes. Values appear in no log, fault or error.
   */
  readonly headers: () => HeaderRecord | Promise<HeaderRecord>
  /** Bytes one message of the server may have, in a body or in an event. */
  readonly maxMessageBytes: number
  /** Used when `pools` is absent. */
  readonly connectTimeoutMs: number
  readonly log: Log
  /** Shared connections; without them the transport has its own and ends them with itself. */
  readonly pools?: HttpPools
  /** How streams of legacy servers are reopened. */
  readonly retry?: RetryPolicy
  /** Whose credential every request carries. A configured `Authorization` is left out then. */
  readonly authorizer?: UpstreamAuthorizer | undefined
}

export interface HttpRequest {
  readonly method: 'POST' | 'GET' | 'DELETE'
  readonly lane: Lane
  /** Names and values in turn, beside the configured ones. */
  readonly headers: readonly string[]
  readonly body?: string
  /** Path and query when not those of the configured URL. */
  readonly path?: string
}

/**
 * Headers that are the transport's own. A configured one of that name would change framing, the protocol's meaning, or
 * let a config speak for another session; it is left out and reported once.
 */
const RESERVED =
  /^(?:host|content-.*|transfer-encoding|connection|keep-alive|upgrade|expect|te|trailer|accept|accept-encoding|mcp-.*|last-event-id|proxy-.*)$/i

export class HttpClient {
  readonly origin: string
  readonly log: Log
  readonly serverId: string
  readonly #path: string
  readonly #source: HttpOptions['headers']
  readonly #pools: HttpPools
  readonly #ownPools: boolean
  readonly #context: ExchangeContext
  readonly #live = new LiveSet<Exchange>()
  readonly #reported = new Set<string>()
  readonly #headerLines = new HeaderLines()
  readonly #authorizer: UpstreamAuthorizer | undefined
  /** Refused, and waiting for another credential: they hold no connection. */
  readonly #renewing = new Set<Exchange>()
  #emptied: (() => void) | undefined
  #record: HeaderRecord | undefined
  #lines = ''

  /** Throws a `TransportError` for a URL that cannot be used. */
  constructor(options: HttpOptions) {
    const { origin, path } = readTarget(options.url)
    this.origin = origin
    this.#path = path
    this.log = options.log
    this.serverId = options.serverId
    this.#source = options.headers
    this.#authorizer = options.authorizer
    this.#ownPools = options.pools === undefined
    this.#pools = options.pools ?? new HttpPools({ connectTimeoutMs: options.connectTimeoutMs })
    this.#context = {
      origin,
      maxMessageBytes: options.maxMessageBytes,
      settled: (exchange) => {
        this.#live.delete(exchange)
        if (this.#live.size === 0) this.#emptied?.()
      },
      broken: (error) => {
        this.log.error('upstream.http.broken', { server: this.serverId, error: error.stack ?? error.name })
      },
    }
  }

  /** Says in the log that the server did not take a message that nobody waits for an answer to. */
  reportRefused({ kind, method }: Outbound, { code, explain }: TransportFault): void {
    this.log.warn('upstream.post.refused', { server: this.serverId, kind, method, code, explain })
  }

  /** Sends a request. The sink is called later, never from within. */
  run(request: HttpRequest, sink: ExchangeSink): Exchange {
    return this.#authorizer === undefined
      ? this.#run(request, sink)
      : this.#runAs(this.#authorizer, request, sink)
  }

  #run(request: HttpRequest, sink: ExchangeSink): Exchange {
    const exchange = new Exchange(sink, this.#context)
    this.#live.add(exchange)
    let record: HeaderRecord | Promise<HeaderRecord>
    try {
      record = this.#source()
    } catch (error) {
      record = Promise.reject(error)
    }
    if (record instanceof Promise) {
      record.then(
        (resolved) => this.#dispatch(exchange, request, resolved),
        (error: unknown) => this.#unresolved(exchange, error),
      )
    } else {
      this.#dispatch(exchange, request, record)
    }
    return exchange
  }

  /** Under a principal's credential, which is asked for now: it may be another one than a moment ago. */
  #runAs(authorizer: UpstreamAuthorizer, request: HttpRequest, sink: ExchangeSink): Exchange {
    const authorized = new AuthorizedSink(sink, authorizer, {
      waits: (exchange) => this.#renewing.add(exchange),
      decided: (exchange) => this.#renewing.delete(exchange),
      again: (exchange) => exchange.follow(attempt()),
      broken: (error) => this.#context.broken(error),
    })
    const attempt = (): Exchange => {
      // Its own stream a server may refuse for reasons of its own: that says nothing of the credential.
      const exchange = new Exchange(request.lane === 'streams' ? sink : authorized, this.#context)
      this.#live.add(exchange)
      const ready = async () => {
        const [record, authorization] = await Promise.all([this.#source(), authorizer.authorization()])
        authorized.carried = authorization
        this.#dispatch(exchange, request, record, authorization)
      }
      ready().catch((error: unknown) => this.#unresolved(exchange, error))
      return exchange
    }
    return attempt()
  }

  /** Ends every request under way, without a word to its sink. */
  abortAll(): void {
    for (const exchange of this.#live) exchange.abort()
    for (const exchange of this.#renewing) exchange.abort()
    this.#renewing.clear()
  }

  /** Ends everything; resolves when no request holds a connection any more. */
  async close(): Promise<void> {
    this.abortAll()
    if (this.#live.size > 0) {
      await new Promise<void>((resolve) => {
        this.#emptied = resolve
      })
    }
    if (this.#ownPools) await this.#pools.close()
  }

  #dispatch(exchange: Exchange, request: HttpRequest, record: HeaderRecord, authorization?: string): void {
    const configured = record === this.#record ? this.#lines : this.#linesOf(record)
    if (configured === undefined) {
      queueMicrotask(() => exchange.fail(this.#headersFault()))
      return
    }
    const { method, lane, path = this.#path, body } = request
    const lines = this.#headerLines.of(request.headers)
    if (lines === undefined) {
      queueMicrotask(() => exchange.failed(new HttpError('INVALID_REQUEST')))
      return
    }
    const credential =
      authorization === undefined ? '' : this.#headerLines.of(['authorization', authorization])
    if (credential === undefined) {
      queueMicrotask(() => exchange.fail(this.#headersFault()))
      return
    }
    const pool = this.#pools.get(this.origin, lane)
    exchange.dispatch(pool, {
      method,
      path,
      lines: configured + credential + lines,
      ...(body === undefined ? {} : { body }),
    })
  }

  /** The configured headers as they are sent; `undefined` when one cannot be. */
  #linesOf(record: HeaderRecord): string | undefined {
    let lines = ''
    let agent = false
    for (const [name, value] of Object.entries(record)) {
      const line = this.#headerLines.of([name, value])
      if (line === undefined) {
        this.#report('upstream.header.invalid', name)
        return undefined
      }
      const isReplaced = this.#authorizer !== undefined && name.toLowerCase() === 'authorization'
      if (RESERVED.test(name) || isReplaced) {
        this.#report('upstream.header.reserved', name)
        continue
      }
      agent ||= name.toLowerCase() === 'user-agent'
      lines += line
    }
    if (!agent) lines += 'user-agent: sallyport\r\n'
    this.#record = record
    this.#lines = lines
    return lines
  }

  #report(event: string, name: string): void {
    if (this.#reported.has(name)) return
    this.#reported.add(name)
    this.log.warn(event, { server: this.serverId, header: name })
  }

  #unresolved(exchange: Exchange, error: unknown): void {
    if (error instanceof TransportError) {
      exchange.fail(error.fault)
      return
    }
    // Its message is not shown: whatever resolves secrets may have put one in.
    this.log.error('upstream.headers.unresolved', {
      server: this.serverId,
      error: error instanceof Error ? error.name : typeof error,
    })
    exchange.fail(this.#headersFault())
  }

  #headersFault() {
    return {
      code: 'connect-failed',
      explain: `the headers configured for ${this.origin} could not be used, so nothing was sent: see the log`,
    } as const
  }
}
