/** Places of a block, and so how near to where a stretch is looked for the search begins. */
const BLOCK_BITS = 11

/** The texts that stand one behind the other in an index: whose the text at a place is, and when it came. */
export class Stretches {
  count = 0
  /** One more than the highest source. */
  sources = 0
  #starts = new Int32Array(16)
  #source = new Int32Array(16)
  #order = new Int32Array(16)
  /** The stretch in which each block begins. */
  #blocks = new Int32Array(4)
  #blockCount = 0

  get bytes(): number {
    return 3 * this.#starts.byteLength + this.#blocks.byteLength
  }

  /** What stands from `start` to `end`, which is behind all that was added before. */
  add(start: number, end: number, source: number, order: number): void {
    const last = this.count - 1
    if (last < 0 || this.#source[last] !== source || this.#order[last] !== order) {
      if (this.count === this.#starts.length) {
        this.#starts = doubled(this.#starts)
        this.#source = doubled(this.#source)
        this.#order = doubled(this.#order)
      }
      this.#starts[this.count] = start
      this.#source[this.count] = source
      this.#order[this.count] = order
      this.count++
      this.sources = Math.max(this.sources, source + 1)
    }
    for (; this.#blockCount << BLOCK_BITS < end; this.#blockCount++) {
      if (this.#blockCount === this.#blocks.length) this.#blocks = doubled(this.#blocks)
      this.#blocks[this.#blockCount] = this.count - 1
    }
  }

  /** The stretch that a place is in. */
  at(place: number): number {
    const starts = this.#starts
    const block = place >> BLOCK_BITS
    let low = this.#blocks[block] ?? 0
    const high = block + 1 < this.#blockCount ? (this.#blocks[block + 1] ?? 0) : this.count - 1
    for (let left = high - low + 1; left > 1; ) {
      const half = left >> 1
      // All bits where the middle one begins at the place or before it: which it is, no processor can guess.
      low += half & (((starts[low + half] ?? 0) - place - 1) >> 31)
      left -= half
    }
    return low
  }

  sourceOf(stretch: number): number {
    return this.#source[stretch] ?? 0
  }

  orderOf(stretch: number): number {
    return this.#order[stretch] ?? 0
  }
}

function doubled(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length)
  larger.set(array)
  return larger
}
