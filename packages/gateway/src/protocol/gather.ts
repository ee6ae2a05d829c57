/**
 * Bytes that arrive in pieces and are wanted whole.
 */
const EMPTY = Buffer.alloc(0)

/**
 * Collects pieces. One piece is handed on as it is, without a copy; more are copied together as they come, so that
 * memory follows the bytes and not the number of pieces: a peer that sends a message in chunks of one byte would
 * otherwise cost a hundred times the limit that was set for it.
 *
 * The caller checks `length` against its limit before it appends.
 *
 * @example
 * const gather = new Gather()
 * gather.append(Buffer.from('{"a"'))
 * gather.append(Buffer.from(':1}'))
 * gather.take().toString() // {"a":1}
 */
export class Gather {
  #buffer: Buffer = EMPTY
  #length = 0
  /** True when `#buffer` is ours to write to; false while it is the first piece. */
  #own = false

  get length(): number {
    return this.#length
  }

  append(piece: Buffer): void {
    if (this.#length === 0) {
      this.#buffer = piece
      this.#own = false
      this.#length = piece.length
      return
    }
    const total = this.#length + piece.length
    if (!this.#own || total > this.#buffer.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(1024, total * 2))
      this.#buffer.copy(grown, 0, 0, this.#length)
      this.#buffer = grown
      this.#own = true
    }
    piece.copy(this.#buffer, this.#length)
    this.#length = total
  }

  /** Everything so far; the collector is empty afterwards and keeps no hold on it. */
  take(): Buffer {
    const all = this.#buffer.subarray(0, this.#length)
    this.#buffer = EMPTY
    this.#own = false
    this.#length = 0
    return all
  }
}
