import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { preflightHeaders } from './cors.ts'
import { messagesPath, routeOf } from './routes.ts'

describe('paths are compared as they come', () => {
  it.each([
    '/',
    '//mcp',
    '//mcp/',
    '/mcp//',
    '/mcp///',
    '/mcp/./',
    '/mcp/%2f',
    '/mcp/?x=1',
    '/mcp/a//',
    '/mcp/a/?x',
    '/mcp%2f',
    '/./mcp',
    '/x/../mcp',
    '/mcp/../mcp',
    '/mcp//a',
    '/mcp/a/b',
    '/MCP',
    '/%6dcp',
    '/mcp%2fa',
    '/mcp/%61',
    '/mcp?x=1',
    '/mcp#x',
    '/mcp;x=1',
    '/mcp/A',
    '/mcp/a b',
    '/mcp/a%00',
    '/mcp\\a',
    '/mcp/aaaaaaaaaaaaaaaaa',
    '/healthz/',
    '/metrics',
    '/sse/',
    '/sse/A',
    '/sse/a/b',
    '/sse?sessionId=x',
    '/messages',
    '/messages/',
    '/messages/short',
    `/messages/${'a'.repeat(33)}`,
    `/messages/${'a'.repeat(31)}.`,
    `/messages/${'a'.repeat(32)}?x`,
    'http://localhost/mcp',
    'mcp',
    '*',
    undefined,
  ])('%j is no route', (target) => {
    expect(routeOf(target)).toBeUndefined()
  })

  it('there are seven', () => {
    expect(routeOf('/mcp')).toEqual({ kind: 'mcp', server: undefined })
    expect(routeOf('/mcp/my_server_1')).toEqual({ kind: 'mcp', server: 'my_server_1' })
    expect(routeOf('/sse')).toEqual({ kind: 'sse', server: undefined })
    expect(routeOf('/sse/my_server_1')).toEqual({ kind: 'sse', server: 'my_server_1' })
    const session = 'Aa0-_'.repeat(7).slice(3)
    expect(routeOf(messagesPath(session))).toEqual({ kind: 'messages', session })
    expect(routeOf('/healthz')).toEqual({ kind: 'healthz' })
    expect(routeOf('/readyz')).toEqual({ kind: 'readyz' })
  })

  it('of MCP may end in one slash', () => {
    expect(routeOf('/mcp/')).toEqual({ kind: 'mcp', server: undefined })
    expect(routeOf('/mcp/my_server_1/')).toEqual({ kind: 'mcp', server: 'my_server_1' })
  })

  it('a server name is exactly what stands behind /mcp/', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (name) => {
        const route = routeOf(`/mcp/${name}`)
        if (route !== undefined && name !== '')
          expect(route).toEqual({ kind: 'mcp', server: name.replace(/\/$/, '') })
      }),
    )
  })
})

describe('a preflight answer', () => {
  it('allows headers of MCP and no other', () => {
    const asked = 'Content-Type, mcp-session-id, X-Admin, mcp-param-region, mcp-param-a b, cookie'
    const headers = preflightHeaders(asked)
    expect(headers.at(-1)).toBe('content-type, mcp-session-id, mcp-param-region')
    expect(headers.join('\n')).not.toMatch(/credentials|\*|cookie/i)
  })

  it('allows none where none was asked for', () => {
    expect(preflightHeaders(undefined)).not.toContain('Access-Control-Allow-Headers')
  })
})
