/**
 * What the servers of a view were seen to offer: which server owns an exposed tool name, a prompt, a resource URI, and
 * which arguments a tool wants mirrored in headers. Filled from lists as they pass; it never asks anyone itself.
 *
 * Bounded: a server may list without end and a conversation may see any number of resource links.
 */
import { isObject, type JsonObject, type JsonValue } from '@sallyport/controls/json'
import { type MirroredParam, mirroredParams } from './mirror.ts'
import { exposeName, NameMap, splitExposedName } from './names.ts'

export interface Owned {
  readonly server: string
  /** The name or URI as its server knows it. */
  readonly own: string
}

export type CatalogReport = (
  rule: 'names/collision' | 'resources/collision',
  server: string,
  explain: string,
) => void

const MAX_URIS = 20_000
const MAX_TOOLS = 20_000

/** Ends like a name that was cut or altered. */
const MAY_BE_ALTERED = /_[0-9a-f]{8}$/

interface ServerCatalog {
  tools: NameMap
  prompts: NameMap
  readonly mirrored: Map<string, readonly MirroredParam[]>
  readonly listed: Set<'tools' | 'prompts'>
  templates: readonly string[]
}

export class Catalog {
  readonly #servers = new Map<string, ServerCatalog>()
  readonly #uris = new Map<string, string>()
  readonly #rank: (server: string) => number
  readonly #report: CatalogReport

  /** `rank`: which server wins a URI that two claim, lowest first (trust, then order in the configuration). */
  constructor(rank: (server: string) => number, report: CatalogReport) {
    this.#rank = rank
    this.#report = report
  }

  #of(server: string): ServerCatalog {
    let known = this.#servers.get(server)
    if (known === undefined) {
      known = {
        tools: new NameMap(server),
        prompts: new NameMap(server),
        mirrored: new Map(),
        listed: new Set(),
        templates: [],
      }
      this.#servers.set(server, known)
    }
    return known
  }

  /** Forgets a server's lists, e.g. after `list_changed`. */
  forget(server: string): void {
    this.#servers.delete(server)
    for (const [uri, owner] of this.#uris) if (owner === server) this.#uris.delete(uri)
  }

  /** Notes a list of tools; returns it under exposed names, without what cannot have one. */
  tools(server: string, tools: readonly JsonValue[]): JsonValue[] {
    const entry = this.#of(server)
    entry.listed.add('tools')
    const exposed: JsonValue[] = []
    for (const tool of tools) {
      if (!isObject(tool) || typeof tool.name !== 'string' || entry.tools.size >= MAX_TOOLS) continue
      const name = this.#name(server, entry.tools, tool.name)
      entry.mirrored.set(tool.name, mirroredParams(tool.inputSchema))
      if (name !== undefined) exposed.push({ ...tool, name })
    }
    return exposed
  }

  prompts(server: string, prompts: readonly JsonValue[]): JsonValue[] {
    const entry = this.#of(server)
    entry.listed.add('prompts')
    const exposed: JsonValue[] = []
    for (const prompt of prompts) {
      if (!isObject(prompt) || typeof prompt.name !== 'string' || entry.prompts.size >= MAX_TOOLS) continue
      const name = this.#name(server, entry.prompts, prompt.name)
      if (name !== undefined) exposed.push({ ...prompt, name })
    }
    return exposed
  }

  /** Notes a list of resources; leaves out those another server owns. */
  resources(server: string, resources: readonly JsonValue[]): JsonValue[] {
    return resources.filter(
      (item) => isObject(item) && typeof item.uri === 'string' && this.claim(server, item.uri),
    )
  }

  /** Notes several servers' lists at once, in the order of their rank. */
  claimAll(lists: readonly (readonly [server: string, resources: JsonValue | undefined])[]): void {
    for (const [server, list] of lists.toSorted(([a], [b]) => this.#rank(a) - this.#rank(b))) {
      if (Array.isArray(list)) this.resources(server, list)
    }
  }

  templates(server: string, templates: readonly JsonValue[]): JsonValue[] {
    const kept = templates.filter(
      (item) => isObject(item) && typeof item.uriTemplate === 'string',
    ) as JsonObject[]
    this.#of(server).templates = kept.map((item) => item.uriTemplate as string)
    return kept
  }

  /** Notes that `server` named this URI (in a list, or as a link in a result). False when another one owns it. */
  claim(server: string, uri: string): boolean {
    const owner = this.#uris.get(uri)
    if (owner === server) return true
    if (owner !== undefined) {
      const wins = this.#rank(server) < this.#rank(owner)
      const [first, second] = wins ? [server, owner] : [owner, server]
      this.#report(
        'resources/collision',
        second,
        `resource ${uri} is also offered by "${first}", which keeps it`,
      )
      if (!wins) return false
    } else if (this.#uris.size >= MAX_URIS) {
      const oldest = this.#uris.keys().next().value
      if (oldest !== undefined) this.#uris.delete(oldest)
    }
    this.#uris.set(uri, server)
    return true
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

  /** The server that owns a resource URI: by list or link, else by the only template that fits. */
  resourceOwner(uri: string, servers: readonly string[]): string | undefined {
    const owner = this.#uris.get(uri)
    if (owner !== undefined && servers.includes(owner)) return owner
    const fitting = servers.filter((server) =>
      this.#servers.get(server)?.templates.some((template) => fitsTemplate(template, uri)),
    )
    return fitting.toSorted((a, b) => this.#rank(a) - this.#rank(b))[0]
  }

  /** The owner of a resource template named by a completion request. */
  templateOwner(template: string, servers: readonly string[]): string | undefined {
    return servers.find((server) => this.#servers.get(server)?.templates.includes(template))
  }

  /** Arguments of a tool that its schema wants in headers; `undefined` when the tool's list was not seen. */
  mirrored(server: string, tool: string): readonly MirroredParam[] | undefined {
    const entry = this.#servers.get(server)
    return entry?.listed.has('tools') ? (entry.mirrored.get(tool) ?? []) : undefined
  }

  #name(server: string, map: NameMap, own: string): string | undefined {
    const name = map.add(own)
    if (typeof name === 'string') return name
    this.#report(
      'names/collision',
      server,
      `"${name.second}" is left out: it would be shown as ${name.exposed}, like "${name.first}"`,
    )
    return undefined
  }
}

/**
 * Could this URI come from this template (RFC 6570)? Literal parts in order, in linear time: enough to route, and no
 * pattern of a server's is ever run as a regular expression (CVE-2026-0621).
 *
 * @example fitsTemplate('test://template/{id}/data', 'test://template/7/data') // true
 */
export function fitsTemplate(template: string, uri: string): boolean {
  const literals = template.split(/\{[^{}]*\}/)
  const [first = '', ...rest] = literals
  const last = rest.pop()
  if (last === undefined) return template === uri
  if (!uri.startsWith(first)) return false
  let at = first.length
  for (const literal of rest) {
    const found = uri.indexOf(literal, at)
    if (found < 0) return false
    at = found + literal.length
  }
  return uri.length - last.length >= at && uri.endsWith(last)
}
