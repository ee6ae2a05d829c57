/**
 * Refusals of what Node's parser does not even make a request of. Written to the socket as they are; the connection ends.
 *
 * A fault behind a request that is whole is not that request's: it is answered first, and its answer is the last one.
 */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
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
  socket: Socket,
): void {
  // The peer is gone: nothing to answer, and no request that was refused.
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE') {
    socket.destroy()
    return
  }
  const isBehindWhole = door.connections.active(socket)?.isWhole === true
  refuseRaw(door, socket, parserRefusal(error.code), '')
  // Who sends no more, in the middle of a next request, has left, as at any other place.
  if (error.code === 'HPE_INVALID_EOF_STATE' && isBehindWhole) socket.end()
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
export function refuseTunnel(door: Door, request: IncomingMessage): void {
  const { socket } = request
  // Node has let go of the connection. Unread, it would not tell that the client left; an error nobody hears of ends us all.
  socket
    .on('error', () => socket.destroy())
    .on('timeout', () => socket.destroy())
    .on('end', () => socket.end())
    .resume()
  const explain = 'this endpoint does not tunnel'
  refuseRaw(
    door,
    socket,
    { status: 400, code: ERROR.badRequest, rule: 'http/connect', explain },
    request.method ?? '',
  )
}

function refuseRaw(door: Door, socket: Socket, refusal: Refusal, httpMethod: string): void {
  const { connections } = door
  // Node reports a fault with every further packet. The connection is refused, and recorded, once: whatever ends it
  // already, this answer or that of a request before it, is on its way.
  if (!connections.stop(socket)) return
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const active = connections.active(socket)
  const goesOn = active?.isWhole === true && !active.response.writableEnded
  if (goesOn) connections.endAfterActive(socket)
  // Decided here and now: while the record is written, the rest of a slow request may come.
  else connections.refuse(socket)
  const entry = refusalEntry(refusal, { httpMethod, route: 'unknown', durationMs: 0 })
  door.front.record(entry).then(
    () => {
      if (!goesOn) answerRaw(door, socket, refusal)
    },
    (error: unknown) => {
      door.log.error('http.refusal-unrecorded', { rule: refusal.rule, error: String(error) })
      if (!goesOn) socket.destroySoon()
    },
  )
}

function answerRaw(door: Door, socket: Socket, refusal: Refusal): void {
  const response = door.connections.active(socket)?.response
  if (response?.writableEnded) {
    // All of it is written, and its client is still reading.
    response.on('close', () => write(socket, refusal))
  } else if (response?.headersSent) {
    // An answer that has begun cannot be followed by another one.
    socket.destroy()
  } else {
    write(socket, refusal)
  }
}

function write(socket: Socket, refusal: Refusal): void {
  if (!socket.writable) {
    socket.destroySoon()
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
