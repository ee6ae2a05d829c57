/**
 * Lists of many servers as one: order, names, cursors.
 *
 * The order is the configuration's, then each server's own, so that equal lists are equal texts (hosts cache by it).
 * A page of the merged list is one page of every server that has more; the merged cursor names them.
 */
import { isObject, type JsonObject, type JsonValue, parseJson } from '@sallyport/controls/json'
import type { Catalog } from '../catalog.ts'
import { ERROR } from '../errors.ts'
import type { ResourceList } from '../resourceOwners.ts'

export type ListMethod = 'tools/list' | 'prompts/list' | 'resources/list' | 'resources/templates/list'

/** Every list that is one of many servers' in the aggregated view: those of the core, and those of extensions. */
export type MergedList = ListMethod | 'skills/list' | 'tasks/list'

const MEMBERS: Readonly<Record<MergedList, string>> = {
  'tools/list': 'tools',
  'prompts/list': 'prompts',
  'resources/list': 'resources',
  'resources/templates/list': 'resourceTemplates',
  'skills/list': 'skills',
  'tasks/list': 'tasks',
}

/** One of the four lists that both eras have. */
export function isListMethod(method: string): method is ListMethod {
  return isMergedList(method) && method !== 'skills/list' && method !== 'tasks/list'
}

/** A list that the gateway makes of the lists of many servers. */
export function isMergedList(method: string): method is MergedList {
  return Object.hasOwn(MEMBERS, method)
}

/** The server capability that a list belongs to. Of extensions the map: who has others answers that it has no such list. */
export function capabilityOf(method: MergedList): 'tools' | 'prompts' | 'resources' | 'extensions' | 'tasks' {
  if (method === 'tasks/list') return 'tasks'
  if (method === 'skills/list') return 'extensions'
  return method === 'tools/list' ? 'tools' : method === 'prompts/list' ? 'prompts' : 'resources'
}

/** Which page of which server comes next; `undefined` for a server's first page. */
export interface Pages extends ReadonlyMap<string, string | undefined> {
  /** How many pages came before; none said: none. */
  readonly number?: number
}

const FIRST_PAGES: Pages = new Map()
/** Longest cursor of ours, in characters. */
const MAX_CURSOR = 524_288
/** Longest cursor of one server inside ours, in bytes of JSON: one that is longer ends that server's list. */
const MAX_SERVER_CURSOR = 4_096
/** Pages of one list: a server that always has one more does not keep a client busy for ever. */
const MAX_PAGES = 1_000
/** Items of one server in one page. */
const MAX_ITEMS = 20_000

/** A cursor of ours as the pages it names, or `undefined` when it is none: then the request is refused. */
export function readCursor(cursor: JsonValue | undefined): Pages | undefined {
  if (typeof cursor !== 'string' || cursor.length > MAX_CURSOR) return undefined
  const read = parseJson(Buffer.from(cursor, 'base64url'))
  if (!read.ok || !isObject(read.value)) return undefined
  const { number, pages } = read.value
  if (typeof number !== 'number' || !isObject(pages)) return undefined
  const entries = Object.entries(pages)
  if (entries.some(([, page]) => typeof page !== 'string')) return undefined
  return Object.assign(new Map(entries as [string, string][]), { number })
}

/** Opaque to clients: the next page of each server that has one, by its own cursor. */
export function writeCursor(pages: ReadonlyMap<string, string>, number: number): string {
  return Buffer.from(JSON.stringify({ number, pages: Object.fromEntries(pages) }), 'utf8').toString(
    'base64url',
  )
}

export interface ListPart {
  readonly server: string
  readonly result: JsonObject
}

/**
 * One result out of the servers' pages, under exposed names. `pages`: what was asked for. `modern` adds the cache
 * members of 2026-07-28.
 */
export function mergeLists(
  method: MergedList,
  parts: readonly ListPart[],
  catalog: Catalog,
  modern: boolean,
  pages: Pages = FIRST_PAGES,
): JsonObject {
  const member = MEMBERS[method]
  const items: JsonValue[] = []
  let ttlMs = Number.POSITIVE_INFINITY
  const lists = parts.map(
    ({ server, result }) => [server, boundedList(method, server, result, catalog)] as const,
  )
  // All are noted before any is shown: a stranger listed earlier must not take another's URI.
  for (const [server, list] of lists) noteUris(method, server, list, catalog)
  // Pushed one by one: as arguments of one call 180,000 items are a RangeError.
  for (const [server, list] of lists)
    for (const item of shownItems(method, server, list, catalog)) items.push(item)
  for (const { server, result } of parts) {
    noteEnd(method, server, result, catalog)
    ttlMs = Math.min(ttlMs, typeof result.ttlMs === 'number' && result.ttlMs >= 0 ? result.ttlMs : 0)
  }
  const next = nextPages(parts, pages, catalog)
  return {
    [member]: items,
    ...(next.size === 0 ? {} : { nextCursor: writeCursor(next, (pages.number ?? 0) + 1) }),
    // What a client sees depends on who it is: never shared, whatever the servers say (relay rule 5).
    ...(modern
      ? { resultType: 'complete', ttlMs: Number.isFinite(ttlMs) ? ttlMs : 0, cacheScope: 'private' }
      : {}),
  }
}

/** The servers' own cursors, without those that would make the merged one unusable for all. */
function nextPages(parts: readonly ListPart[], pages: Pages, catalog: Catalog): Map<string, string> {
  const next = new Map<string, string>()
  const end = (server: string, why: string) =>
    catalog.report('lists/limit', server, `the list of "${server}" ends here: ${why}`)
  for (const { server, result } of parts) {
    const { nextCursor } = result
    if (typeof nextCursor !== 'string') continue
    if (sizeOf(nextCursor) > MAX_SERVER_CURSOR)
      end(server, `its next cursor is longer than ${MAX_SERVER_CURSOR} bytes`)
    else if (nextCursor === pages.get(server)) end(server, 'its next page is the page itself')
    else if ((pages.number ?? 0) + 1 >= MAX_PAGES) end(server, `it has more than ${MAX_PAGES} pages`)
    else next.set(server, nextCursor)
  }
  // Base64 makes four characters of three bytes; 64 for what stands around each.
  let left = (MAX_CURSOR * 3) / 4 - 64
  for (const [server, cursor] of [...next].toSorted(([, a], [, b]) => sizeOf(a) - sizeOf(b))) {
    left -= sizeOf(cursor) + 64
    if (left >= 0) continue
    next.delete(server)
    end(server, 'all next cursors together are too long')
  }
  return next
}

function sizeOf(cursor: string): number {
  return Buffer.byteLength(JSON.stringify(cursor), 'utf8')
}

function boundedList(
  method: MergedList,
  server: string,
  result: JsonObject,
  catalog: Catalog,
): readonly JsonValue[] {
  const list = result[MEMBERS[method]]
  if (!Array.isArray(list)) return []
  if (list.length <= MAX_ITEMS) return list
  catalog.report(
    'lists/limit',
    server,
    `"${server}" lists more than ${MAX_ITEMS} items in one page; the rest is left out`,
  )
  return list.slice(0, MAX_ITEMS)
}

function noteUris(method: MergedList, server: string, list: readonly JsonValue[], catalog: Catalog): void {
  if (method === 'resources/list') catalog.noteResources(server, list)
  else if (method === 'resources/templates/list') catalog.noteTemplates(server, list)
  else if (method === 'skills/list') catalog.noteSkills(server, list)
  else if (method === 'tools/list') catalog.noteViews(server, list)
}

/** The items of a list whose URIs are noted already, under exposed names. */
function shownItems(
  method: MergedList,
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
      return catalog.ownResources(server, list)
    case 'resources/templates/list':
      return catalog.ownTemplates(server, list)
    case 'skills/list':
      return catalog.ownSkills(server, list)
    case 'tasks/list':
      return [...list]
  }
}

/** A page that is the last one: nothing more of this list is to be expected. */
function noteEnd(method: MergedList, server: string, result: JsonObject, catalog: Catalog): void {
  if (result.nextCursor === undefined) noteWhole(method, server, catalog)
}

/** Notes that a server's list was read as far as it will be. */
export function noteWhole(method: MergedList, server: string, catalog: Catalog): void {
  if (namesResources(method)) catalog.asked(server, method, true)
}

function namesResources(method: MergedList): method is ResourceList {
  return method !== 'prompts/list' && method !== 'tasks/list'
}

/** Notes a list that one server answered and that goes on under its own names. */
export function noteResult(method: MergedList, server: string, result: JsonObject, catalog: Catalog): void {
  const list = boundedList(method, server, result, catalog)
  noteUris(method, server, list, catalog)
  if (method === 'tools/list' || method === 'prompts/list') shownItems(method, server, list, catalog)
  noteEnd(method, server, result, catalog)
}

/**
 * Notes that a server did not answer a list. One that has no such method has an empty list; of any other what it has
 * stays unknown.
 */
export function noteNoList(method: MergedList, server: string, answer: Buffer, catalog: Catalog): void {
  if (!namesResources(method)) return
  const read = parseJson(answer)
  const error = read.ok && isObject(read.value) ? read.value.error : undefined
  catalog.asked(server, method, isObject(error) && error.code === ERROR.methodNotFound)
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
