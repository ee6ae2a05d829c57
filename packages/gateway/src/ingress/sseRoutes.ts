/**
 * HTTP+SSE (MCP 2024-11-05) at this door: `GET /sse` and `/sse/SERVER` open a session, `POST /messages/ID` speaks in it.
 *
 * Legacy revisions only, whatever a header or a body says: who speaks 2026-07-28 posts to `/mcp`.
 */
import { isObject } from '@sallyport/controls/json'
import { claimsModern } from '../protocol/envelope.ts'
import { eraOf, LEGACY_REVISIONS, META } from '../protocol/era.ts'
import { ERROR } from '../protocol/errors.ts'
import { unsupportedVersion } from '../protocol/headers.ts'
import type { Inbound } from '../protocol/message.ts'
import { acceptsStream } from './contentType.ts'
import { handOverSession } from './handOver.ts'
import type { Caller, View } from './port.ts'
import { checkLegacyHeaders, readMessage } from './post.ts'
import type { Refusal } from './refusal.ts'
import type { SseSession } from './sseSession.ts'
import { takeStreamPlace } from './streamPlace.ts'
import type { Visit } from './visit.ts'

/** GET: opens a session, whose stream is the answer. */
export function openSse(visit: Visit, caller: Caller, view: View): void {
  const { door, head } = visit
  visit.era = 'legacy'
  const refusal = checkRevision(visit, undefined)
  if (refusal !== undefined) {
    visit.refuse(refusal)
    return
  }
  if (head.accept !== undefined && !acceptsStream(head.accept)) {
    const explain = 'send Accept: text/event-stream'
    visit.refuse({ status: 406, code: ERROR.notAcceptable, rule: 'http/accept', explain })
    return
  }
  if (!takeStreamPlace(visit)) return
  const session = door.sessions.openSse(visit, caller, view)
  if ('refuse' in session) {
    visit.refuse(session.refuse)
    return
  }
  visit.conversation = session.conversationId
  session.start()
}

/** POST: one message of the client of a session. `guard` runs what may throw. */
export function receiveSseMessage(
  visit: Visit,
  caller: Caller,
  id: string,
  guard: (work: () => void) => void,
): void {
  visit.era = 'legacy'
  const peer = visit.door.peers?.ofSession(id)
  if (peer !== undefined) {
    readMessage(visit, guard, () => handOverSession(visit, peer))
    return
  }
  if (findSse(visit, caller, id) === undefined) return
  readMessage(visit, guard, (message) => {
    // Looked for again: the stream may have ended while the body came.
    const session = findSse(visit, caller, id)
    if (session === undefined) return
    const beyond = visit.door.identity?.authorize(caller, session.view, message)
    if (beyond !== undefined) return visit.refuse(beyond)
    const newer = checkRevision(visit, message)
    // Who tries 2026-07-28 first looks for the answer where an old server would give it, and falls back.
    if (newer !== undefined) return session.refuseOnStream(visit, message, newer)
    const lie = checkLegacyHeaders(visit, message)
    if (lie === undefined) session.receive(visit, message)
    else visit.refuse(lie)
  })
}

function findSse(visit: Visit, caller: Caller, id: string): SseSession | undefined {
  const { sessions, front } = visit.door
  const session = sessions.findSse(id, caller)
  const server = session?.view.kind === 'one' ? session.view.server : undefined
  // A server that was taken out of the configuration is gone for sessions that stand, too.
  if (session === undefined || front.view(server) === undefined) {
    const explain = 'no such session: its stream ended, or never was; open one with GET /sse'
    visit.refuse({ status: 404, code: ERROR.notFound, rule: 'session/unknown', explain })
    return undefined
  }
  visit.conversation = session.conversationId
  return session
}

function checkRevision(visit: Visit, message: Inbound | undefined): Refusal | undefined {
  const { protocolVersion, repeated } = visit.head.mirrored
  if (repeated !== undefined) {
    const explain = `header ${repeated} was sent more than once`
    return { status: 400, code: ERROR.badRequest, rule: 'http/repeated-header', explain }
  }
  const header = protocolVersion === undefined || eraOf(protocolVersion) === 'legacy'
  if (!header) return { status: 400, ...unsupportedVersion(protocolVersion, [...LEGACY_REVISIONS]) }
  if (message === undefined || !claimsModern(message.params)) return undefined
  const meta = message.params._meta
  const claimed = isObject(meta) ? meta[META.protocolVersion] : undefined
  return {
    status: 400,
    ...unsupportedVersion(typeof claimed === 'string' ? claimed : '', [...LEGACY_REVISIONS]),
  }
}
