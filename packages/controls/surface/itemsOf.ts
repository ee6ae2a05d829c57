import { isObject, type JsonObject, type JsonValue, pointerTo } from '../json/index.ts'
import { visible } from '../text/index.ts'
import type { ItemKind, SurfaceItem } from './item.ts'
import { SURFACE_LISTS, type SurfaceMethod } from './lists.ts'
import { MAX_ITEM_BYTES, MAX_ITEM_DEPTH, type MeasureFault, measure } from './measure.ts'
import { sameValue } from './sameValue.ts'
import { shapeFault } from './shape.ts'

/** An item with its place in the answer; of a greeting 0. */
export interface PlacedItem extends SurfaceItem {
  readonly index: number
}

export const MALFORMED_REASONS = {
  missing: 'a member that the protocol requires is not there',
  type: 'a member has not the type that the protocol gives it',
  name: 'the name is empty, too long, or has characters that no name may have',
  schema: 'the schema has another type than "object"',
  duplicate: 'another entry of the same answer has the same name',
  ambiguous: 'two places say different things of the same',
  'too-large': `it is over ${MAX_ITEM_BYTES / 1024} KiB`,
  'too-deep': `it is nested deeper than ${MAX_ITEM_DEPTH}`,
  'too-many': 'the list has more entries than are taken',
  'not-json': 'it has a text or number that JSON cannot say',
} as const
export type MalformedReason = keyof typeof MALFORMED_REASONS

/** An entry that is no item: it is shown to no model and called by nobody. */
export interface MalformedItem {
  readonly kind: ItemKind
  /** Its place in the list; -1 for the list as a whole. */
  readonly index: number
  /** JSON Pointer within the answer. */
  readonly where: string
  readonly reason: MalformedReason
  /** Its name, where it has one that can be read: whatever has this name is refused. */
  readonly name?: string
  /** One sentence for people. */
  readonly explain: string
}

export interface ItemsOf {
  readonly items: readonly PlacedItem[]
  readonly malformed: readonly MalformedItem[]
}

/** More entries in one answer are not taken; the catalog of names has the same bound. */
export const MAX_ITEMS = 20_000

/** Of a name in a sentence. */
const MAX_SHOWN_CHARS = 80

/** Where a modern server says who it is (2026-07-28, "Discovery"). */
const SERVER_INFO = 'io.modelcontextprotocol/serverInfo'

/**
 * The items of one answer of a server, and what in it is none.
 *
 * Fails closed: an entry that is not exactly what the protocol says (2025-11-25 and 2026-07-28), that is over the bounds,
 * or that shares its name with another one is `malformed` and never an item; clients differ in which of two they take,
 * and what cannot be read one way cannot be pinned. Members that the protocol does not know stay in the item's value,
 * and so in its pin. A list of several pages is one answer: join the pages first, or two of one name pass on two pages.
 *
 * Linear in the size of the answer. Cannot know: whether what is said is true. Checks no text (`controls/detection`),
 * reads no `$ref`, local or external.
 *
 * @example
 * itemsOf('tools/list', { tools: [{ name: 'add', inputSchema: { type: 'object' } }, { name: 7 }] })
 * // { items: [{ kind: 'tool', name: 'add', index: 0, value: {...} }],
 * //   malformed: [{ kind: 'tool', index: 1, where: '/tools/1/name', reason: 'type', explain: '...' }] }
 */
export function itemsOf(method: SurfaceMethod, result: JsonObject): ItemsOf {
  if (method === 'initialize' || method === 'server/discover') return greetingItems(method, result)
  const { member, name, kind } = SURFACE_LISTS[method]
  const list = result[member]
  const items: PlacedItem[] = []
  const malformed: MalformedItem[] = []
  if (!Array.isArray(list)) {
    const reason = list === undefined ? 'missing' : 'type'
    malformed.push(fault(kind, -1, `/${member}`, reason))
    return { items, malformed }
  }
  const times = new Map<string, number>()
  for (const entry of list.slice(0, MAX_ITEMS)) {
    const called = isObject(entry) ? entry[name] : undefined
    if (typeof called === 'string') times.set(called, (times.get(called) ?? 0) + 1)
  }
  for (const [index, value] of list.slice(0, MAX_ITEMS).entries()) {
    const where = `/${member}/${index}`
    const called = isObject(value) ? value[name] : undefined
    const known = typeof called === 'string' ? called : undefined
    const wrong = entryFault(kind, value)
    if (wrong !== undefined) malformed.push(fault(kind, index, where + wrong.where, wrong.reason, known))
    else if (known === undefined) malformed.push(fault(kind, index, `${where}/${name}`, 'missing'))
    else if (times.get(known) !== 1)
      malformed.push(fault(kind, index, `${where}/${name}`, 'duplicate', known))
    else items.push({ kind, name: known, value, index })
  }
  if (list.length > MAX_ITEMS) malformed.push(fault(kind, MAX_ITEMS, `/${member}/${MAX_ITEMS}`, 'too-many'))
  return { items, malformed }
}

function greetingItems(method: 'initialize' | 'server/discover', result: JsonObject): ItemsOf {
  const items: PlacedItem[] = []
  const malformed: MalformedItem[] = []
  const take = (kind: 'server' | 'instructions', value: JsonValue, where: string): void => {
    const wrong = entryFault(kind, value)
    if (wrong === undefined) items.push({ kind, name: '', value, index: 0 })
    else malformed.push(fault(kind, 0, where + wrong.where, wrong.reason))
  }
  const ofMeta = isObject(result._meta) ? result._meta[SERVER_INFO] : undefined
  const legacy = method === 'initialize'
  const info = legacy ? result.serverInfo : ofMeta
  const elsewhere = legacy ? ofMeta : result.serverInfo
  const where = legacy ? '/serverInfo' : pointerTo('/_meta', SERVER_INFO)
  // Which of two a client believes is its own affair, and only one can be pinned.
  if (elsewhere !== undefined && !isSame(info, elsewhere))
    malformed.push(fault('server', 0, where, 'ambiguous'))
  else if (info !== undefined) take('server', info, where)
  // A legacy server must say who it is, a modern one should (2026-07-28, "Discovery").
  else if (legacy) malformed.push(fault('server', 0, where, 'missing'))
  if (result.instructions !== undefined) take('instructions', result.instructions, '/instructions')
  return { items, malformed }
}

function isSame(one: JsonValue | undefined, other: JsonValue): boolean {
  return one !== undefined && measure(one) === undefined && sameValue(one, other)
}

/** What is wrong with an entry, in the order of what would hurt first: size, then shape. */
function entryFault(
  kind: ItemKind,
  value: JsonValue,
): { readonly where: string; readonly reason: MalformedReason } | undefined {
  const size: MeasureFault | undefined = measure(value)
  return size === undefined ? shapeFault(kind, value) : { where: '', reason: size }
}

function fault(
  kind: ItemKind,
  index: number,
  where: string,
  reason: MalformedReason,
  name?: string,
): MalformedItem {
  const called = name === undefined || name === '' ? '' : ` "${visible(name.slice(0, MAX_SHOWN_CHARS))}"`
  const explain = `The ${kind}${called} at ${visible(where) || '/'} is not taken: ${MALFORMED_REASONS[reason]}.`
  return { kind, index, where, reason, ...(name !== undefined && { name }), explain }
}
