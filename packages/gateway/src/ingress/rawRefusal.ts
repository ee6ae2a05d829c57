/**
 * Refusals of what Node's parser does not even make a request of. Written to the socket as they are; the connection ends.
 */
import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { ERROR, errorBytes } from '../protocol/errors.ts'
import type { Door } from './door.ts'
import { type Refusal, refusalEntry } from './refusal.ts'

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  413: 'Payload Too Large',
  431: 'Request Header Fields Too Large',
}

/** A request that breaks HTTP, is too slow or has too much head. */
export function answerParserFault(
  door: Door,
  error: Error & { readonly code?: string },
  socket: Duplex,
): void {
  // The peer is gone: nothing to answer, and no request that was refused.
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE' || !socket.writable) {
    socket.destroy()
    return
  }
  refuseRaw(door, socket, parserRefusal(error.code), '')
}

function parserRefusal(code: string | undefined): Refusal {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return {
        status: 408,
        code: ERROR.clientTimeout,
        rule: 'http/slow-request',
        explain: 'the request was not complete within listen.headersTimeout and listen.bodyTimeout',
      }
    case 'HPE_HEADER_OVERFLOW':
      return {
        status: 431,
        code: ERROR.headersTooLarge,
        rule: 'http/headers-size',
        explain: 'the request has more than 16 KiB of headers',
      }
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return {
        status: 413,
        code: ERROR.tooLarge,
        rule: 'http/chunk-extensions',
        explain: 'send no chunk extensions',
      }
    default:
      // Parser codes are constants of llhttp (HPE_INVALID_CONTENT_LENGTH ...): they tell the sender where to look.
      return {
        status: 400,
        code: ERROR.badRequest,
        rule: 'http/framing',
        explain: `the request is not well-formed HTTP/1.1${code?.startsWith('HPE_') ? ` (${code})` : ''}`,
      }
  }
}

/** CONNECT: this door tunnels nothing. */
export function refuseTunnel(door: Door, request: IncomingMessage, socket: Duplex): void {
  const explain = 'this endpoint does not tunnel'
  refuseRaw(
    door,
    socket,
    { status: 400, code: ERROR.badRequest, rule: 'http/connect', explain },
    request.method ?? '',
  )
}

function refuseRaw(door: Door, socket: Duplex, refusal: Refusal, httpMethod: string): void {
  // Node reports a fault with every further packet. The connection is refused, and recorded, once: whatever ends it
  // already, this answer or that of a request before it, is on its way.
  if (socket instanceof Socket && !door.connections.stop(socket)) return
  const entry = refusalEntry(refusal, { httpMethod, route: 'unknown', durationMs: 0 })
  door.front.record(entry).then(
    () => write(door, socket, refusal),
    (error: unknown) => {
      door.log.error('http.refusal-unrecorded', { rule: refusal.rule, error: String(error) })
      socket.destroy()
    },
  )
}

function write(door: Door, socket: Duplex, refusal: Refusal): void {
  // An answer that has begun cannot be followed by another one.
  const active = socket instanceof Socket ? door.connections.active(socket) : undefined
  const begun = active?.headersSent === true && !active.destroyed
  if (begun || !socket.writable) {
    socket.destroy()
    return
  }
  const body = errorBytes(null, refusal.code, refusal.explain)
  const head = [
    `HTTP/1.1 ${refusal.status} ${REASONS[refusal.status] ?? 'Bad Request'}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    'Connection: close',
    '\r\n',
  ]
  socket.end(Buffer.concat([Buffer.from(head.join('\r\n'), 'latin1'), body]), () => socket.destroy())
}
