/**
 * Where short special values stand in a folded text. They are looked up as a whole, whatever their length.
 */
export class SpecialIndex {
  #places: Int32Array = new Int32Array(FIRST_SLOTS)
  #lengths: Uint8Array = new Uint8Array(FIRST_SLOTS)
  #entries = 0
  readonly #maxSlots: number
  readonly #seed: number

  constructor(maxSlots: number, seed: number) {
    this.#maxSlots = Math.max(FIRST_SLOTS, maxSlots)
    this.#seed = seed
  }

  get bytes(): number {
    return this.#places.byteLength + this.#lengths.byteLength
  }

  get fits(): boolean {
    return this.#entries < this.#maxSlots * 0.7
  }

  /** Says whether it was kept, or was there already. */
  take(text: Uint8Array, place: number, length: number, isSame: (place: number) => boolean): boolean {
    if (this.#entries >= this.#places.length / 2 && this.#places.length < this.#maxSlots) this.#grow(text)
    return this.#insert(text, place, length, isSame)
  }

  find(
    text: Uint8Array,
    bytes: Uint8Array,
    from: number,
    length: number,
    found: (place: number) => void,
  ): void {
    if (this.#entries === 0) return
    const mask = this.#places.length - 1
    const hash = hashOf(bytes, from, length, this.#seed)
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const slot = (hash + probe) & mask
      const there = this.#places[slot] ?? 0
      if (there === 0) return
      if (this.#lengths[slot] === length && equal(text, there - 1, bytes, from, length)) found(there - 1)
    }
  }

  #insert(text: Uint8Array, place: number, length: number, isSame: (place: number) => boolean): boolean {
    const mask = this.#places.length - 1
    const hash = hashOf(text, place, length, this.#seed)
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const slot = (hash + probe) & mask
      const there = this.#places[slot] ?? 0
      if (there === 0) {
        this.#places[slot] = place + 1
        this.#lengths[slot] = length
        this.#entries++
        return true
      }
      if (
        this.#lengths[slot] === length &&
        equal(text, there - 1, text, place, length) &&
        isSame(there - 1)
      ) {
        return true
      }
    }
    return false
  }

  #grow(text: Uint8Array): void {
    const places = this.#places
    const lengths = this.#lengths
    const slots = Math.min(this.#maxSlots, places.length * 4)
    this.#places = new Int32Array(slots)
    this.#lengths = new Uint8Array(slots)
    this.#entries = 0
    for (let slot = 0; slot < places.length; slot++) {
      const there = places[slot] ?? 0
      if (there !== 0) this.#insert(text, there - 1, lengths[slot] ?? 0, () => false)
    }
  }
}

/** Longer ones are found as text. */
export const MAX_SPECIAL = 64

const FIRST_SLOTS = 256
const MAX_PROBES = 32

function equal(text: Uint8Array, place: number, bytes: Uint8Array, from: number, length: number): boolean {
  for (let index = 0; index < length; index++) {
    if (text[place + index] !== bytes[from + index]) return false
  }
  return true
}

function hashOf(bytes: Uint8Array, from: number, length: number, seed: number): number {
  let hash = seed ^ length
  for (let index = 0; index < length; index++) hash = Math.imul(hash ^ (bytes[from + index] ?? 0), 0x01000193)
  hash ^= hash >>> 15
  hash = Math.imul(hash, 0x2c1b3c6d)
  return (hash ^ (hash >>> 13)) & 0x7fffffff
}
