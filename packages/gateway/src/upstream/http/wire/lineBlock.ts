/**
 * Where a block of lines ends: a head, or the trailers after the last chunk.
 */
import type { AnswerFault } from './httpError.ts'

const HTAB = 9
const LF = 10
const CR = 13
const DEL = 127

/**
 * Finds the empty line that ends a block, in however many pieces it comes, and refuses on the way whatever two readers could
 * see differently: CR or LF alone (a line end to some, RFC 9112 2.2), NUL and other control characters (RFC 9110 5.5). Each byte
 * is looked at once.
 *
 * @example
 * const block = new LineBlock(16_384)
 * block.end(bytes, 0, bytes.length) // the index after the empty line; -1: not yet, or `block.fault` says why never
 */
export class LineBlock {
  readonly #maxBytes: number
  #bytes = 0
  #isAfterCr = false
  #isLineEmpty = true
  fault: AnswerFault | undefined

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Ready for the next block. */
  reset(): void {
    this.#bytes = 0
    this.#isAfterCr = false
    this.#isLineEmpty = true
    this.fault = undefined
  }

  /** Looks at `bytes[from, to)`, which follow those of the call before. */
  end(bytes: Buffer, from: number, to: number): number {
    const limit = Math.min(to, from + this.#maxBytes - this.#bytes)
    let isAfterCr = this.#isAfterCr
    let isLineEmpty = this.#isLineEmpty
    for (let at = from; at < limit; at++) {
      const byte = bytes[at] ?? 0
      if (isAfterCr) {
        if (byte !== LF) return this.#refuse('HTTP_BARE_CR')
        if (isLineEmpty) return at + 1
        isAfterCr = false
        isLineEmpty = true
      } else if (byte === CR) {
        isAfterCr = true
      } else if (byte === LF) {
        return this.#refuse('HTTP_BARE_LF')
      } else if ((byte < 0x20 && byte !== HTAB) || byte === DEL) {
        return this.#refuse('HTTP_CONTROL_CHARACTER')
      } else {
        isLineEmpty = false
      }
    }
    if (limit < to) return this.#refuse('HTTP_HEAD_TOO_LARGE')
    this.#bytes += to - from
    this.#isAfterCr = isAfterCr
    this.#isLineEmpty = isLineEmpty
    return -1
  }

  #refuse(fault: AnswerFault): -1 {
    this.fault = fault
    return -1
  }
}
