import { isObject, type JsonObject } from '@sallyport/controls/json'

/** Keys hosts send that tie a call to their own trace or conversation (hosts.md 1). Recorded, never believed. */
const KEYS = [
  'traceparent',
  'claudecode/toolUseId',
  'callId',
  'vscode.conversationId',
  'vscode.requestId',
] as const
const MAX = 200

/** The correlation keys of a request's `_meta`, bounded; `undefined` when there are none. */
export function correlationOf(params: JsonObject): Record<string, string> | undefined {
  const meta = params._meta
  if (!isObject(meta)) return undefined
  let found: Record<string, string> | undefined
  for (const key of KEYS) {
    const value = meta[key]
    if (typeof value !== 'string') continue
    found ??= {}
    found[key] = value.slice(0, MAX)
  }
  return found
}
