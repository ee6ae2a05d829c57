/**
 * The connections to remote servers, shared by every session that talks to the same origin.
 */
import { getCACertificates } from 'node:tls'
// Not from 'undici' itself: fetch, WebSocket, caches and mocks come with it, 13 MB and a third of the time to start.
import Pool from 'undici/lib/dispatcher/pool.js'

/**
 * What a connection is used for. Streams hold theirs for hours, and a call may wait for an answer that we have to
 * send: were they to share one limit, full calls would block the replies they wait for.
 */
export type Lane = 'calls' | 'replies' | 'streams'

export interface PoolsOptions {
  /** Time for DNS, TCP and TLS together. */
  readonly connectTimeoutMs: number
  /** Connections per origin and lane; what is over the limit waits. */
  readonly connections?: Readonly<Partial<Record<Lane, number>>>
  /** Further certificate authorities to trust (PEM), beside those that Node knows. */
  readonly ca?: readonly string[]
}

/** Each a bound that only a fault should reach: calls are limited per gateway and sessions by `maxSessions` before. */
const CONNECTIONS: Readonly<Record<Lane, number>> = { calls: 1024, replies: 64, streams: 8192 }

/**
 * One undici pool for each origin and lane, made on first use.
 *
 * TLS is 1.2 or later and always verified (A08): said here explicitly, so that `NODE_TLS_REJECT_UNAUTHORIZED=0` in
 * the environment changes nothing. undici's own timeouts for heads and bodies are off: a stream may be silent for
 * hours, and a call has its deadline from the link.
 *
 * @example
 * const pools = new HttpPools({ connectTimeoutMs: 10_000 })
 * pools.get('https://api.example').dispatch({ method: 'POST', path: '/mcp', body }, handler)
 */
export class HttpPools {
  readonly #options: PoolsOptions
  readonly #ca: string[] | undefined
  readonly #pools = new Map<string, Pool>()

  constructor(options: PoolsOptions) {
    this.#options = options
    this.#ca = options.ca === undefined ? undefined : [...getCACertificates('default'), ...options.ca]
  }

  get(origin: string, lane: Lane = 'calls'): Pool {
    const key = `${lane} ${origin}`
    const known = this.#pools.get(key)
    if (known !== undefined) return known
    const pool = new Pool(origin, {
      connections: this.#options.connections?.[lane] ?? CONNECTIONS[lane],
      // One request at a time on a connection: a second one behind it could be lost with it, and calls are not repeated.
      pipelining: 1,
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
      // Less than the 5 s after which common servers (uvicorn, Node) close an idle connection without a word.
      keepAliveTimeout: 4_000,
      keepAliveMaxTimeout: 60_000,
      maxHeaderSize: 16 * 1024,
      connect: {
        timeout: this.#options.connectTimeoutMs,
        rejectUnauthorized: true,
        minVersion: 'TLSv1.2',
        ...(this.#ca === undefined ? {} : { ca: this.#ca }),
      },
    })
    this.#pools.set(key, pool)
    return pool
  }

  /** Ends every connection; what is still under way fails with `closed`. */
  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()))
  }
}
