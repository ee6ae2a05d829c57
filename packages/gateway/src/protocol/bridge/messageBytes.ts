import { type JsonObject, writeJson } from '@sallyport/controls/json'
import type { Inbound } from '../message.ts'

/** The bytes of a message that goes on as it is: the very bytes inspected when they have one form, else our own. */
export function exactBytes(message: Inbound): Buffer {
  return message.canonical ? message.bytes : Buffer.from(writeJson(message.value), 'utf8')
}

/** A notification of a server, as the client is to see it. */
export function notificationBytes(method: string, params: JsonObject): Buffer {
  return Buffer.from(
    `{"jsonrpc":"2.0","method":${JSON.stringify(method)},"params":${writeJson(params)}}`,
    'utf8',
  )
}

/** A result of the gateway's own. `id` is JSON text. */
export function resultBytes(id: string, result: JsonObject): Buffer {
  return Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":${writeJson(result)}}`, 'utf8')
}
