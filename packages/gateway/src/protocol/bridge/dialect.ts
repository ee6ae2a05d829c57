/**
 * How a server is spoken to on behalf of a client: what of params, results, errors and notifications has to change on
 * the way, in each of the four cells. Pure; nothing here sends anything.
 */
import { isObject, type JsonObject, type JsonValue } from '@sallyport/controls/json'
import { LATEST_MODERN, META } from '../era.ts'
import { withoutFaultyTools } from '../headerFault.ts'
import { TASKS_EXTENSION } from '../methods.ts'
import { type MirroredParam, mirrorHeaders } from '../mirror.ts'
import { SERVER_INFO } from './greeting.ts'

export interface Dialect {
  params(method: string, params: JsonObject): JsonObject
  /** Mirrored headers for a modern server on HTTP. */
  headers(
    method: string,
    params: JsonObject,
    nameMember: string | undefined,
    mirrored: readonly MirroredParam[],
  ): Readonly<Record<string, string>> | undefined
  /** `undefined`: it goes on unchanged. */
  result(method: string, result: JsonObject): JsonObject | undefined
  error(method: string, error: JsonObject): JsonObject | undefined
  /** `null`: not for this client. */
  notification(method: string, params: JsonObject): JsonObject | undefined | null
}

const same = (): undefined => undefined

/** Legacy client, legacy server. */
export const LEGACY_TO_LEGACY: Dialect = {
  params: (_method, params) => params,
  headers: same,
  result: same,
  error: same,
  notification: same,
}

/** Modern client, modern server. */
export const MODERN_TO_MODERN: Dialect = { ...LEGACY_TO_LEGACY, headers: mirrorHeaders }

/** What a legacy client said of itself at `initialize`, for every request to a modern server. */
export interface LegacyClientFacts {
  readonly capabilities: JsonObject
  readonly clientInfo: JsonObject
  readonly logLevel: string | undefined
}

/** Members of results that only the modern era has. */
const MODERN_RESULT = ['resultType', 'ttlMs', 'cacheScope'] as const
const ENVELOPE_KEYS = new Set<string>(Object.values(META).filter((key) => key !== META.relatedTask))

/**
 * Legacy client, modern server (protocol.md section 3, "Legacy front over modern upstream").
 *
 * @example legacyToModern(() => facts).params('tools/call', { name: 'x' })._meta // the whole envelope
 */
export function legacyToModern(facts: () => LegacyClientFacts): Dialect {
  return {
    params(_method, params) {
      const { capabilities, clientInfo, logLevel } = facts()
      const meta = isObject(params._meta) ? params._meta : {}
      return {
        ...params,
        _meta: {
          ...meta,
          [META.protocolVersion]: LATEST_MODERN,
          [META.clientCapabilities]: modernCapabilities(capabilities),
          [META.clientInfo]: clientInfo,
          ...(logLevel === undefined ? {} : { [META.logLevel]: logLevel }),
        },
      }
    },
    headers: mirrorHeaders,
    result(method, result) {
      const shown = method === 'tools/list' ? withoutFaultyTools(result) : result
      return withoutModern(shown) ?? (shown === result ? undefined : shown)
    },
    error(method, error) {
      const data = error.data
      const missing = method === 'resources/read' && error.code === -32602 && isObject(data) && 'uri' in data
      return missing ? { ...error, code: -32002 } : undefined
    },
    notification: (_method, params) => withoutEnvelope(params),
  }
}

/** Modern client, legacy server (protocol.md section 3, "Modern front over legacy upstream"). */
export function modernToLegacy(serverInfo: () => JsonObject | undefined): Dialect {
  return {
    params(_method, params) {
      const { inputResponses: _responses, requestState: _state, ...rest } = params
      return withoutEnvelope(rest) ?? rest
    },
    headers: same,
    result: (method, result) => asModern(method, result, serverInfo()),
    error: (_method, error) => (error.code === -32002 ? { ...error, code: -32602 } : undefined),
    notification: same,
  }
}

/** A legacy result with what every modern one must carry. */
export function asModern(method: string, result: JsonObject, serverInfo: JsonObject | undefined): JsonObject {
  const meta = isObject(result._meta) ? result._meta : {}
  return {
    ...result,
    resultType: 'complete',
    // Nothing is known of how long a legacy server's word holds, nor for whom.
    ...(CACHEABLE.has(method) ? { ttlMs: 0, cacheScope: 'private' } : {}),
    _meta: { ...meta, [META.serverInfo]: serverInfo ?? SERVER_INFO },
  }
}

const CACHEABLE = new Set([
  'server/discover',
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'skills/list',
  'skills/get',
  'resources/directory/read',
])

/**
 * Legacy capabilities as a modern server reads them: `elicitation: {}` meant form mode. Core tasks are not the extension,
 * and a client without `tasks/update` must not be given a task of the extension's: it could never answer what it asks.
 */
export function modernCapabilities(capabilities: JsonObject): JsonObject {
  const { tasks: _tasks, ...rest } = capabilities
  if (isObject(rest.extensions) && TASKS_EXTENSION in rest.extensions) {
    const { [TASKS_EXTENSION]: _extension, ...extensions } = rest.extensions
    rest.extensions = extensions
  }
  const { elicitation } = rest
  if (!isObject(elicitation) || Object.keys(elicitation).length > 0) return rest
  return { ...rest, elicitation: { form: {} } }
}

/** A modern result as a legacy client knows it; `undefined` when it has nothing modern. */
export function withoutModern(result: JsonObject): JsonObject | undefined {
  const bare = withoutEnvelope(result)
  if (bare === undefined && !MODERN_RESULT.some((member) => member in result)) return undefined
  const { resultType: _type, ttlMs: _ttl, cacheScope: _scope, ...rest } = bare ?? result
  return rest
}

/** Without the modern envelope keys in `_meta`; `undefined` when there are none. */
export function withoutEnvelope(body: JsonObject): JsonObject | undefined {
  const meta = body._meta
  if (!isObject(meta) || !Object.keys(meta).some((key) => ENVELOPE_KEYS.has(key))) return undefined
  const kept = Object.fromEntries(Object.entries(meta).filter(([key]) => !ENVELOPE_KEYS.has(key)))
  const { _meta, ...rest } = body
  return Object.keys(kept).length === 0 ? rest : { ...rest, _meta: kept as JsonObject }
}

/** The greeting a legacy client gets from a modern server's `server/discover`. */
export function legacyGreeting(discovered: JsonObject, revision: string): JsonObject {
  const meta = isObject(discovered._meta) ? discovered._meta : {}
  const info = meta[META.serverInfo]
  const capabilities: JsonObject = isObject(discovered.capabilities) ? discovered.capabilities : {}
  return {
    protocolVersion: revision,
    capabilities,
    serverInfo: isObject(info) && typeof info.name === 'string' ? info : SERVER_INFO,
    ...(typeof discovered.instructions === 'string' ? { instructions: discovered.instructions } : {}),
  }
}

/** What a modern client discovers of a legacy server, from its answer to `initialize`: all but core tasks. */
export function modernDiscovery(greeting: JsonObject): JsonObject {
  const { tasks: _tasks, ...capabilities } = isObject(greeting.capabilities)
    ? greeting.capabilities
    : ({} as JsonObject)
  const info: JsonValue | undefined = greeting.serverInfo
  return {
    supportedVersions: [LATEST_MODERN],
    capabilities,
    ...(typeof greeting.instructions === 'string' ? { instructions: greeting.instructions } : {}),
    resultType: 'complete',
    ttlMs: 0,
    cacheScope: 'private',
    _meta: { [META.serverInfo]: isObject(info) ? info : SERVER_INFO },
  }
}
