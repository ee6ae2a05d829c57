/**
 * Reads what a server sends for one request, in whatever pieces the network cuts it into.
 */
import { type AnswerHead, checkTrailers, readAnswerHead } from './answerHead.ts'
import type { AnswerFault } from './httpError.ts'
import { LineBlock } from './lineBlock.ts'

export interface AnswerReceiver {
  /** The final head; interim ones (RFC 9110 15.2) are passed over. */
  head(head: AnswerHead): void
  /** Some of the body: `bytes[from, to)`, lent for the time of the call. */
  data(bytes: Buffer, from: number, to: number): void
}

/** `complete`: the answer is whole, and nothing came after it. `undefined`: more must come. */
export type Reading = 'complete' | AnswerFault | undefined

type State =
  | 'head'
  | 'length'
  | 'close'
  | 'chunk-size'
  | 'chunk-size-lf'
  | 'chunk'
  | 'chunk-cr'
  | 'chunk-lf'
  | 'trailers'
  | 'complete'
  | 'stopped'

export const MAX_HEAD_BYTES = 16 * 1024
/** `103 Early Hints` may come more than once; a server that sends nothing else must not hold a call for ever. */
const MAX_INTERIM = 16
/** 4 GiB in one chunk are enough. */
const MAX_SIZE_DIGITS = 8
const LF = 10
const CR = 13

/**
 * The strict reader: RFC 9112, of which every leniency is left out. An answer is read one way or refused, and how it is cut
 * changes nothing but when. Bytes after the end of an answer are never anybody's: nothing was asked, so they were smuggled in
 * (response splitting, CWE-113), and whatever stands before them on that connection is in doubt too.
 *
 * Linear: every byte is looked at once or twice. It keeps nothing of a body, and of a head at most `MAX_HEAD_BYTES`.
 *
 * @example
 * const reader = new AnswerReader(receiver)
 * reader.begin()
 * reader.push(bytes, bytes.length) // 'complete', undefined, or 'HTTP_BARE_LF' ...
 */
export class AnswerReader {
  readonly #receiver: AnswerReceiver
  readonly #block = new LineBlock(MAX_HEAD_BYTES)
  #state: State = 'complete'
  #interim = 0
  /** What has come of a head or of trailers that is not whole yet. */
  #held: Buffer | undefined
  #heldBytes = 0
  /** Left of the body or of a chunk. */
  #left = 0
  #digits = 0
  #bytes = 0

  constructor(receiver: AnswerReceiver) {
    this.#receiver = receiver
  }

  /** Expects the next answer. */
  begin(): void {
    this.#state = 'head'
    this.#interim = 0
    this.#bytes = 0
    this.#beginBlock()
  }

  /** Hands out nothing more of this answer. */
  stop(): void {
    this.#state = 'stopped'
  }

  /** True once anything of the answer came. */
  get hasBegun(): boolean {
    return this.#bytes > 0
  }

  /** Takes `bytes[0, length)`. The receiver is called from within. */
  push(bytes: Buffer, length: number): Reading {
    this.#bytes += length
    let at = 0
    while (at < length) {
      let next: number | AnswerFault
      switch (this.#state) {
        case 'head':
          next = this.#head(bytes, at, length)
          break
        case 'length':
        case 'chunk':
          next = this.#body(bytes, at, length)
          break
        case 'close':
          this.#receiver.data(bytes, at, length)
          next = length
          break
        case 'trailers':
          next = this.#trailers(bytes, at, length)
          break
        case 'complete':
          return this.#refuse('HTTP_SURPLUS')
        case 'stopped':
          return undefined
        default:
          next = this.#chunkEdge(bytes[at] ?? 0, at)
      }
      if (typeof next === 'string') return this.#refuse(next)
      at = next
    }
    return this.#state === 'complete' ? 'complete' : undefined
  }

  /** The server ends the connection. True when that completes the answer. */
  end(): boolean {
    if (this.#state !== 'close') return false
    this.#state = 'complete'
    return true
  }

  #head(bytes: Buffer, from: number, to: number): number | AnswerFault {
    const end = this.#block.end(bytes, from, to)
    if (end === -1) return this.#block.fault ?? this.#hold(bytes, from, to)
    const head =
      this.#heldBytes === 0
        ? readAnswerHead(bytes, from, end)
        : readAnswerHead(this.#holdLast(bytes, from, end), 0, this.#heldBytes)
    if (typeof head === 'string') return head
    this.#beginBlock()
    if (head.status < 200) {
      // We never ask for another protocol: whoever switches speaks to somebody else.
      if (head.status === 101) return 'HTTP_SWITCHED_PROTOCOLS'
      return ++this.#interim > MAX_INTERIM ? 'HTTP_TOO_MANY_INTERIM' : end
    }
    const { framing } = head
    if (framing.kind === 'length') this.#left = framing.bytes
    this.#state =
      framing.kind === 'empty' ? 'complete' : framing.kind === 'chunked' ? 'chunk-size' : framing.kind
    this.#digits = 0
    // With bytes behind an answer without a body there is no answer to report.
    if (this.#state === 'complete' && end < to) return 'HTTP_SURPLUS'
    this.#receiver.head(head)
    return end
  }

  #body(bytes: Buffer, from: number, to: number): number | AnswerFault {
    const end = Math.min(to, from + this.#left)
    this.#left -= end - from
    if (this.#left === 0) {
      if (this.#state === 'chunk') this.#state = 'chunk-cr'
      else if (end < to) return 'HTTP_SURPLUS'
      else this.#state = 'complete'
    }
    this.#receiver.data(bytes, from, end)
    return end
  }

  /** What stands between the data of two chunks: CRLF, a size in hexadecimal digits and nothing else, CRLF. */
  #chunkEdge(byte: number, at: number): number | AnswerFault {
    switch (this.#state) {
      case 'chunk-cr':
        if (byte !== CR) return 'HTTP_CHUNK_END'
        this.#state = 'chunk-lf'
        break
      case 'chunk-lf':
        if (byte !== LF) return 'HTTP_CHUNK_END'
        this.#state = 'chunk-size'
        this.#digits = 0
        break
      case 'chunk-size':
        if (byte === CR && this.#digits > 0) {
          this.#state = 'chunk-size-lf'
        } else {
          const digit = hexDigit(byte)
          // Extensions, signs and white space end here too: readers disagree on them, and nobody needs them.
          if (digit === -1 || this.#digits === MAX_SIZE_DIGITS) return 'HTTP_CHUNK_SIZE'
          this.#left = this.#digits === 0 ? digit : this.#left * 16 + digit
          this.#digits++
        }
        break
      default:
        if (byte !== LF) return 'HTTP_CHUNK_SIZE'
        this.#state = this.#left === 0 ? 'trailers' : 'chunk'
    }
    return at + 1
  }

  #trailers(bytes: Buffer, from: number, to: number): number | AnswerFault {
    const end = this.#block.end(bytes, from, to)
    if (end === -1) return this.#block.fault ?? this.#hold(bytes, from, to)
    const fault =
      this.#heldBytes === 0
        ? checkTrailers(bytes, from, end)
        : checkTrailers(this.#holdLast(bytes, from, end), 0, this.#heldBytes)
    if (fault !== undefined) return fault
    this.#state = 'complete'
    return end
  }

  #beginBlock(): void {
    this.#block.reset()
    this.#held = undefined
    this.#heldBytes = 0
  }

  #hold(bytes: Buffer, from: number, to: number): number {
    this.#holdLast(bytes, from, to)
    return to
  }

  #holdLast(bytes: Buffer, from: number, to: number): Buffer {
    this.#held ??= Buffer.allocUnsafe(MAX_HEAD_BYTES)
    this.#heldBytes += bytes.copy(this.#held, this.#heldBytes, from, to)
    return this.#held
  }

  #refuse(fault: AnswerFault): AnswerFault {
    this.#state = 'stopped'
    return fault
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const lower = byte | 0x20
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}
