/**
 * Both ends of each line of a stream, without holding the lines: enough to see an id where programs write it.
 */
export interface LineEdge {
  /** The first bytes, at most `EDGE_BYTES`. */
  readonly head: Buffer
  /** The last bytes, at most `EDGE_BYTES`; the head itself when the line is short. */
  readonly tail: Buffer
  /** The whole line, when it is not longer than `WHOLE_BYTES`. */
  readonly whole: Buffer | undefined
}

export const EDGE_BYTES = 512
export const WHOLE_BYTES = 64 * 1024
const NEWLINE = 0x0a

/**
 * @example
 * const edges = new LineEdges(({ head }) => console.log(head.toString()))
 * edges.push(Buffer.from('{"a":1}\n{"b"'))   // prints {"a":1}
 */
export class LineEdges {
  readonly #line: (edge: LineEdge) => void
  /** The line that is not over yet: all of it up to `WHOLE_BYTES`, then its first and last bytes. */
  #parts: Buffer[] = []
  #held = 0
  #length = 0

  constructor(line: (edge: LineEdge) => void) {
    this.#line = line
  }

  /** True while a line has begun and not ended. */
  get midLine(): boolean {
    return this.#length > 0
  }

  push(chunk: Buffer): void {
    let from = 0
    for (let newline = chunk.indexOf(NEWLINE); newline >= 0; newline = chunk.indexOf(NEWLINE, from)) {
      this.#add(chunk.subarray(from, newline))
      this.#finish()
      from = newline + 1
    }
    if (from < chunk.length) this.#add(chunk.subarray(from))
  }

  #add(part: Buffer): void {
    if (part.length === 0) return
    this.#length += part.length
    this.#parts.push(part)
    this.#held += part.length
    if (this.#held <= WHOLE_BYTES) return
    // Copies: a view would keep every chunk of a large line alive.
    const all = Buffer.concat(this.#parts)
    const edges = [all.subarray(0, EDGE_BYTES), all.subarray(-EDGE_BYTES)]
    this.#parts = edges.map((edge) => Buffer.from(edge))
    this.#held = 2 * EDGE_BYTES
  }

  #finish(): void {
    if (this.#length === 0) return
    const [only] = this.#parts
    const text = this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts)
    const whole = this.#length === text.length ? text : undefined
    this.#line({ head: text.subarray(0, EDGE_BYTES), tail: text.subarray(-EDGE_BYTES), whole })
    this.#parts = []
    this.#held = 0
    this.#length = 0
  }
}
