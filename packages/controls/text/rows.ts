import { unitsOf } from './characters.ts'

/** Some characters of a text, in its order: where each stands, and its code point. */
export interface Row {
  readonly at: readonly number[]
  readonly code: readonly number[]
}

/** A row that is being filled. */
export class GrowingRow implements Row {
  readonly at: number[] = []
  readonly code: number[] = []

  push(at: number, code: number): void {
    this.at.push(at)
    this.code.push(code)
  }
}

/** One row of the characters of several, in the order of the text. */
export function mergeRows(...rows: readonly Row[]): Row {
  const filled = rows.filter((row) => row.at.length > 0)
  if (filled.length < 2) return filled[0] ?? new GrowingRow()
  const all = filled.flatMap(({ at, code }) => at.map((place, index) => [place, code[index] ?? 0] as const))
  const out = new GrowingRow()
  for (const [at, code] of all.sort(([one], [other]) => one - other)) out.push(at, code)
  return out
}

/** Where the last character of a row ends. */
export function endOf({ at, code }: Row): number {
  return (at.at(-1) ?? 0) + unitsOf(code.at(-1) ?? 0)
}

/** A row falls into no more parts than this. */
const MAX_GROUPS = 200

/** The parts of a row between which more than `apart` units of other text stand. */
export function groupsOf({ at, code }: Row, apart: number): Row[] {
  const groups: Row[] = []
  let group: GrowingRow | undefined
  let end = 0
  for (const [index, from] of at.entries()) {
    if (group === undefined || (from - end > apart && groups.length < MAX_GROUPS)) {
      group = new GrowingRow()
      groups.push(group)
    }
    group.push(from, code[index] ?? 0)
    end = from + unitsOf(code[index] ?? 0)
  }
  return groups
}

/** Of each character of a row: how many stand next to each other where it stands. */
export function runLengths({ at, code }: Row): number[] {
  const lengths: number[] = []
  let first = 0
  for (let index = 1; index <= at.length; index++) {
    const end = (at[index - 1] ?? 0) + unitsOf(code[index - 1] ?? 0)
    if (at[index] === end) continue
    while (lengths.length < index) lengths.push(index - first)
    first = index
  }
  return lengths
}

/** How many characters of a row stand next to each other, at most. */
export function longestRun(row: Row): number {
  let longest = 0
  for (const length of runLengths(row)) if (length > longest) longest = length
  return longest
}

/** The characters of a row that fit, by their place in it. */
export function filterRow({ at, code }: Row, fits: (index: number) => boolean): Row {
  const out = new GrowingRow()
  for (const [index, place] of at.entries()) if (fits(index)) out.push(place, code[index] ?? 0)
  return out
}
