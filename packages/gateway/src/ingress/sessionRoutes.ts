/**
 * Legacy sessions by their header: finding one, its GET stream, its end.
 */

import { eraOf, LEGACY_REVISIONS, MODERN_REVISIONS } from '../protocol/era.ts'
import { ERROR } from '../protocol/errors.ts'
import { unsupportedVersion } from '../protocol/headers.ts'
import { acceptsStream } from './contentType.ts'
import { readEventId } from './eventLog.ts'
import { handOverSession } from './handOver.ts'
import type { LegacySession } from './legacySession.ts'
import type { Caller, View } from './port.ts'
import type { Refusal } from './refusal.ts'
import { takeStreamPlace } from './streamPlace.ts'
import type { Visit } from './visit.ts'

/** The session a request belongs to; without one here it is refused or handed over, and `undefined` comes back. */
export function findSession(visit: Visit, caller: Caller, view: View): LegacySession | undefined {
  const { sessionId } = visit.head
  if (sessionId === undefined) {
    const explain =
      'header Mcp-Session-Id is missing: open a session with initialize, or send a modern request (a client of 2024-11-05 connects to /sse)'
    visit.refuse({ status: 400, code: ERROR.badRequest, rule: 'session/missing', explain })
    return undefined
  }
  const peer = visit.door.peers?.ofSession(sessionId)
  if (peer !== undefined) {
    handOverSession(visit, peer)
    return undefined
  }
  const session = visit.door.sessions.find(sessionId, caller, view)
  if (session === undefined) {
    const explain = 'no such session: it ended, or never was; open one with initialize'
    visit.refuse({ status: 404, code: ERROR.notFound, rule: 'session/unknown', explain })
    return undefined
  }
  visit.conversation = session.conversationId
  return session
}

/** GET: the session's own stream, or the rest of one that was lost. */
export function openSessionStream(visit: Visit, caller: Caller, view: View): void {
  const { head } = visit
  const refusal = checkBodiless(visit)
  if (refusal !== undefined) {
    visit.refuse(refusal)
    return
  }
  if (head.accept === undefined || !acceptsStream(head.accept)) {
    const explain = 'send Accept: text/event-stream'
    visit.refuse({ status: 406, code: ERROR.notAcceptable, rule: 'http/accept', explain })
    return
  }
  const session = findSession(visit, caller, view)
  if (session === undefined) return
  const from = head.lastEventId === undefined ? undefined : readEventId(head.lastEventId)
  if (head.lastEventId !== undefined && from === undefined) {
    const explain = 'header Last-Event-ID is not an id of this gateway: open a stream without it'
    visit.refuse({ status: 400, code: ERROR.badRequest, rule: 'session/resume', explain })
    return
  }
  if (!takeStreamPlace(visit)) return
  session.openStream(visit, from)
}

/** DELETE: the session ends now. */
export function endSession(visit: Visit, caller: Caller, view: View): void {
  const refusal = checkBodiless(visit)
  if (refusal !== undefined) {
    visit.refuse(refusal)
    return
  }
  const session = findSession(visit, caller, view)
  if (session === undefined) return
  visit.door.sessions.end(session, 'the client ended it')
  visit.answerEmpty(204)
}

/** GET and DELETE belong to legacy sessions: a modern client has nothing to ask here (2026-07-28, "Streamable HTTP"). */
function checkBodiless(visit: Visit): Refusal | undefined {
  const { protocolVersion, repeated } = visit.head.mirrored
  if (repeated !== undefined) {
    const explain = `header ${repeated} was sent more than once`
    return { status: 400, code: ERROR.badRequest, rule: 'http/repeated-header', explain }
  }
  if (protocolVersion === undefined) return undefined
  const era = eraOf(protocolVersion)
  if (era === 'modern') {
    const explain = 'this revision knows POST only'
    const headers = ['Allow', 'POST']
    return { status: 405, code: ERROR.methodNotAllowed, rule: 'http/method', explain, headers }
  }
  if (era === 'legacy') return undefined
  return { status: 400, ...unsupportedVersion(protocolVersion, [...MODERN_REVISIONS, ...LEGACY_REVISIONS]) }
}
