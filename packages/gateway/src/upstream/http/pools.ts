/**
 * The connections to remote servers, shared by every session that talks to the same origin.
 */
import type { OnSecure } from './wire/certificate.ts'
import { readPeer } from './wire/connect.ts'
import { OriginPool } from './wire/originPool.ts'

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
  /** Looks at the certificate of every new connection before anything is sent on it, and may refuse it. */
  readonly onSecure?: OnSecure
}

/** Each a bound that only a fault should reach: calls are limited per gateway and sessions by `maxSessions` before. */
const CONNECTIONS: Readonly<Record<Lane, number>> = { calls: 1024, replies: 64, streams: 8192 }

/** Less than the 5 s after which common servers (uvicorn, Node) close an idle connection without a word. */
const IDLE_MS = 4_000

/**
 * A pool for each origin and lane, made on first use.
 *
 * Redirects are not followed, no proxy is asked and nothing is decompressed. There are no timeouts but that to connect: a stream
 * may be silent for hours, and a call has its deadline from the link.
 *
 * @example
 * const pools = new HttpPools({ connectTimeoutMs: 10_000 })
 * pools.get('https://api.example').dispatch({ method: 'POST', path: '/mcp', lines, body }, handler)
 */
export class HttpPools {
  readonly #options: PoolsOptions
  readonly #ca: readonly string[] | undefined
  readonly #pools = new Map<string, OriginPool>()

  constructor(options: PoolsOptions) {
    this.#options = options
    this.#ca = options.ca && [
      ...process.getBuiltinModule('node:tls').getCACertificates('default'),
      ...options.ca,
    ]
  }

  get(origin: string, lane: Lane = 'calls'): OriginPool {
    const key = `${lane} ${origin}`
    const known = this.#pools.get(key)
    if (known !== undefined) return known
    const pool = new OriginPool({
      peer: readPeer(origin, {
        ca: this.#ca,
        timeoutMs: this.#options.connectTimeoutMs,
        onSecure: this.#options.onSecure,
      }),
      host: new URL(origin).host,
      maxConnections: this.#options.connections?.[lane] ?? CONNECTIONS[lane],
      idleMs: IDLE_MS,
    })
    this.#pools.set(key, pool)
    return pool
  }

  /** Ends every connection; what is still under way fails with `closed`. */
  async close(): Promise<void> {
    for (const pool of this.#pools.values()) pool.close()
  }
}
