/**
 * An index over folded text: where each run of eight letters or digits stands, at every fourth place.
 *
 * Whoever looks up every place of another text therefore meets each common run of eleven at least once, and extends it in the text
 * itself: what is found is equal, not only of equal hash. Three bytes for each byte of text. Positions that share a hash are next to
 * each other; of one run no more than a few are kept, so that a text that repeats itself costs no more than any other.
 */

import { SpecialIndex } from './specialIndex.ts'
import { Stretches } from './stretches.ts'

export const GRAM = 8
/** Fewer letters and digits in common are found by chance in any two texts. All of eleven are found, of ten most. */
export const LEAST = 10
const STRIDE = 4
/** Slots that are looked at before a place counts as lost, or as not there. */
const MAX_PROBES = 32
/** Places of one run that are kept of one source, and of all. */
const SAME_OF_SOURCE = 3
const SAME_OF_ALL = 12

/** Runs of eight that are looked up at a time, at most. */
export const AT_A_TIME = 256

/** Where runs of eight of a text stand in an index: each begins at `ats` in the text and at `places` in the index. */
export class Hits {
  readonly ats: Int32Array = new Int32Array(AT_A_TIME * MAX_PROBES)
  readonly places: Int32Array = new Int32Array(AT_A_TIME * MAX_PROBES)
}

/** Those that may be there: where each ends in the text, what it hashes to, and what its first slot holds. */
const SIFTED_LASTS = new Int32Array(AT_A_TIME)
const SIFTED_HASHES = new Int32Array(AT_A_TIME)
const FIRST_IN_SLOTS = new Int32Array(AT_A_TIME)

const FIRST_TEXT = 4096
const FIRST_SLOTS = 2048
/** Slots for each word of the filter: eight bits for every place that is kept. */
const SLOTS_A_WORD = 8
/** A slot holds which fourth place it is, and above that some bits of the hash: most of what is not equal is not looked at. */
const PLACE_BITS = 18
const PLACE_MASK = (1 << PLACE_BITS) - 1
/** So no index can be larger. */
export const MAX_CAPACITY = STRIDE << PLACE_BITS

export class GramIndex {
  text: Uint8Array = new Uint8Array(FIRST_TEXT)
  /** The same, for four bytes at a time. */
  view: DataView = new DataView(this.text.buffer)
  length = 0
  /** Places that could not be kept because others had taken their slots. */
  lost = 0
  readonly specials: SpecialIndex
  readonly stretches = new Stretches()
  #slots: Int32Array = new Int32Array(FIRST_SLOTS)
  /** Two bits of one word for each hash that is there, small enough for a cache: nearly all that is not there ends here. */
  #filter: Int32Array = new Int32Array(FIRST_SLOTS / SLOTS_A_WORD)
  #entries = 0
  readonly #capacity: number
  readonly #maxSlots: number
  readonly #seed: number

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
      this.stretches.bytes +
      this.specials.bytes
    )
  }

  /** Is there room for that many bytes more? */
  fits(bytes: number): boolean {
    return (
      // An eighth stays free, for what else is kept of a conversation.
      this.length + bytes + 1 <= this.#capacity - this.#capacity / 8 &&
      this.#entries + bytes / STRIDE < this.#maxSlots * 0.8 &&
      this.stretches.count < this.#capacity / 128 &&
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
    this.view = new DataView(larger.buffer)
  }

  /** What was written to `text` from `length` to `end` is from this source. Adds a zero behind it. */
  take(end: number, source: number, order: number): void {
    const start = this.length
    this.stretches.add(start, end + 1, source, order)
    this.text[end] = 0
    this.length = end + 1
    const from = start + ((STRIDE - (start % STRIDE)) % STRIDE)
    for (let place = from; place + GRAM <= end; place += STRIDE) this.#insert(place, source)
  }

  /**
   * Where the runs of eight that begin at `bytes[from..to)` stand here, by their hash: writes it down, and says how many. Who follows
   * them has to compare the bytes.
   */
  find(bytes: Uint8Array, from: number, to: number, hits: Hits): number {
    return this.#probe(this.#sift(bytes, from, to), hits)
  }

  /**
   * Those that the filter lets through. Without a branch, as no processor guesses which: so what has to be fetched from memory is fetched
   * side by side.
   */
  #sift(bytes: Uint8Array, from: number, to: number): number {
    const seed = this.#seed
    const filter = this.#filter
    const filterMask = filter.length - 1
    let low = 0
    let high = 0
    for (let at = from; at < from + GRAM - 1; at++) {
      low = (low >>> 8) | (high << 24)
      high = (high >>> 8) | ((bytes[at] ?? 0) << 24)
    }
    let count = 0
    const end = to + GRAM - 1
    for (let last = from + GRAM - 1; last < end; last++) {
      low = (low >>> 8) | (high << 24)
      high = (high >>> 8) | ((bytes[last] ?? 0) << 24)
      const hash = mix(low, high, seed)
      const word = filter[(hash >>> 5) & filterMask] ?? 0
      SIFTED_LASTS[count] = last
      SIFTED_HASHES[count] = hash
      count += (word >>> (hash & 31)) & (word >>> (hash >>> 27)) & 1
    }
    return count
  }

  /** What is in the slots of each and has its hash. */
  #probe(sifted: number, { ats, places }: Hits): number {
    const slots = this.#slots
    const mask = slots.length - 1
    for (let one = 0; one < sifted; one++) FIRST_IN_SLOTS[one] = slots[(SIFTED_HASHES[one] ?? 0) & mask] ?? 0
    let count = 0
    for (let one = 0; one < sifted; one++) {
      const at = (SIFTED_LASTS[one] ?? 0) - GRAM + 1
      const hash = SIFTED_HASHES[one] ?? 0
      let there = FIRST_IN_SLOTS[one] ?? 0
      for (let probe = 1; there !== 0 && probe <= MAX_PROBES; probe++) {
        if (tagOf(there ^ hash) === 0) {
          ats[count] = at
          places[count++] = placeIn(there)
        }
        there = slots[(hash + probe) & mask] ?? 0
      }
    }
    return count
  }

  /** Whose text a place is in. */
  sourceAt(place: number): number {
    return this.stretches.sourceOf(this.stretches.at(place))
  }

  #insert(place: number, source: number): void {
    this.#grow()
    const slots = this.#slots
    const hash = hashAt(this.view, place, this.#seed)
    const mask = slots.length - 1
    const tag = tagOf(hash)
    let same = 0
    let sameSource = 0
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const slot = (hash + probe) & mask
      const there = slots[slot] ?? 0
      if (there === 0) {
        this.#fill(slot, hash, place)
        return
      }
      if (tagOf(there) !== tag || !isSameGram(this.view, placeIn(there), this.view, place)) continue
      if (++same >= SAME_OF_ALL) return
      if (this.sourceAt(placeIn(there)) === source && ++sameSource >= SAME_OF_SOURCE) return
    }
    // Of this source it is found here, wherever else it stands: a text that is said again and again loses nothing by it.
    if (sameSource > 0) return
    // Crowded here though there is room: elsewhere they stand further apart.
    if (this.#spread()) this.#insert(place, source)
    else this.lost++
  }

  #fill(slot: number, hash: number, place: number): void {
    this.#slots[slot] = tagOf(hash) | (place / STRIDE + 1)
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
      const hash = hashAt(this.view, place, this.#seed)
      for (let probe = 0; probe < MAX_PROBES; probe++) {
        const slot = (hash + probe) & mask
        if (this.#slots[slot] !== 0) continue
        this.#fill(slot, hash, place)
        break
      }
    }
    return true
  }
}

/** The place that a slot names: one more than which fourth place, so that an empty slot is none. */
function placeIn(there: number): number {
  return ((there & PLACE_MASK) - 1) * STRIDE
}

/** What of a hash stands in a slot. */
function tagOf(hash: number): number {
  return hash & ~PLACE_MASK
}

/** Which bits of its word stand for a hash: from other parts of it than the word is. */
function bitsOf(hash: number): number {
  return (1 << (hash & 31)) | (1 << (hash >>> 27))
}

/** Are the eight bytes at these places the same? */
function isSameGram(one: DataView, place: number, other: DataView, at: number): boolean {
  return (
    one.getInt32(place, true) === other.getInt32(at, true) &&
    one.getInt32(place + 4, true) === other.getInt32(at + 4, true)
  )
}

function hashAt(bytes: DataView, at: number, seed: number): number {
  return mix(bytes.getInt32(at, true), bytes.getInt32(at + 4, true), seed)
}

function mix(low: number, high: number, seed: number): number {
  let hash = Math.imul(low ^ seed, 0x9e3779b1) ^ Math.imul((high >>> 15) ^ high ^ (seed >>> 3), 0x85ebca77)
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x2c1b3c6d)
  return hash ^ (hash >>> 13)
}
