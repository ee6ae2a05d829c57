/**
 * Lists of several pages, put together: what a server does not list any more is known when the last page came that follows
 * from the first. Bounded; a list that is not read to its end tells nothing.
 */

export interface Page {
  /** What it was asked for with; absent: the first. */
  readonly cursor: string | undefined
  /** Where it goes on; absent: it is the last. */
  readonly next: string | undefined
  /** What stands in it. */
  readonly keys: readonly string[]
}

/** Lists that are being read; beyond, the one that was begun first is let go. */
const MAX_DRAFTS = 256
/** Keys of one list, and so of 256 at most. */
const MAX_KEYS = 20_000

interface Draft {
  readonly next: string
  readonly keys: Set<string>
}

export class WholeLists {
  readonly #drafts = new Map<string, Draft>()

  /**
   * Takes one page of the list `of` (whose, for whom, of what); returns all of its keys with its last one.
   *
   * @example
   * lists.page('s me tools', { cursor: undefined, next: '2', keys: ['a'] }) // undefined
   * lists.page('s me tools', { cursor: '2', next: undefined, keys: ['b'] }) // Set { 'a', 'b' }
   */
  page(of: string, { cursor, next, keys }: Page): ReadonlySet<string> | undefined {
    const draft = this.#drafts.get(of)
    if (cursor !== undefined && draft?.next !== cursor) {
      // Not what is being read: a page that is asked for once more, or the end of an older list.
      return undefined
    }
    this.#drafts.delete(of)
    const all = cursor === undefined ? new Set<string>() : (draft?.keys ?? new Set<string>())
    for (const key of keys) all.add(key)
    if (next === undefined) return all
    if (all.size > MAX_KEYS) return undefined
    for (const first of this.#drafts.keys()) {
      if (this.#drafts.size < MAX_DRAFTS) break
      this.#drafts.delete(first)
    }
    this.#drafts.set(of, { next, keys: all })
    return undefined
  }
}
