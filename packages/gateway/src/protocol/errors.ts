/**
 * The error codes the gateway answers with, and the bytes of an error answer (JSON-RPC 2.0, section 5.1).
 *
 * MCP 2026-07-28 reserves -32768..-32000 and gives a meaning to some of it; a code of our own in there could be read as
 * evidence of an era or as a server's word. Ours are -31000 minus the HTTP status that says the same.
 */
import { type JsonValue, writeJson } from '@sallyport/controls/json'

export const ERROR = {
  // JSON-RPC 2.0.
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  // MCP 2026-07-28, used exactly as defined there.
  headerMismatch: -32020,
  missingCapability: -32021,
  unsupportedVersion: -32022,
  // Ours.
  /** The HTTP request itself is not acceptable (framing, missing session, header). */
  badRequest: -31400,
  unauthenticated: -31401,
  /** A control, the Host or the Origin rule refused it. */
  refused: -31403,
  /** No such route, server or session. */
  notFound: -31404,
  methodNotAllowed: -31405,
  notAcceptable: -31406,
  /** The client was too slow. */
  clientTimeout: -31408,
  conflict: -31409,
  tooLarge: -31413,
  mediaType: -31415,
  expectation: -31417,
  misdirected: -31421,
  tooMany: -31429,
  headersTooLarge: -31431,
  /** The gateway itself failed. */
  failed: -31500,
  /** The server or its connection ended before the answer. */
  upstreamLost: -31502,
  /** Full, shutting down, or the audit trail cannot be written. */
  unavailable: -31503,
  /** The server did not answer within its deadline. */
  deadline: -31504,
  httpVersion: -31505,
} as const

/**
 * One JSON-RPC error answer. `id` is the JSON text of the request's id as it came, `null` where it could not be read.
 *
 * @example
 * errorBytes('7', ERROR.notFound, 'no such session')
 * // {"jsonrpc":"2.0","id":7,"error":{"code":-31404,"message":"no such session"}}
 */
export function errorBytes(id: string | null, code: number, message: string, data?: JsonValue): Buffer {
  const rest = data === undefined ? '' : `,"data":${writeJson(data)}`
  const error = `{"code":${code},"message":${JSON.stringify(message)}${rest}}`
  return Buffer.from(`{"jsonrpc":"2.0","id":${id ?? 'null'},"error":${error}}`, 'utf8')
}

/**
 * The HTTP status a modern answer with this error code carries (2026-07-28, error table); 200 for every code without
 * one there. Not 401 or 403 for ours: clients take those for a matter of credentials and drop the body that explains.
 *
 * @example modernStatus(-32601) // 404
 */
export function modernStatus(code: number | undefined): number {
  switch (code) {
    case ERROR.methodNotFound:
      return 404
    case ERROR.headerMismatch:
    case ERROR.missingCapability:
    case ERROR.unsupportedVersion:
      return 400
    default:
      return 200
  }
}
