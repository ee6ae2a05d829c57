/**
 * What a file says that a server said: a `tools/list` result, the response it came in, a bare list of tools, or a whole
 * surface with prompts, resources and instructions.
 */
import { isObject, type JsonObject, type JsonValue } from '@sallyport/controls/json'
import { LIST_METHODS, SURFACE_LISTS } from '@sallyport/controls/surface'
import type { SurfaceAnswer, SurfaceAnswers } from './answers.ts'

/** Members of a greeting, by which a document without lists is one. */
const GREETING = ['instructions', 'serverInfo', 'protocolVersion', 'supportedVersions']

/**
 * Reads a dump; `undefined` for a document that is none.
 *
 * @example readDump([{ name: 'add', inputSchema: { type: 'object' } }])?.answers // [{ method: 'tools/list', ... }]
 */
export function readDump(value: JsonValue): SurfaceAnswers | undefined {
  if (Array.isArray(value)) return readList(value)
  if (!isObject(value)) return undefined
  if (value.jsonrpc !== undefined && isObject(value.result)) return readDump(value.result)
  const lists = LIST_METHODS.flatMap((method): SurfaceAnswer[] =>
    Array.isArray(value[SURFACE_LISTS[method].member]) ? [{ method, result: value }] : [],
  )
  const greeted = GREETING.some((member) => value[member] !== undefined)
  if (lists.length === 0 && !greeted) return undefined
  return { answers: [...(greeted ? [greeting(value)] : []), ...lists], unread: [] }
}

/** A list of tools, or of the responses of one conversation. */
function readList(list: JsonValue[]): SurfaceAnswers | undefined {
  const responses = list.filter((one): one is JsonObject => isObject(one) && one.jsonrpc !== undefined)
  if (responses.length > 0) {
    const all = responses.flatMap((one) => readDump(one)?.answers ?? [])
    return all.length === 0 ? undefined : { answers: all, unread: [] }
  }
  if (!list.every((one) => isObject(one))) return undefined
  return { answers: [{ method: 'tools/list', result: { tools: list } }], unread: [] }
}

/** Who says it: an older server must say who it is, so that a dump without it is read as a newer one's. */
function greeting(value: JsonObject): SurfaceAnswer {
  return { method: value.serverInfo === undefined ? 'server/discover' : 'initialize', result: value }
}
