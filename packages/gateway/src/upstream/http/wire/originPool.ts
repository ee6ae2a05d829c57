/**
 * The connections to one origin.
 */
import type { Socket } from 'node:net'
import type { KnownSession } from './certificate.ts'
import { type Connecting, connect, type Peer } from './connect.ts'
import { type AnswerHandler, Connection, type ConnectionOwner, type WrittenRequest } from './connection.ts'
import { HttpError } from './httpError.ts'
import { type Method, requestHead } from './requestText.ts'

export interface OriginPoolOptions {
  readonly peer: Peer
  /** The value of `host`. */
  readonly host: string
  /** Connections open or opening; what is over the limit waits. */
  readonly maxConnections: number
  /** How long a connection is kept that nobody uses. */
  readonly idleMs: number
}

export interface PoolRequest {
  readonly method: Method
  readonly path: string
  /** From `HeaderLines`. */
  readonly lines: string
  readonly body?: string
}

/**
 * Hands requests to connections: to the one used last, so that the others can go; to a new one where none is free.
 *
 * One request at a time on each (no pipelining): a second one could be lost with the first, and calls are not repeated. A
 * connection that answered rests until the event loop has looked for input once more, from beginning to end: whatever its server
 * sent behind the answer has by then arrived and ended it, instead of being read as the answer to the next request, which may
 * be somebody else's (CWE-444, GHSA-35p6-xmwp-9g52). What is sent later still is told apart by the ids of JSON-RPC alone, as on any HTTP/1.1 connection.
 *
 * @example
 * const pool = new OriginPool({ peer, host: 'api.example', maxConnections: 64, idleMs: 4_000 })
 * pool.dispatch({ method: 'POST', path: '/mcp', lines: 'accept: application/json\r\n', body: '{}' }, handler)
 */
export class OriginPool implements ConnectionOwner {
  readonly #options: OriginPoolOptions
  readonly #all = new Set<Connection>()
  readonly #opening = new Set<Connecting>()
  /** Free, the one used last at the end. */
  readonly #idle: Connection[] = []
  /** Answered since the last turn. */
  #resting: Connection[] = []
  /** Answered before it: free when the next one is over, unless they end until then. */
  #rested: Connection[] = []
  #isTurning = false
  readonly #waiting: WrittenRequest[] = []
  #session: KnownSession | undefined
  #sweep: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: OriginPoolOptions) {
    this.#options = options
  }

  /** Sends it now or when a connection is free. Of the handler only `begin` and `sent` are called from within. */
  dispatch({ method, path, lines, body }: PoolRequest, handler: AnswerHandler): void {
    if (this.#isClosed) {
      queueMicrotask(() => handler.failed(new HttpError('POOL_CLOSED')))
      return
    }
    const bytes = body === undefined ? undefined : Buffer.byteLength(body)
    const head = requestHead(method, path, this.#options.host, lines, bytes)
    if (head === undefined) {
      queueMicrotask(() => handler.failed(new HttpError('INVALID_REQUEST')))
      return
    }
    const request: WrittenRequest = { method, head, body, isAscii: bytes === body?.length, handler }
    const free = this.#waiting.length === 0 ? this.#takeIdle() : undefined
    if (free !== undefined) {
      this.#give(free, request)
      return
    }
    this.#waiting.push(request)
    if (this.#rested.length > 0) this.#turnLater()
    this.#openEnough()
  }

  /** Ends every connection; what is under way or waits fails. */
  close(): void {
    this.#isClosed = true
    clearTimeout(this.#sweep)
    for (const one of [...this.#opening]) one.cancel()
    this.#opening.clear()
    const error = new HttpError('POOL_CLOSED')
    for (const { handler } of this.#waiting.splice(0)) handler.failed(error)
    for (const connection of [...this.#all]) connection.destroy(error)
  }

  released(connection: Connection): void {
    this.#resting.push(connection)
    this.#turnLater()
  }

  gone(connection: Connection, unanswered: WrittenRequest | undefined): void {
    this.#all.delete(connection)
    for (const list of [this.#idle, this.#resting, this.#rested]) {
      const at = list.indexOf(connection)
      if (at !== -1) list.splice(at, 1)
    }
    if (this.#isClosed) {
      unanswered?.handler.failed(new HttpError('POOL_CLOSED'))
      return
    }
    if (unanswered !== undefined) this.#waiting.unshift(unanswered)
    this.#openEnough()
  }

  /** After what has arrived by then is read. The loop does not poll in between where this is asked for while it reads. */
  #turnLater(): void {
    if (this.#isTurning) return
    this.#isTurning = true
    setImmediate(() => this.#turn())
  }

  #turn(): void {
    this.#isTurning = false
    if (this.#isClosed) return
    for (const connection of this.#rested) if (connection.isOpen) this.#idle.push(connection)
    this.#rested = this.#resting
    this.#resting = []
    const now = performance.now()
    for (const connection of this.#rested) connection.idleSince = now
    this.#serve()
    if (this.#waiting.length > 0 && this.#rested.length > 0) this.#turnLater()
    this.#openEnough()
    if (this.#idle.length + this.#rested.length > 0) this.#sweep ??= this.#sweepLater()
  }

  /** Gives free connections to those who wait, in the order they came. */
  #serve(): void {
    while (this.#waiting.length > 0) {
      const free = this.#takeIdle()
      if (free === undefined) return
      const request = this.#waiting.shift()
      if (request !== undefined) this.#give(free, request)
    }
  }

  #give(connection: Connection, request: WrittenRequest): void {
    if (request.handler.begin(connection)) connection.send(request)
    else this.#idle.push(connection)
  }

  #takeIdle(): Connection | undefined {
    for (;;) {
      const connection = this.#idle.pop()
      if (connection === undefined || connection.isOpen) return connection
    }
  }

  /** A connection for each request that waits, beside those that are about to be free. */
  #openEnough(): void {
    const wanted = this.#waiting.length - this.#opening.size - this.#resting.length - this.#rested.length
    const room = this.#options.maxConnections - this.#all.size - this.#opening.size
    for (let i = Math.min(wanted, room); i > 0; i--) this.#open()
  }

  #open(): void {
    let connection: Connection | undefined
    const opening = connect(this.#options.peer, {
      session: this.#session,
      keepSession: (session) => {
        this.#session = session
      },
      receive: (bytes, length) => connection?.receive(bytes, length),
      done: (outcome) => {
        this.#opening.delete(opening)
        if (outcome instanceof Error) {
          this.#waiting.shift()?.handler.failed(outcome)
          this.#openEnough()
          return
        }
        connection = this.#adopt(outcome)
      },
    })
    this.#opening.add(opening)
  }

  #adopt(socket: Socket): Connection {
    const connection = new Connection(socket, this, this.#options.idleMs)
    connection.idleSince = performance.now()
    this.#all.add(connection)
    this.#idle.push(connection)
    this.#serve()
    this.#sweep ??= this.#sweepLater()
    return connection
  }

  #sweepLater(): NodeJS.Timeout {
    return setTimeout(() => this.#endIdle(), Math.min(SWEEP_MS, this.#options.idleMs)).unref()
  }

  /** Ends what was idle too long, before the server does it at the moment when we write. */
  #endIdle(): void {
    const now = performance.now()
    for (const connection of [...this.#idle, ...this.#rested]) {
      if (now - connection.idleSince >= connection.idleMs) connection.destroy(new HttpError('POOL_CLOSED'))
    }
    this.#sweep = this.#idle.length + this.#rested.length > 0 ? this.#sweepLater() : undefined
  }
}

const SWEEP_MS = 500
