import { isObject, type JsonObject, type JsonValue, writeJson } from '@sallyport/controls/json'

export interface ParamsText {
  /** JSON text of `params`, with the upstream id as progress token where the client gave one. */
  readonly of: (id: number) => string
  /** Exact text of `arguments` within it, and the value it says. */
  readonly argumentsText?: string
  readonly argumentsValue?: JsonValue
}

/**
 * Serialises the params of a request once, member by member, so that the arguments' exact text is at hand for the
 * record. The client's progress token is replaced by ours: tokens of two clients may be equal (relay rule 3).
 *
 * @example paramsText({ name: 'echo', arguments: { a: 1 }, _meta: { progressToken: 'x' } }).of(7)
 * // '{"name":"echo","arguments":{"a":1},"_meta":{"progressToken":7}}'
 */
export function paramsText(
  params: JsonObject,
  overrides: Readonly<Record<string, JsonValue>> = {},
): ParamsText {
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
    const text = writeJson(value)
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

/** The client's progress token, if it gave one. */
export function progressTokenOf(params: JsonObject): JsonValue | undefined {
  return isObject(params._meta) ? params._meta.progressToken : undefined
}
