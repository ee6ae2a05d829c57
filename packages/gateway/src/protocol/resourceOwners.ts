/**
 * Which server a resource URI belongs to, by what the servers list, link to in results, and cover with templates.
 *
 * Everything here comes from servers, some of them hostile. Each has a quota of its own, and whoever exceeds it is
 * refused: what another server said is never given up for it.
 */
import { visible } from '@sallyport/controls/text'

export type ResourceList = 'resources/list' | 'resources/templates/list' | 'skills/list' | 'tools/list'
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

/** How a server came to a URI, the strongest first: as a file or folder of a skill that it lists, ... */
const SKILL = 0
const LISTED = 1
const LINKED = 2
const TEMPLATE = 3
type Claim = typeof SKILL | typeof LISTED | typeof LINKED | typeof TEMPLATE

/**
 * Skills (SEP-2640) share one scheme that names no server, and every server built on the SDK covers all of it with
 * `skill://{+path}`: there the lists decide, also over the template of a more trusted server.
 */
const SKILLS = 'skill://'
const MANIFEST = '/SKILL.md'
const RESOURCE_LISTS: readonly ResourceList[] = ['resources/list', 'resources/templates/list']
const SKILL_LISTS: readonly ResourceList[] = [...RESOURCE_LISTS, 'skills/list']
/** MCP Apps: a view need not be listed, its tool names it. */
const VIEW_LISTS: readonly ResourceList[] = [...RESOURCE_LISTS, 'tools/list']

/** The lists in which a server may name this URI. */
export function listsNaming(uri: string): readonly ResourceList[] {
  if (uri.startsWith(SKILLS)) return SKILL_LISTS
  return uri.startsWith('ui://') ? VIEW_LISTS : RESOURCE_LISTS
}

interface ServerResources {
  readonly listed: Set<string>
  /** Folders of its skills under `skill://`, with a slash at the end. */
  readonly skills: Set<string>
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

  /** Notes that a server lists the skill with this manifest: it is listed, and what is in its folder is the skill's. */
  listSkill(server: string, manifest: string): void {
    if (!this.list(server, manifest)) return
    if (!manifest.startsWith(SKILLS) || !manifest.endsWith(MANIFEST)) return
    const folder = manifest.slice(0, 1 - MANIFEST.length)
    const entry = this.#of(server)
    // "skill://SKILL.md" would be the folder of all skills there are.
    if (folder.length <= SKILLS.length || entry.skills.has(folder)) return
    if (!this.#fits(server, entry, folder, entry.skills.size < MAX_LISTED)) return
    entry.skills.add(folder)
    entry.chars += folder.length
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
    for (const [other, entry] of this.#servers) {
      if (other === best.server || !(other === server || names(entry, uri))) continue
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
    const lists = listsNaming(uri).filter((list) => list !== 'resources/templates/list')
    const hidden = servers.some(
      (server) =>
        this.#level(server) < this.#level(best.server) &&
        lists.some((list) => this.#servers.get(server)?.seen.has(list) !== true),
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
    const lists = listsNaming(uri)
    return servers.filter((server) => {
      if (server === best.server) return false
      const asked = this.#servers.get(server)?.asked
      const missing = lists.filter((list) => asked?.has(list) !== true)
      if (this.#level(server) < level) return missing.length > 0
      return best.claim === TEMPLATE && missing.some((list) => list !== 'resources/templates/list')
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
      const found = this.#claim(server, entry, uri, best)
      if (found !== undefined && (best === undefined || this.#beats(found, best, uri))) best = found
    }
    return best
  }

  /** What a server has to say for itself; templates are looked at last, and only where one could win. */
  #claim(server: string, entry: ServerResources, uri: string, best: Best | undefined): Best | undefined {
    if (isOfSkill(entry, uri)) return { server, claim: SKILL }
    if (entry.listed.has(uri)) return { server, claim: LISTED }
    if (entry.linked.has(uri)) return { server, claim: LINKED }
    const guess: Best = { server, claim: TEMPLATE }
    if (best !== undefined && !this.#beats(guess, best, uri)) return undefined
    return covers(entry, uri) ? guess : undefined
  }

  #beats(one: Best, other: Best, uri: string): boolean {
    if (uri.startsWith(SKILLS) && isListed(one) !== isListed(other)) return isListed(one)
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
        skills: new Set(),
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

function isListed({ claim }: Best): boolean {
  return claim === LISTED || claim === SKILL
}

/** Does a server name this very URI, by whatever it said? */
function names(entry: ServerResources, uri: string): boolean {
  return entry.listed.has(uri) || entry.linked.has(uri) || isOfSkill(entry, uri)
}

/** Is this the folder of a skill of this server, or in it? */
function isOfSkill({ skills }: ServerResources, uri: string): boolean {
  if (skills.size === 0 || !uri.startsWith(SKILLS)) return false
  if (skills.has(`${uri}/`)) return true
  for (let end = uri.lastIndexOf('/'); end >= SKILLS.length; end = uri.lastIndexOf('/', end - 1)) {
    if (skills.has(uri.slice(0, end + 1))) return true
  }
  return false
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
