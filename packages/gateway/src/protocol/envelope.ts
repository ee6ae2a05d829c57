/**
 * The envelope of a modern request: `params._meta` (2026-07-28, "Request metadata").
 *
 * `clientInfo` is what a client says of itself: recorded, never a security input.
 */
import { isObject, type JsonObject } from '@sallyport/controls/json'
import { VERSION } from '../version.ts'
import { LATEST_MODERN, META, MODERN_REVISIONS } from './era.ts'
import { isLogLevel, LOG_LEVELS, type LogLevelName } from './logLevels.ts'

export interface Envelope {
  readonly revision: string
  readonly capabilities: JsonObject
  /** What the client says of itself, whole and as one text. */
  readonly clientInfo?: JsonObject
  readonly clientName?: string
  readonly logLevel?: LogLevelName
}

export type EnvelopeResult =
  | { readonly ok: true; readonly envelope: Envelope }
  | {
      readonly ok: false
      readonly code: -32602 | -32022
      readonly explain: string
      readonly data?: JsonObject
    }

/** True when a message claims the modern era: its `_meta` names a protocol version. */
export function claimsModern(params: JsonObject): boolean {
  return isObject(params._meta) && META.protocolVersion in params._meta
}

/**
 * Reads and checks the envelope of a modern request.
 *
 * @example
 * readEnvelope({ _meta: { 'io.modelcontextprotocol/protocolVersion': '2099-01-01', ... } })
 * // { ok: false, code: -32022, ... data: { supported: ['2026-07-28'], requested: '2099-01-01' } }
 */
export function readEnvelope(params: JsonObject): EnvelopeResult {
  const meta = params._meta
  if (!isObject(meta)) return invalid('a modern request has an object "params._meta"')
  const revision = meta[META.protocolVersion]
  if (typeof revision !== 'string') return invalid(`"params._meta" lacks a text "${META.protocolVersion}"`)
  if (!(MODERN_REVISIONS as readonly string[]).includes(revision)) {
    return {
      ok: false,
      code: -32022,
      explain: `protocol version ${JSON.stringify(revision.slice(0, 40))} is not supported`,
      data: { supported: [...MODERN_REVISIONS], requested: revision.slice(0, 40) },
    }
  }
  const capabilities = meta[META.clientCapabilities]
  if (!isObject(capabilities)) return invalid(`"params._meta" lacks an object "${META.clientCapabilities}"`)
  const info = meta[META.clientInfo]
  if (info !== undefined && (!isObject(info) || typeof info.name !== 'string')) {
    return invalid(`"${META.clientInfo}" must be an object with a text "name"`)
  }
  const logLevel = meta[META.logLevel]
  if (logLevel !== undefined && !isLogLevel(logLevel)) {
    return invalid(`"${META.logLevel}" must be one of ${LOG_LEVELS.join(', ')}`)
  }
  return {
    ok: true,
    envelope: {
      revision,
      capabilities,
      ...(info !== undefined && isObject(info) && typeof info.name === 'string'
        ? { clientInfo: info, clientName: describe(info) }
        : {}),
      ...(logLevel === undefined ? {} : { logLevel }),
    },
  }
}

/** `_meta` of a modern request that the gateway makes on its own account. */
export function gatewayMeta(): JsonObject {
  return {
    [META.protocolVersion]: LATEST_MODERN,
    [META.clientCapabilities]: {},
    [META.clientInfo]: { name: 'sallyport', version: VERSION },
  }
}

/** `name/version` as one bounded text, for the record. */
export function describe(info: JsonObject): string {
  const version = typeof info.version === 'string' ? `/${info.version}` : ''
  return `${typeof info.name === 'string' ? info.name : '?'}${version}`.slice(0, 80)
}

function invalid(explain: string): EnvelopeResult {
  return { ok: false, code: -32602, explain }
}
