/** A member of a `LiveSet`: knows its place in it. */
export interface LiveMember {
  /** Set by the `LiveSet` alone; `NOWHERE` while it is in none. */
  place: number
}

/** The place of what is in no set. */
export const NOWHERE = -1

/**
 * A set of what lives as long as a call, without the tables that keep the dead alive (see `liveMap.ts`). Each member
 * remembers its place, so that adding and removing are one write. In no particular order.
 *
 * @example
 * const live = new LiveSet<Exchange>()
 * live.add(exchange)
 * live.delete(exchange)
 */
export class LiveSet<T extends LiveMember> {
  readonly #members: (T | undefined)[] = []
  readonly #free: number[] = []

  get size(): number {
    return this.#members.length - this.#free.length
  }

  add(member: T): void {
    if (this.#members[member.place] === member) return
    member.place = this.#free.pop() ?? this.#members.length
    this.#members[member.place] = member
  }

  delete(member: T): boolean {
    const { place } = member
    if (this.#members[place] !== member) return false
    this.#members[place] = undefined
    this.#free.push(place)
    member.place = NOWHERE
    return true
  }

  /** Members may be added and removed meanwhile. */
  *[Symbol.iterator](): Generator<T> {
    for (const member of [...this.#members])
      if (member !== undefined && member.place !== NOWHERE) yield member
  }
}
