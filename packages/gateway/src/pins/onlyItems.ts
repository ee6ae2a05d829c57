/**
 * An answer of a server with nothing but what may be shown.
 */
import { isObject, type JsonObject, type JsonValue } from '@sallyport/controls/json'
import {
  isSurfaceList,
  legible,
  type PlacedItem,
  SURFACE_LISTS,
  type SurfaceMethod,
} from '@sallyport/controls/surface'
import { META } from '../protocol/era.ts'

/** Whose answer it is. */
export interface AnswerOf {
  /** Its name in the configuration. */
  readonly server: string
  /** `PinGate.mayBeHeard`. */
  readonly mayBeHeard: boolean
  /** Is this server information approved? In the modern era it comes with every answer. */
  readonly isApproved: (info: JsonValue) => boolean
}

/**
 * The result with these items and no others, without what hides in their words: what no item could be made of is left
 * out too, and so is every member that the protocol does not give the answer, since no pin covers it. Of a greeting:
 * without its instructions, and under the name it has in the configuration, unless they are among the items. The result
 * itself where that is all it has.
 *
 * @example onlyItems('tools/list', { tools: [a, b], note: 'x' }, [itemOfB], answerOf) // { tools: [b] }
 */
export function onlyItems(
  method: SurfaceMethod,
  result: JsonObject,
  kept: readonly PlacedItem[],
  answerOf: AnswerOf,
): JsonObject {
  const shown: JsonObject = {}
  const said = isSurfaceList(method)
    ? listMembers(SURFACE_LISTS[method].member, kept, answerOf)
    : greetingMembers(kept, answerOf)
  let same = true
  for (const [name, value] of Object.entries(result)) {
    const show = said.get(name) ?? COMMON.get(name)
    const left = value === undefined ? undefined : show?.(value)
    if (left !== value) same = false
    if (left !== undefined) shown[name] = left
  }
  return same ? result : shown
}

/** What of a member is shown; `undefined`: nothing. */
type Show = (value: JsonValue) => JsonValue | undefined

const only =
  (fits: (value: JsonValue) => boolean): Show =>
  (value) =>
    fits(value) ? value : undefined

/** Members of answers that have no words (2026-07-28, "Results", "Caching"). */
const COMMON: ReadonlyMap<string, Show> = new Map([
  ['resultType', only((value) => value === 'complete')],
  ['ttlMs', only((value) => typeof value === 'number')],
  ['cacheScope', only((value) => value === 'private' || value === 'public')],
])

function listMembers(
  member: string,
  kept: readonly PlacedItem[],
  { server, isApproved }: AnswerOf,
): ReadonlyMap<string, Show> {
  return new Map<string, Show>([
    [member, (list) => shownList(list, kept)],
    // Opaque, and shown to no model: whoever lists on sends it back.
    ['nextCursor', only((value) => typeof value === 'string')],
    ['_meta', (meta) => shownMeta(meta, (info) => (isApproved(info) ? info : anonymous(server)))],
  ])
}

function shownList(list: JsonValue, kept: readonly PlacedItem[]): JsonValue | undefined {
  if (!Array.isArray(list)) return undefined
  const shown = kept.map(({ value }) => legible(value))
  return shown.length === list.length && shown.every((item, at) => item === list[at]) ? list : shown
}

function greetingMembers(
  kept: readonly PlacedItem[],
  { server, mayBeHeard }: AnswerOf,
): ReadonlyMap<string, Show> {
  const kinds = new Set(kept.map(({ kind }) => kind))
  const info: Show = (value) => (kinds.has('server') ? value : anonymous(server))
  return new Map<string, Show>([
    ['serverInfo', info],
    ['_meta', (meta) => shownMeta(meta, info)],
    ['instructions', (text) => (kinds.has('instructions') ? legible(text) : undefined)],
    ['protocolVersion', only(isRevision)],
    ['supportedVersions', shownVersions],
    ['capabilities', (all) => (mayBeHeard ? all : bareCapabilities(all))],
  ])
}

/** Of what stands beside an answer only who the server is. */
function shownMeta(meta: JsonValue, shownInfo: Show): JsonValue | undefined {
  if (!isObject(meta)) return undefined
  const info = meta[META.serverInfo]
  if (info === undefined) return undefined
  const shown = shownInfo(info)
  return shown === info && Object.keys(meta).length === 1 ? meta : { [META.serverInfo]: shown }
}

/** Both eras want a name and a version. */
function anonymous(server: string): JsonObject {
  return { name: server, version: 'unreviewed' }
}

const isRevision = (value: JsonValue): boolean =>
  typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value)

function shownVersions(versions: JsonValue): JsonValue | undefined {
  if (!Array.isArray(versions)) return undefined
  return versions.every(isRevision) ? versions : versions.filter(isRevision)
}

/** All that the protocol has but `experimental`, which may say anything. */
const CAPABILITIES = new Set([
  'tools',
  'prompts',
  'resources',
  'completions',
  'logging',
  'tasks',
  'extensions',
])
/** A flag or extension is called by an identifier, not by a sentence. */
const IDENTIFIER = /^[\w./-]{1,64}$/

/** Capabilities without words: nobody has looked at a server of which nothing is approved. */
function bareCapabilities(all: JsonValue): JsonValue {
  if (!isObject(all)) return {}
  const known = Object.entries(all).filter(([name]) => CAPABILITIES.has(name))
  return flagsOf(Object.fromEntries(known)) ?? {}
}

function flagsOf(value: JsonValue): JsonValue | undefined {
  if (typeof value === 'boolean') return value
  if (!isObject(value)) return undefined
  const flags = Object.entries(value).flatMap(([name, one]): [string, JsonValue][] => {
    if (!IDENTIFIER.test(name) || one === undefined) return []
    const left = flagsOf(one)
    return left === undefined ? [] : [[name, left]]
  })
  return Object.fromEntries(flags)
}
