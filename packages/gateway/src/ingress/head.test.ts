import type { IncomingMessage } from 'node:http'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkFraming, readHead } from './head.ts'

const http11 = { httpVersionMajor: 1, httpVersionMinor: 1 } as IncomingMessage
const http10 = { httpVersionMajor: 1, httpVersionMinor: 0 } as IncomingMessage
const rule = (lines: string[], request = http11) => checkFraming(request, readHead(lines))?.rule

describe('reading header lines', () => {
  it('knows names without case and keeps values as they are', () => {
    const head = readHead([
      'HOST',
      'Localhost:1',
      'mcp-METHOD',
      'Tools/Call',
      'Mcp-Param-Region',
      'US',
      'X-Other',
      'x',
    ])
    expect(head.host).toBe('Localhost:1')
    expect(head.mirrored.method).toBe('Tools/Call')
    expect(head.params).toEqual({ 'mcp-param-region': 'US' })
  })

  it('joins only what is a list', () => {
    const head = readHead(['Accept', 'a/b', 'ACCEPT', 'c/d', 'Connection', 'x', 'Connection', 'y'])
    expect([head.accept, head.connection, head.repeated]).toEqual(['a/b, c/d', 'x, y', undefined])
  })

  it.each([
    'Host',
    'Origin',
    'Content-Type',
    'Content-Length',
    'Content-Encoding',
    'Transfer-Encoding',
    'Authorization',
    'Mcp-Session-Id',
    'Last-Event-ID',
    'Expect',
    'Access-Control-Request-Headers',
  ])('%s may come once', (name) => {
    expect(readHead([name, '1', name.toLowerCase(), '1']).repeated).toBe(name.toLowerCase())
    expect(rule([name, '1', name, '1'])).toBe('http/repeated-header')
  })

  it.each(['MCP-Protocol-Version', 'Mcp-Method', 'Mcp-Name', 'Mcp-Param-X'])(
    '%s twice is a mirror fault',
    (name) => {
      expect(readHead([name, '1', name, '1']).mirrored.repeated).toBeDefined()
    },
  )

  it.each(['mcp_method', 'mcp-methods', 'xmcp-method', 'Mcp-Methoß', 'mcp-param', 'mcp-param_x'])(
    'a header that only looks like one (%s) is none',
    (name) => {
      const head = readHead([name, 'x'])
      expect(head.mirrored).toEqual(readHead([]).mirrored)
      expect(head.params).toBeUndefined()
    },
  )

  it('takes parameters that are named like members of objects', () => {
    const head = readHead(['Mcp-Param-__proto__', 'x', 'mcp-param-constructor', 'y'])
    expect(Object.entries(head.params ?? {})).toEqual([
      ['mcp-param-__proto__', 'x'],
      ['mcp-param-constructor', 'y'],
    ])
  })

  it('never fails and never takes a foreign header for one of ours', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 20 }), (lines) => {
        const names = lines
          .filter((_, i) => i % 2 === 0 && i + 1 < lines.length)
          .map((name) => name.toLowerCase())
        const head = readHead(lines)
        if (!names.includes('host')) expect(head.host).toBeUndefined()
        if (!names.includes('origin')) expect(head.origin).toBeUndefined()
      }),
    )
  })
})

describe('framing with two readings is refused', () => {
  it.each([
    [
      'a length and chunks',
      ['Content-Length', '5', 'Transfer-Encoding', 'chunked'],
      'http/length-and-chunked',
    ],
    ['two codings', ['Transfer-Encoding', 'gzip, chunked'], 'http/transfer-encoding'],
    ['an unknown coding', ['Transfer-Encoding', 'xchunked'], 'http/transfer-encoding'],
    ['a quoted coding', ['Transfer-Encoding', '"chunked"'], 'http/transfer-encoding'],
    ['a length with a sign', ['Content-Length', '+5'], 'http/content-length'],
    ['a length in hex', ['Content-Length', '0x5'], 'http/content-length'],
    ['a list of lengths', ['Content-Length', '5, 5'], 'http/content-length'],
    ['an empty length', ['Content-Length', ''], 'http/content-length'],
    ['a length beyond integers', ['Content-Length', '18446744073709551617'], 'http/content-length'],
    ['a switch to websocket', ['Upgrade', 'websocket'], 'http/upgrade'],
    ['a switch to one of two', ['Upgrade', 'h2c, websocket'], 'http/upgrade'],
  ])('%s', (_, lines, wanted) => {
    expect(rule(lines)).toBe(wanted)
  })

  it('HTTP/1.0 has no chunks and no kept connections here', () => {
    expect(rule(['Transfer-Encoding', 'chunked'], http10)).toBe('http/transfer-encoding')
    expect(rule(['Connection', 'Keep-Alive'], http10)).toBe('http/keep-alive')
    expect(rule(['Content-Length', '5', 'Connection', 'close'], http10)).toBeUndefined()
  })

  it('other versions are none', () => {
    expect(rule([], { httpVersionMajor: 2, httpVersionMinor: 0 } as IncomingMessage)).toBe('http/version')
    expect(rule([], { httpVersionMajor: 0, httpVersionMinor: 9 } as IncomingMessage)).toBe('http/version')
  })

  it.each([
    [['Content-Length', '5']],
    [['Transfer-Encoding', 'chunked']],
    [['Transfer-Encoding', 'cHuNkEd']],
    [['Upgrade', 'h2c', 'Connection', 'Upgrade, HTTP2-Settings']],
    [['Connection', 'keep-alive']],
  ])('%j passes', (lines) => {
    expect(rule(lines)).toBeUndefined()
  })
})
