/**
 * What the servers of a view were seen to offer: which server owns an exposed tool name, a prompt, a resource URI, and
 * which arguments a tool wants mirrored in headers. Filled from lists as they pass; it never asks anyone itself.
 *
 * Bounded: a server may list without end and a conversation may see any number of resource links.
 */
import { isObject, type JsonObject, type JsonValue } from '@sallyport/controls/json'
import { visible } from '@sallyport/controls/text'
import { headerFault } from './headerFault.ts'
import { type MirroredParam, mirroredParams } from './mirror.ts'
import { exposeName, NameMap, splitExposedName } from './names.ts'
import { type ResourceList, ResourceOwners } from './resourceOwners.ts'

export interface Owned {
  readonly server: string
  /** The name or URI as its server knows it. */
  readonly own: string
}

export type CatalogReport = (
  rule: 'lists/headers' | 'names/collision' | 'names/duplicate' | 'resources/collision' | 'lists/limit',
  server: string,
  explain: string,
) => void

/** Names of one kind that one server may have; more is left out. */
const MAX_NAMES = 20_000
const MAX_NAME_CHARS = 1_024
/** One server cannot fill the log with one rule: after this many reports it is taken as known. */
const MAX_REPORTS = 20

/** Ends like a name that was cut or altered. */
const MAY_BE_ALTERED = /_[0-9a-f]{8}$/

interface ServerNames {
  readonly tools: NameMap
  readonly prompts: NameMap
  readonly mirrored: Map<string, readonly MirroredParam[]>
  readonly listed: Set<'tools' | 'prompts'>
}

export class Catalog {
  readonly #servers = new Map<string, ServerNames>()
  readonly #resources: ResourceOwners
  readonly #report: CatalogReport
  readonly #reports = new Map<string, number>()

  /**
   * `rank`: which server wins a URI that two claim, lowest first: its level of trust times `RANKS_PER_LEVEL`, plus its
   * place in the configuration.
   */
  constructor(rank: (server: string) => number, report: CatalogReport) {
    this.#resources = new ResourceOwners(rank, (rule, server, explain) => this.report(rule, server, explain))
    this.#report = report
  }

  /** Reports what was left out of a server's words, a bounded number of times for each server and rule. */
  report(rule: Parameters<CatalogReport>[0], server: string, explain: string): void {
    const key = `${rule} ${server}`
    const count = this.#reports.get(key) ?? 0
    if (count >= MAX_REPORTS) return
    this.#reports.set(key, count + 1)
    this.#report(rule, server, explain)
  }

  /** Forgets a server's lists, e.g. after `list_changed`. */
  forget(server: string): void {
    this.#servers.delete(server)
    this.#resources.forget(server)
  }

  /** Notes a list of tools; returns it under exposed names, without what cannot have one. */
  tools(server: string, tools: readonly JsonValue[]): JsonValue[] {
    this.noteViews(server, tools)
    const sound = tools.filter((tool) => isObject(tool) && !this.#isFaulty(server, tool))
    const shown = this.#named(server, 'tools', sound, (entry, name, tool) =>
      entry.mirrored.set(name, mirroredParams(tool.inputSchema)),
    )
    return shown.map((tool) => this.#withOwnView(server, tool))
  }

  /** Notes the views of tools (MCP Apps). */
  noteViews(server: string, tools: readonly JsonValue[]): void {
    for (const tool of tools) {
      const view = viewOf(tool)
      if (view !== undefined) this.#resources.link(server, view)
    }
  }

  /** A tool whose view another server owns is shown without: what it answers is not for that server's page. */
  #withOwnView(server: string, tool: JsonObject): JsonObject {
    const view = viewOf(tool)
    if (view === undefined || !isObject(tool._meta) || this.#resources.owns(server, view)) return tool
    const { ui: _ui, [OLD_VIEW]: _old, ...meta } = tool._meta
    return { ...tool, _meta: meta }
  }

  prompts(server: string, prompts: readonly JsonValue[]): JsonValue[] {
    return this.#named(server, 'prompts', prompts, () => undefined)
  }

  /** Notes a list of resources; leaves out those another server owns. */
  resources(server: string, resources: readonly JsonValue[]): JsonValue[] {
    this.noteResources(server, resources)
    return this.ownResources(server, resources)
  }

  noteResources(server: string, resources: readonly JsonValue[]): void {
    for (const item of resources)
      if (isObject(item) && typeof item.uri === 'string') this.#resources.list(server, item.uri)
  }

  /** Those of a list that this server owns, as far as lists are known. */
  ownResources(server: string, resources: readonly JsonValue[]): JsonValue[] {
    return resources.filter(
      (item) => isObject(item) && typeof item.uri === 'string' && this.#resources.owns(server, item.uri),
    )
  }

  templates(server: string, templates: readonly JsonValue[]): JsonValue[] {
    this.noteTemplates(server, templates)
    return this.ownTemplates(server, templates)
  }

  noteTemplates(server: string, templates: readonly JsonValue[]): void {
    for (const item of templates) {
      if (isObject(item) && typeof item.uriTemplate === 'string')
        this.#resources.cover(server, item.uriTemplate)
    }
  }

  ownTemplates(server: string, templates: readonly JsonValue[]): JsonValue[] {
    return templates.filter(
      (item) =>
        isObject(item) &&
        typeof item.uriTemplate === 'string' &&
        this.#resources.ownsTemplate(server, item.uriTemplate),
    )
  }

  /** Notes a list of skills; leaves out those of which another server owns anything. */
  skills(server: string, skills: readonly JsonValue[]): JsonValue[] {
    this.noteSkills(server, skills)
    return this.ownSkills(server, skills)
  }

  noteSkills(server: string, skills: readonly JsonValue[]): void {
    for (const skill of skills) {
      if (!isObject(skill) || typeof skill.uri !== 'string') continue
      this.#resources.listSkill(server, skill.uri)
      // Under `skill://` the folder is claimed as a whole, and nothing outside of it.
      for (const uri of filesOf(skill)) if (!uri.startsWith('skill://')) this.#resources.list(server, uri)
    }
  }

  /**
   * Those of a list of which this server owns the manifest and every file: one that names a file of another server
   * would have a client take that server's words for this one's.
   */
  ownSkills(server: string, skills: readonly JsonValue[]): JsonValue[] {
    const owned = (uri: string) => this.#resources.owns(server, uri)
    return skills.filter(
      (skill) =>
        isObject(skill) && typeof skill.uri === 'string' && owned(skill.uri) && filesOf(skill).every(owned),
    )
  }

  /** Notes that a resource list was asked for; `seen`: and read to its end, or its server has none. */
  asked(server: string, list: ResourceList, seen: boolean): void {
    this.#resources.asked(server, list, seen)
  }

  /** Notes that `server` linked to this URI in a result. False when another one owns it. */
  claim(server: string, uri: string): boolean {
    this.#resources.link(server, uri)
    return this.#resources.owns(server, uri)
  }

  /**
   * The owner of an exposed tool or prompt name. `'unlisted'` when the name was altered and its server's list has not
   * been seen: list it, then ask again.
   */
  named(kind: 'tools' | 'prompts', exposed: string): Owned | 'unlisted' | undefined {
    const split = splitExposedName(exposed)
    if (split === undefined) return undefined
    const { server, rest } = split
    const own = this.#servers.get(server)?.[kind].own(exposed)
    if (own !== undefined) return { server, own }
    const plain = exposeName(server, rest) === exposed
    // A name that was cut reads like a plain one that happens to end in eight hex digits: only the list can tell.
    if (plain && (!MAY_BE_ALTERED.test(exposed) || this.#servers.get(server)?.listed.has(kind)))
      return { server, own: rest }
    return 'unlisted'
  }

  /** The server that owns a resource URI, of these (`ResourceOwners.owner`). */
  resourceOwner(uri: string, servers: readonly string[]): string | undefined {
    return this.#resources.owner(uri, servers)
  }

  /** Servers whose resource lists have to be read before the owner of a URI is certain; none when it is. */
  unsureResource(uri: string, servers: readonly string[]): string[] {
    return this.#resources.unsure(uri, servers)
  }

  /** The owner of a resource template named by a completion request. */
  templateOwner(template: string, servers: readonly string[]): string | undefined {
    return this.#resources.templateOwner(template, servers)
  }

  /** Servers whose templates have to be read before the owner of a template is certain. */
  unsureTemplate(template: string, servers: readonly string[]): string[] {
    return this.#resources.unsureTemplate(template, servers)
  }

  /** Arguments of a tool that its schema wants in headers; `undefined` when the tool's list was not seen. */
  mirrored(server: string, tool: string): readonly MirroredParam[] | undefined {
    const entry = this.#servers.get(server)
    return entry?.listed.has('tools') ? (entry.mirrored.get(tool) ?? []) : undefined
  }

  /** Has headers that cannot be sent: whoever knows the declarations must not offer the tool. */
  #isFaulty(server: string, tool: JsonObject): boolean {
    const fault = headerFault(tool.inputSchema)
    if (fault === undefined) return false
    const name = visible(String(tool.name).slice(0, 200))
    this.report('lists/headers', server, `"${name}" of "${server}" is left out: ${fault}`)
    return true
  }

  #named(
    server: string,
    kind: 'tools' | 'prompts',
    items: readonly JsonValue[],
    note: (entry: ServerNames, name: string, item: JsonObject) => void,
  ): JsonObject[] {
    const entry = this.#of(server)
    entry.listed.add(kind)
    const exposed = new Map<string, JsonObject>()
    for (const item of items) {
      if (!isObject(item) || typeof item.name !== 'string') continue
      const name = this.#name(server, entry[kind], item.name)
      if (name === undefined) continue
      if (exposed.has(name)) {
        // Two of one name: which one is called could not be told, so only the first is shown.
        this.report('names/duplicate', server, `"${server}" lists ${name} twice; the first is shown`)
        continue
      }
      note(entry, item.name, item)
      exposed.set(name, { ...item, name })
    }
    return [...exposed.values()]
  }

  #name(server: string, map: NameMap, own: string): string | undefined {
    if (own.length > MAX_NAME_CHARS || (map.size >= MAX_NAMES && !map.has(own))) {
      this.report(
        'lists/limit',
        server,
        `"${server}" has more or longer names than are kept; the rest is left out`,
      )
      return undefined
    }
    const name = map.add(own)
    if (typeof name === 'string') return name
    const [second, first] = [name.second, name.first].map((text) => visible(text.slice(0, 200)))
    const explain = `"${second}" is left out: it would be shown as ${name.exposed}, like "${first}"`
    this.report('names/collision', server, explain)
    return undefined
  }

  #of(server: string): ServerNames {
    let known = this.#servers.get(server)
    if (known === undefined) {
      known = {
        tools: new NameMap(server),
        prompts: new NameMap(server),
        mirrored: new Map(),
        listed: new Set(),
      }
      this.#servers.set(server, known)
    }
    return known
  }
}

/** As first versions of the extension had it. */
const OLD_VIEW = 'ui/resourceUri'

/** The page that shows what a tool answers (MCP Apps, `_meta.ui.resourceUri`). */
function viewOf(tool: JsonValue): string | undefined {
  const meta = isObject(tool) ? tool._meta : undefined
  if (!isObject(meta)) return undefined
  const view = (isObject(meta.ui) ? meta.ui.resourceUri : undefined) ?? meta[OLD_VIEW]
  return typeof view === 'string' && view.startsWith('ui://') ? view : undefined
}

/** URIs of the files of a skill (SEP-2640, `resources`); none where they are not listed. */
function filesOf(skill: JsonObject): string[] {
  if (!Array.isArray(skill.resources)) return []
  return skill.resources.flatMap((file) => (isObject(file) && typeof file.uri === 'string' ? [file.uri] : []))
}
