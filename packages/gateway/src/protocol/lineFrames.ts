/**
 * Newline-delimited messages (MCP "stdio transport"): chunks of a pipe in, whole lines out.
 *
 * Every byte is looked at once and copied at most twice, whatever the chunks: a line inside one chunk is handed on as a
 * view of it, a longer one is put together when it is complete. Nothing beyond `maxBytes` is ever held: the rest of
 * an over-long line is counted and thrown away up to the next newline, where reading goes on.
 *
 * @example
 * const frames = new LineFrames(1024, { line: (b) => console.log(b.toString()), tooLong() {}, resumed() {} })
 * frames.push(Buffer.from('{"a":1}\r\n{"b"'))   // prints {"a":1}
 */
export interface LineSink {
  /** One line without its newline (and without the carriage return before it). Never empty. Belongs to the receiver. */
  line(bytes: Buffer): void
  /** A line has just passed the limit; `head` is what of it was held. */
  tooLong(head: Buffer): void
  /** The over-long line is over; it had this many bytes. */
  resumed(bytes: number): void
}

const NEWLINE = 0x0a
const RETURN = 0x0d
/** Parts smaller than this are copied together, so that a server that drips single bytes costs no object per byte. */
const SMALL_PART = 16 * 1024
const SLAB = 64 * 1024

export class LineFrames {
  readonly #maxBytes: number
  readonly #sink: LineSink
  #blocks: Buffer[] = []
  #slab: Buffer = Buffer.alloc(0)
  #slabUsed = 0
  #held = 0
  #skipped = 0

  constructor(maxBytes: number, sink: LineSink) {
    this.#maxBytes = maxBytes
    this.#sink = sink
  }

  /** Bytes of the over-long line that is being thrown away at the moment; 0 when there is none. */
  get skippedBytes(): number {
    return this.#skipped
  }

  push(chunk: Buffer): void {
    let from = 0
    while (from < chunk.length) {
      const newline = chunk.indexOf(NEWLINE, from)
      if (newline === -1) {
        this.#hold(chunk.subarray(from))
        return
      }
      this.#finish(chunk.subarray(from, newline))
      from = newline + 1
    }
  }

  /** The stream is over. Returns the last line if it lacked its newline: it may be cut, so it is no message. */
  end(): Buffer | undefined {
    if (this.#skipped > 0) {
      this.#resume(0)
      return undefined
    }
    const rest = this.#take(Buffer.alloc(0))
    return rest.length === 0 ? undefined : rest
  }

  #finish(part: Buffer): void {
    if (this.#skipped > 0) {
      this.#resume(part.length)
      return
    }
    let line = this.#held === 0 ? part : this.#take(part)
    if (line[line.length - 1] === RETURN) line = line.subarray(0, -1)
    if (line.length > this.#maxBytes) {
      this.#sink.tooLong(line.subarray(0, this.#maxBytes))
      this.#sink.resumed(line.length)
    } else if (line.length > 0) {
      this.#sink.line(line)
    }
  }

  #hold(part: Buffer): void {
    if (this.#skipped > 0) {
      this.#skipped += part.length
      return
    }
    // One byte more than the limit may be the carriage return of a line that is just within it.
    if (this.#held + part.length > this.#maxBytes + 1) {
      const total = this.#held + part.length
      const head = this.#take(part.subarray(0, Math.max(0, this.#maxBytes - this.#held)))
      this.#skipped = total
      this.#sink.tooLong(head.subarray(0, this.#maxBytes))
      return
    }
    this.#held += part.length
    if (part.length >= SMALL_PART) {
      this.#sealSlab()
      this.#blocks.push(part)
      return
    }
    if (this.#slab.length - this.#slabUsed < part.length) {
      this.#sealSlab()
      this.#slab = Buffer.allocUnsafeSlow(SLAB)
    }
    part.copy(this.#slab, this.#slabUsed)
    this.#slabUsed += part.length
  }

  #sealSlab(): void {
    if (this.#slabUsed === 0) return
    this.#blocks.push(this.#slab.subarray(0, this.#slabUsed))
    this.#slab = this.#slab.subarray(this.#slabUsed)
    this.#slabUsed = 0
  }

  #take(last: Buffer): Buffer {
    this.#sealSlab()
    const whole = Buffer.concat([...this.#blocks, last])
    this.#blocks = []
    this.#held = 0
    return whole
  }

  #resume(lastBytes: number): void {
    const bytes = this.#skipped + lastBytes
    this.#skipped = 0
    this.#sink.resumed(bytes)
  }
}

/**
 * Whether a line has the outside of a JSON object, which every message has: `{`, then `"` or `}`, and `}` at the end.
 * What a program prints by accident (`{ port: 3000 }`, `[info] ready`, a byte order mark) does not. Everything
 * inside is for the strict parser to judge. A JSON array would be a batch, which MCP does not have.
 *
 * @example isObjectLine(Buffer.from(' {"jsonrpc":"2.0"} ')) // true
 */
export function isObjectLine(line: Buffer): boolean {
  const start = skipSpace(line, 0)
  if (line[start] !== 0x7b) return false
  const next = line[skipSpace(line, start + 1)]
  if (next !== 0x22 && next !== 0x7d) return false
  let end = line.length - 1
  while (isSpace(line[end])) end--
  return line[end] === 0x7d
}

function skipSpace(line: Buffer, from: number): number {
  let at = from
  while (isSpace(line[at])) at++
  return at
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === RETURN
}
