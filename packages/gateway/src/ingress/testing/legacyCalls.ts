/** Messages of legacy clients, and a front that leaves the answers to the test. For tests only. */
import type { Identify } from '../door.ts'
import { headerValues } from '../head.ts'
import { answerLegacy, type LegacyScriptPort, type Script, type ScriptedFront } from './scriptedFront.ts'

/** Who calls is what the header says: two principals without keys. */
export const byHeader: Identify = (request) => ({
  principal: { issuer: 'test', subject: String(headerValues(request.rawHeaders, 'x-test-user')[0] ?? 'ann') },
  transport: 'http',
})

/** A request of a legacy client. */
export const request = (id: unknown, method = 'tools/list', params: unknown = {}) => ({
  jsonrpc: '2.0',
  id,
  method,
  params,
})

/** What asks for the stream of a session. */
export const get = (
  session: string,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
): RequestInit => ({
  headers: { accept: 'text/event-stream', 'mcp-session-id': session, ...headers },
  ...(signal === undefined ? {} : { signal }),
})

/** Answers `initialize` only; the test answers the rest. */
export const silent: Script = {
  legacy: (message, port) => {
    if (message.method === 'initialize') answerLegacy(message, port)
  },
}

/** The way to a client: what a server would have to say to it. */
export function portOf(front: ScriptedFront, conversation = 'c1'): LegacyScriptPort {
  const port = front.ports.get(conversation)
  if (port === undefined) throw new Error(`no conversation ${conversation}`)
  return port
}

/** Did a message of this method reach the front? */
export const seen = (front: ScriptedFront, method: string) =>
  front.calls.some((call) => call.method === method)
