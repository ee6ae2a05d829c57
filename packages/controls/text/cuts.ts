/** A piece of a text to be taken out, or replaced. */
export interface Cut {
  readonly from: number
  readonly to: number
  readonly by: string
}

/** The text without the pieces, in whatever order they come; of those that overlap the first and longest counts. */
export function withoutCuts(text: string, cuts: readonly Cut[]): string {
  let out = ''
  let from = 0
  for (const cut of cuts.toSorted((one, other) => one.from - other.from || other.to - one.to)) {
    if (cut.from >= from) out += text.slice(from, cut.from) + cut.by
    from = Math.max(from, cut.to)
  }
  return out + text.slice(from)
}
