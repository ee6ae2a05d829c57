/**
 * What servers showed lately, and to whom: which version of an item a call would reach. Bounded; whoever was not seen
 * here has to be looked at again before a call.
 */

/** Principals remembered of one server; beyond that the one seen first is forgotten. */
const MAX_PRINCIPALS = 1_000
/** Items of one server for one principal. */
const MAX_ITEMS = 50_000

export class SeenItems {
  readonly #servers = new Map<string, Map<string, Map<string, string>>>()

  /** Notes that a server showed a principal this version of an item. */
  note(server: string, principal: string, key: string, hash: string): void {
    let principals = this.#servers.get(server)
    if (principals === undefined) {
      principals = new Map()
      this.#servers.set(server, principals)
    }
    let items = principals.get(principal)
    if (items === undefined) {
      if (principals.size >= MAX_PRINCIPALS) {
        const [oldest] = principals.keys()
        if (oldest !== undefined) principals.delete(oldest)
      }
      items = new Map()
      principals.set(principal, items)
    }
    if (items.size < MAX_ITEMS || items.has(key)) items.set(key, hash)
  }

  /** The version of an item that a principal would reach, if it was seen. */
  versionOf(server: string, principal: string, key: string): string | undefined {
    return this.#servers.get(server)?.get(principal)?.get(key)
  }

  /** Keys of all items seen of a server, whoever saw them. */
  keys(server: string): ReadonlySet<string> {
    const keys = new Set<string>()
    for (const items of this.#servers.get(server)?.values() ?? [])
      for (const key of items.keys()) keys.add(key)
    return keys
  }

  /** Nothing is known of a server any more: it is another one now. */
  forget(server: string): void {
    this.#servers.delete(server)
  }
}
