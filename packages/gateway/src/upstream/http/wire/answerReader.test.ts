import { describe, expect, it } from 'vitest'
import { MAX_HEAD_BYTES } from './answerReader.ts'
import { cutAt, readPieces, readText } from './testing/reading.ts'

const OK = 'HTTP/1.1 200 OK\r\n'
const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n`

describe('an answer', () => {
  it.each([
    ['with a length', `${OK}Content-Length: 2\r\nContent-Type: text/x\r\n\r\nhi`, 'hi', true],
    ['in chunks', `${CHUNKED}1\r\nh\r\n01\r\ni\r\n0\r\n\r\n`, 'hi', true],
    ['in chunks with trailers, which are dropped', `${CHUNKED}2\r\nhi\r\n0\r\nx: y\r\n\r\n`, 'hi', true],
    ['with a size in capitals', `${CHUNKED}A\r\n0123456789\r\n0\r\n\r\n`, '0123456789', true],
    ['with line ends in the body', `${OK}content-length: 4\r\n\r\n\r\n\r\n`, '\r\n\r\n', true],
    ['of length 0', `${OK}content-length: 0\r\n\r\n`, '', true],
    ['without a body: 204', 'HTTP/1.1 204 No Content\r\n\r\n', '', true],
    [
      'without a body: 304 with the length of another',
      'HTTP/1.1 304 x\r\ncontent-length: 9\r\n\r\n',
      '',
      true,
    ],
    ['without a reason', 'HTTP/1.1 200\r\ncontent-length: 1\r\n\r\nx', 'x', true],
    [
      'after interim ones',
      `HTTP/1.1 100 C\r\n\r\nHTTP/1.1 103 E\r\nlink: </x>\r\n\r\n${OK}content-length: 1\r\n\r\nx`,
      'x',
      true,
    ],
    ['of HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\nx', 'x', false],
    [
      'that ends the connection',
      `${OK}connection: Keep-Alive , Close\r\ncontent-length: 1\r\n\r\nx`,
      'x',
      false,
    ],
    ['with bytes above ASCII in a header', `${OK}x: \xe9\xff\r\ncontent-length: 1\r\n\r\n\xff`, '\xff', true],
    ['with white space around a value', `${OK}content-length: \t 1 \t\r\n\r\nx`, 'x', true],
  ])('%s is read', (_, text, body, isReusable) => {
    expect(readText(text)).toMatchObject({ outcome: 'complete', body, isReusable })
  }) // prettier-ignore

  it('without a length ends with the connection, and not before', () => {
    expect(readText(`${OK}\r\nhi`)).toMatchObject({ outcome: 'open', body: 'hi', isReusable: false })
    expect(readText(`${OK}\r\nhi`, true)).toMatchObject({ outcome: 'complete', body: 'hi' })
  })

  it.each([
    ['in its head', OK],
    ['in its body', `${OK}content-length: 3\r\n\r\nhi`],
    ['in a chunk', `${CHUNKED}3\r\nhi`],
    ['before the last chunk', `${CHUNKED}2\r\nhi\r\n`],
    ['in the trailers', `${CHUNKED}0\r\n`],
  ])('that is cut off %s is not complete', (_, text) => {
    expect(readText(text, true).outcome).toBe('open')
  })

  it('that says a header twice says so', () => {
    const text = `${OK}content-type: a/b\r\nCONTENT-TYPE: c/d\r\ncontent-length: 0\r\n\r\n`
    expect(readText(text).type).toEqual(['a/b', 'c/d'])
  })
})

describe('what two readers could read differently is refused:', () => {
  const head = (line: string) => `${OK}${line}\r\ncontent-length: 2\r\n\r\nhi`
  const chunks = (text: string) => `${CHUNKED}${text}`
  it.each([
    ['LF alone ends a line', `HTTP/1.1 200 OK\ncontent-length: 2\n\nhi`, 'HTTP_BARE_LF'],
    ['LF alone ends a header', head('a: b\nc: d'), 'HTTP_BARE_LF'],
    ['LF alone ends the head', `${OK}content-length: 2\r\n\nhi`, 'HTTP_BARE_LF'],
    ['CR alone', head('a: b\rcontent-length: 9'), 'HTTP_BARE_CR'],
    ['CR twice', head('a: b\r'), 'HTTP_BARE_CR'],
    ['NUL', head('a: b\0'), 'HTTP_CONTROL_CHARACTER'],
    ['DEL', head('a: b\x7f'), 'HTTP_CONTROL_CHARACTER'],
    ['a control character in a name', head('a\x01: b'), 'HTTP_CONTROL_CHARACTER'],
    ['a folded line', head('a: b\r\n c'), 'HTTP_FOLDED_LINE'],
    ['a first line that is folded', head(' a: b'), 'HTTP_FOLDED_LINE'],
    ['a space before the colon', head('transfer-encoding : chunked'), 'HTTP_FIELD_NAME'],
    ['a line without a colon', head('a'), 'HTTP_FIELD_NAME'],
    ['a header without a name', head(': a'), 'HTTP_FIELD_NAME'],
    ['a name above ASCII', head('\xe9: a'), 'HTTP_FIELD_NAME'],
    ['two lengths', head('content-length: 3'), 'HTTP_CONTENT_LENGTH'],
    ['two lengths that agree', head('content-length: 2'), 'HTTP_CONTENT_LENGTH'],
    ['a list of lengths', `${OK}content-length: 2, 2\r\n\r\nhi`, 'HTTP_CONTENT_LENGTH'],
    ['a length with a sign', `${OK}content-length: +2\r\n\r\nhi`, 'HTTP_CONTENT_LENGTH'],
    ['a negative length', `${OK}content-length: -2\r\n\r\nhi`, 'HTTP_CONTENT_LENGTH'],
    ['a length in hexadecimal', `${OK}content-length: 0x2\r\n\r\nhi`, 'HTTP_CONTENT_LENGTH'],
    ['a length with a fraction', `${OK}content-length: 2.0\r\n\r\nhi`, 'HTTP_CONTENT_LENGTH'],
    ['no length', `${OK}content-length:\r\n\r\nhi`, 'HTTP_CONTENT_LENGTH'],
    ['a length beyond what is exact', `${OK}content-length: 9999999999999999\r\n\r\n`, 'HTTP_CONTENT_LENGTH'],
    ['a length and chunks', head('transfer-encoding: chunked'), 'HTTP_TWO_FRAMINGS'],
    ['another coding', `${OK}transfer-encoding: gzip, chunked\r\n\r\n`, 'HTTP_TRANSFER_ENCODING'],
    ['identity', `${OK}transfer-encoding: identity\r\n\r\n`, 'HTTP_TRANSFER_ENCODING'],
    ['chunked twice', `${OK}transfer-encoding: chunked, chunked\r\n\r\n`, 'HTTP_TRANSFER_ENCODING'],
    [
      'chunked in two lines',
      `${OK}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n`,
      'HTTP_TRANSFER_ENCODING',
    ],
    [
      'an unknown coding behind it',
      `${OK}transfer-encoding: chunked\r\ntransfer-encoding: x\r\n\r\n`,
      'HTTP_TRANSFER_ENCODING',
    ],
    [
      'a coding that only looks like it',
      `${OK}transfer-encoding: xchunked\r\n\r\n`,
      'HTTP_TRANSFER_ENCODING',
    ],
    ['a vertical tab before it', `${OK}transfer-encoding: \x0bchunked\r\n\r\n`, 'HTTP_CONTROL_CHARACTER'],
    ['chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', 'HTTP_TRANSFER_ENCODING'],
    ['an extension of a chunk', chunks('2;a=b\r\nhi\r\n'), 'HTTP_CHUNK_SIZE'],
    ['LF alone in an extension', chunks('2;\nxx\r\nhi\r\n'), 'HTTP_CHUNK_SIZE'],
    ['a sign before a size', chunks('+2\r\nhi\r\n'), 'HTTP_CHUNK_SIZE'],
    ['a space before a size', chunks(' 2\r\nhi\r\n'), 'HTTP_CHUNK_SIZE'],
    ['a space after a size', chunks('2 \r\nhi\r\n'), 'HTTP_CHUNK_SIZE'],
    ['a size with a prefix', chunks('0x2\r\nhi\r\n'), 'HTTP_CHUNK_SIZE'],
    ['no size', chunks('\r\nhi\r\n'), 'HTTP_CHUNK_SIZE'],
    ['LF alone after a size', chunks('2\nhi\r\n'), 'HTTP_CHUNK_SIZE'],
    ['CR alone after a size', chunks('2\rhi\r\n'), 'HTTP_CHUNK_SIZE'],
    ['a size that overflows', chunks('100000002\r\nhi\r\n'), 'HTTP_CHUNK_SIZE'],
    ['a size of nothing but zeros', chunks('000000000\r\n\r\n'), 'HTTP_CHUNK_SIZE'],
    ['a chunk that is longer than it says', chunks('2\r\nhih\r\n0\r\n\r\n'), 'HTTP_CHUNK_END'],
    ['LF alone after a chunk', chunks('2\r\nhi\n0\r\n\r\n'), 'HTTP_CHUNK_END'],
    ['LF alone in trailers', chunks('0\r\na: b\n\r\n'), 'HTTP_BARE_LF'],
    ['a folded trailer', chunks('0\r\n a\r\n\r\n'), 'HTTP_FOLDED_LINE'],
    ['a length that comes as a trailer', chunks('0\r\ncontent-length: 3\r\n\r\n'), 'HTTP_TWO_FRAMINGS'],
    ['a body of 204', 'HTTP/1.1 204 x\r\ncontent-length: 2\r\n\r\nhi', 'HTTP_FRAMED_WITHOUT_BODY'],
    [
      'chunks of 204',
      'HTTP/1.1 204 x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      'HTTP_FRAMED_WITHOUT_BODY',
    ],
    ['a body of 103', 'HTTP/1.1 103 x\r\ncontent-length: 2\r\n\r\nhi', 'HTTP_FRAMED_WITHOUT_BODY'],
    ['another protocol', 'HTTP/1.1 101 x\r\nupgrade: h2c\r\n\r\n', 'HTTP_SWITCHED_PROTOCOLS'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n', 'HTTP_STATUS_LINE'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n', 'HTTP_STATUS_LINE'],
    ['a status that is none', 'HTTP/1.1 600 OK\r\n\r\n', 'HTTP_STATUS_LINE'],
    ['a status with a sign', 'HTTP/1.1 +20 OK\r\n\r\n', 'HTTP_STATUS_LINE'],
    ['two spaces before a status', 'HTTP/1.1  200 OK\r\n\r\n', 'HTTP_STATUS_LINE'],
    ['another version', 'HTTP/1.2 200 OK\r\n\r\n', 'HTTP_STATUS_LINE'],
    ['a version in small letters', 'http/1.1 200 OK\r\n\r\n', 'HTTP_STATUS_LINE'],
    ['another protocol’s name', 'ICY 200 OK\r\n\r\n', 'HTTP_STATUS_LINE'],
    ['an empty line before the answer', `\r\n${OK}content-length: 0\r\n\r\n`, 'HTTP_STATUS_LINE'],
    ['bytes behind a length', `${OK}content-length: 2\r\n\r\nhi!`, 'HTTP_SURPLUS'],
    ['a second answer', `${OK}content-length: 0\r\n\r\n${OK}content-length: 0\r\n\r\n`, 'HTTP_SURPLUS'],
    ['a second answer behind chunks', chunks(`0\r\n\r\n${OK}content-length: 0\r\n\r\n`), 'HTTP_SURPLUS'],
    ['a body behind 304', 'HTTP/1.1 304 x\r\ncontent-length: 2\r\n\r\nhi', 'HTTP_SURPLUS'],
    ['a line end behind an answer', `${OK}content-length: 2\r\n\r\nhi\r\n`, 'HTTP_SURPLUS'],
  ])('%s', (_, text, fault) => {
    const bytes = Buffer.from(text, 'latin1')
    const whole = readPieces([bytes], false)
    expect(whole.outcome).toBe(fault)
    // Byte by byte it is the same, except that an answer whose end is seen before the surplus is whole.
    const dripped = readPieces(cutAt(bytes, [...bytes.keys()]), false)
    expect(dripped.outcome).toBe(fault)
  }) // prettier-ignore

  it('more than 128 headers, or 16 KiB of head, in one piece or in many', () => {
    expect(readText(`${OK}${'a: b\r\n'.repeat(127)}content-length: 0\r\n\r\n`).outcome).toBe('complete')
    expect(readText(`${OK}${'a: b\r\n'.repeat(129)}\r\n`).outcome).toBe('HTTP_TOO_MANY_FIELDS')
    const rest = MAX_HEAD_BYTES - OK.length - 'a: \r\ncontent-length: 0\r\n\r\n'.length
    const fits = Buffer.from(`${OK}a: ${'x'.repeat(rest)}\r\ncontent-length: 0\r\n\r\n`)
    const over = Buffer.from(`${OK}a: ${'x'.repeat(rest + 1)}\r\ncontent-length: 0\r\n\r\n`)
    const everywhere = [...over.keys()]
    for (const places of [[], [5], [MAX_HEAD_BYTES - 1], everywhere]) {
      expect(readPieces(cutAt(fits, places), false).outcome).toBe('complete')
      expect(readPieces(cutAt(over, places), false).outcome).toBe('HTTP_HEAD_TOO_LARGE')
    }
    const trailers = Buffer.from(`${CHUNKED}0\r\n${'a: b\r\n'.repeat(4_000)}\r\n`)
    expect(readPieces([trailers], false).outcome).toBe('HTTP_HEAD_TOO_LARGE')
  })

  it('interim answers without end', () => {
    expect(readText('HTTP/1.1 103 E\r\n\r\n'.repeat(17)).outcome).toBe('HTTP_TOO_MANY_INTERIM')
  })
})

describe('a megabyte', () => {
  const MIB = 1 << 20
  it.each([
    ['of one header', `${OK}a: ${'x'.repeat(MIB)}`, 'HTTP_HEAD_TOO_LARGE'],
    ['of line ends', '\r\n'.repeat(MIB / 2), 'HTTP_STATUS_LINE'],
    ['of interim answers', 'HTTP/1.1 100 C\r\n\r\n'.repeat(MIB / 18), 'HTTP_TOO_MANY_INTERIM'],
    ['of zeros for a size', `${CHUNKED}${'0'.repeat(MIB)}`, 'HTTP_CHUNK_SIZE'],
    ['of chunks of one byte', `${CHUNKED}${'1\r\nx\r\n'.repeat(MIB / 6)}0\r\n\r\n`, 'complete'],
    ['of a list of options', `${OK}connection: ${','.repeat(MIB)}\r\n\r\n`, 'HTTP_HEAD_TOO_LARGE'],
  ])('%s is read or refused in one pass', (_, text, outcome) => {
    const bytes = Buffer.from(text)
    expect(readPieces([bytes], false).outcome).toBe(outcome)
    const pieces = Array.from({ length: Math.ceil(bytes.length / 100) }, (_, i) =>
      bytes.subarray(i * 100, i * 100 + 100),
    )
    expect(readPieces(pieces, false).outcome).toBe(outcome)
  })
})
