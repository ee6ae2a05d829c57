import { type InspectContext, inspectLine, tooLong } from './inspectLine.ts'
import type { NumberedLine } from './numberedLines.ts'

/** Lines that are inspected in one go, by whichever thread. */
export interface Batch {
  readonly lines: readonly { readonly line: number; readonly from: number; readonly to: number }[]
  /** All lines behind one another; of one that was too long nothing (`to` before `from`). */
  readonly bytes: Uint8Array<ArrayBuffer>
}

export interface BatchResult {
  /** A line of output for each line of input, each with its newline. */
  readonly text: string
  /** Lines that could not be read. */
  readonly faults: number
}

/** Lines as one piece of memory, which a thread is given without a copy. */
export function makeBatch(lines: readonly NumberedLine[]): Batch {
  let at = 0
  const placed = lines.map(({ line, bytes }) => {
    const from = at
    at += bytes?.length ?? 0
    return { line, from, to: bytes === undefined ? -1 : at }
  })
  const bytes = new Uint8Array(at)
  for (const [index, { bytes: own }] of lines.entries())
    if (own !== undefined) bytes.set(own, placed[index]?.from ?? 0)
  return { lines: placed, bytes }
}

/** Each line by itself: what comes out depends on no other line. */
export function inspectBatch(batch: Batch, context: InspectContext): BatchResult {
  const parts: string[] = []
  let faults = 0
  for (const { line, from, to } of batch.lines) {
    const inspected = to < from ? tooLong(line) : inspectLine(batch.bytes.subarray(from, to), line, context)
    if (!inspected.ok) faults++
    parts.push(inspected.text, '\n')
  }
  return { text: parts.join(''), faults }
}
