import { describe, expect, it } from 'vitest'
import { readPlain } from './readPlain.ts'

const read = (text: string) => readPlain(Buffer.from(text, 'latin1'))
const request = (lines: string, body = '{}', line = 'POST /mcp HTTP/1.1') =>
  read(`${line}\r\n${lines}\r\n\r\n${body}`)

describe('a plain request', () => {
  it.each([
    ['with a length', 'Content-Length: 2', '{}', ['Content-Length', '2']],
    ['in any case', 'hOST: a\r\ncontent-LENGTH:2', '{}', ['hOST', 'a', 'content-LENGTH', '2']],
    [
      'with white space around a value',
      'A: \t b c\t \r\nContent-Length:  2 ',
      '{}',
      ['A', 'b c', 'Content-Length', '2'],
    ],
    ['with an empty value', 'A:\r\nContent-Length: 2', '{}', ['A', '', 'Content-Length', '2']],
    [
      'with colons in a value',
      'Host: [::1]:7337\r\nContent-Length: 2',
      '{}',
      ['Host', '[::1]:7337', 'Content-Length', '2'],
    ],
    [
      'that keeps its connection',
      'Connection: keep-alive\r\nContent-Length: 2',
      '{}',
      ['Connection', 'keep-alive', 'Content-Length', '2'],
    ],
    ['without a body', 'Content-Length: 0', '', ['Content-Length', '0']],
    ['with an empty line in its body', 'Content-Length: 8', '\r\n\r\nabcd', ['Content-Length', '8']],
    [
      'with headers twice, which others judge',
      'A: 1\r\na: 2\r\nContent-Length: 2',
      '{}',
      ['A', '1', 'a', '2', 'Content-Length', '2'],
    ],
  ])('%s is read', (_, lines, body, rawHeaders) => {
    expect(request(lines, body)).toEqual({
      target: '/mcp',
      rawHeaders,
      bodyStart: `POST /mcp HTTP/1.1\r\n${lines}\r\n\r\n`.length,
    })
  }) // prettier-ignore

  it('has the target as it came', () => {
    const target = '/mcp/a%2fb?q=/../"<x>'
    expect(request('Content-Length: 2', '{}', `POST ${target} HTTP/1.1`)?.target).toBe(target)
  })
})

describe('is left to another parser:', () => {
  it.each([
    ['another method', 'Content-Length: 2', '{}', 'GET /mcp HTTP/1.1'],
    ['a method in small letters', 'Content-Length: 2', '{}', 'post /mcp HTTP/1.1'],
    ['another version', 'Content-Length: 2', '{}', 'POST /mcp HTTP/1.0'],
    ['an absolute target', 'Content-Length: 2', '{}', 'POST http://a/mcp HTTP/1.1'],
    ['a target above ASCII', 'Content-Length: 2', '{}', 'POST /m\xe9 HTTP/1.1'],
    ['a space in the target', 'Content-Length: 2', '{}', 'POST /m x HTTP/1.1'],
    ['two spaces before the version', 'Content-Length: 2', '{}', 'POST /mcp  HTTP/1.1'],
    ['a tab in the first line', 'Content-Length: 2', '{}', 'POST\t/mcp HTTP/1.1'],
    ['an empty line before it', 'Content-Length: 2', '{}', '\r\nPOST /mcp HTTP/1.1'],
    ['LF alone', 'A: b\nContent-Length: 2', '{}'],
    ['CR alone', 'A: b\rContent-Length: 2', '{}'],
    ['NUL', 'A: \0\r\nContent-Length: 2', '{}'],
    ['a control character', 'A: \x0b\r\nContent-Length: 2', '{}'],
    ['DEL', 'A: \x7f\r\nContent-Length: 2', '{}'],
    ['a value above ASCII', 'A: \xe9\r\nContent-Length: 2', '{}'],
    ['a folded line', 'A: b\r\n c\r\nContent-Length: 2', '{}'],
    ['a folded first line', ' A: b\r\nContent-Length: 2', '{}'],
    ['a space before the colon', 'Content-Length : 2', '{}'],
    ['a name that is no token', 'A(b): c\r\nContent-Length: 2', '{}'],
    ['no name', ': c\r\nContent-Length: 2', '{}'],
    ['no colon', 'A\r\nContent-Length: 2', '{}'],
    ['no length', 'A: b', '{}'],
    ['no length, no body', 'A: b', ''],
    ['two lengths that agree', 'Content-Length: 2\r\ncontent-length: 2', '{}'],
    ['two lengths', 'Content-Length: 2\r\nContent-Length: 3', '{}'],
    ['a list of lengths', 'Content-Length: 2, 2', '{}'],
    ['a length with a sign', 'Content-Length: +2', '{}'],
    ['a length in hexadecimal', 'Content-Length: 0x2', '{}'],
    ['a length with a fraction', 'Content-Length: 2.0', '{}'],
    ['an empty length', 'Content-Length:', ''],
    ['a length of many digits', 'Content-Length: 0000000002', '{}'],
    ['chunks', 'Transfer-Encoding: chunked', '2\r\n{}\r\n0\r\n\r\n'],
    ['chunks and a length', 'Content-Length: 2\r\ntransfer-encoding: chunked', '{}'],
    ['a coding that is none', 'Content-Length: 2\r\nTransfer-Encoding: identity', '{}'],
    ['an expectation', 'Content-Length: 2\r\nExpect: 100-continue', '{}'],
    ['a switch of protocols', 'Content-Length: 2\r\nUpgrade: h2c', '{}'],
    ['the end of the connection', 'Content-Length: 2\r\nConnection: close', '{}'],
    [
      'the end of the connection, in an old word for it',
      'Content-Length: 2\r\nProxy-Connection: close',
      '{}',
    ],
    ['more options of the connection', 'Content-Length: 2\r\nConnection: keep-alive, x', '{}'],
    ['a body that is not all there', 'Content-Length: 3', '{}'],
    ['more than the body', 'Content-Length: 2', '{} '],
    ['a second request', 'Content-Length: 2', '{}POST /mcp HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}'],
  ])('%s', (_, lines, body, line?: string) => {
    expect(request(lines, body, line)).toBeUndefined()
  }) // prettier-ignore

  it('a head without its end, and one over 16 KiB', () => {
    expect(read('POST /mcp HTTP/1.1\r\nContent-Length: 2\r\n')).toBeUndefined()
    expect(read('')).toBeUndefined()
    const rest = 16 * 1024 - 'POST /mcp HTTP/1.1\r\nA: \r\nContent-Length: 2\r\n\r\n'.length
    expect(request(`A: ${'x'.repeat(rest)}\r\nContent-Length: 2`)).toBeDefined()
    expect(request(`A: ${'x'.repeat(rest + 1)}\r\nContent-Length: 2`)).toBeUndefined()
  })
})
