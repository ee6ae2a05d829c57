/**
 * A text made from another one, and where each of its characters came from: evidence found in a decoded or normalised
 * text is shown to people in the original.
 */
export interface Mapped {
  readonly text: string
  /** Offset in the source of offset `at` in `text`. Monotone, never out of range, whatever `at` is. */
  original(at: number): number
}

/** A text that is its own source. */
export function unchanged(text: string): Mapped {
  return { text, original: (at) => clamp(at, text.length) }
}

/** `inner` was made from `outer.text`: the same text, with its places in what `outer` was made from. */
export function within(outer: Mapped, inner: Mapped): Mapped {
  return { text: inner.text, original: (at) => outer.original(inner.original(at)) }
}

/**
 * Writes a text piece by piece from pieces of a source, in the source's order.
 *
 * Within a piece places are interpolated: exact where it was copied or where every character took the same room
 * (tag characters, hex, percent), to the nearest group elsewhere.
 */
export class Rewriting {
  readonly #source: string
  #text = ''
  /** Per piece: its start in the text, its start and end in the source. */
  readonly #starts: number[] = []
  readonly #from: number[] = []
  readonly #to: number[] = []

  constructor(source: string) {
    this.#source = source
  }

  get length(): number {
    return this.#text.length
  }

  /** Takes over the source from `from` to `to` as it is. */
  copy(from: number, to: number): void {
    const last = this.#to.length - 1
    // Neighbours that were copied one after the other are one piece: most texts have very few.
    if (
      last >= 0 &&
      this.#to[last] === from &&
      this.#text.length - (this.#starts[last] ?? 0) === from - (this.#from[last] ?? 0)
    ) {
      this.#text += this.#source.slice(from, to)
      this.#to[last] = to
    } else {
      this.put(this.#source.slice(from, to), from, to)
    }
  }

  /** Writes `text` for what stands in the source from `from` to `to`. */
  put(text: string, from: number, to: number): void {
    if (text === '') return
    this.#starts.push(this.#text.length)
    this.#from.push(from)
    this.#to.push(to)
    this.#text += text
  }

  done(): Mapped {
    const text = this.#text
    const starts = this.#starts
    const from = this.#from
    const to = this.#to
    return {
      text,
      original(at) {
        const place = clamp(at, text.length)
        let low = 0
        let high = starts.length
        while (low < high) {
          const middle = (low + high) >>> 1
          if ((starts[middle] ?? 0) <= place) low = middle + 1
          else high = middle
        }
        const piece = low - 1
        if (piece < 0) return 0
        const start = starts[piece] ?? 0
        const length = (starts[low] ?? text.length) - start
        const first = from[piece] ?? 0
        const last = to[piece] ?? first
        return first + Math.floor(((place - start) * (last - first)) / length)
      },
    }
  }
}

function clamp(at: number, length: number): number {
  return at >= length ? length : at > 0 ? Math.floor(at) : 0
}
