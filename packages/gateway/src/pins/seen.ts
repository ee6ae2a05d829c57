/**
 * What servers showed lately, and to whom: which version of an item a call would reach. Bounded; whoever was not seen
 * here has to be looked at again before a call.
 */

import type { ItemKind } from '@sallyport/controls/surface'

/** Viewers (`viewerOf`) remembered of one server; beyond that the one seen first is forgotten. */
const MAX_VIEWERS = 1_000
/** Items of one server for one viewer. */
const MAX_ITEMS = 50_000
/** Items of one server for all viewers together: many conversations with a server that lists ten thousand tools. */
const MAX_NOTES = 500_000

interface SeenServer {
  readonly viewers: Map<string, Map<string, string>>
  /** Keys of all items seen, whoever saw them. */
  readonly keys: Set<string>
  notes: number
}

export class SeenItems {
  readonly #servers = new Map<string, SeenServer>()

  /** Notes that a server showed a viewer this version of an item. */
  note(server: string, viewer: string, key: string, hash: string): void {
    const seen = this.#seenOf(server)
    let items = seen.viewers.get(viewer)
    if (items === undefined) {
      if (seen.viewers.size >= MAX_VIEWERS) forgetFirst(seen, viewer)
      items = new Map()
      seen.viewers.set(viewer, items)
    }
    if (seen.keys.size < MAX_ITEMS) seen.keys.add(key)
    if (!items.has(key)) {
      if (items.size >= MAX_ITEMS) return
      if (seen.notes >= MAX_NOTES) forgetFirst(seen, viewer)
      seen.notes++
    }
    items.set(key, hash)
  }

  /**
   * Of a list that was shown whole: what a viewer saw of this kind before and is not in it is gone. The names stay known
   * (`keys`): who else may be taken for them does not depend on it.
   */
  keepOnly(server: string, viewer: string, kind: ItemKind, listed: ReadonlySet<string>): void {
    const seen = this.#servers.get(server)
    const items = seen?.viewers.get(viewer)
    if (seen === undefined || items === undefined) return
    const start = `${kind}/`
    for (const key of items.keys()) {
      if (!key.startsWith(start) || listed.has(key)) continue
      items.delete(key)
      seen.notes--
    }
  }

  /** The version of an item that a viewer would reach, if it was seen. */
  versionOf(server: string, viewer: string, key: string): string | undefined {
    return this.#servers.get(server)?.viewers.get(viewer)?.get(key)
  }

  /** Keys of all items seen of a server, whoever saw them. */
  keys(server: string): ReadonlySet<string> {
    return this.#servers.get(server)?.keys ?? NO_KEYS
  }

  /** Nothing is known of a server any more: it is another one now. */
  forget(server: string): void {
    this.#servers.delete(server)
  }

  #seenOf(server: string): SeenServer {
    const known = this.#servers.get(server)
    if (known !== undefined) return known
    const seen = { viewers: new Map(), keys: new Set<string>(), notes: 0 }
    this.#servers.set(server, seen)
    return seen
  }
}

const NO_KEYS: ReadonlySet<string> = new Set()

/** Makes room for a viewer: the one seen first is looked at again before its next call. */
function forgetFirst(seen: SeenServer, viewer: string): void {
  for (const [other, items] of seen.viewers) {
    if (other === viewer) continue
    seen.viewers.delete(other)
    seen.notes -= items.size
    return
  }
}
