/**
 * Requests that have one reading, whoever reads them: a POST that came whole, in one piece, and in the plainest form that
 * RFC 9112 has. Nearly all requests of MCP clients are such. Everything else is left to Node's parser.
 */

/** Names and values in turn, as Node's `rawHeaders`. */
export interface PlainText {
  readonly target: string
  readonly rawHeaders: string[]
  /** The bytes from here to the end are the body. */
  readonly bodyStart: number
}

const END_OF_HEAD = Buffer.from('\r\n\r\n')
/** Most bytes of a head, here and for Node's parser. */
export const MAX_HEAD_BYTES = 16 * 1024

/**
 * The plain form of a head, its last empty line left out: a path in visible ASCII, names that are tokens (RFC 9110, 5.6.2),
 * values of visible ASCII, spaces and tabs, and CR LF after each line. No character can be taken by two parts of it, so that
 * it is decided in linear time.
 */
const PLAIN = /^POST (\/[!-~]*) HTTP\/1\.1\r\n(?:[!#$%&'*+\-.^_`|~\dA-Za-z]+:[\t -~]*\r\n)+$/

/**
 * Reads a request from all the bytes that a connection has so far. `undefined`: not plain, or not whole, or more than one;
 * which of these is for Node's parser to find out. Never throws.
 *
 * @example
 * readPlain(Buffer.from('POST /mcp HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}'))
 * // { target: '/mcp', rawHeaders: ['Content-Length', '2'], bodyStart: 41 }
 */
export function readPlain(bytes: Buffer): PlainText | undefined {
  const end = bytes.indexOf(END_OF_HEAD)
  const bodyStart = end + END_OF_HEAD.length
  if (end < 0 || bodyStart > MAX_HEAD_BYTES) return undefined
  const head = bytes.toString('latin1', 0, end + 2)
  const target = PLAIN.exec(head)?.[1]
  if (target === undefined) return undefined
  const rawHeaders: string[] = []
  let lengths = 0
  for (let at = head.indexOf('\n') + 1; at < head.length; ) {
    const colon = head.indexOf(':', at)
    const lineEnd = head.indexOf('\r', colon)
    const name = head.slice(at, colon)
    const value = head.slice(colon + 1, lineEnd).trim()
    rawHeaders.push(name, value)
    at = lineEnd + 2
    switch (decides(name)) {
      case undefined:
        break
      case 'content-length':
        lengths += 1
        if (!/^\d{1,9}$/.test(value) || Number(value) !== bytes.length - bodyStart) return undefined
        break
      case 'connection':
      case 'proxy-connection': // Node's parser takes it for the same.
        if (value !== 'keep-alive') return undefined
        break
      default:
        return undefined
    }
  }
  return lengths === 1 ? { target, rawHeaders, bodyStart } : undefined
}

/** The header of this name, if it decides where the request ends or what follows it. */
function decides(
  name: string,
):
  | 'content-length'
  | 'connection'
  | 'proxy-connection'
  | 'transfer-encoding'
  | 'expect'
  | 'upgrade'
  | undefined {
  switch (name.length) {
    case 6:
    case 7:
    case 10:
    case 14:
    case 16:
    case 17: {
      const lower = name.toLowerCase()
      switch (lower) {
        case 'content-length':
        case 'connection':
        case 'proxy-connection':
        case 'transfer-encoding':
        case 'expect':
        case 'upgrade':
          return lower
        default:
          return undefined
      }
    }
    default:
      return undefined
  }
}
