/**
 * The short way in: connections whose requests are plain (`readPlain.ts`) are read and answered here, without Node's HTTP
 * machinery, which costs as much as all controls together. It has no state between packets: the first bytes of a connection
 * that are not one whole plain request go to Node's parser, and so does all that follows on that connection. What decides
 * about a request (`admit.ts`) is the same for both.
 */
import type { Socket } from 'node:net'
import { type LiveMember, LiveSet, NOWHERE } from '../../liveSet.ts'
import { receivePlain, recordPipelined } from '../admit.ts'
import type { Door } from '../door.ts'
import { answerParserFault } from '../rawRefusal.ts'
import { PlainRequest } from './plainRequest.ts'
import { type Keeper, PlainResponse } from './plainResponse.ts'
import { readPlain } from './readPlain.ts'

const GRACE_MS = 1_000
/** What a client may send before it has read its answer: it reads before it asks again, so that this is an empty line or a race. */
const EAGER_PACKETS = 8
const EAGER_BYTES = 64 * 1024

export interface PlainLaneOptions {
  readonly door: Door
  /** Gives a connection, and what was read of it and not used, to Node's parser. */
  readonly toNode: (socket: Socket) => void
  /** How long a connection is kept between requests. */
  readonly keepAliveMs: number
  /** How long a client may take to send its first byte. */
  readonly firstByteMs: number
  /** How often that is looked at. */
  readonly checkEveryMs: number
}

export class PlainLane {
  readonly options: PlainLaneOptions
  readonly #connections = new LiveSet<PlainConnection>()
  readonly #timer: NodeJS.Timeout

  constructor(options: PlainLaneOptions) {
    this.options = options
    this.#timer = setInterval(() => this.#sweep(), options.checkEveryMs)
    this.#timer.unref()
  }

  /** Serves a connection of which nothing was read. */
  take(socket: Socket): void {
    const connection = new PlainConnection(this, socket)
    this.#connections.add(connection)
    connection.start()
  }

  forget(connection: PlainConnection): void {
    this.#connections.delete(connection)
  }

  /** Ends the connections on which nothing is underway. */
  closeIdle(): void {
    for (const connection of this.#connections) if (connection.isIdle) connection.socket.destroy()
  }

  /** Ends all connections. */
  close(): void {
    clearInterval(this.#timer)
    for (const connection of this.#connections) connection.socket.destroy()
  }

  #sweep(): void {
    const now = this.options.door.now()
    for (const connection of this.#connections) if (now >= connection.deadlineMs) connection.expire()
  }
}

class PlainConnection implements Keeper, LiveMember {
  place = NOWHERE
  readonly socket: Socket
  readonly keepAliveSeconds: number
  /** When it is ended unless a request comes before. */
  deadlineMs: number
  readonly #lane: PlainLane
  /** The answer underway, or the last one. */
  #response: PlainResponse | undefined
  /** Nothing that comes from here on is read. */
  #isOver = false
  /** Read while the answer before it was not through. */
  #held: Buffer | undefined
  /** What came since the last request. */
  #eagerPackets = 0
  #eagerBytes = 0

  constructor(lane: PlainLane, socket: Socket) {
    const { door, keepAliveMs, firstByteMs } = lane.options
    this.socket = socket
    this.keepAliveSeconds = Math.trunc(keepAliveMs / 1_000)
    this.deadlineMs = door.now() + firstByteMs
    this.#lane = lane
  }

  get isIdle(): boolean {
    return this.#response === undefined || this.#response.destroyed
  }

  start(): void {
    this.socket
      .on('data', this.#onData)
      .on('end', this.#onEnd)
      .on('close', this.#onClose)
      .on('error', this.#onError)
      .on('timeout', this.#onTimeout)
  }

  /** No request came in time. */
  expire(): void {
    this.deadlineMs = Number.POSITIVE_INFINITY
    if (this.#response !== undefined) {
      this.socket.destroy()
      return
    }
    this.#isOver = true
    const late = Object.assign(new Error('no request came'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })
    answerParserFault(this.#lane.options.door, late, this.socket)
  }

  over(response: PlainResponse): void {
    if (this.socket.timeout) this.socket.setTimeout(0)
    if (!response.shouldKeepAlive) {
      this.#isOver = true
      this.socket.destroySoon()
    } else if (this.#response === response) {
      const { door, keepAliveMs } = this.#lane.options
      // A moment more than clients are told: whoever sends just in time is not cut off.
      this.deadlineMs = door.now() + keepAliveMs + GRACE_MS
      this.#takeHeld()
    }
  }

  readonly #onData = (bytes: Buffer): void => {
    const before = this.#response
    if (this.#isOver) return
    if (before !== undefined && !before.writableEnded) {
      if (this.#isTooEager(bytes)) this.socket.destroy()
      else this.#refusePipelined(bytes)
      return
    }
    // Who does not read what was answered gets nothing else, here or from Node's parser: its stall would be forgotten.
    if (before !== undefined && !before.destroyed) {
      if (this.#isTooEager(bytes)) this.socket.destroy()
      else if (before.shouldKeepAlive)
        this.#held = this.#held === undefined ? bytes : Buffer.concat([this.#held, bytes])
      return
    }
    const { door } = this.#lane.options
    const plain = readPlain(bytes)
    if (plain === undefined || door.identity?.side.takes(pathOf(plain.target)) === true) {
      this.#toNode(bytes)
      return
    }
    this.deadlineMs = Number.POSITIVE_INFINITY
    this.#eagerPackets = 0
    this.#eagerBytes = 0
    const response = new PlainResponse(this)
    this.#response = response
    receivePlain(door, new PlainRequest(this.socket, plain, bytes), response)
  }

  /** What came before an answer was through is the next request. */
  #takeHeld(): void {
    const held = this.#held
    this.#held = undefined
    if (held !== undefined) this.#onData(held)
  }

  /**
   * Each packet renews the socket's timer, which is what ends a client that does not read: one that keeps sending instead of
   * reading is ended by their number.
   */
  #isTooEager(bytes: Buffer): boolean {
    this.#eagerPackets += 1
    this.#eagerBytes += bytes.length
    return this.#eagerPackets > EAGER_PACKETS || this.#eagerBytes > EAGER_BYTES
  }

  /**
   * Bytes behind a request that is not answered yet. Of what follows a refusal nothing is on record: it was not looked at. Line
   * ends are what some clients put behind a body (RFC 9112, 2.2).
   */
  #refusePipelined(bytes: Buffer): void {
    if (bytes.length <= 2 && bytes.every((byte) => byte === 13 || byte === 10)) return
    const { door } = this.#lane.options
    const first = door.connections.stop(this.socket)
    door.connections.endAfterActive(this.socket)
    if (first) recordPipelined(door, '')
  }

  #toNode(bytes: Buffer): void {
    const { socket } = this
    this.#isOver = true
    this.#lane.forget(this)
    socket
      .off('data', this.#onData)
      .off('end', this.#onEnd)
      .off('error', this.#onError)
      .off('timeout', this.#onTimeout)
    if (socket.timeout) socket.setTimeout(0)
    socket.pause()
    socket.unshift(bytes)
    this.#lane.options.toNode(socket)
    socket.resume()
  }

  /** A client that says it sends no more has left, as for Node. */
  readonly #onEnd = (): void => {
    this.socket.end()
  }

  readonly #onClose = (): void => {
    this.#lane.forget(this)
    this.#response?.closed()
  }

  /** `close` follows. */
  readonly #onError = (): void => {
    this.socket.destroy()
  }

  readonly #onTimeout = (): void => {
    this.socket.destroy()
  }
}

/** The target without its query. */
function pathOf(target: string): string {
  const end = target.indexOf('?')
  return end < 0 ? target : target.slice(0, end)
}
