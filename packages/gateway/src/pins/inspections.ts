/**
 * What detection says of an item, with the other servers in sight: whose tools there are, and what of one server could
 * be taken for another's.
 */
import {
  type Inspection,
  type Inventory,
  inspectChange,
  inspectItem,
  inspectTexts,
  makeInventory,
  type TextFinding,
} from '@sallyport/controls/detection'
import {
  findShadowing,
  itemDigest,
  itemKey,
  newTexts,
  parseItemKey,
  type SurfaceItem,
} from '@sallyport/controls/surface'
import { visible } from '@sallyport/controls/text'
import type { Config, TrustLevel } from '../config/config.ts'
import { lockedServer } from './lock.ts'
import type { PinStore } from './pinStore.ts'
import type { SeenItems } from './seen.ts'

/** Inspections of held versions that are remembered: what waits is shown again with every list. */
const MAX_INSPECTIONS = 20_000

export class Inspections {
  readonly #from: { readonly store: PinStore; readonly config: () => Config }
  readonly #seen: SeenItems
  readonly #known = new Map<string, Inspection>()
  readonly #grown: () => void
  #inventory: { readonly names: NamesByServer; readonly inventory: Inventory } | undefined

  /** @param grown called when other names are known than before */
  constructor(
    from: { readonly store: PinStore; readonly config: () => Config },
    seen: SeenItems,
    grown: () => void,
  ) {
    this.#from = from
    this.#seen = seen
    this.#grown = grown
  }

  /**
   * Looks through an item, or, given what it was before, through what is new in it.
   *
   * @param asChange every word that was approved of its server; where that is given, more strictly
   */
  inspect(
    server: string,
    inventory: Inventory,
    item: SurfaceItem,
    before: SurfaceItem | undefined,
    asChange?: () => ReadonlySet<string>,
  ): Inspection {
    const look = asChange === undefined ? '' : 'change'
    const id = `${itemDigest(item)} ${before === undefined ? '' : itemDigest(before)} ${server} ${look}`
    const known = this.#known.get(id)
    if (known !== undefined) return known
    const context = { server, inventory }
    const inspection =
      asChange !== undefined
        ? inspectChange(item, before, newTexts(before ?? null, item), { ...context, approvedWords: asChange })
        : before === undefined
          ? inspectItem(item, context)
          : inspectTexts(item, newTexts(before, item), context)
    if (this.#known.size >= MAX_INSPECTIONS) {
      const [oldest] = this.#known.keys()
      if (oldest !== undefined) this.#known.delete(oldest)
    }
    this.#known.set(id, inspection)
    return inspection
  }

  /** Names of a server's tools, approved or seen. */
  toolNames(server: string): ReadonlySet<string> {
    const keys = [...lockedServer(this.#from.store.lock, server).items.keys(), ...this.#seen.keys(server)]
    return new Set(keys.filter((key) => key.startsWith('tool/')).map((key) => key.slice('tool/'.length)))
  }

  /** Looks through an item as if there were no server but its own. */
  inspectAlone(server: string, item: SurfaceItem): Inspection {
    const own = [...this.toolNames(server)]
    return inspectItem(item, { server, inventory: makeInventory(new Map([[server, own]])) })
  }

  /** What in these items could be taken for another server's, where it is this one that yields. */
  shadows(
    server: string,
    trust: TrustLevel,
    items: readonly SurfaceItem[],
  ): ReadonlyMap<string, readonly TextFinding[]> {
    const { config, store } = this.#from
    const others = config().servers.filter(({ id }) => id !== server)
    const known = others.map(({ id, trust: level }) => {
      const keys = new Set([...this.#seen.keys(id), ...lockedServer(store.lock, id).items.keys()])
      return { server: id, trust: level, items: [...keys].map(itemOfKey) }
    })
    const found = new Map<string, TextFinding[]>()
    for (const finding of findShadowing([{ server, trust, items }, ...known], server)) {
      if (finding.yields !== server) continue
      const { rule, severity, item, explain } = finding
      const evidence = visible(item.name.slice(0, 128))
      const one = { rule, severity, where: '', start: 0, end: item.name.length, evidence, explain }
      const key = itemKey(item)
      found.set(key, [...(found.get(key) ?? []), one])
    }
    return found
  }

  /**
   * Names of all servers' tools, for rules about one server that speaks of another's. With those that this one shows just
   * now: of two servers of one kind the second would seem to speak of the first one's tools.
   */
  namesOfAll(server: string, shown: readonly SurfaceItem[]): Inventory {
    const { config, store } = this.#from
    const names = new Map<string, readonly string[]>()
    for (const { id } of config().servers) {
      const now = id === server ? shown.map(itemKey) : []
      const keys = new Set([...this.#seen.keys(id), ...lockedServer(store.lock, id).items.keys(), ...now])
      const tools = [...keys].filter((key) => key.startsWith('tool/')).map((key) => key.slice('tool/'.length))
      names.set(id, tools)
    }
    // By the names themselves: as many others would be judged by those of another moment.
    if (this.#inventory === undefined || !sameNames(this.#inventory.names, names)) {
      this.#inventory = { names, inventory: makeInventory(names) }
      // What was looked through with fewer names known may read otherwise now.
      this.#known.clear()
      this.#grown()
    }
    return this.#inventory.inventory
  }
}

type NamesByServer = ReadonlyMap<string, readonly string[]>

function sameNames(one: NamesByServer, other: NamesByServer): boolean {
  if (one.size !== other.size) return false
  for (const [server, names] of one) {
    const others = other.get(server)
    if (others?.length !== names.length) return false
    const known = new Set(others)
    if (!names.every((name) => known.has(name))) return false
  }
  return true
}

/** What is known of an item by its key alone: enough to compare names. */
function itemOfKey(key: string): SurfaceItem {
  return { ...parseItemKey(key), value: {} }
}
