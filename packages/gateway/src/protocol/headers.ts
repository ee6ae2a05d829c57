/**
 * Mirrored headers of modern HTTP: `MCP-Protocol-Version`, `Mcp-Method`, `Mcp-Name` (2026-07-28, SEP-2243).
 *
 * The body is the truth. Whoever processes it must refuse headers that are absent or say something else, with HTTP 400
 * and -32020, before anything is routed or authorised: an intermediary in front of us may have decided by them.
 */
import { isObject, type JsonObject } from '@sallyport/controls/json'
import { META, MODERN_REVISIONS } from './era.ts'
import { ERROR } from './errors.ts'
import type { Inbound } from './message.ts'
import { decodeSentinel } from './sentinel.ts'

/** The values as they came, blanks around them removed; absent where the client sent none. */
export interface MirroredHeaders {
  readonly protocolVersion: string | undefined
  readonly method: string | undefined
  readonly name: string | undefined
  /** Name of a mirrored header (`mcp-param-*` included) that came more than once, if any did. */
  readonly repeated: string | undefined
}

/** Why a request is refused with HTTP 400. */
export interface MirrorFault {
  readonly code: typeof ERROR.headerMismatch | typeof ERROR.unsupportedVersion
  readonly rule: string
  readonly explain: string
  readonly data?: JsonObject
}

/**
 * Where the name of the thing asked for stands in `params` (SEP-2243; SEP-2663 for tasks). Not the names of the table of methods,
 * by which requests find their server: a header is mirrored for these methods alone.
 */
const NAME_SOURCE: ReadonlyMap<string, 'name' | 'uri' | 'taskId'> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  ['tasks/get', 'taskId'],
  ['tasks/update', 'taskId'],
  ['tasks/cancel', 'taskId'],
] as const)

/**
 * What `Mcp-Name` must carry for this method, before encoding; `undefined` where it carries nothing.
 *
 * @example mirroredName('resources/read', { uri: 'file:///a' }) // 'file:///a'
 */
export function mirroredName(method: string, params: JsonObject): string | undefined {
  const source = NAME_SOURCE.get(method)
  const value = source === undefined ? undefined : params[source]
  return typeof value === 'string' ? value : undefined
}

/**
 * Checks mirrored headers against the message they came with; `undefined` when they agree.
 *
 * Requests must carry all of them; a notification may lack each (its rules are undefined in this revision, and the
 * official client omits `Mcp-Method`), but what it carries must agree.
 *
 * @example
 * checkMirroredHeaders({ protocolVersion: '2026-07-28', method: 'tools/call', name: 'safe', repeated: undefined }, callOfDanger)
 * // { code: -32020, rule: 'headers/name', explain: 'header Mcp-Name does not say what params.name says' }
 */
export function checkMirroredHeaders(headers: MirroredHeaders, message: Inbound): MirrorFault | undefined {
  if (headers.repeated !== undefined) {
    return mismatch('headers/repeated', `header ${headers.repeated} was sent more than once`)
  }
  const mustHave = message.kind === 'request'
  const meta = message.params._meta
  const claimed = isObject(meta) ? meta[META.protocolVersion] : undefined
  if (headers.protocolVersion === undefined) {
    if (mustHave) return mismatch('headers/version', 'header MCP-Protocol-Version is missing')
  } else if (typeof claimed === 'string' && claimed !== headers.protocolVersion) {
    return mismatch('headers/version', 'header MCP-Protocol-Version does not say what the body says')
  }
  const revision = typeof claimed === 'string' ? claimed : headers.protocolVersion
  if (revision !== undefined && !(MODERN_REVISIONS as readonly string[]).includes(revision)) {
    // A revision we do not know may have other header rules: say so before judging by ours.
    return unsupportedVersion(revision, MODERN_REVISIONS)
  }
  if (headers.method === undefined) {
    if (mustHave) return mismatch('headers/method', 'header Mcp-Method is missing')
  } else if (headers.method !== message.method) {
    return mismatch('headers/method', 'header Mcp-Method does not say what the body says')
  }
  return checkName(headers.name, message, mustHave)
}

function checkName(header: string | undefined, message: Inbound, mustHave: boolean): MirrorFault | undefined {
  const source = NAME_SOURCE.get(message.method)
  if (source === undefined) return undefined
  const name = mirroredName(message.method, message.params)
  if (header === undefined) {
    if (name === undefined || !mustHave) return undefined
    return mismatch('headers/name', `header Mcp-Name is missing, and the body has params.${source}`)
  }
  const decoded = decodeSentinel(header)
  if (decoded === undefined)
    return mismatch('headers/name-encoding', 'header Mcp-Name is not valid =?base64?...?=')
  if (decoded === name) return undefined
  return mismatch('headers/name', `header Mcp-Name does not say what params.${source} says`)
}

/** The refusal of a revision that is not served, with the ones that are (2026-07-28, "Version negotiation"). */
export function unsupportedVersion(requested: string, supported: readonly string[]): MirrorFault {
  const shown = requested.slice(0, 40)
  return {
    code: ERROR.unsupportedVersion,
    rule: 'headers/version-unsupported',
    explain: `protocol version ${JSON.stringify(shown)} is not supported: use one of ${supported.join(', ')}`,
    data: { supported: [...supported], requested: shown },
  }
}

function mismatch(rule: string, explain: string): MirrorFault {
  return { code: ERROR.headerMismatch, rule, explain }
}
