/**
 * One JSON-RPC message from outside, read strictly (JSON-RPC 2.0; MCP "Messages").
 */
import {
  foldedMember,
  isExactNumber,
  isObject,
  type JsonBudget,
  type JsonObject,
  type JsonValue,
  parseJson,
  writeJson,
} from '@sallyport/controls/json'

/** A message that has exactly one reading. */
export interface Inbound {
  readonly kind: 'request' | 'notification' | 'result' | 'error'
  readonly value: JsonObject
  /** The bytes it came as. */
  readonly bytes: Buffer
  /** True when `bytes` are exactly what `writeJson(value)` would give, so that parts of them may be sent on. */
  readonly canonical: boolean
  /** `method` of requests and notifications, else `''`. */
  readonly method: string
  /** `params` when it is an object, else an empty one. */
  readonly params: JsonObject
  /** JSON text of the id (`"1"` and `1` differ); `undefined` for notifications and for errors with `id: null`. */
  readonly id: string | undefined
}

export type InboundResult =
  | { readonly ok: true; readonly message: Inbound }
  | {
      readonly ok: false
      /** JSON-RPC code: -32700 for syntax and encoding, -32600 for shape. */
      readonly code: number
      readonly rule: string
      readonly explain: string
      /** JSON text of the request's id where it could be read without doubt, else `null`. */
      readonly id: string | null
    }

/** A longer id is refused: it would be echoed and logged. JSON text, in characters. */
export const MAX_ID_LENGTH = 256

const MEMBERS = new Set(['jsonrpc', 'id', 'method', 'params', 'result', 'error'])
const PARAMS_MEMBERS = new Set([
  '_meta',
  'name',
  'uri',
  'arguments',
  'cursor',
  'ref',
  'argument',
  'taskId',
  'task',
])
const EMPTY: JsonObject = Object.freeze(Object.create(null))

/**
 * Reads one message. Refuses what two parsers could read differently, and what is not JSON-RPC 2.0 as MCP uses it:
 * batches, ids that are null, fractional or too long, unknown or folded members, a result beside an error.
 *
 * @example
 * readInbound(Buffer.from('{"jsonrpc":"2.0","id":1,"method":"ping"}'))
 * // { ok: true, message: { kind: 'request', method: 'ping', id: '1', ... } }
 */
export function readInbound(bytes: Buffer, budget?: Partial<JsonBudget>): InboundResult {
  const parsed = parseJson(bytes, budget)
  if (!parsed.ok) {
    const { rule, explain } = parsed.fault
    return { ok: false, code: -32700, rule, explain, id: null }
  }
  const value = parsed.value
  if (Array.isArray(value)) {
    return refuse('message/batch', 'batches are not part of MCP: send one message at a time', null)
  }
  if (!isObject(value)) {
    return refuse('message/not-object', 'a message is a JSON object', null)
  }
  const id = readId(value)
  const idText = typeof id === 'string' ? id : null
  for (const key of Object.keys(value)) {
    if (MEMBERS.has(key)) continue
    const folded = foldedMember(key, MEMBERS)
    return folded === undefined
      ? refuse('message/unknown-member', `a message has no member ${quote(key)}`, idText)
      : refuse(
          'message/folded-member',
          `member ${quote(key)} could be read as "${folded}" by another parser`,
          idText,
        )
  }
  if (value.jsonrpc !== '2.0') {
    return refuse('message/version', 'member "jsonrpc" must be "2.0"', idText)
  }
  if (typeof id === 'object') return refuse('message/id', id.explain, null)

  const base = { value, bytes, canonical: parsed.canonical, id }
  if ('method' in value) {
    const { method, params } = value
    if (typeof method !== 'string' || method === '' || method.length > 128) {
      return refuse('message/method', 'member "method" must be a text of 1 to 128 characters', idText)
    }
    if ('result' in value || 'error' in value) {
      return refuse('message/ambiguous', 'a message with "method" has no "result" or "error"', idText)
    }
    if (params !== undefined && !isObject(params)) {
      return refuse('message/params', 'member "params" must be an object', idText)
    }
    const folded = params && foldedIn(params)
    if (folded) return refuse('message/folded-member', folded, idText)
    if ('id' in value && id === undefined)
      return refuse('message/id', 'a request\'s "id" may not be null', null)
    return {
      ok: true,
      message: {
        ...base,
        kind: id === undefined ? 'notification' : 'request',
        method,
        params: params ?? EMPTY,
      },
    }
  }
  if (!('id' in value)) {
    return refuse('message/shape', 'a message has a "method", or an "id" with a "result" or an "error"', null)
  }
  const hasResult = 'result' in value
  if (hasResult === 'error' in value) {
    return refuse('message/ambiguous', 'a response has either a "result" or an "error"', idText)
  }
  if (hasResult) {
    if (!isObject(value.result)) return refuse('message/result', 'member "result" must be an object', idText)
    if (id === undefined) return refuse('message/id', 'a result\'s "id" may not be null', null)
    return { ok: true, message: { ...base, kind: 'result', method: '', params: EMPTY } }
  }
  if (!isObject(value.error) || typeof value.error.message !== 'string' || !isInteger(value.error.code)) {
    return refuse(
      'message/error',
      'member "error" must be an object with an integer "code" and a text "message"',
      idText,
    )
  }
  return { ok: true, message: { ...base, kind: 'error', method: '', params: EMPTY } }
}

/** JSON text of the id, `undefined` when absent or null, or why it cannot be one. */
function readId(value: JsonObject): string | undefined | { readonly explain: string } {
  const id = value.id
  if (id === undefined || id === null) return undefined
  if (typeof id !== 'string' && !isInteger(id)) {
    return { explain: 'member "id" must be a text or a whole number' }
  }
  const text = writeJson(id)
  return text.length <= MAX_ID_LENGTH
    ? text
    : { explain: `member "id" is longer than ${MAX_ID_LENGTH} characters` }
}

function foldedIn(params: JsonObject): string | undefined {
  for (const key of Object.keys(params)) {
    if (PARAMS_MEMBERS.has(key)) continue
    const folded = foldedMember(key, PARAMS_MEMBERS)
    if (folded !== undefined)
      return `member ${quote(key)} of "params" could be read as "${folded}" by another parser`
  }
  return undefined
}

/** A whole number as JSON has it, whether it fits a double or not. */
function isInteger(value: JsonValue | undefined): boolean {
  if (typeof value === 'number') return Number.isInteger(value)
  return isExactNumber(value) && /^-?\d+$/.test(value.rawJSON)
}

function refuse(rule: string, explain: string, id: string | null): InboundResult {
  return { ok: false, code: -32600, rule, explain, id }
}

function quote(key: string): string {
  return JSON.stringify(key.length > 40 ? `${key.slice(0, 40)}…` : key)
}
