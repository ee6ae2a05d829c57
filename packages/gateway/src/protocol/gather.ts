/**
 * Bytes that arrive in pieces and are wanted whole.
 */

/** Pieces from here on are kept as they are; smaller ones are copied together, a block at a time. */
const KEEP_BYTES = 2_048
const BLOCK_BYTES = 16_384
const EMPTY = Buffer.alloc(0)
/** What is announced as smaller comes in few pieces anyway. */
const LARGE_BYTES = 128 * 1024

/**
 * Collects pieces. One piece is handed on as it is, without a copy; of more each byte is copied once, when they are
 * taken, unless the pieces are small: those are copied as they come, so that memory follows the bytes and not the
 * number of pieces. A peer that sends a message in chunks of one byte would otherwise cost a hundred times the limit
 * that was set for it.
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
  #length = 0
  /** The first piece while it is the only one. */
  #only: Buffer = EMPTY
  #kept: Buffer[] = []
  /** Small pieces go into a block of our own; those from `#start` to `#used` are not in `#kept` yet. */
  #block: Buffer = EMPTY
  #start = 0
  #used = 0
  /** Room for all of it, when it is known how much will come. */
  #room: Buffer | undefined

  /**
   * `expected`: how many bytes are announced, if that is known. What is large is copied as it comes, while it is still in the
   * processor's cache. An announcement costs no memory before its bytes come (the system gives pages when they are
   * written), and more or fewer bytes than announced are taken as well.
   */
  constructor(expected = 0) {
    if (expected >= LARGE_BYTES) this.#room = Buffer.allocUnsafeSlow(expected)
  }

  get length(): number {
    return this.#length
  }

  append(piece: Buffer): void {
    if (this.#room !== undefined && this.#length + piece.length <= this.#room.length) {
      this.#length += piece.copy(this.#room, this.#length)
      return
    }
    this.#leaveRoom()
    if (this.#length === 0) {
      this.#only = piece
    } else {
      if (this.#only.length > 0) {
        this.#add(this.#only)
        this.#only = EMPTY
      }
      this.#add(piece)
    }
    this.#length += piece.length
  }

  /** Takes a copy of `bytes[from, to)`, for pieces that are only lent. */
  appendCopy(bytes: Buffer, from: number, to: number): void {
    if (this.#room !== undefined && this.#length + to - from <= this.#room.length) {
      this.#length += bytes.copy(this.#room, this.#length, from, to)
    } else {
      this.append(copyOf(bytes, from, to))
    }
  }

  /** Everything so far; the collector is empty afterwards and keeps no hold on it. */
  take(): Buffer {
    const length = this.#length
    this.#length = 0
    if (this.#room !== undefined) {
      const whole = this.#room.subarray(0, length)
      this.#room = undefined
      return whole
    }
    this.#endRun()
    this.#block = EMPTY
    this.#start = 0
    this.#used = 0
    if (this.#kept.length === 0) {
      const only = this.#only
      this.#only = EMPTY
      return only
    }
    const kept = this.#kept
    this.#kept = []
    return Buffer.concat(kept, length)
  }

  #add(piece: Buffer): void {
    if (piece.length >= KEEP_BYTES) {
      this.#endRun()
      this.#kept.push(piece)
      return
    }
    if (this.#used + piece.length > this.#block.length) {
      this.#endRun()
      this.#block = Buffer.allocUnsafeSlow(BLOCK_BYTES)
      this.#start = 0
      this.#used = 0
    }
    piece.copy(this.#block, this.#used)
    this.#used += piece.length
  }

  /** More came than was announced: what is there is one more piece. */
  #leaveRoom(): void {
    if (this.#room === undefined) return
    if (this.#length > 0) this.#kept.push(this.#room.subarray(0, this.#length))
    this.#room = undefined
  }

  #endRun(): void {
    if (this.#used > this.#start) this.#kept.push(this.#block.subarray(this.#start, this.#used))
    this.#start = this.#used
  }
}

/** A copy of `bytes[from, to)`. */
export function copyOf(bytes: Buffer, from: number, to: number): Buffer {
  const copy = Buffer.allocUnsafe(to - from)
  bytes.copy(copy, 0, from, to)
  return copy
}
