import { isObject, type JsonObject, type JsonValue, writeJson } from '@sallyport/controls/json'
import type { Inbound } from '../message.ts'

export interface ParamsText {
  /** JSON text of `params`, with the upstream id as progress token where the client gave one. */
  readonly of: (id: number) => string
  /** Exact text of `arguments` within it, and the value it says. */
  readonly argumentsText?: string
  readonly argumentsValue?: JsonValue
}

/** A larger text would be made once more only to be cut (see PIECE_BYTES in controls/json/utf8.ts). Bytes. */
const LARGEST_CUT = 512 * 1024

/**
 * Serialises the params of a request once, member by member, so that the arguments' exact text is at hand for the
 * record. The client's progress token is replaced by ours: tokens of two clients may be equal (relay rule 3).
 *
 * `message`: the message that these very params came in; if it is canonical, the arguments, mostly the largest part, are
 * cut from its text instead of being written again.
 *
 * @example paramsText({ name: 'echo', arguments: { a: 1 }, _meta: { progressToken: 'x' } }).of(7)
 * // '{"name":"echo","arguments":{"a":1},"_meta":{"progressToken":7}}'
 */
export function paramsText(
  params: JsonObject,
  overrides: Readonly<Record<string, JsonValue>> = {},
  message?: Pick<Inbound, 'canonical' | 'bytes'>,
): ParamsText {
  const keys = Object.keys(params)
  const written = keys.map((key) => {
    const value = params[key]
    return key === 'arguments' || value === undefined ? undefined : writeJson(value)
  })
  const standing =
    message?.canonical && message.bytes.length <= LARGEST_CUT && !Object.hasOwn(overrides, 'arguments')
      ? standingIn(message.bytes.toString('utf8'), keys, written)
      : undefined
  if (standing !== undefined && isEmpty(overrides) && progressTokenOf(params) === undefined) {
    const { whole, argumentsText } = standing
    return { of: () => whole, argumentsText, argumentsValue: params.arguments ?? null }
  }
  let head = ''
  let argumentsText: string | undefined
  let argumentsValue: JsonValue = null
  let meta: JsonObject | undefined
  for (const [at, key] of keys.entries()) {
    const value = Object.hasOwn(overrides, key) ? overrides[key] : params[key]
    if (value === undefined) continue
    if (key === '_meta' && isObject(value) && 'progressToken' in value) {
      meta = value
      continue
    }
    const known =
      key === 'arguments' ? standing?.argumentsText : value === params[key] ? written[at] : undefined
    const text = known ?? writeJson(value)
    if (key === 'arguments') {
      argumentsText = text
      argumentsValue = value
    }
    head += `${head === '' ? '' : ','}${JSON.stringify(key)}:${text}`
  }
  const of = (id: number): string => {
    if (meta === undefined) return `{${head}}`
    return `{${head}${head === '' ? '' : ','}"_meta":${writeJson({ ...meta, progressToken: id })}}`
  }
  return argumentsText === undefined ? { of } : { of, argumentsText, argumentsValue }
}

/** What a canonical message says of its params. */
interface Standing {
  /** All of them. */
  readonly whole: string
  readonly argumentsText: string
}

const PARAMS = '"params":'

/**
 * The params, and `arguments` in them, as they stand in a canonical message. The arguments are what is left when everything
 * before and behind them, which is known, is taken off. `undefined` when they do not stand where they should: then nothing
 * is cut. `written`: the text of each other member.
 */
function standingIn(
  text: string,
  keys: readonly string[],
  written: readonly (string | undefined)[],
): Standing | undefined {
  // No string can contain it, as the quotes would be escaped, and what stands before `params` has no members of its own.
  let before = `${PARAMS}{`
  let behind = ''
  let found = false
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at]
    if (key === 'arguments') {
      before += '"arguments":'
      found = true
      continue
    }
    const pair = `${JSON.stringify(key)}:${written[at]}`
    if (found) behind += `,${pair}`
    else before += `${pair},`
  }
  behind += '}}'
  const at = text.indexOf(`${PARAMS}{`)
  const start = at + before.length
  const end = text.length - behind.length
  if (!found || at < 0 || start >= end || !text.startsWith(before, at) || !text.endsWith(behind))
    return undefined
  return { whole: text.slice(at + PARAMS.length, -1), argumentsText: text.slice(start, end) }
}

function isEmpty(members: Readonly<Record<string, JsonValue>>): boolean {
  for (const _ in members) return false
  return true
}

/** The client's progress token, if it gave one. */
export function progressTokenOf(params: JsonObject): JsonValue | undefined {
  return isObject(params._meta) ? params._meta.progressToken : undefined
}
