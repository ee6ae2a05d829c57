/**
 * POST on an MCP route: the body's rules, then its era.
 *
 * The era is the parsed body's: `_meta` that names a protocol version makes it modern, whatever the headers say. A header
 * can only make it stricter: one that names a modern revision asks for the modern envelope too.
 */

import { claimsModern } from '../protocol/envelope.ts'
import { eraOf, LEGACY_REVISIONS, MODERN_REVISIONS } from '../protocol/era.ts'
import { ERROR } from '../protocol/errors.ts'
import { checkMirroredHeaders, unsupportedVersion } from '../protocol/headers.ts'
import { type Inbound, readInbound } from '../protocol/message.ts'
import { bodyTooLarge, readBody } from './body.ts'
import { acceptsAnswers, isJsonContent } from './contentType.ts'
import { receiveModern } from './modern.ts'
import { PlainRequest } from './plain/plainRequest.ts'
import type { Caller, View } from './port.ts'
import { type Refusal, SHUTTING_DOWN } from './refusal.ts'
import { findSession } from './sessionRoutes.ts'
import type { Visit } from './visit.ts'

/** Reads and handles one message. `guard` runs what may throw. */
export function receivePost(
  visit: Visit,
  caller: Caller,
  view: View,
  guard: (work: () => void) => void,
): void {
  const { accept } = visit.head
  // Without the header anything is accepted (RFC 9110, 12.5.1), and SDK v2 servers take such requests.
  if (accept !== undefined && !acceptsAnswers(accept)) {
    const explain = 'send Accept: application/json, text/event-stream'
    visit.refuse({ status: 406, code: ERROR.notAcceptable, rule: 'http/accept', explain })
    return
  }
  readMessage(visit, guard, (message) => receiveMessage(visit, caller, view, message))
}

/** Reads one message from the body, or refuses it; `guard` runs `then`. */
export function readMessage(
  visit: Visit,
  guard: (work: () => void) => void,
  then: (message: Inbound) => void,
): void {
  const refusal = checkBodyHeaders(visit)
  if (refusal !== undefined) {
    visit.refuse(refusal)
    return
  }
  if (visit.expectsContinue) {
    visit.response.writeContinue()
    visit.expectsContinue = false
  }
  const { request } = visit
  if (request instanceof PlainRequest) {
    guard(() => receiveBody(visit, request.body, then))
    return
  }
  readBody(request, visit.door.budget.maxBytes, (body, tooLarge) => {
    // It took too long, and is told so: that it is whole after all comes too late.
    if (visit.door.connections.isRefused(visit.socket)) return
    if (body === undefined) visit.refuse(tooLarge ?? bodyTooLarge(visit.door.budget.maxBytes))
    else guard(() => receiveBody(visit, body, then))
  })
}

function checkBodyHeaders(visit: Visit): Refusal | undefined {
  const { head, door } = visit
  if (!isJsonContent(head.contentType)) {
    return mediaType('http/content-type', 'send Content-Type: application/json (in UTF-8)')
  }
  if (head.contentEncoding !== undefined && head.contentEncoding.toLowerCase() !== 'identity') {
    return mediaType('http/content-encoding', 'send the body without Content-Encoding')
  }
  if (head.contentLength !== undefined && Number(head.contentLength) > door.budget.maxBytes) {
    return bodyTooLarge(door.budget.maxBytes)
  }
  return undefined
}

function receiveBody(visit: Visit, body: Buffer, then: (message: Inbound) => void): void {
  if (visit.gone) return
  if (visit.door.draining) {
    // Its head came before the shutdown began; what it asks for has not begun.
    visit.refuse(SHUTTING_DOWN)
    return
  }
  const inbound = readInbound(body, visit.door.budget)
  if (!inbound.ok) {
    const { code, rule, explain, id } = inbound
    visit.refuse({ status: 400, code, rule, explain, close: code === ERROR.parse }, id)
    return
  }
  const { message } = inbound
  visit.message = message
  if (hasControlCharacter(message.id)) {
    const explain = 'member "id" must not contain control characters'
    visit.refuse({ status: 400, code: ERROR.invalidRequest, rule: 'message/id', explain }, null)
    return
  }
  then(message)
}

function receiveMessage(visit: Visit, caller: Caller, view: View, message: Inbound): void {
  const beyond = visit.door.identity?.authorize(caller, view, message)
  if (beyond !== undefined) {
    visit.refuse(beyond)
    return
  }
  const { mirrored } = visit.head
  const header = mirrored.protocolVersion
  const headerEra = header === undefined ? undefined : eraOf(header)
  if (claimsModern(message.params) || (headerEra === 'modern' && message.method !== 'initialize')) {
    visit.era = 'modern'
    receiveModern(visit, caller, view, message)
    return
  }
  if (header !== undefined && headerEra === undefined) {
    visit.refuse({ status: 400, ...unsupportedVersion(header, [...MODERN_REVISIONS, ...LEGACY_REVISIONS]) })
    return
  }
  visit.era = 'legacy'
  receiveLegacy(visit, caller, view, message)
}

function receiveLegacy(visit: Visit, caller: Caller, view: View, message: Inbound): void {
  const { head, door } = visit
  const lie = checkLegacyHeaders(visit, message)
  if (lie !== undefined) {
    visit.refuse(lie)
    return
  }
  if (message.method !== 'initialize' || message.kind !== 'request') {
    findSession(visit, caller, view)?.receive(visit, message)
    return
  }
  if (head.sessionId !== undefined) {
    // A session is opened once; a client that lost its own starts without its id.
    if (findSession(visit, caller, view) === undefined) return
    const explain = 'this session is open already: send initialize without Mcp-Session-Id to open another'
    visit.refuse({ status: 400, code: ERROR.invalidRequest, rule: 'session/reopened', explain })
    return
  }
  const { protocolVersion } = message.params
  const revision = typeof protocolVersion === 'string' ? protocolVersion : ''
  const session = door.sessions.open(door, caller, view, revision)
  if ('refuse' in session) {
    visit.refuse(session.refuse)
    return
  }
  visit.conversation = session.conversationId
  session.receive(visit, message)
}

/**
 * Legacy revisions have no mirrored headers. Where they come all the same, they must tell the truth: somebody in front
 * of us may have let the request pass by them.
 */
export function checkLegacyHeaders(visit: Visit, message: Inbound): Refusal | undefined {
  const { mirrored } = visit.head
  const { protocolVersion, method, name, repeated } = mirrored
  if (protocolVersion !== undefined && eraOf(protocolVersion) === 'modern') {
    const explain =
      'initialize opens a legacy conversation, and header MCP-Protocol-Version names a modern revision'
    return { status: 400, code: ERROR.headerMismatch, rule: 'headers/version', explain }
  }
  if (method === undefined && name === undefined && repeated === undefined) return undefined
  const notification: Inbound = message.kind === 'request' ? { ...message, kind: 'notification' } : message
  const fault = checkMirroredHeaders({ ...mirrored, protocolVersion: undefined }, notification)
  return fault === undefined ? undefined : { status: 400, ...fault }
}

/** An id is echoed and logged by all who see it, and not all of them escape it (CWE-93, CWE-117). Takes JSON text. */
function hasControlCharacter(id: string | undefined): boolean {
  return id?.startsWith('"') === true && /\p{Cc}/u.test(JSON.parse(id) as string)
}

function mediaType(rule: string, explain: string): Refusal {
  return { status: 415, code: ERROR.mediaType, rule, explain }
}
