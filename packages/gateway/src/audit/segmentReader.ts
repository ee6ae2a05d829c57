import { closeSync, openSync, readSync } from 'node:fs'
import { MAX_RECORD_BYTES } from './record.ts'

export interface SegmentLine {
  /** Without its line feed. One character a byte: records are ASCII. */
  readonly text: string
  /** From 1. */
  readonly line: number
  /** Where it starts in the file. */
  readonly offset: number
  /** False for what follows the last line feed: a record that is being written, or never was. */
  readonly whole: boolean
}

const CHUNK_BYTES = 1024 * 1024

/**
 * The lines of a file from one byte to another, in order. Reads synchronously, a megabyte at a time: for commands, not
 * for the gateway's way.
 */
export function* readLines(path: string, from = 0, to = Number.POSITIVE_INFINITY): Generator<SegmentLine> {
  const fd = openSync(path, 'r')
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES)
    let position = from
    let offset = from
    let line = 1
    let rest = ''
    for (;;) {
      const read = readSync(fd, buffer, 0, Math.min(CHUNK_BYTES, to - position), position)
      if (read === 0) break
      position += read
      const text = rest + buffer.toString('latin1', 0, read)
      let start = 0
      for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
        yield { text: text.slice(start, end), line, offset, whole: true }
        offset += end + 1 - start
        line += 1
        start = end + 1
      }
      rest = text.slice(start)
      // No record is that long: somebody wrote here, and is not to fill our memory.
      if (rest.length > 4 * MAX_RECORD_BYTES) break
    }
    if (rest !== '') yield { text: rest, line, offset, whole: false }
  } finally {
    closeSync(fd)
  }
}
