/**
 * Words, as `hashWord` has them, with a set of bits each. Made for looking up every word of a text: one look into 8 KiB of
 * bits tells nearly every word that is not there.
 */
export class MaskTable {
  /** The bits of a slot: `width` numbers from `slot * width` on. */
  readonly masks: Int32Array
  readonly #width: number
  readonly #words = new Int32Array(SLOTS)
  readonly #used = new Uint8Array(SLOTS)
  readonly #filter = new Int32Array(FILTER)

  constructor(width: number) {
    this.#width = width
    this.masks = new Int32Array(SLOTS * width)
  }

  set(word: number, bit: number): void {
    const slot = this.#slotOf(word)
    this.#words[slot] = word
    this.#used[slot] = 1
    const at = slot * this.#width + (bit >>> 5)
    this.masks[at] = (this.masks[at] ?? 0) | (1 << (bit & 31))
    const place = (word >>> 5) & (FILTER - 1)
    this.#filter[place] = (this.#filter[place] ?? 0) | (1 << (word & 31))
  }

  /** The slot of a word, or -1. */
  find(word: number): number {
    if (((this.#filter[(word >>> 5) & (FILTER - 1)] ?? 0) & (1 << (word & 31))) === 0) return -1
    const slot = this.#slotOf(word)
    return this.#used[slot] === 1 ? slot : -1
  }

  has(slot: number, bit: number): boolean {
    return ((this.masks[slot * this.#width + (bit >>> 5)] ?? 0) & (1 << (bit & 31))) !== 0
  }

  #slotOf(word: number): number {
    let slot = (word ^ (word >>> 15)) & (SLOTS - 1)
    while (this.#used[slot] === 1 && this.#words[slot] !== word) slot = (slot + 1) & (SLOTS - 1)
    return slot
  }
}

const SLOTS = 1 << 13
const FILTER = 1 << 11
