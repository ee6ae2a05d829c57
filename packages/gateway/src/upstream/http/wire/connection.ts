/**
 * One connection to a server: one request at a time, and its answer.
 */
import type { Socket } from 'node:net'
import type { AnswerHead, AnswerHeaders } from './answerHead.ts'
import { AnswerReader } from './answerReader.ts'
import { HttpError } from './httpError.ts'
import type { Method } from './requestText.ts'

/** Whoever sent a request. `end`, `failed` or `broken` is the last that it hears, unless it aborts. */
export interface AnswerHandler {
  /** There is a connection, on which nothing of the request is written yet. False: it is not wanted any more. */
  begin(connection: Abortable): boolean
  /** The request is written. */
  sent(): void
  head(status: number, headers: AnswerHeaders, announcedBytes: number): void
  /** Some of the body: `bytes[from, to)`, lent for the time of the call. */
  data(bytes: Buffer, from: number, to: number): void
  end(): void
  failed(error: Error): void
  /** The handler itself threw. */
  broken(error: unknown): void
}

export interface Abortable {
  /** Ends the connection, which tells the server. The handler hears nothing more. */
  abort(): void
}

export interface WrittenRequest {
  readonly method: Method
  /** The head, characters of one byte each. */
  readonly head: string
  readonly body: string | undefined
  readonly isAscii: boolean
  readonly handler: AnswerHandler
}

export interface ConnectionOwner {
  /** It can take another request, but not before the turn of the event loop has ended. */
  released(connection: Connection): void
  /** It is no more. `unanswered`: its request can be sent again on another one. */
  gone(connection: Connection, unanswered: WrittenRequest | undefined): void
}

/** Larger requests are not copied together with their head. */
const JOINED_CHARACTERS = 16 * 1024

export class Connection implements Abortable {
  readonly #socket: Socket
  readonly #owner: ConnectionOwner
  readonly #reader: AnswerReader
  #request: WrittenRequest | undefined
  #isReusable = true
  #isUsed = false
  #isGone = false
  #error: Error | undefined
  /** When it became idle, and how long it may stay so. */
  idleSince = 0
  idleMs: number
  readonly #longestIdleMs: number

  constructor(socket: Socket, owner: ConnectionOwner, idleMs: number) {
    this.#socket = socket
    this.#owner = owner
    this.idleMs = idleMs
    this.#longestIdleMs = idleMs
    this.#reader = new AnswerReader(this)
    socket.on('error', (error) => {
      this.#error ??= error
    })
    socket.on('end', () => this.#ended())
    socket.on('close', () => this.#lose(this.#error ?? new HttpError('CLOSED_BY_SERVER')))
  }

  /** False once the server or we have begun to end it. */
  get isOpen(): boolean {
    return !this.#isGone && this.#socket.writable
  }

  /** Writes a request; the answer goes to its handler. Only while it is open and has no other. */
  send(request: WrittenRequest): void {
    this.#request = request
    this.#reader.begin()
    const { head, body, isAscii } = request
    if (body === undefined) {
      this.#socket.write(head, 'latin1')
    } else if (isAscii && body.length < JOINED_CHARACTERS) {
      this.#socket.write(head + body, 'latin1')
    } else {
      this.#socket.cork()
      this.#socket.write(head, 'latin1')
      this.#socket.write(body, isAscii ? 'latin1' : 'utf8')
      this.#socket.uncork()
    }
    request.handler.sent()
  }

  /** Takes what arrived: `bytes[0, length)`, lent for the time of the call. */
  receive(bytes: Buffer, length: number): void {
    const request = this.#request
    if (request === undefined) {
      // Nothing was asked: a server that speaks now means its words for an answer to somebody else's request.
      this.#socket.destroy()
      this.#lose(new HttpError('HTTP_SURPLUS'))
      return
    }
    try {
      const reading = this.#reader.push(bytes, length)
      if (reading === 'complete') this.#complete(request)
      else if (reading !== undefined) this.#destroy(new HttpError(reading))
    } catch (error) {
      this.#break(request, error)
    }
  }

  /** Ends it; a request that is under way fails. */
  destroy(error: Error): void {
    this.#destroy(error)
  }

  abort(): void {
    this.#reader.stop()
    this.#request = undefined
    this.#destroy(new HttpError('POOL_CLOSED'))
  }

  head({ status, headers, framing, isReusable, keepAliveMs }: AnswerHead): void {
    this.#isReusable = isReusable
    // What the server says, less the time a request may take to arrive there.
    this.idleMs =
      keepAliveMs === undefined ? this.#longestIdleMs : Math.min(keepAliveMs - MARGIN_MS, LONGEST_HINT_MS)
    this.#request?.handler.head(status, headers, framing.kind === 'length' ? framing.bytes : 0)
  }

  data(bytes: Buffer, from: number, to: number): void {
    this.#request?.handler.data(bytes, from, to)
  }

  #complete(request: WrittenRequest): void {
    if (this.#request !== request) return
    this.#request = undefined
    this.#isUsed = true
    // An answer to a request that is not written out yet: what is left of it must not stand before the next one.
    if (this.#isReusable && this.#socket.writableLength === 0 && this.idleMs > 0) this.#owner.released(this)
    else this.#destroy(new HttpError('CLOSED_BY_SERVER'))
    request.handler.end()
  }

  /** The server will send nothing more. */
  #ended(): void {
    const request = this.#request
    if (request !== undefined && this.#reader.end()) {
      this.#isReusable = false
      try {
        this.#complete(request)
      } catch (error) {
        this.#break(request, error)
      }
      return
    }
    this.#destroy(new HttpError('CLOSED_BY_SERVER'))
  }

  #break(request: WrittenRequest, error: unknown): void {
    this.#request = undefined
    this.#destroy(new HttpError('CLOSED_BY_SERVER'))
    request.handler.broken(error)
  }

  #destroy(error: Error): void {
    this.#socket.destroy()
    this.#lose(error)
  }

  #lose(error: Error): void {
    if (this.#isGone) return
    this.#isGone = true
    const request = this.#request
    this.#request = undefined
    const isAgain = request !== undefined && this.#isUsed && !this.#reader.hasBegun && isRepeatable(request)
    this.#owner.gone(this, isAgain ? request : undefined)
    if (request !== undefined && !isAgain) request.handler.failed(error)
  }
}

/** A request that may have reached the server is sent again only where twice is the same as once (RFC 9110 9.2.2): never a call. */
function isRepeatable({ method }: WrittenRequest): boolean {
  return method !== 'POST'
}

const MARGIN_MS = 2_000
const LONGEST_HINT_MS = 60_000
