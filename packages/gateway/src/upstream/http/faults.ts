/**
 * How trouble on HTTP is told: a code to act on and a sentence without secrets.
 *
 * Sentences name the origin, a status and an error's code; never a header, a path, or the text of an error or a body,
 * which a server chooses.
 */
import type { TransportFault } from '../transport.ts'
import { HttpError } from './wire/httpError.ts'

/** The fault of an HTTP status that brought no usable message. */
export function statusFault(origin: string, status: number): TransportFault {
  if (status === 401 || status === 403) {
    const what =
      status === 401 ? 'asks for credentials' : 'does not allow this with the credentials it was given'
    return { code: 'unauthorized', explain: `${origin} ${what} (HTTP ${status})`, status }
  }
  if (status >= 300 && status < 400) {
    return {
      code: 'http-status',
      explain: `${origin} answered with a redirect (HTTP ${status}); redirects are not followed: configure the final URL`,
      status,
    }
  }
  return { code: 'http-status', explain: `${origin} answered with HTTP ${status}`, status }
}

/** The fault of an answer with a type that MCP does not allow. */
export function typeFault(
  origin: string,
  status: number,
  type: 'none' | 'encoded' | 'other' | 'events' | 'json',
): TransportFault {
  const what = {
    none: 'without a content type',
    encoded: 'with a content encoding, which was not asked for',
    other: 'with a content type other than JSON or an event stream in UTF-8',
    events: 'with an event stream where none belongs',
    json: 'with JSON where an event stream belongs',
  }[type]
  return { code: 'not-acceptable', explain: `${origin} answered HTTP ${status} ${what}`, status }
}

/**
 * The fault of an error of a connection.
 * `started`: the request was on its way; without that, there never was a connection.
 */
export function errorFault(origin: string, error: Error, started: boolean): TransportFault {
  const code = codeOf(error)
  if (code === 'POOL_CLOSED') {
    return { code: 'closed', explain: `the connections to ${origin} were closed by the gateway` }
  }
  if (code === 'INVALID_REQUEST') {
    const explain = `a request to ${origin} has a path or a header that HTTP does not allow, so nothing was sent`
    return { code: 'connect-failed', explain }
  }
  if (error instanceof HttpError && error.reason !== undefined)
    return { code: 'connect-failed', explain: error.reason }
  if (!started) return { code: 'connect-failed', explain: `no connection to ${origin}: ${reason(code)}` }
  if (error instanceof HttpError && error.isAnswerFault) {
    return { code: 'not-acceptable', explain: `${origin} does not answer in valid HTTP (${code})` }
  }
  return { code: 'stream-ended', explain: `the connection to ${origin} ended before the answer (${code})` }
}

/** An error's code, or its class where it has none; both are fixed words of Node and of ours. */
function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

function reason(code: string): string {
  if (code === 'CONNECT_TIMEOUT') return 'it was not made in time'
  if (code === 'ECONNREFUSED') return `nothing listens there (${code})`
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `the name could not be resolved (${code})`
  if (/CERT|SIGNATURE|TLS|SSL|ISSUER|VERIFY/.test(code)) return `TLS or the certificate was refused (${code})`
  if (code === 'ALPN_PROTOCOL') return 'it speaks another protocol than HTTP/1.1'
  return code
}
