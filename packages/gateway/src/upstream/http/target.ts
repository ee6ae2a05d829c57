/**
 * Where a server is.
 */
import { TransportError } from '../transport.ts'

export interface Target {
  /** Scheme, host and port; also how messages for people name the server's address: it holds no secret. */
  readonly origin: string
  /** Path and query as sent. A query may hold a secret: never shown. */
  readonly path: string
}

/**
 * Reads the URL of a server. Throws a `TransportError` for anything but an absolute http or https URL without a user
 * name: credentials in a URL end up in logs and error messages.
 *
 * @example readTarget('https://api.example/mcp?key=1') // { origin: 'https://api.example', path: '/mcp?key=1' }
 */
export function readTarget(url: string): Target {
  if (!URL.canParse(url)) throw unusable('the URL of the server is not an absolute URL')
  const { protocol, origin, username, password, pathname, search } = new URL(url)
  if (protocol !== 'http:' && protocol !== 'https:')
    throw unusable('the URL of the server is not http or https')
  if (username !== '' || password !== '') {
    throw unusable('the URL of the server has a user name or password: use a header with a secret reference')
  }
  return { origin, path: pathname + search }
}

function unusable(explain: string): TransportError {
  return new TransportError({ code: 'connect-failed', explain })
}
