/**
 * What a server says of itself, as it was last read: its greeting and its lists, page by page. Plain data; nothing of it
 * is believed because it is here: it passes the same controls when it is shown as when it came.
 */
import { hash } from 'node:crypto'
import { canonicalJson, isObject, type JsonObject } from '@sallyport/controls/json'
import { SURFACE_LISTS, type SurfaceList } from '@sallyport/controls/surface'

export interface SurfacePage {
  /** The server's own cursor it was asked for with; none for the first page. */
  readonly cursor?: string
  /** The result exactly as the server gave it. */
  readonly result: JsonObject
}

/** A list read from its first page to its last. */
export interface KnownList {
  readonly pages: readonly SurfacePage[]
  /** Milliseconds since the epoch. */
  readonly readAt: number
}

export interface Surface {
  /** Result of `initialize` (legacy) or `server/discover` (modern), once one was seen. */
  readonly greeting?: JsonObject
  /** When something of it was last read, in milliseconds since the epoch. */
  readonly readAt: number
  readonly lists: Readonly<Partial<Record<SurfaceList, KnownList>>>
}

/** What is different between two readings of one list. */
export interface ListDifference {
  /** False when both say the same, in whatever order and however cut into pages. */
  readonly any: boolean
  /** Names of items that both have, and that are not the same any more. */
  readonly changed: ReadonlySet<string>
  /** Names of items that only the earlier reading has. */
  readonly gone: ReadonlySet<string>
}

/**
 * Compares two readings of one list item by item, every field of each (canonical JSON, RFC 8785). The order of items
 * and pages is no difference: servers list from maps. That of several with one name is: only the first is shown, and a
 * server that lists a good and a bad one would turn them round after its start.
 *
 * @example compareLists('tools/list', before, after) // { any: true, changed: Set { 'read' }, gone: Set {} }
 */
export function compareLists(method: SurfaceList, before: KnownList, after: KnownList): ListDifference {
  const [old, now] = [digestsOf(method, before), digestsOf(method, after)]
  const changed = new Set<string>()
  const gone = new Set<string>()
  let any = old.size !== now.size
  for (const [name, digest] of old) {
    const same = now.get(name)
    if (same === digest) continue
    any = true
    if (same === undefined) gone.add(name)
    else changed.add(name)
  }
  return { any, changed, gone }
}

const digests = new WeakMap<KnownList, ReadonlyMap<string, string>>()

/** One digest an item, by its name; of several with one name, and of what has none, all together. */
function digestsOf(method: SurfaceList, list: KnownList): ReadonlyMap<string, string> {
  const known = digests.get(list)
  if (known !== undefined) return known
  const { member, name: named } = SURFACE_LISTS[method]
  const texts = new Map<string, string[]>()
  for (const { result } of list.pages) {
    const items = result[member]
    for (const item of Array.isArray(items) ? items : []) {
      const name = isObject(item) ? item[named] : undefined
      // No real name is empty: what has none is compared as one.
      const key = typeof name === 'string' ? name : ''
      const same = texts.get(key)
      if (same === undefined) texts.set(key, [canonicalJson(item)])
      else same.push(canonicalJson(item))
    }
  }
  const made = new Map<string, string>()
  for (const [name, all] of texts) made.set(name, hash('sha256', all.join('\n'), 'hex'))
  digests.set(list, made)
  return made
}
