/**
 * The request as it is written.
 */

/** Characters a header's value may have (RFC 9110 5.5). A line end in one would begin a header, or a request, of its own. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** A space in a path would end it, a line end the request line. */
const PATH = /^\/[\x21-\x7e]*$/

export type Method = 'POST' | 'GET' | 'DELETE'

/**
 * Header lines, of names and values in turn; `undefined` when one of them must not be written.
 *
 * @example headerLines(['accept', 'application/json']) // 'accept: application/json\r\n'
 */
export function headerLines(pairs: readonly string[]): string | undefined {
  let lines = ''
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i] ?? ''
    const value = pairs[i + 1] ?? ''
    if (!NAME.test(name) || !VALUE.test(value)) return undefined
    lines += `${name}: ${value}\r\n`
  }
  return lines
}

/**
 * The head of a request; `undefined` when the path must not be written. `lines` are from `headerLines`. A body is announced
 * by its length, and a POST without one says so.
 */
export function requestHead(
  method: Method,
  path: string,
  host: string,
  lines: string,
  bodyBytes: number | undefined,
): string | undefined {
  if (!PATH.test(path)) return undefined
  const length = bodyBytes === undefined && method !== 'POST' ? '' : `content-length: ${bodyBytes ?? 0}\r\n`
  return `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n${lines}${length}\r\n`
}
