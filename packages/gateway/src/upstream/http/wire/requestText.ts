/**
 * The request as it is written.
 */

/** Characters a header's value may have (RFC 9110 5.5). A line end in one would begin a header, or a request, of its own. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** A space in a path would end it, a line end the request line. */
const PATH = /^\/[\x21-\x7e]*$/

export type Method = 'POST' | 'GET' | 'DELETE'

interface WrittenLine {
  readonly value: string
  readonly line: string
}

/** Names whose last line is remembered. */
const MAX_NAMES = 64

/**
 * Writes header lines. Most requests to a server have the same headers as the one before: a line that was checked and written
 * once is not checked again.
 *
 * @example new HeaderLines().of(['accept', 'application/json']) // 'accept: application/json\r\n'
 */
export class HeaderLines {
  readonly #last = new Map<string, WrittenLine>()

  /** Lines of names and values in turn; `undefined` when one of them must not be written. */
  of(pairs: readonly string[]): string | undefined {
    let lines = ''
    for (let i = 0; i < pairs.length; i += 2) {
      const line = this.#line(pairs[i] ?? '', pairs[i + 1] ?? '')
      if (line === undefined) return undefined
      lines += line
    }
    return lines
  }

  #line(name: string, value: string): string | undefined {
    const last = this.#last.get(name)
    if (last?.value === value) return last.line
    if (!NAME.test(name) || !VALUE.test(value)) return undefined
    const line = `${name}: ${value}\r\n`
    if (last !== undefined || this.#last.size < MAX_NAMES) this.#last.set(name, { value, line })
    return line
  }
}

/**
 * The head of a request; `undefined` when the path must not be written. `lines` are from `HeaderLines`. A body is announced
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
