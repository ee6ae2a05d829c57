/** A line with its number, from 1; without its bytes when it was too long to be held. */
export interface NumberedLine {
  readonly line: number
  readonly bytes: Buffer | undefined
}

const NEWLINE = 0x0a

/**
 * The lines of a stream with their numbers, chunk by chunk; empty ones are counted and left out. Never holds more than one
 * line of `maxBytes`; what is longer is thrown away up to its end and told of.
 *
 * @example for await (const lines of numberedLines(process.stdin, 1024)) for (const { line, bytes } of lines) ...
 */
export async function* numberedLines(
  stream: AsyncIterable<Buffer>,
  maxBytes: number,
): AsyncGenerator<NumberedLine[]> {
  let line = 1
  let parts: Buffer[] = []
  let held = 0
  let isSkipping = false
  const hold = (part: Buffer) => {
    if (isSkipping || part.length === 0) return
    held += part.length
    if (held > maxBytes) {
      isSkipping = true
      parts = []
    } else parts.push(part)
  }
  const finish = (): NumberedLine[] => {
    const [only] = parts
    const bytes = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts)
    const done = { line: line++, bytes: isSkipping ? undefined : bytes }
    const isBlank = !isSkipping && isSpace(bytes)
    parts = []
    held = 0
    isSkipping = false
    return isBlank ? [] : [done]
  }
  for await (const chunk of stream) {
    const lines: NumberedLine[] = []
    let from = 0
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      hold(chunk.subarray(from, at))
      lines.push(...finish())
      from = at + 1
    }
    // The chunk may be used again by whoever gave it.
    hold(Buffer.from(chunk.subarray(from)))
    if (lines.length > 0) yield lines
  }
  const last = held > 0 || isSkipping ? finish() : []
  if (last.length > 0) yield last
}

function isSpace(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d)
}
