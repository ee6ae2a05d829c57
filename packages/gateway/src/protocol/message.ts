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
import { visible } from '@sallyport/controls/text'
import { ERROR_MEMBERS, MESSAGE_MEMBERS, META_MEMBERS, PARAMS_MEMBERS } from './members.ts'

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
  /** JSON text of the id (`"1"` and `1` differ); `undefined` for notifications and for errors with `id: null` or none. */
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

/** Three times the longest method of any revision. */
const MAX_METHOD_LENGTH = 128

const EMPTY: JsonObject = Object.freeze(Object.create(null))

/**
 * Reads one message. Refuses what two parsers could read differently, and what is not JSON-RPC 2.0 as MCP uses it:
 * batches, ids that are null, fractional, too long or with control characters, unknown members, members in disguise
 * (here, in `params`, its `_meta` and in errors; arguments and results are free), a result beside an error.
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
  const { value, canonical } = parsed
  if (Array.isArray(value)) {
    return refuse('message/batch', 'batches are not part of MCP: send one message at a time', null)
  }
  if (!isObject(value)) return refuse('message/not-object', 'a message is a JSON object', null)
  const id = readId(value.id)
  const idText = typeof id === 'string' ? id : null
  for (const key of Object.keys(value)) {
    if (MESSAGE_MEMBERS.has(key)) continue
    const folded = foldedMember(key, MESSAGE_MEMBERS)
    if (folded === undefined) {
      return refuse('message/unknown-member', `a message has no member ${quote(key)}`, idText)
    }
    // An id beside another that someone could read in its place is in doubt.
    return refuse('message/folded-member', disguised(key, folded), folded === 'id' ? null : idText)
  }
  if (value.jsonrpc !== '2.0') return refuse('message/version', 'member "jsonrpc" must be "2.0"', idText)
  if (typeof id === 'object') return refuse('message/id', id.explain, null)
  const base = { value, bytes, canonical, id }
  return value.method === undefined ? readResponse(base) : readCall(base)
}

type Base = Pick<Inbound, 'value' | 'bytes' | 'canonical' | 'id'>

/** A request or a notification. */
function readCall(base: Base): InboundResult {
  const { value, id } = base
  const { method, params } = value
  const idText = id ?? null
  if (typeof method !== 'string' || method === '' || method.length > MAX_METHOD_LENGTH) {
    return refuse(
      'message/method',
      `member "method" must be a text of 1 to ${MAX_METHOD_LENGTH} characters`,
      idText,
    )
  }
  if (value.result !== undefined || value.error !== undefined) {
    return refuse('message/ambiguous', 'a message with "method" has no "result" or "error"', idText)
  }
  if (params !== undefined && !isObject(params)) {
    return refuse('message/params', 'member "params" must be an object', idText)
  }
  const folded = params && (foldedIn(params, PARAMS_MEMBERS) ?? foldedIn(params._meta, META_MEMBERS))
  if (folded) return refuse('message/folded-member', folded, idText)
  if (value.id === null) return refuse('message/id', 'a request\'s "id" may not be null', null)
  const kind = id === undefined ? 'notification' : 'request'
  return { ok: true, message: { ...base, kind, method, params: params ?? EMPTY } }
}

/** A result or an error. An error may come without an id: its sender could not read the request's. */
function readResponse(base: Base): InboundResult {
  const { value, id } = base
  const { result, error } = value
  const idText = id ?? null
  if (result === undefined && error === undefined) {
    return refuse('message/shape', 'a message has a "method", a "result" or an "error"', idText)
  }
  if (value.params !== undefined || (result !== undefined && error !== undefined)) {
    return refuse('message/ambiguous', 'a response has a "result" or an "error", and no "params"', idText)
  }
  if (result !== undefined) {
    if (!isObject(result)) return refuse('message/result', 'member "result" must be an object', idText)
    if (id === undefined) return refuse('message/id', 'a result must have the "id" of its request', null)
    return { ok: true, message: { ...base, kind: 'result', method: '', params: EMPTY } }
  }
  if (!isObject(error) || typeof error.message !== 'string' || !isInteger(error.code)) {
    return refuse(
      'message/error',
      'member "error" must be an object with an integer "code" and a text "message"',
      idText,
    )
  }
  const folded = foldedIn(error, ERROR_MEMBERS)
  if (folded) return refuse('message/folded-member', folded, idText)
  return { ok: true, message: { ...base, kind: 'error', method: '', params: EMPTY } }
}

/** JSON text of the id, `undefined` when absent or null, or why it cannot be one. */
function readId(id: JsonValue | undefined): string | undefined | { readonly explain: string } {
  if (id === undefined || id === null) return undefined
  if (typeof id !== 'string' && !isInteger(id)) {
    return { explain: 'member "id" must be a text or a whole number' }
  }
  // It is echoed, logged and may reach a header (CWE-93, CWE-117).
  if (typeof id === 'string' && /\p{Cc}/u.test(id)) {
    return { explain: 'member "id" has a control character' }
  }
  const text = writeJson(id)
  return text.length <= MAX_ID_LENGTH
    ? text
    : { explain: `member "id" is longer than ${MAX_ID_LENGTH} characters` }
}

/** Says which key of an object is a member in disguise, if one is. */
function foldedIn(value: JsonValue | undefined, members: ReadonlySet<string>): string | undefined {
  if (!isObject(value)) return undefined
  for (const key of Object.keys(value)) {
    if (members.has(key)) continue
    const folded = foldedMember(key, members)
    if (folded !== undefined) return disguised(key, folded)
  }
  return undefined
}

function disguised(key: string, member: string): string {
  return `member ${quote(key)} could be read as "${member}" by another parser`
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
  return `"${visible(key.length > 40 ? `${key.slice(0, 40)}…` : key)}"`
}
