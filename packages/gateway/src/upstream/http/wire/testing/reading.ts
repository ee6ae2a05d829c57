/**
 * What the reader makes of bytes, for tests.
 */
import type { AnswerHead } from '../answerHead.ts'
import { AnswerReader } from '../answerReader.ts'

export interface WholeReading {
  /** `complete`, `open` when more would have to come, or the fault. */
  readonly outcome: string
  readonly status: number | undefined
  readonly type: string | readonly string[] | undefined
  readonly isReusable: boolean | undefined
  /** The body, one character a byte. */
  readonly body: string
}

/** Reads an answer in these pieces; `ends`: the server ends the connection behind them. */
export function readPieces(pieces: readonly Buffer[], ends: boolean): WholeReading {
  let head: AnswerHead | undefined
  let body = ''
  const reader = new AnswerReader({
    head: (one) => {
      if (head !== undefined) throw new Error('two heads')
      head = one
    },
    data: (bytes, from, to) => {
      if (head === undefined) throw new Error('a body without a head')
      if (from >= to) throw new Error('an empty piece')
      body += bytes.toString('latin1', from, to)
    },
  })
  reader.begin()
  let outcome: string | undefined
  for (const piece of pieces) {
    // As on the wire: one block of memory for all pieces, overwritten by the next.
    piece.copy(ARRIVALS)
    ARRIVALS.fill(0x2a, piece.length, piece.length + 64)
    outcome = reader.push(ARRIVALS, piece.length)
    if (outcome !== undefined && outcome !== 'complete') break
  }
  if (outcome === undefined) outcome = ends && reader.end() ? 'complete' : 'open'
  return {
    outcome,
    status: head?.status,
    type: head?.headers['content-type'],
    isReusable: head?.isReusable,
    body,
  }
}

const ARRIVALS = Buffer.alloc(4 << 20)

/** Reads text of one character a byte, whole. */
export function readText(text: string, ends = false): WholeReading {
  return readPieces([Buffer.from(text, 'latin1')], ends)
}

/** Cuts bytes at these places. */
export function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b)
  const pieces: Buffer[] = []
  let from = 0
  for (const place of [...sorted, bytes.length]) {
    if (place > from) pieces.push(bytes.subarray(from, place))
    from = Math.max(from, place)
  }
  return pieces
}
