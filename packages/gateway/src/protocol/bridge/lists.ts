/**
 * Lists of many servers as one: order, names, cursors.
 *
 * The order is the configuration's, then each server's own, so that equal lists are equal texts (hosts cache by it).
 * A page of the merged list is one page of every server that has more; the merged cursor names them.
 */
import { isObject, type JsonObject, type JsonValue, parseJson } from '@sallyport/controls/json'
import type { Catalog } from '../catalog.ts'

export type ListMethod = 'tools/list' | 'prompts/list' | 'resources/list' | 'resources/templates/list'

const MEMBERS: Readonly<Record<ListMethod, 'tools' | 'prompts' | 'resources' | 'resourceTemplates'>> = {
  'tools/list': 'tools',
  'prompts/list': 'prompts',
  'resources/list': 'resources',
  'resources/templates/list': 'resourceTemplates',
}

export function isListMethod(method: string): method is ListMethod {
  return Object.hasOwn(MEMBERS, method)
}

/** The server capability that a list belongs to. */
export function capabilityOf(method: ListMethod): 'tools' | 'prompts' | 'resources' {
  return method === 'tools/list' ? 'tools' : method === 'prompts/list' ? 'prompts' : 'resources'
}

/** Which page of which server comes next; `undefined` for a server's first page. */
export type Pages = ReadonlyMap<string, string | undefined>

const MAX_CURSOR = 16_384

/** A cursor of ours as the pages it names, or `undefined` when it is none: then the request is refused. */
export function readCursor(cursor: JsonValue | undefined): Pages | undefined {
  if (typeof cursor !== 'string' || cursor.length > MAX_CURSOR) return undefined
  const read = parseJson(Buffer.from(cursor, 'base64url'))
  if (!read.ok || !isObject(read.value)) return undefined
  const entries = Object.entries(read.value)
  if (entries.some(([, page]) => typeof page !== 'string')) return undefined
  return new Map(entries as [string, string][])
}

export function writeCursor(pages: ReadonlyMap<string, string>): string {
  return Buffer.from(JSON.stringify(Object.fromEntries(pages)), 'utf8').toString('base64url')
}

export interface ListPart {
  readonly server: string
  readonly result: JsonObject
}

/** One result out of the servers' pages, under exposed names. `modern` adds the cache members of 2026-07-28. */
export function mergeLists(
  method: ListMethod,
  parts: readonly ListPart[],
  catalog: Catalog,
  modern: boolean,
): JsonObject {
  const member = MEMBERS[method]
  const items: JsonValue[] = []
  const next = new Map<string, string>()
  let ttlMs = Number.POSITIVE_INFINITY
  // Whoever is trusted most claims first: a stranger listed earlier must not take another's URI.
  if (method === 'resources/list') catalog.claimAll(parts.map((part) => [part.server, part.result.resources]))
  for (const { server, result } of parts) {
    const list = result[member]
    if (Array.isArray(list)) items.push(...noteItems(method, server, list, catalog))
    if (typeof result.nextCursor === 'string') next.set(server, result.nextCursor)
    ttlMs = Math.min(ttlMs, typeof result.ttlMs === 'number' && result.ttlMs >= 0 ? result.ttlMs : 0)
  }
  return {
    [member]: items,
    ...(next.size === 0 ? {} : { nextCursor: writeCursor(next) }),
    // What a client sees depends on who it is: never shared, whatever the servers say (relay rule 5).
    ...(modern
      ? { resultType: 'complete', ttlMs: Number.isFinite(ttlMs) ? ttlMs : 0, cacheScope: 'private' }
      : {}),
  }
}

/** Notes what a list says in the catalogue; returns its items under exposed names. */
export function noteItems(
  method: ListMethod,
  server: string,
  list: readonly JsonValue[],
  catalog: Catalog,
): JsonValue[] {
  switch (method) {
    case 'tools/list':
      return catalog.tools(server, list)
    case 'prompts/list':
      return catalog.prompts(server, list)
    case 'resources/list':
      return catalog.resources(server, list)
    case 'resources/templates/list':
      return catalog.templates(server, list)
  }
}

/** Notes a list that one server answered and that goes on under its own names. */
export function noteResult(method: ListMethod, server: string, result: JsonObject, catalog: Catalog): void {
  const list = result[MEMBERS[method]]
  if (Array.isArray(list)) noteItems(method, server, list, catalog)
}

/** Notes the resources a result links to or embeds, so that a later read finds their owner. */
export function noteLinks(server: string, result: JsonObject, catalog: Catalog): void {
  if (!Array.isArray(result.content)) return
  for (const block of result.content) {
    if (!isObject(block)) continue
    const uri =
      block.type === 'resource_link' ? block.uri : isObject(block.resource) ? block.resource.uri : undefined
    if (typeof uri === 'string' && uri.length <= 8192) catalog.claim(server, uri)
  }
}
