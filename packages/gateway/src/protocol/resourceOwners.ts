/**
 * Which server a resource URI belongs to, by what the servers list, link to in results, and cover with templates.
 *
 * Everything here comes from servers, some of them hostile. Each has a quota of its own, and whoever exceeds it is
 * refused: what another server said is never given up for it.
 */
import { visible } from '@sallyport/controls/text'

export type ResourceList = 'resources/list' | 'resources/templates/list'
export type ResourceReport = (
  rule: 'resources/collision' | 'lists/limit',
  server: string,
  explain: string,
) => void

/** Ranks within one level of trust: a rank is `level * RANKS_PER_LEVEL + order`. */
export const RANKS_PER_LEVEL = 1_000
const MAX_LISTED = 20_000
const MAX_LINKED = 1_000
const MAX_TEMPLATES = 1_000
const MAX_URI_CHARS = 8_192
/** What all URIs and templates of one server may take together. */
const MAX_CHARS = 4 * 1_048_576

/** How a server came to a URI, the strongest first. */
const LISTED = 0
const LINKED = 1
const TEMPLATE = 2
type Claim = typeof LISTED | typeof LINKED | typeof TEMPLATE

interface ServerResources {
  readonly listed: Set<string>
  /** Oldest first: a server's new link may take the place of its own oldest. */
  readonly linked: Set<string>
  /** Templates and the literal parts between their expressions. */
  readonly templates: Map<string, readonly string[]>
  /** Lists that were read to their end. */
  readonly seen: Set<ResourceList>
  /** Lists that were asked for, whatever came of it. */
  readonly asked: Set<ResourceList>
  chars: number
}

interface Best {
  readonly server: string
  readonly claim: Claim
}

export class ResourceOwners {
  readonly #servers = new Map<string, ServerResources>()
  readonly #rank: (server: string) => number
  readonly #report: ResourceReport

  constructor(rank: (server: string) => number, report: ResourceReport) {
    this.#rank = rank
    this.#report = report
  }

  /** Forgets what a server said, but not that it did not answer: else it could be waited for again and again. */
  forget(server: string): void {
    const entry = this.#servers.get(server)
    this.#servers.delete(server)
    for (const list of entry?.asked ?? []) if (entry?.seen.has(list) !== true) this.asked(server, list, false)
  }

  /** Notes that a server lists this URI. False when it has no room left. */
  list(server: string, uri: string): boolean {
    const entry = this.#of(server)
    if (entry.listed.has(uri)) return true
    if (!this.#fits(server, entry, uri, entry.listed.size < MAX_LISTED)) return false
    entry.listed.add(uri)
    entry.chars += uri.length
    return true
  }

  /** Notes that a server linked to this URI in a result. */
  link(server: string, uri: string): void {
    const entry = this.#of(server)
    if (entry.listed.has(uri) || entry.linked.has(uri)) return
    if (entry.linked.size >= MAX_LINKED) {
      const [oldest = ''] = entry.linked
      entry.linked.delete(oldest)
      entry.chars -= oldest.length
    }
    if (!this.#fits(server, entry, uri, true)) return
    entry.linked.add(uri)
    entry.chars += uri.length
  }

  /** Notes a template. False when the server has no room left. */
  cover(server: string, template: string): boolean {
    const entry = this.#of(server)
    if (entry.templates.has(template)) return true
    if (!this.#fits(server, entry, template, entry.templates.size < MAX_TEMPLATES)) return false
    entry.templates.set(template, literalsOf(template))
    entry.chars += template.length
    return true
  }

  /** Notes that a list was asked for; `seen`: and read to its end, or its server has none. */
  asked(server: string, list: ResourceList, seen: boolean): void {
    const entry = this.#of(server)
    entry.asked.add(list)
    if (seen) entry.seen.add(list)
  }

  /** Does this server own the URI it names? Who names it too and does not is reported. */
  owns(server: string, uri: string): boolean {
    const best = this.#best(uri)
    if (best === undefined) return false
    for (const [other, { listed, linked }] of this.#servers) {
      if (other === best.server || !(other === server || listed.has(uri) || linked.has(uri))) continue
      const explain = `resource ${visible(uri.slice(0, 200))} is also offered by "${best.server}", which keeps it`
      this.#report('resources/collision', other, explain)
    }
    return best.server === server
  }

  /** Does this server own the template it lists? The best rank of those who list the same one does. */
  ownsTemplate(server: string, template: string): boolean {
    const owner = this.templateOwner(template, [...this.#servers.keys()])
    if (owner === server || owner === undefined) return owner === server
    const explain = `template ${visible(template.slice(0, 200))} is also offered by "${owner}", which keeps it`
    this.#report('resources/collision', server, explain)
    return false
  }

  /**
   * The owner of a URI: of the most trusted level that names it, the one that lists it, else links to it, else has a
   * template for it. A template is a guess (`{+x}` fits everything): it does not count while the list of a more
   * trusted server is not known.
   */
  owner(uri: string, servers: readonly string[]): string | undefined {
    const best = this.#best(uri)
    if (best === undefined || !servers.includes(best.server)) return undefined
    if (best.claim !== TEMPLATE) return best.server
    const hidden = servers.some(
      (server) =>
        this.#level(server) < this.#level(best.server) &&
        this.#servers.get(server)?.seen.has('resources/list') !== true,
    )
    return hidden ? undefined : best.server
  }

  /**
   * The servers whose lists may still change who owns a URI and were not asked for: those of a more trusted level, and
   * where only a template fits, all. Every one of them when no owner is known.
   */
  unsure(uri: string, servers: readonly string[]): string[] {
    const best = this.#best(uri)
    if (best === undefined || this.owner(uri, servers) === undefined) return [...servers]
    const level = this.#level(best.server)
    return servers.filter((server) => {
      if (server === best.server) return false
      const asked = this.#servers.get(server)?.asked
      if (this.#level(server) < level) return asked === undefined || asked.size < 2
      return best.claim === TEMPLATE && asked?.has('resources/list') !== true
    })
  }

  /** The owner of a resource template, named as it is listed. */
  templateOwner(template: string, servers: readonly string[]): string | undefined {
    return servers
      .filter((server) => this.#servers.get(server)?.templates.has(template))
      .toSorted((a, b) => this.#rank(a) - this.#rank(b))[0]
  }

  /** The servers whose templates may still change who owns one and were not asked for. */
  unsureTemplate(template: string, servers: readonly string[]): string[] {
    const owner = this.templateOwner(template, servers)
    if (owner === undefined) return [...servers]
    const rank = this.#rank(owner)
    return servers.filter(
      (server) =>
        this.#rank(server) < rank &&
        this.#servers.get(server)?.asked.has('resources/templates/list') !== true,
    )
  }

  #best(uri: string): Best | undefined {
    let best: Best | undefined
    for (const [server, entry] of this.#servers) {
      const exact = entry.listed.has(uri) ? LISTED : entry.linked.has(uri) ? LINKED : undefined
      if (exact === undefined && best !== undefined && !this.#beats({ server, claim: TEMPLATE }, best))
        continue
      const claim = exact ?? (covers(entry, uri) ? TEMPLATE : undefined)
      if (claim === undefined) continue
      const found: Best = { server, claim }
      if (best === undefined || this.#beats(found, best)) best = found
    }
    return best
  }

  #beats(one: Best, other: Best): boolean {
    const levels = this.#level(one.server) - this.#level(other.server)
    if (levels !== 0) return levels < 0
    if (one.claim !== other.claim) return one.claim < other.claim
    return this.#rank(one.server) < this.#rank(other.server)
  }

  #level(server: string): number {
    return Math.floor(this.#rank(server) / RANKS_PER_LEVEL)
  }

  #fits(server: string, entry: ServerResources, text: string, room: boolean): boolean {
    if (room && text.length <= MAX_URI_CHARS && entry.chars + text.length <= MAX_CHARS) return true
    this.#report(
      'lists/limit',
      server,
      `"${server}" names more or longer URIs than are kept; the rest is left out`,
    )
    return false
  }

  #of(server: string): ServerResources {
    let known = this.#servers.get(server)
    if (known === undefined) {
      known = {
        listed: new Set(),
        linked: new Set(),
        templates: new Map(),
        seen: new Set(),
        asked: new Set(),
        chars: 0,
      }
      this.#servers.set(server, known)
    }
    return known
  }
}

function covers(entry: ServerResources, uri: string): boolean {
  for (const literals of entry.templates.values()) if (fitsLiterals(literals, uri)) return true
  return false
}

/**
 * Could this URI come from this template (RFC 6570)? Literal parts in order, in linear time: enough to route, and no
 * pattern of a server's is ever run as a regular expression (CVE-2026-0621).
 *
 * @example fitsTemplate('test://template/{id}/data', 'test://template/7/data') // true
 */
export function fitsTemplate(template: string, uri: string): boolean {
  return fitsLiterals(literalsOf(template), uri)
}

function literalsOf(template: string): readonly string[] {
  return template.split(/\{[^{}]*\}/)
}

function fitsLiterals(literals: readonly string[], uri: string): boolean {
  const [first = ''] = literals
  if (literals.length === 1) return first === uri
  const last = literals.at(-1) ?? ''
  if (!uri.startsWith(first)) return false
  let at = first.length
  for (const literal of literals.slice(1, -1)) {
    const found = uri.indexOf(literal, at)
    if (found < 0) return false
    at = found + literal.length
  }
  return uri.length - last.length >= at && uri.endsWith(last)
}
