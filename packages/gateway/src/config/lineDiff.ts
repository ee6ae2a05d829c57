/** What stands around a change in a long line is cut to so many characters. */
const MOST_AROUND = 48

/**
 * The lines of one change, as a diff shows them: what was there, what is there instead. Long lines are cut around what
 * changes, which is shown whole.
 *
 * @example lineDiff('a\nb\n', 'a\nx\nb\n') // ['+ x']
 */
export function lineDiff(before: string, after: string): readonly string[] {
  const [old, now] = [before.split(/\r?\n/), after.split(/\r?\n/)]
  const most = Math.min(old.length, now.length)
  let start = 0
  while (start < most && old[start] === now[start]) start++
  let end = 0
  while (end < most - start && old.at(-1 - end) === now.at(-1 - end)) end++
  const gone = old.slice(start, old.length - end)
  const come = now.slice(start, now.length - end)
  // In a line of which a part changes, what is left and right of it.
  const left = sameAtStart(gone[0] ?? '', come[0] ?? '')
  const rest = gone.length === 1 ? (gone[0] ?? '').length - left : Number.POSITIVE_INFINITY
  const right = Math.min(rest, sameAtEnd(gone.at(-1) ?? '', come.at(-1) ?? ''))
  const short = (line: string, isFirst: boolean, isLast: boolean) =>
    cutEnd(isFirst ? cutStart(line, left) : line, isLast ? right : 0)
  const shown = (mark: string, lines: readonly string[]) =>
    lines
      .map((line, at) => short(line, at === 0, at === lines.length - 1))
      .filter((line) => line !== '')
      .map((line) => `${mark} ${line}`)
  return gone.length === 0 ? shown('+', come) : [...shown('-', gone), ...shown('+', come)]
}

function cutStart(line: string, same: number): string {
  return same <= MOST_AROUND ? line : `\u2026${line.slice(same - MOST_AROUND)}`
}

function cutEnd(line: string, same: number): string {
  return same <= MOST_AROUND ? line : `${line.slice(0, line.length - same + MOST_AROUND)}\u2026`
}

function sameAtStart(one: string, other: string): number {
  let same = 0
  while (same < one.length && one[same] === other[same]) same++
  return same
}

function sameAtEnd(one: string, other: string): number {
  let same = 0
  while (same < Math.min(one.length, other.length) && one.at(-1 - same) === other.at(-1 - same)) same++
  return same
}
