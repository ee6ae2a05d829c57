/**
 * Which members and entries of a value some schema has looked at, for `unevaluatedProperties` and `unevaluatedItems`. Kept
 * only in documents that use them.
 */
export class Seen {
  readonly #keys = new Set<string>()
  readonly #items = new Set<number>()
  #allKeys = false
  /** Entries before this one. */
  #upTo = 0

  key(key: string): void {
    this.#keys.add(key)
  }

  allKeys(): void {
    this.#allKeys = true
  }

  item(index: number): void {
    this.#items.add(index)
  }

  itemsUpTo(count: number): void {
    this.#upTo = Math.max(this.#upTo, count)
  }

  hasKey(key: string): boolean {
    return this.#allKeys || this.#keys.has(key)
  }

  hasItem(index: number): boolean {
    return index < this.#upTo || this.#items.has(index)
  }

  /** Takes over what a branch has seen that did not fail. */
  take(other: Seen | undefined): void {
    if (other === undefined) return
    for (const key of other.#keys) this.#keys.add(key)
    for (const index of other.#items) this.#items.add(index)
    if (other.#allKeys) this.#allKeys = true
    this.#upTo = Math.max(this.#upTo, other.#upTo)
  }
}
