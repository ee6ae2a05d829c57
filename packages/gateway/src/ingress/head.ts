/**
 * The head of one HTTP request, read once from its raw header lines.
 *
 * `IncomingMessage.headers` joins some repeated headers and keeps the first of others without a word; here a header that
 * decides anything may come once. Framing follows RFC 9112, sections 6 and 7, without its tolerances.
 */
import { ERROR } from '../protocol/errors.ts'
import type { MirroredHeaders } from '../protocol/headers.ts'
import type { RequestHead } from './exchangeTypes.ts'
import type { Refusal } from './refusal.ts'

export class Head {
  host: string | undefined
  origin: string | undefined
  accept: string | undefined
  expect: string | undefined
  upgrade: string | undefined
  connection: string | undefined
  contentType: string | undefined
  contentLength: string | undefined
  contentEncoding: string | undefined
  transferEncoding: string | undefined
  authorization: string | undefined
  sessionId: string | undefined
  lastEventId: string | undefined
  /** Of a preflight request. */
  requestedHeaders: string | undefined
  readonly mirrored: { -readonly [K in keyof MirroredHeaders]: MirroredHeaders[K] } = {
    protocolVersion: undefined,
    method: undefined,
    name: undefined,
    repeated: undefined,
  }
  /** `mcp-param-*`, lower case, as sent. */
  params: Record<string, string> | undefined
  /** The first header of those above (mirrored ones apart) that came more than once. */
  repeated: string | undefined
}

/**
 * Reads the header lines of a request. Never fails: what is wrong shows in the fields.
 *
 * @example readHead(['Host', 'localhost:7337', 'MCP-Method', 'ping']).mirrored.method // 'ping'
 */
export function readHead(rawHeaders: readonly string[]): Head {
  const head = new Head()
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    // Most headers are not ours; their length alone says so for many of them.
    switch (name.length) {
      case 4:
      case 6:
      case 7:
      case 8:
      case 10:
      case 12:
      case 13:
      case 14:
      case 16:
      case 17:
      case 20:
      case 30:
        readField(head, name.toLowerCase(), rawHeaders[i + 1] as string)
        break
      default:
        if (name.length > 10) readParam(head, name, rawHeaders[i + 1] as string)
    }
  }
  return head
}

function readField(head: Head, name: string, value: string): void {
  const { mirrored } = head
  switch (name) {
    case 'host':
      head.host = once(head, head.host, name, value)
      break
    case 'origin':
      head.origin = once(head, head.origin, name, value)
      break
    case 'accept':
      // A list header: several lines are one list (RFC 9110, 5.3).
      head.accept = head.accept === undefined ? value : `${head.accept}, ${value}`
      break
    case 'expect':
      head.expect = once(head, head.expect, name, value)
      break
    case 'upgrade':
      head.upgrade = head.upgrade === undefined ? value : `${head.upgrade}, ${value}`
      break
    case 'connection':
      head.connection = head.connection === undefined ? value : `${head.connection}, ${value}`
      break
    case 'content-type':
      head.contentType = once(head, head.contentType, name, value)
      break
    case 'content-length':
      head.contentLength = once(head, head.contentLength, name, value)
      break
    case 'content-encoding':
      head.contentEncoding = once(head, head.contentEncoding, name, value)
      break
    case 'transfer-encoding':
      head.transferEncoding = once(head, head.transferEncoding, name, value)
      break
    case 'authorization':
      head.authorization = once(head, head.authorization, name, value)
      break
    case 'mcp-session-id':
      head.sessionId = once(head, head.sessionId, name, value)
      break
    case 'last-event-id':
      head.lastEventId = once(head, head.lastEventId, name, value)
      break
    case 'access-control-request-headers':
      head.requestedHeaders = once(head, head.requestedHeaders, name, value)
      break
    case 'mcp-protocol-version':
      if (mirrored.protocolVersion !== undefined) mirrored.repeated ??= name
      else mirrored.protocolVersion = value
      break
    case 'mcp-method':
      if (mirrored.method !== undefined) mirrored.repeated ??= name
      else mirrored.method = value
      break
    case 'mcp-name':
      if (mirrored.name !== undefined) mirrored.repeated ??= name
      else mirrored.name = value
      break
    default:
      if (name.length > 10) readParam(head, name, value)
  }
}

function readParam(head: Head, name: string, value: string): void {
  const third = name.charCodeAt(3)
  if (third !== 45 || !name.toLowerCase().startsWith('mcp-param-')) return
  const key = name.toLowerCase()
  const params: Record<string, string> = head.params ?? Object.create(null)
  if (key in params) head.mirrored.repeated ??= 'mcp-param-*'
  params[key] = value
  head.params = params
}

function once(head: Head, before: string | undefined, name: string, value: string): string {
  if (before === undefined) return value
  head.repeated ??= name
  return before
}

/** All values of one header, in order; few ask for one that is in no field of `Head`. */
export function headerValues(rawHeaders: readonly string[], lowerCaseName: string): string[] {
  const values: string[] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() === lowerCaseName) values.push(rawHeaders[at + 1] ?? '')
  }
  return values
}

/**
 * What is wrong with the framing of a request, if anything: two readers in a row could see two different requests, or
 * one where there are two. The connection ends with the refusal.
 */
export function checkFraming(request: RequestHead, head: Head): Refusal | undefined {
  if (head.repeated !== undefined) {
    return framing('http/repeated-header', `header ${head.repeated} was sent more than once`)
  }
  const old =
    request.httpVersionMajor < 1 || (request.httpVersionMajor === 1 && request.httpVersionMinor === 0)
  if (request.httpVersionMajor > 1 || request.httpVersionMajor < 1) {
    return { ...framing('http/version', 'use HTTP/1.1'), status: 505, code: ERROR.httpVersion }
  }
  if (head.transferEncoding !== undefined) {
    if (head.contentLength !== undefined) {
      return framing('http/length-and-chunked', 'Content-Length and Transfer-Encoding exclude each other')
    }
    // "gzip, chunked" and the like: a peer that skips the first coding reads another body.
    if (old || head.transferEncoding.toLowerCase() !== 'chunked') {
      return framing(
        'http/transfer-encoding',
        'the only Transfer-Encoding accepted is "chunked", in HTTP/1.1',
      )
    }
  }
  if (head.contentLength !== undefined && !/^\d{1,15}$/.test(head.contentLength)) {
    return framing('http/content-length', 'Content-Length must be a decimal number')
  }
  if (old && head.connection !== undefined && /keep-alive/i.test(head.connection)) {
    return framing('http/keep-alive', 'a connection of HTTP/1.0 is not kept: use HTTP/1.1')
  }
  // "h2c" is an offer that any server may pass over (RFC 9110, 7.8); Java's HttpClient makes it with every first
  // request. We answer in HTTP/1.1 and never switch, so that nothing can be tunnelled past the parser.
  if (head.upgrade !== undefined && head.upgrade.trim().toLowerCase() !== 'h2c') {
    return framing('http/upgrade', 'this endpoint does not switch protocols')
  }
  return undefined
}

function framing(rule: string, explain: string): Refusal {
  return { status: 400, code: ERROR.badRequest, rule, explain, close: 'at-once' }
}
