/**
 * An index over folded text: where each run of eight letters or digits stands, at every fourth place.
 *
 * Whoever looks up every place of another text therefore meets each common run of eleven at least once, and extends it in the text
 * itself: what is found is equal, not only of equal hash. Three bytes for each byte of text. Positions that share a hash are next to
 * each other; of one run no more than a few are kept, so that a text that repeats itself costs no more than any other.
 */

import { SpecialIndex } from './specialIndex.ts'

export const GRAM = 8
/** Fewer letters and digits in common are found by chance in any two texts. All of eleven are found, of ten most. */
export const LEAST = 10
const STRIDE = 4
/** Slots that are looked at before a place counts as lost, or as not there. */
const MAX_PROBES = 32
/** Places of one run that are kept of one source, and of all. */
const SAME_OF_SOURCE = 3
const SAME_OF_ALL = 12

/** Stretches that are told apart while a text is looked through. */
const DIAGONALS = 64

const FIRST_TEXT = 4096
const FIRST_SLOTS = 2048
/** Slots for each word of the filter: eight bits for every place that is kept. */
const SLOTS_A_WORD = 8
/** A slot holds which fourth place it is, and above that some bits of the hash: most of what is not equal is not looked at. */
const PLACE_BITS = 18
const PLACE_MASK = (1 << PLACE_BITS) - 1
/** So no index can be larger. */
export const MAX_CAPACITY = STRIDE << PLACE_BITS

/**
 * Which stretches in common were followed, and to where in the text that is looked through: the same place minus the same place is
 * the same stretch.
 */
export class Followed {
  readonly diagonals = new Int32Array(DIAGONALS)
  readonly ends = new Int32Array(DIAGONALS)

  clear(): void {
    this.diagonals.fill(NONE)
  }

  note(diagonal: number, end: number): void {
    const slot = diagonal & (DIAGONALS - 1)
    this.diagonals[slot] = diagonal
    this.ends[slot] = end
  }
}
const NONE = -0x7fffffff

/** One text that was taken in: where it begins, whose it is, and when it came. */
interface Stretch {
  readonly start: number
  readonly source: number
  readonly order: number
}

export class GramIndex {
  text: Uint8Array = new Uint8Array(FIRST_TEXT)
  length = 0
  /** Places that could not be kept because others had taken their slots. */
  lost = 0
  readonly specials: SpecialIndex
  #slots: Int32Array = new Int32Array(FIRST_SLOTS)
  /** Two bits of one word for each hash that is there, small enough for a cache: nearly all that is not there ends here. */
  #filter: Int32Array = new Int32Array(FIRST_SLOTS / SLOTS_A_WORD)
  #entries = 0
  readonly #capacity: number
  readonly #maxSlots: number
  readonly #seed: number
  readonly #stretches: Stretch[] = []
  /** Where each begins, for who looks for a place. */
  #starts: Int32Array = new Int32Array(64)

  constructor(capacity: number, seed: number) {
    this.#capacity = Math.min(capacity, MAX_CAPACITY)
    // A quarter of the places, and half of the slots free.
    this.#maxSlots = Math.max(FIRST_SLOTS, capacity / 2)
    this.#seed = seed
    this.specials = new SpecialIndex(capacity / 16, seed)
  }

  get bytes(): number {
    return (
      this.text.length +
      this.#slots.byteLength +
      this.#filter.byteLength +
      this.#stretches.length * 56 +
      this.specials.bytes
    )
  }

  /** Is there room for that many bytes more? */
  fits(bytes: number): boolean {
    return (
      // An eighth stays free, for what else is kept of a conversation.
      this.length + bytes + 1 <= this.#capacity - this.#capacity / 8 &&
      this.#entries + bytes / STRIDE < this.#maxSlots * 0.8 &&
      this.#stretches.length < this.#capacity / 128 &&
      this.specials.fits
    )
  }

  /** Makes room, so that `text` can be written to from `length` on. */
  reserve(bytes: number): void {
    const needed = this.length + bytes + 1
    if (needed <= this.text.length) return
    let size = this.text.length
    while (size < needed) size *= 2
    if (size >= this.#capacity) size = Math.max(needed, this.#capacity - this.#capacity / 8)
    const larger = new Uint8Array(size)
    larger.set(this.text.subarray(0, this.length))
    this.text = larger
  }

  /** What was written to `text` from `length` to `end` is from this source. Adds a zero behind it. */
  take(end: number, source: number, order: number): void {
    const start = this.length
    const last = this.#stretches.at(-1)
    if (last === undefined || last.source !== source || last.order !== order) {
      if (this.#stretches.length === this.#starts.length) {
        const more = new Int32Array(2 * this.#starts.length)
        more.set(this.#starts)
        this.#starts = more
      }
      this.#starts[this.#stretches.length] = start
      this.#stretches.push({ start, source, order })
    }
    this.text[end] = 0
    this.length = end + 1
    const from = start + ((STRIDE - (start % STRIDE)) % STRIDE)
    for (let place = from; place + GRAM <= end; place += STRIDE) this.#insert(place, source)
  }

  /**
   * Calls back for every run of eight in `bytes[from..to)` that stands here as part of one of ten in `bytes[0..length)`, and where;
   * but not for what is within a stretch that was `followed` already.
   */
  findGrams(
    bytes: Uint8Array,
    from: number,
    to: number,
    length: number,
    followed: Followed,
    found: (at: number, place: number) => void,
  ): void {
    if (this.length === 0 || to - from < GRAM) return
    const { diagonals, ends } = followed
    const { text } = this
    const slots = this.#slots
    const mask = slots.length - 1
    const seed = this.#seed
    const filter = this.#filter
    const filterMask = filter.length - 1
    let low = 0
    let high = 0
    for (let at = from; at < from + GRAM - 1; at++) {
      low = (low >>> 8) | (high << 24)
      high = (high >>> 8) | ((bytes[at] ?? 0) << 24)
    }
    for (let at = from; at + GRAM <= to; at++) {
      low = (low >>> 8) | (high << 24)
      high = (high >>> 8) | ((bytes[at + GRAM - 1] ?? 0) << 24)
      const hash = mix(low, high, seed)
      const bits = bitsOf(hash)
      if (((filter[(hash >>> 5) & filterMask] ?? 0) & bits) !== bits) continue
      const tag = hash & ~PLACE_MASK
      for (let probe = 0; probe < MAX_PROBES; probe++) {
        const there = slots[(hash + probe) & mask] ?? 0
        if (there === 0) break
        if ((there & ~PLACE_MASK) !== tag) continue
        const place = placeIn(there)
        const diagonal = place - at
        const slot = diagonal & (DIAGONALS - 1)
        if (diagonals[slot] === diagonal && (ends[slot] ?? 0) >= at + GRAM) continue
        if (
          text[place] === bytes[at] &&
          text[place + 1] === bytes[at + 1] &&
          text[place + 2] === bytes[at + 2] &&
          text[place + 3] === bytes[at + 3] &&
          text[place + 4] === bytes[at + 4] &&
          text[place + 5] === bytes[at + 5] &&
          text[place + 6] === bytes[at + 6] &&
          text[place + 7] === bytes[at + 7] &&
          surroundings(text, place, bytes, at, length) >= LEAST - GRAM
        ) {
          found(at, place)
        }
      }
    }
  }

  /** Whose text a place is in. */
  stretchAt(place: number): { readonly source: number; readonly order: number } {
    const starts = this.#starts
    let low = 0
    let high = this.#stretches.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= place) low = middle
      else high = middle - 1
    }
    return this.#stretches[low] ?? { source: -1, order: 0 }
  }

  #insert(place: number, source: number): void {
    this.#grow()
    const { text } = this
    const slots = this.#slots
    const hash = mix(word(text, place), word(text, place + 4), this.#seed)
    const mask = slots.length - 1
    const tag = hash & ~PLACE_MASK
    let same = 0
    let sameSource = 0
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const slot = (hash + probe) & mask
      const there = slots[slot] ?? 0
      if (there === 0) {
        this.#fill(slot, hash, place)
        return
      }
      if ((there & ~PLACE_MASK) !== tag || !this.#equal(placeIn(there), text, place, GRAM)) continue
      if (++same >= SAME_OF_ALL) return
      if (this.stretchAt(placeIn(there)).source === source && ++sameSource >= SAME_OF_SOURCE) return
    }
    // Of this source it is found here, wherever else it stands: a text that is said again and again loses nothing by it.
    if (sameSource > 0) return
    // Crowded here though there is room: elsewhere they stand further apart.
    if (this.#spread()) this.#insert(place, source)
    else this.lost++
  }

  #fill(slot: number, hash: number, place: number): void {
    this.#slots[slot] = (hash & ~PLACE_MASK) | (place / STRIDE + 1)
    const word = (hash >>> 5) & (this.#filter.length - 1)
    this.#filter[word] = (this.#filter[word] ?? 0) | bitsOf(hash)
    this.#entries++
  }

  #grow(): void {
    if (this.#entries >= this.#slots.length / 2) this.#spread()
  }

  /** Four times the slots, as long as there may be more: what was first stays first among its like. */
  #spread(): boolean {
    if (this.#slots.length >= this.#maxSlots) return false
    const old = this.#slots
      .filter((there) => there !== 0)
      .map(placeIn)
      .sort()
    this.#slots = new Int32Array(Math.min(this.#maxSlots, this.#slots.length * 4))
    this.#filter = new Int32Array(this.#slots.length / SLOTS_A_WORD)
    this.#entries = 0
    const mask = this.#slots.length - 1
    for (const place of old) {
      const hash = mix(word(this.text, place), word(this.text, place + 4), this.#seed)
      for (let probe = 0; probe < MAX_PROBES; probe++) {
        const slot = (hash + probe) & mask
        if (this.#slots[slot] !== 0) continue
        this.#fill(slot, hash, place)
        break
      }
    }
    return true
  }

  #equal(place: number, bytes: Uint8Array, from: number, length: number): boolean {
    for (let index = 0; index < length; index++) {
      if (this.text[place + index] !== bytes[from + index]) return false
    }
    return true
  }
}

/** How many bytes around a run of eight are equal as well, as far as it matters. */
function surroundings(text: Uint8Array, place: number, bytes: Uint8Array, at: number, to: number): number {
  let more = 0
  while (
    more < LEAST - GRAM &&
    at + GRAM + more < to &&
    text[place + GRAM + more] === bytes[at + GRAM + more]
  )
    more++
  for (let back = 1; more < LEAST - GRAM && back <= at && back <= place; back++) {
    if (text[place - back] !== bytes[at - back]) break
    more++
  }
  return more
}

/** The place that a slot names: one more than which fourth place, so that an empty slot is none. */
function placeIn(there: number): number {
  return ((there & PLACE_MASK) - 1) * STRIDE
}

/** Which bits of its word stand for a hash: from other parts of it than the word is. */
function bitsOf(hash: number): number {
  return (1 << (hash & 31)) | (1 << (hash >>> 27))
}

function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  )
}

function mix(low: number, high: number, seed: number): number {
  let hash = Math.imul(low ^ seed, 0x9e3779b1) ^ Math.imul((high >>> 15) ^ high ^ (seed >>> 3), 0x85ebca77)
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x2c1b3c6d)
  return hash ^ (hash >>> 13)
}
