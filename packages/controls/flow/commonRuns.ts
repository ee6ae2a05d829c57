import type { CommonRun, FoldedText } from './flowIndex.ts'
import { AT_A_TIME, GRAM, type GramIndex, Hits, LEAST } from './gramIndex.ts'

/** Stretches that are told apart while a text is looked through. */
const DIAGONALS = 64
const NONE = -0x7fffffff
/** A sampled run of eight begins at most three places after what it is part of; some more where places were left out. */
const MAX_BACK = 16
/** Beyond its budget a look follows no stretch further than this, which is enough to be one. */
const SHORT = 20

/** Looks for what texts have in common with an index. Its room is used again for each text. */
export class CommonRuns {
  readonly #hits = new Hits()
  /**
   * Which stretches in common were followed, and to where in the text that is looked through: the same place minus the same place is
   * the same stretch.
   */
  readonly #diagonals = new Int32Array(DIAGONALS)
  readonly #ends = new Int32Array(DIAGONALS)
  /** To where in the text something was found of each source. */
  #covered = new Int32Array(64)

  /**
   * Adds every run that begins at `from..to` of a text and stands in the index as well, up to `most` runs. Linear in the length of the
   * text, however often it repeats itself.
   */
  find(
    index: GramIndex,
    folded: FoldedText,
    from: number,
    to: number,
    most: number,
    runs: CommonRun[],
  ): void {
    const { bytes, view, length } = folded
    const { stretches } = index
    const { ats, places } = this.#hits
    const diagonals = this.#diagonals.fill(NONE)
    const ends = this.#ends
    const covered = this.#clearCovered(stretches.sources)
    let budget = length * 16 + 65_536
    for (let first = from; first + GRAM <= to; first += AT_A_TIME) {
      const count = index.find(bytes, first, Math.min(first + AT_A_TIME, to - GRAM + 1), this.#hits)
      for (let one = 0; one < count; one++) {
        const at = ats[one] ?? 0
        const place = places[one] ?? 0
        const diagonal = place - at
        const slot = diagonal & (DIAGONALS - 1)
        if (diagonals[slot] === diagonal && (ends[slot] ?? 0) >= at + GRAM) continue
        const limit = budget > 0 ? length : Math.min(length, at + SHORT)
        const end = at + sameFrom(index.view, place, view, at, Math.min(limit - at, index.length - place))
        if (end - at < GRAM) continue
        const start = at - sameBefore(index.view, place, view, at, Math.min(MAX_BACK, at, place))
        if (end - start < LEAST) continue
        budget -= end - at - GRAM
        diagonals[slot] = diagonal
        ends[slot] = end
        const stretch = stretches.at(place)
        const source = stretches.sourceOf(stretch)
        if (end <= (covered[source] ?? 0) || runs.length >= most) continue
        covered[source] = end
        runs.push({ start, end, source, order: stretches.orderOf(stretch), isSpecial: false })
      }
    }
  }

  #clearCovered(sources: number): Int32Array {
    if (sources > this.#covered.length) this.#covered = new Int32Array(2 * sources)
    const covered = this.#covered
    for (let source = 0; source < sources; source++) covered[source] = 0
    return covered
  }
}

/** How many bytes are the same from these places on, of so many at most. */
function sameFrom(one: DataView, place: number, other: DataView, at: number, most: number): number {
  let same = 0
  for (; same + 4 <= most; same += 4) {
    const differ = one.getInt32(place + same, true) ^ other.getInt32(at + same, true)
    // The lowest bit that differs is in the first byte that does.
    if (differ !== 0) return same + ((31 - Math.clz32(differ & -differ)) >> 3)
  }
  while (same < most && one.getUint8(place + same) === other.getUint8(at + same)) same++
  return same
}

/** How many bytes are the same before these places, of so many at most. */
function sameBefore(one: DataView, place: number, other: DataView, at: number, most: number): number {
  let same = 0
  for (; same + 4 <= most; same += 4) {
    const differ = one.getInt32(place - same - 4, true) ^ other.getInt32(at - same - 4, true)
    if (differ !== 0) return same + (Math.clz32(differ) >> 3)
  }
  while (same < most && one.getUint8(place - same - 1) === other.getUint8(at - same - 1)) same++
  return same
}
