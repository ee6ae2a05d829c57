/**
 * A local server behind its standard input and output: one JSON-RPC message per line (MCP "stdio transport").
 *
 * What it prints that is no message is noise: reported, never swallowed, never fatal.
 */
import type { Log } from '../log.ts'
import { answeredId } from '../protocol/answeredId.ts'
import { isObjectLine, LineFrames } from '../protocol/lineFrames.ts'
import type { Guardian } from './guardian.ts'
import { LocalProcess, type ProcessEnd } from './localProcess.ts'
import { NoiseReport } from './noiseReport.ts'
import { outboundLine } from './outboundLine.ts'
import type {
  MessageContext,
  Outbound,
  TransportEvents,
  TransportFault,
  UpstreamTransport,
} from './transport.ts'

export interface StdioOptions {
  readonly serverId: string
  /** Program and arguments; never passed to a shell. */
  readonly command: readonly [string, ...string[]]
  readonly cwd?: string
  /** The whole environment, from `serverEnvironment`. Two markers of ours are added. */
  readonly env: Readonly<Record<string, string>>
  /** The longest line that is taken for a message. */
  readonly maxMessageBytes: number
  readonly log: Log
  readonly guardian: Guardian
  /** How long the process may take to end after its stdin was closed, and again after SIGTERM. At most 1100, default 1000. */
  readonly closeGraceMs?: number
  /** What may wait for a server that does not read its input. Default 16 Mi characters. */
  readonly maxQueued?: number
  /** Takes secrets out of what the server prints, before it is shown or logged. */
  readonly redact?: (text: string) => string
  /** The ids still waiting for an answer: an over-long line is the answer of the one it names, or of the only one. */
  readonly openRequests?: () => readonly number[]
  /** Monotonic clock, in milliseconds. */
  readonly now?: () => number
}

const CLOSE_GRACE_MS = 1_000
const MAX_QUEUED = 16 * 1024 * 1024
/** A line this many times over the limit, and still without an end, ends the server. */
const ENDLESS = 16
const HEAD_BYTES = 4096
/** Noise beyond this in a second slows a server down; a few over-long answers must not. */
const WASTE_BYTES_PER_SECOND = 8 * 1024 * 1024
const WASTED_ANSWERS_PER_SECOND = 4
const NO_CONTEXT: MessageContext = Object.freeze({})

/**
 * Makes the transport of one local server. `start` starts its process; after `close` nothing that it started is left.
 * When `start` rejects, `closed` is not called.
 *
 * A line over `maxMessageBytes` is thrown away without being held, and reading goes on after its newline. It is reported
 * as noise, and as `failed` with `too-large` when its first bytes name an open request, or exactly one is open; otherwise
 * nobody can know whose answer it was, and the deadline of that call decides. Only a line that never ends (16 times the limit) ends the server.
 *
 * @example
 * const server = openStdio({ serverId: 'files', command: ['npx', 'server'], env, maxMessageBytes, log, guardian }, events)
 * await server.start()
 * server.send({ kind: 'request', id: 1, text: '{"jsonrpc":"2.0","id":1,"method":"ping"}' })
 */
export function openStdio(options: StdioOptions, events: TransportEvents): UpstreamTransport {
  return new StdioTransport(options, events)
}

class StdioTransport implements UpstreamTransport {
  readonly kind = 'stdio'
  readonly #options: StdioOptions
  readonly #events: TransportEvents
  readonly #process: LocalProcess
  readonly #frames: LineFrames
  readonly #noise: NoiseReport
  readonly #maxQueued: number
  #tooLongHead: Buffer = Buffer.alloc(0)
  /** Why we are ending it, once we are. */
  #asked: TransportFault | undefined
  #closed = false

  constructor(options: StdioOptions, events: TransportEvents) {
    this.#options = options
    this.#events = events
    this.#maxQueued = options.maxQueued ?? MAX_QUEUED
    const {
      closeGraceMs = CLOSE_GRACE_MS,
      redact = (text: string) => text,
      now = () => performance.now(),
    } = options
    const wasteBytesPerSecond = Math.max(
      WASTE_BYTES_PER_SECOND,
      options.maxMessageBytes * WASTED_ANSWERS_PER_SECOND,
    )
    this.#process = new LocalProcess(
      { ...options, closeGraceMs, redact, now, wasteBytesPerSecond },
      {
        output: (chunk) => this.#read(chunk),
        halfClosed: (what) => this.#giveUp('stream-ended', what),
        ended: (end) => this.#ended(end),
      },
    )
    this.#noise = new NoiseReport({
      redact,
      now,
      report: (preview, bytes, lines) => {
        options.log.warn('upstream.noise', { server: options.serverId, preview, bytes, lines })
        events.noise(preview, bytes)
      },
    })
    this.#frames = new LineFrames(options.maxMessageBytes, {
      line: (bytes) => this.#line(bytes),
      tooLong: (head) => this.#tooLong(head),
      resumed: (bytes) => this.#waste(this.#tooLongHead, bytes),
    })
  }

  start(): Promise<void> {
    return this.#process.start()
  }

  send(message: Outbound): void {
    const input = this.#process.input
    const line = outboundLine(message.text)
    if (input === undefined) {
      this.#refuse(message, 'closed', 'is not running')
    } else if (line === undefined) {
      this.#refuse(message, 'not-acceptable', 'cannot be sent a line break inside a message: it would be two')
    } else if (!this.#hasRoom(message, line.length, input.writableLength)) {
      this.#refuse(
        message,
        'not-read',
        `does not read its input: ${input.writableLength} characters wait already`,
      )
    } else {
      // What one turn of the event loop sends leaves by one write: it wakes the server once, and not for every message.
      if (input.writableCorked === 0) {
        input.cork()
        setImmediate(() => input.uncork())
      }
      input.write(line)
    }
  }

  cancel(): void {
    // On stdio a request is abandoned with `notifications/cancelled`, which the link sends.
  }

  close(): Promise<void> {
    this.#asked ??= { code: 'closed', explain: `${this.#name} was stopped by the gateway` }
    return this.#process.close()
  }

  get #name(): string {
    return `server "${this.#options.serverId}"`
  }

  #read(chunk: Buffer): void {
    this.#frames.push(chunk)
    if (this.#frames.skippedBytes > this.#options.maxMessageBytes * ENDLESS) {
      this.#giveUp('too-large', `sent ${this.#frames.skippedBytes} bytes without the end of a line`)
    }
  }

  #line(bytes: Buffer): void {
    if (this.#closed) return
    if (isObjectLine(bytes)) this.#events.message(bytes, NO_CONTEXT)
    else this.#waste(bytes, bytes.length)
  }

  #tooLong(head: Buffer): void {
    const { serverId, maxMessageBytes, log, openRequests } = this.#options
    this.#tooLongHead = Buffer.from(head.subarray(0, HEAD_BYTES))
    const open = openRequests?.() ?? []
    log.warn('upstream.line-too-long', { server: serverId, maxMessageBytes, openRequests: open.length })
    const named = answeredId(head)
    const [only, ...more] = open
    const id =
      named === undefined ? (more.length === 0 ? only : undefined) : open.find((one) => one === named)
    if (id === undefined || this.#closed) return
    const explain = `${this.#name} answered with more than ${maxMessageBytes} bytes; the answer was thrown away`
    this.#events.failed(id, { code: 'too-large', explain })
  }

  #waste(head: Buffer, bytes: number): void {
    if (this.#closed) return
    this.#process.wasted(bytes)
    this.#noise.add(head, bytes)
  }

  #hasRoom(message: Outbound, length: number, queued: number): boolean {
    // Cancellations and answers may use twice the room: a server that is stuck may be waiting for just those.
    const room = message.kind === 'request' ? this.#maxQueued : this.#maxQueued * 2
    return queued === 0 || queued + length <= room
  }

  #refuse(message: Outbound, code: TransportFault['code'], why: string): void {
    const { id, kind } = message
    this.#options.log.warn('upstream.not-sent', {
      server: this.#options.serverId,
      kind,
      method: message.method,
      why,
    })
    if (id === undefined) return
    // Later, because whoever sends is not ready to hear of it from within `send`.
    queueMicrotask(() => {
      if (!this.#closed) this.#events.failed(id, { code, explain: `${this.#name} ${why}` })
    })
  }

  #giveUp(code: TransportFault['code'], what: string): void {
    if (this.#asked !== undefined) return
    this.#asked = { code, explain: `${this.#name} ${what}; it was stopped` }
    this.#process.close().catch((error: unknown) => {
      this.#options.log.error('upstream.close', { server: this.#options.serverId, error: String(error) })
    })
  }

  #ended(end: ProcessEnd): void {
    const rest = this.#frames.end()
    if (rest !== undefined) this.#waste(rest, rest.length)
    this.#noise.flush()
    this.#closed = true
    const { code: exitCode, signal } = end
    this.#events.closed({ ...(this.#asked ?? this.#exited(end)), exitCode, signal })
  }

  #exited({ code, signal, ranMs, lastWords }: ProcessEnd): TransportFault {
    const how = signal === null ? `with exit code ${code}` : `by signal ${signal}`
    const said = lastWords === undefined ? '' : `; on standard error it said: ${lastWords}`
    return {
      code: 'exited',
      explain: `${this.#name} ended ${how}, ${(ranMs / 1000).toFixed(1)} s after its start${said}`,
    }
  }
}
