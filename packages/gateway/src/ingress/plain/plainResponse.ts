/**
 * The answer to a plain request, written to its socket. What is written in one turn leaves together, in one write where it
 * is small.
 */
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { DoorResponse } from '../exchangeTypes.ts'
import { httpDate } from './httpDate.ts'

/** The connection that an answer belongs to. */
export interface Keeper {
  readonly socket: Socket
  /** How long an idle connection is kept, in seconds, as clients are told. */
  readonly keepAliveSeconds: number
  /** The answer is written out and its bytes have left, or nobody can read them any more. Called once. */
  over(response: PlainResponse): void
}

/** What may stand in a header's value that we send (RFC 9110, 5.5), so that no value makes a line of its own. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
const NAME = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/
/** Up to this size pieces are copied into one write. */
const COPY_BYTES = 64 * 1024
const LAST_CHUNK = Buffer.from('0\r\n\r\n')
const CRLF = Buffer.from('\r\n')

export class PlainResponse implements DoorResponse {
  shouldKeepAlive = true
  destroyed = false
  headersSent = false
  writableEnded = false
  readonly #keeper: Keeper
  #head = ''
  #isChunked = false
  #pending: Buffer[] = []
  #pendingBytes = 0
  #flushIsDue = false
  #needsDrain = false
  #closeListeners: (() => void)[] = []
  #drainListeners: (() => void)[] = []

  constructor(keeper: Keeper) {
    this.#keeper = keeper
  }

  get writableLength(): number {
    return this.#head.length + this.#pendingBytes + this.#keeper.socket.writableLength
  }

  get writableNeedDrain(): boolean {
    return this.#needsDrain
  }

  /** Throws for a header that cannot be sent as it is, and when the head was written before. */
  writeHead(status: number, headers: readonly string[]): void {
    if (this.headersSent) throw new Error('the head of this answer was written already')
    let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`
    let isMeasured = status === 204 || status === 304
    for (let at = 0; at + 1 < headers.length; at += 2) {
      const name = headers[at] ?? ''
      const value = headers[at + 1] ?? ''
      if (!NAME.test(name) || !VALUE.test(value))
        throw new Error(`header ${JSON.stringify(name)} cannot be sent`)
      if (name.length === 14 && name.toLowerCase() === 'content-length') isMeasured = true
      head += `${name}: ${value}\r\n`
    }
    this.#isChunked = !isMeasured
    head += `Date: ${httpDate()}\r\n`
    head += this.shouldKeepAlive
      ? `Connection: keep-alive\r\nKeep-Alive: timeout=${this.#keeper.keepAliveSeconds}\r\n`
      : 'Connection: close\r\n'
    this.#head = this.#isChunked ? `${head}Transfer-Encoding: chunked\r\n\r\n` : `${head}\r\n`
    this.headersSent = true
  }

  /** Nobody waits for it: `Expect` is for Node's parser. */
  writeContinue(): void {}

  flushHeaders(): void {
    this.#flushSoon()
  }

  write(piece: Buffer): boolean {
    if (this.writableEnded || this.destroyed || piece.length === 0) return !this.#needsDrain
    this.#take(piece)
    this.#flushSoon()
    this.#needsDrain ||= this.writableLength >= this.#keeper.socket.writableHighWaterMark
    return !this.#needsDrain
  }

  end(piece?: Buffer): void {
    if (this.writableEnded || this.destroyed) return
    if (piece !== undefined && piece.length > 0) this.#take(piece)
    if (this.#isChunked) this.#push(LAST_CHUNK)
    this.writableEnded = true
    this.#flush()
  }

  destroy(): void {
    this.#keeper.socket.destroy()
    if (this.destroyed) return
    this.#drop()
    // As Node: whoever destroys it hears of that afterwards, not in the middle of what he does.
    process.nextTick(() => this.#tell())
  }

  on(event: 'close', listener: () => void): void {
    if (event === 'close') this.#closeListeners.push(listener)
  }

  once(event: 'drain', listener: () => void): void {
    if (event === 'drain') this.#drainListeners.push(listener)
  }

  /** Nothing more can be written: it is through, or its connection is gone. */
  closed(): void {
    if (this.destroyed) return
    this.#drop()
    this.#tell()
  }

  #drop(): void {
    this.destroyed = true
    this.#pending = []
    this.#pendingBytes = 0
    this.#head = ''
  }

  #tell(): void {
    const listeners = this.#closeListeners
    this.#closeListeners = []
    for (const listener of listeners) listener()
  }

  #take(piece: Buffer): void {
    if (this.#isChunked) {
      this.#push(Buffer.from(`${piece.length.toString(16)}\r\n`, 'latin1'))
      this.#push(piece)
      this.#push(CRLF)
    } else {
      this.#push(piece)
    }
  }

  #push(piece: Buffer): void {
    this.#pending.push(piece)
    this.#pendingBytes += piece.length
  }

  #flushSoon(): void {
    if (this.#flushIsDue) return
    this.#flushIsDue = true
    process.nextTick(() => this.#flush())
  }

  #flush(): void {
    this.#flushIsDue = false
    const bytes = this.#head.length + this.#pendingBytes
    if (this.destroyed) return
    if (bytes === 0) {
      // All of it left before the end came.
      if (this.writableEnded) process.nextTick(this.#left)
      return
    }
    const { socket } = this.#keeper
    const head = this.#head
    const pending = this.#pending
    this.#head = ''
    this.#pending = []
    this.#pendingBytes = 0
    if (bytes <= COPY_BYTES) {
      const joined = Buffer.allocUnsafe(bytes)
      let at = joined.write(head, 0, 'latin1')
      for (const piece of pending) at += piece.copy(joined, at)
      socket.write(joined, this.#left)
      return
    }
    socket.cork()
    if (head !== '') socket.write(head, 'latin1')
    const last = pending.length - 1
    for (const [index, piece] of pending.entries()) {
      if (index < last) socket.write(piece)
      else socket.write(piece, this.#left)
    }
    if (last < 0) socket.write(EMPTY, this.#left)
    socket.uncork()
  }

  /** What was written has left. */
  readonly #left = (error?: Error | null): void => {
    if (this.destroyed || error) return
    if (this.#pendingBytes > 0 || this.#keeper.socket.writableLength > 0) return
    if (this.writableEnded) {
      this.closed()
      this.#keeper.over(this)
    } else if (this.#needsDrain) {
      this.#needsDrain = false
      const listeners = this.#drainListeners
      this.#drainListeners = []
      for (const listener of listeners) listener()
    }
  }
}

const EMPTY = Buffer.alloc(0)
