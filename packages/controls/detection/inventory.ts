import { conceptId } from './words/concepts.ts'
import { NOTHING } from './words/lexicon.ts'
import type { NameMeaning } from './words/tokens.ts'

/**
 * Names of all servers' tools, for rules on steering: built once from all surfaces that are known, asked for each name in a text.
 */
export interface Inventory {
  /** A server's own tools; nothing if the server is unknown. */
  own(server: string): ReadonlySet<string> | undefined
  /** Servers other than this one that have a tool of that name. */
  others(name: string, server: string | undefined): readonly string[]
}

/**
 * Makes an inventory of every known server's tool names.
 *
 * @example
 * makeInventory(new Map([['mail', ['send_email']], ['weather', ['forecast']]])).others('send_email', 'weather') // ['mail']
 */
export function makeInventory(servers: ReadonlyMap<string, readonly string[]>): Inventory {
  const own = new Map<string, ReadonlySet<string>>()
  const owners = new Map<string, string[]>()
  for (const [server, names] of servers) {
    const set = new Set(names)
    own.set(server, set)
    for (const name of set) {
      const known = owners.get(name)
      if (known === undefined) owners.set(name, [server])
      else known.push(server)
    }
  }
  return {
    own: (server) => own.get(server),
    others: (name, server) => (owners.get(name) ?? []).filter((owner) => owner !== server),
  }
}

const SELF = [conceptId('self!')]
const SIBLING = [conceptId('sibling!')]
const FOREIGN = [conceptId('foreign!')]
const UNKNOWN = [conceptId('unknown!')]

/** What a name in an item's text means: the item itself, a tool beside it, another server's tool, or none that is known. */
export function nameMeanings(
  inventory: Inventory | undefined,
  server: string | undefined,
  item: string,
  fields: ReadonlySet<string>,
): NameMeaning {
  const own = server === undefined ? undefined : inventory?.own(server)
  return (name, marked) => {
    if (name.length > LONGEST_NAME || !(marked || isDistinctive(name))) return NOTHING
    if (name === item) return SELF
    if (own?.has(name) === true) return SIBLING
    if (fields.has(name) || inventory === undefined) return NOTHING
    if (inventory.others(name, server).length > 0) return FOREIGN
    return own !== undefined && isDistinctive(name) ? UNKNOWN : NOTHING
  }
}

const LONGEST_NAME = 128

/** Written as code writes names: `search` and `fetch` are words, `web_search`, `fetchPage` and `pages.list_all` are not. */
function isDistinctive(name: string): boolean {
  return name.length >= 5 && (NAME_JOINT.test(name) || name.split('-').length > 2)
}

const NAME_JOINT = /[a-z0-9][_.][a-z0-9]|[a-z][A-Z]|^[a-z]{3,}-[a-z]{4,}$/i
