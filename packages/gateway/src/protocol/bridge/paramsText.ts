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
  const written = new Map<string, string>()
  for (const key of Object.keys(params)) {
    const value = params[key]
    if (key !== 'arguments' && value !== undefined) written.set(key, writeJson(value))
  }
  const standing =
    message?.canonical && message.bytes.length <= LARGEST_CUT && !Object.hasOwn(overrides, 'arguments')
      ? argumentsIn(message.bytes.toString('utf8'), params, written)
      : undefined
  let head = ''
  let argumentsText: string | undefined
  let argumentsValue: JsonValue = null
  let meta: JsonObject | undefined
  for (const key of Object.keys(params)) {
    const value = Object.hasOwn(overrides, key) ? overrides[key] : params[key]
    if (value === undefined) continue
    if (key === '_meta' && isObject(value) && 'progressToken' in value) {
      meta = value
      continue
    }
    const known = key === 'arguments' ? standing : value === params[key] ? written.get(key) : undefined
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

/**
 * The text of `arguments` as it stands in a canonical message: what is left when everything before and behind it, which is
 * known, is taken off. `undefined` when it does not stand where it should: then nothing is cut.
 */
function argumentsIn(
  text: string,
  params: JsonObject,
  written: ReadonlyMap<string, string>,
): string | undefined {
  // No string can contain it, as the quotes would be escaped, and what stands before `params` has no members of its own.
  let before = '"params":{'
  let behind = ''
  let found = false
  for (const key of Object.keys(params)) {
    if (key === 'arguments') {
      before += '"arguments":'
      found = true
      continue
    }
    const pair = `${JSON.stringify(key)}:${written.get(key)}`
    if (found) behind += `,${pair}`
    else before += `${pair},`
  }
  behind += '}}'
  const at = text.indexOf('"params":{')
  const start = at + before.length
  const end = text.length - behind.length
  if (!found || at < 0 || start >= end || !text.startsWith(before, at) || !text.endsWith(behind))
    return undefined
  return text.slice(start, end)
}

/** The client's progress token, if it gave one. */
export function progressTokenOf(params: JsonObject): JsonValue | undefined {
  return isObject(params._meta) ? params._meta.progressToken : undefined
}
