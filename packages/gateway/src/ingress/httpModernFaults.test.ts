import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { envelope, legacyPost, MODERN, modernRequest, openDoor, type TestDoor } from './testing/httpDoor.ts'
import { open } from './testing/openDoors.ts'
import { answerModern } from './testing/scriptedFront.ts'

describe('what a modern request is', () => {
  it('stateless: session and resumption headers change nothing, GET and DELETE have nothing to ask', async () => {
    const { url, front } = await open()
    const headers = { 'mcp-session-id': 'attacker', 'last-event-id': '0-1' }
    const response = await fetch(url, modernRequest('tools/list', {}, { headers }))
    expect([response.status, response.headers.get('mcp-session-id')]).toEqual([200, null])
    expect(front.calls[0]).not.toHaveProperty('conversation')
    for (const method of ['GET', 'DELETE']) {
      const other = await fetch(url, {
        method,
        headers: { ...headers, 'mcp-protocol-version': MODERN, accept: 'text/event-stream' },
      })
      expect([other.status, other.headers.get('allow')]).toEqual([405, 'POST'])
    }
  })

  it('one message: a notification is taken with 202, an answer of the client is none of it', async () => {
    const { url, front } = await open()
    const post = (message: unknown, headers: Record<string, string> = {}) =>
      fetch(url, legacyPost(message, undefined, { 'mcp-protocol-version': MODERN, ...headers }))
    const taken = await post({ jsonrpc: '2.0', method: 'notifications/roots/list_changed' })
    expect([taken.status, await taken.text()]).toEqual([202, ''])
    expect(
      (await post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } })).status,
    ).toBe(202)
    expect(
      (await post({ jsonrpc: '2.0', method: 'notifications/x' }, { 'mcp-method': 'notifications/y' })).status,
    ).toBe(400)
    expect((await post({ jsonrpc: '2.0', id: 1, result: {} })).status).toBe(400)
    // The cancellation is not passed on: an id says nothing about whose request it is.
    expect(front.calls.map((seen) => seen.method)).toEqual(['notifications/roots/list_changed'])
  })

  it('with its mirrored parameters, as they were sent', async () => {
    const { url, front } = await open()
    const headers = { 'Mcp-Param-Region': '=?base64?WsO8cmljaA==?=', 'MCP-PARAM-X': '1' }
    await fetch(url, modernRequest('tools/call', { name: 'a' }, { headers }))
    expect({ ...front.calls[0]?.mirrored }).toEqual({
      'mcp-param-region': '=?base64?WsO8cmljaA==?=',
      'mcp-param-x': '1',
    })
  })
})

describe('faults get the answers of the specification', () => {
  let door: TestDoor
  let sdkUrl: string
  const sdk = createServer()
  beforeAll(async () => {
    door = await openDoor({ script: { modern: answerModern } })
    const handler = createMcpHandler(
      () => {
        const server = new McpServer({ name: 'oracle', version: '0' })
        server.registerTool('a', {}, () => ({ content: [] }))
        return server
      },
      { legacy: 'reject' },
    )
    sdk.on('request', toNodeHandler(handler))
    await new Promise<void>((resolve) => sdk.listen(0, '127.0.0.1', resolve))
    sdkUrl = `http://127.0.0.1:${(sdk.address() as AddressInfo).port}/mcp`
  })
  afterAll(async () => {
    sdk.closeAllConnections()
    sdk.close()
    await door.ingress.close()
  })

  const meta = envelope()._meta as Record<string, unknown>
  const without = (key: string) =>
    Object.fromEntries(Object.entries(meta).filter(([name]) => !name.endsWith(key)))
  const future = { ...meta, 'io.modelcontextprotocol/protocolVersion': 'v999.0.0' }
  const request = (
    params: Record<string, unknown>,
    headers: Record<string, string | undefined> = {},
    method = 'tools/call',
  ): RequestInit => {
    const all = { ...(modernRequest(method, params).headers as Record<string, string>), ...headers }
    const sent = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined)
    return {
      method: 'POST',
      headers: Object.fromEntries(sent),
      body: JSON.stringify({ jsonrpc: '2.0', id: 'r', method, params: { _meta: meta, ...params } }),
    }
  }

  // `ours`: where the SDK answers otherwise, and why ours is what the specification or the vectors ask for.
  const cases: { name: string; init: RequestInit; status: number; code?: number; ours?: string }[] = [
    { name: 'all well', init: request({ name: 'a' }), status: 200 },
    {
      name: 'no version header',
      init: request({ name: 'a' }, { 'mcp-protocol-version': undefined }),
      status: 400,
      code: -32020,
    },
    {
      name: 'a legacy version header',
      init: request({ name: 'a' }, { 'mcp-protocol-version': '2025-11-25' }),
      status: 400,
      code: -32020,
    },
    {
      name: 'no method header',
      init: request({ name: 'a' }, { 'mcp-method': undefined }),
      status: 400,
      code: -32020,
    },
    {
      name: 'another method header',
      init: request({ name: 'a' }, { 'mcp-method': 'tools/list' }),
      status: 400,
      code: -32020,
    },
    {
      name: 'no name header',
      init: request({ name: 'a' }, { 'mcp-name': undefined }),
      status: 400,
      code: -32020,
    },
    {
      name: 'another name header',
      init: request({ name: 'a' }, { 'mcp-name': 'b' }),
      status: 400,
      code: -32020,
    },
    {
      name: 'a name header in base64',
      init: request({ name: 'a' }, { 'mcp-name': '=?base64?YQ==?=' }),
      status: 200,
    },
    {
      name: 'a name header in bad base64',
      init: request({ name: 'a' }, { 'mcp-name': '=?base64?YQ?=' }),
      status: 400,
      code: -32020,
    },
    {
      name: 'blanks around the name header',
      init: request({ name: 'a' }, { 'mcp-name': '  a  ' }),
      status: 200,
    },
    { name: 'no _meta', init: request({ name: 'a', _meta: undefined }), status: 400, code: -32602 },
    {
      name: 'no version in _meta',
      init: request({ name: 'a', _meta: without('protocolVersion') }),
      status: 400,
      code: -32602,
    },
    {
      name: 'no capabilities in _meta',
      init: request({ name: 'a', _meta: without('clientCapabilities') }),
      status: 400,
      code: -32602,
    },
    { name: 'no client info', init: request({ name: 'a' }), status: 200 },
    {
      name: 'a future version',
      init: request({ name: 'a', _meta: future }, { 'mcp-protocol-version': 'v999.0.0' }),
      status: 400,
      code: -32022,
    },
    {
      name: 'a future version in the body only',
      init: request({ name: 'a', _meta: future }),
      status: 400,
      code: -32020,
    },
    {
      name: 'an unknown version without an envelope',
      init: request({ name: 'a', _meta: undefined }, { 'mcp-protocol-version': '9999-99-99' }),
      status: 400,
      code: -32022,
      ours: 'hb-version-junk: an unknown revision is answered with the known ones, not judged by the rules of one of them',
    },
    {
      name: 'initialize with a modern header',
      init: request({ _meta: undefined }, {}, 'initialize'),
      status: 400,
      code: -32020,
    },
    {
      name: 'initialize with an envelope',
      init: request({}, {}, 'initialize'),
      status: 200,
      ours: 'the gateway behind the door answers 404 -32601; the script here answers everything',
    },
    {
      name: 'a response',
      init: { ...request({ name: 'a' }), body: '{"jsonrpc":"2.0","id":1,"result":{}}' },
      status: 400,
      code: -32600,
    },
    {
      name: 'a batch',
      init: { ...request({ name: 'a' }), body: `[${request({ name: 'a' }).body}]` },
      status: 400,
      code: -32600,
    },
    { name: 'no JSON', init: { ...request({ name: 'a' }), body: '{' }, status: 400, code: -32700 },
    { name: 'no object', init: { ...request({ name: 'a' }), body: '1' }, status: 400, code: -32600 },
    {
      name: 'text/plain',
      init: request({ name: 'a' }, { 'content-type': 'text/plain' }),
      status: 415,
      code: -31415,
      ours: 'a code outside the reserved range',
    },
  ]

  it.each(cases)('$name: $status $code', async ({ init, status, code, ours }) => {
    const answer = async (url: string) => {
      const response = await fetch(url, init)
      const text = await response.text()
      const json = text.startsWith('{')
        ? JSON.parse(text)
        : JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? '{}')
      return {
        status: response.status,
        code: json.error?.code as number | undefined,
        data: json.error?.data,
        id: json.id,
      }
    }
    const own = await answer(door.url)
    expect([own.status, own.code]).toEqual([status, code])
    const hasId =
      String(init.body).startsWith('{"jsonrpc":"2.0","id":"r"') && !String(code).startsWith('-314')
    expect(own.id).toBe(hasId ? 'r' : null)
    if (code === -32022) expect(own.data.supported).toContain(MODERN)
    if (ours === undefined) {
      const oracle = await answer(sdkUrl)
      expect([own.status, own.code], 'as the SDK answers').toEqual([oracle.status, oracle.code])
    }
  })

  it('a call without envelope, headers and session is not executed', async () => {
    const before = door.front.calls.length
    const response = await fetch(
      door.url,
      legacyPost({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'a' } }),
    )
    expect([response.status, await response.json()]).toMatchObject([400, { id: 1, error: { code: -31400 } }])
    expect(door.front.calls).toHaveLength(before)
  })
})
