import { isObject, type JsonObject } from '@sallyport/controls/json'
import type { Inbound } from '../protocol/message.ts'

/**
 * Where the words of a message stand: its `result`, its `error`, or the `params` of a notification or request (an empty
 * object where it has none). What controls look through, whatever the channel.
 *
 * @example bodyOf(progress).message // 'half done'
 */
export function bodyOf(message: Inbound): JsonObject {
  const { kind, value, params } = message
  if (kind === 'request' || kind === 'notification') return params
  const body = value[kind]
  return isObject(body) ? body : params
}

/**
 * The message with another body; what its bytes say is not what is shown any more. `undefined` when that would make
 * another message of it: an error keeps its code, which is the protocol's word and not the server's, and has a text.
 */
export function withBody(message: Inbound, body: JsonObject): Inbound | undefined {
  const { kind, value } = message
  if (kind === 'request' || kind === 'notification') {
    return { ...message, value: { ...value, params: body }, params: body, canonical: false }
  }
  if (kind === 'error' && (typeof body.message !== 'string' || body.code !== bodyOf(message).code))
    return undefined
  return { ...message, value: { ...value, [kind]: body }, canonical: false }
}
