/**
 * Server-Sent Events, both ways: a parser fed with whatever pieces the network delivers, and an encoder.
 *
 * Follows the WHATWG HTML Standard, "Server-sent events" (9.2.5 parsing, 9.2.6 interpretation). Payloads stay bytes:
 * whether they are UTF-8 and JSON is for `readInbound` to judge, once, not for a lossy decoder here. Ids are one
 * character a byte (as HTTP header values are), so that a `Last-Event-ID` goes back exactly as it came.
 */

import { Gather } from './gather.ts'

/** One event as it was dispatched. `data` may share memory with the piece it came in; its bytes are the receiver's. */
export interface SseEvent {
  /** The event's name; `message` when it has none. */
  readonly type: string
  readonly data: Buffer
  /** The last event id in force, `''` when there was none. */
  readonly lastEventId: string
}

export interface SseLimits {
  /** Bytes of `data` one event may have. */
  readonly maxEventBytes: number
  /** Bytes one line may have, whatever it says; `maxEventBytes` and room for a field's name unless told. */
  readonly maxLineBytes?: number
}

export interface SseHandlers {
  event(event: SseEvent): void
  /** The server asks to wait this many milliseconds before a reconnection. */
  retry?(ms: number): void
}

/** Why a stream cannot be read on. The parser ignores everything after it. */
export interface SseFault {
  readonly code: 'too-large'
  readonly explain: string
}

const LF = 10
const CR = 13
const SPACE = 32
const COLON = 58
const BOM = Buffer.from([0xef, 0xbb, 0xbf])
const EMPTY = Buffer.alloc(0)

/**
 * Reads one stream. CR, LF and CRLF end a line wherever the pieces are cut; an event that is not closed by an empty
 * line when the stream ends is dropped, as the standard says. Memory is bounded by the limits, not by the number of lines.
 *
 * @example
 * const parser = new SseParser({ maxEventBytes: 1 << 20 }, { event: (event) => console.log(event.data.toString()) })
 * parser.push(Buffer.from('event: message\ndata: {"a"'))
 * parser.push(Buffer.from(':1}\r\n\r\n')) // prints {"a":1}
 */
export class SseParser {
  readonly #handlers: SseHandlers
  readonly #maxEventBytes: number
  readonly #maxLineBytes: number
  /** Bytes that may turn out to be a byte order mark; `undefined` once that is settled. */
  #start: Buffer | undefined = EMPTY
  /** The unfinished line. */
  readonly #line = new Gather()
  #afterCr = false
  #stopped = false
  #type = ''
  #id = ''
  #lastEventId = ''
  #hasData = false
  readonly #data = new Gather()

  constructor(limits: SseLimits, handlers: SseHandlers) {
    this.#handlers = handlers
    this.#maxEventBytes = limits.maxEventBytes
    this.#maxLineBytes = limits.maxLineBytes ?? limits.maxEventBytes + 64
  }

  /** The id to resume after: that of the last event that was complete, `''` when none had one. */
  get lastEventId(): string {
    return this.#lastEventId
  }

  /** Reads nothing more: for a handler that has seen enough. */
  stop(): void {
    this.#stopped = true
    this.#line.take()
    this.#data.take()
  }

  /** Takes the next piece of the stream; handlers are called from within. */
  push(piece: Buffer): SseFault | undefined {
    let chunk = piece
    if (this.#start !== undefined) {
      const start = this.#withoutMark(chunk)
      if (start === undefined) return undefined
      chunk = start
    }
    let at = 0
    if (this.#afterCr && chunk.length > 0) {
      this.#afterCr = false
      if (chunk[0] === LF) at = 1
    }
    // Each is searched again only once it is passed: a chunk of nothing but CRs must not cost a scan for LF per line.
    let lf = -1
    let cr = -1
    while (at < chunk.length && !this.#stopped) {
      if (lf < at) lf = find(chunk, LF, at)
      if (cr < at) cr = find(chunk, CR, at)
      const end = Math.min(lf, cr)
      const fault = this.#segment(chunk, at, end)
      if (fault !== undefined) {
        this.stop()
        return fault
      }
      at = end + 1
      if (end === cr && end < chunk.length) {
        if (at === chunk.length) this.#afterCr = true
        else if (chunk[at] === LF) at++
      }
    }
    return undefined
  }

  /** One byte order mark at the very start is no part of the stream. `undefined` while it could still become one. */
  #withoutMark(chunk: Buffer): Buffer | undefined {
    const held = this.#start ?? EMPTY
    const all = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    const known = Math.min(all.length, BOM.length)
    const marked = all.compare(BOM, 0, known, 0, known) === 0
    if (marked && known < BOM.length) {
      this.#start = all
      return undefined
    }
    this.#start = undefined
    return marked ? all.subarray(BOM.length) : all
  }

  /** The part of a line in `chunk[at, end)`; the line ends there unless that is the chunk's end. */
  #segment(chunk: Buffer, at: number, end: number): SseFault | undefined {
    if (this.#line.length + end - at > this.#maxLineBytes) {
      return {
        code: 'too-large',
        explain: `a line of the event stream is longer than ${this.#maxLineBytes} bytes`,
      }
    }
    if (end === chunk.length) {
      this.#line.append(chunk.subarray(at))
      return undefined
    }
    if (this.#line.length > 0) {
      this.#line.append(chunk.subarray(at, end))
      return this.#field(this.#line.take())
    }
    if (end > at) return this.#field(chunk.subarray(at, end))
    this.#dispatch()
    return undefined
  }

  #field(line: Buffer): SseFault | undefined {
    const colon = line.indexOf(COLON)
    if (colon === 0) return undefined // a comment
    const nameEnd = colon === -1 ? line.length : colon
    const valueStart = colon === -1 ? line.length : line[colon + 1] === SPACE ? colon + 2 : colon + 1
    // Field names are compared exactly, case included; anything else is ignored.
    if (nameEnd === 4 && is(line, 'data')) return this.#append(line.subarray(valueStart))
    if (nameEnd === 5 && is(line, 'event')) this.#type = line.toString('utf8', valueStart)
    else if (nameEnd === 2 && is(line, 'id')) {
      // An id with NUL is ignored, so that it can never reach a header.
      if (line.indexOf(0, valueStart) === -1) this.#id = line.toString('latin1', valueStart)
    } else if (nameEnd === 5 && is(line, 'retry')) {
      const digits = line.toString('latin1', valueStart)
      if (/^[0-9]{1,15}$/.test(digits)) this.#handlers.retry?.(Number(digits))
    }
    return undefined
  }

  #append(value: Buffer): SseFault | undefined {
    if (this.#data.length + value.length + (this.#hasData ? 1 : 0) > this.#maxEventBytes) {
      return {
        code: 'too-large',
        explain: `an event of the stream has more than ${this.#maxEventBytes} bytes`,
      }
    }
    if (this.#hasData) this.#data.append(Buffer.from([LF]))
    this.#data.append(value)
    this.#hasData = true
    return undefined
  }

  #dispatch(): void {
    this.#lastEventId = this.#id
    const type = this.#type
    this.#type = ''
    if (!this.#hasData) return
    this.#hasData = false
    this.#handlers.event({
      type: type === '' ? 'message' : type,
      data: this.#data.take(),
      lastEventId: this.#lastEventId,
    })
  }
}

/** What goes into one event. */
export interface SseOutput {
  /** The payload. Line ends in it become lines of data (which a reader joins with LF); JSON text has none. */
  readonly data: Buffer
  /** The event's name; readers take `message` when absent. */
  readonly type?: string
  readonly id?: string
  readonly retryMs?: number
}

/**
 * Writes one event. Throws a `RangeError` on an id or name that would break out of its line (CR, LF, NUL): both are
 * ours, so that is a broken caller, never input.
 *
 * @example
 * encodeSse({ data: Buffer.from('{"a":1}'), type: 'message' }) // event: message\ndata: {"a":1}\n\n
 */
export function encodeSse(output: SseOutput): Buffer {
  let head = ''
  if (output.type !== undefined) head += `event: ${oneLine(output.type, 'name')}\n`
  if (output.id !== undefined) head += `id: ${oneLine(output.id, 'id')}\n`
  if (output.retryMs !== undefined) head += `retry: ${Math.max(0, Math.trunc(output.retryMs))}\n`
  head += 'data: '
  const { data } = output
  // One line unless the payload says otherwise: an unescaped line end would let it forge fields and whole events.
  if (data.indexOf(LF) !== -1 || data.indexOf(CR) !== -1) {
    const lines = data.toString('latin1').split(/\r\n|\r|\n/)
    return Buffer.from(`${head}${lines.join('\ndata: ')}\n\n`, 'latin1')
  }
  const out = Buffer.allocUnsafe(head.length + data.length + 2)
  out.write(head, 0, 'latin1')
  data.copy(out, head.length)
  out[out.length - 2] = LF
  out[out.length - 1] = LF
  return out
}

/**
 * Writes a comment, which readers ignore: it keeps a silent stream alive.
 *
 * @example encodeSseComment('keep-alive') // : keep-alive\n\n
 */
export function encodeSseComment(text: string): Buffer {
  return Buffer.from(`: ${oneLine(text, 'comment')}\n\n`, 'latin1')
}

function oneLine(text: string, what: string): string {
  // Above U+00FF a character would be cut to its low byte, and U+010A would become a line end.
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === LF || code === CR || code === 0 || code > 0xff) {
      throw new RangeError(`an event's ${what} is one line of Latin-1 characters without NUL`)
    }
  }
  return text
}

/** Like `indexOf`, but the end where there is none. */
function find(chunk: Buffer, byte: number, from: number): number {
  const at = chunk.indexOf(byte, from)
  return at === -1 ? chunk.length : at
}

/** True when `line` begins with an ASCII name. */
function is(line: Buffer, name: string): boolean {
  for (let i = 0; i < name.length; i++) if (line[i] !== name.charCodeAt(i)) return false
  return true
}
