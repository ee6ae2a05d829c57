/**
 * Keys of `inputRequests` that are the gateway's own. A server that names a question like one of them, as another gateway
 * behind this one does, has it shown under another key, and gets its answer under the key that it gave.
 */
import { isObject, type JsonObject } from '@sallyport/controls/json'
import type { Inbound } from './message.ts'

/** The key of the question whether a call may be made. */
export const APPROVAL_INPUT = 'sallyport-approval'
/** The key of the question that asks a person to sign in at a server. */
export const SIGN_IN_INPUT = 'sallyport-sign-in'

const OWN: ReadonlySet<string> = new Set([APPROVAL_INPUT, SIGN_IN_INPUT])
const SERVERS = 'server:'

/** @example shownInputKey('sallyport-approval') // 'server:sallyport-approval' */
export function shownInputKey(key: string): string {
  return likeOurs(key) ? SERVERS + key : key
}

/** A call with its answers under the keys that the server gave; itself where those are what they are. */
export function withServersKeys(message: Inbound): Inbound {
  const { inputResponses } = message.params
  if (!isObject(inputResponses)) return message
  const shown = Object.entries(inputResponses)
  if (!shown.some(([key]) => key.startsWith(SERVERS) && likeOurs(key))) return message
  const answers: JsonObject = Object.fromEntries(
    // A key as it is never shown answers nothing of the server's.
    shown.flatMap(([key, answer]) => {
      if (!likeOurs(key)) return [[key, answer]]
      return key.startsWith(SERVERS) ? [[key.slice(SERVERS.length), answer]] : []
    }),
  )
  const params: JsonObject = { ...message.params, inputResponses: answers }
  return { ...message, params, value: { ...message.value, params }, canonical: false }
}

/** Is it one of ours, or one that was given another name because of that? Every gateway on the way adds a word. */
function likeOurs(key: string): boolean {
  let from = 0
  while (key.startsWith(SERVERS, from)) from += SERVERS.length
  return OWN.has(key.slice(from))
}
