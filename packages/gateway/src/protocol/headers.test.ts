import { classifyInboundRequest } from '@modelcontextprotocol/server'
import { describe, expect, it } from 'vitest'
import { checkMirroredHeaders, type MirroredHeaders, mirroredName } from './headers.ts'
import { type Inbound, readInbound } from './message.ts'

const V = '2026-07-28'
const META = {
  'io.modelcontextprotocol/protocolVersion': V,
  'io.modelcontextprotocol/clientCapabilities': {},
}

function message(method: string, params: Record<string, unknown> = {}, id: unknown = 1): Inbound {
  const value = { jsonrpc: '2.0', ...(id === null ? {} : { id }), method, params: { _meta: META, ...params } }
  const read = readInbound(Buffer.from(JSON.stringify(value)))
  if (!read.ok) throw new Error(read.explain)
  return read.message
}

function headers(some: Partial<MirroredHeaders>): MirroredHeaders {
  return { protocolVersion: V, method: undefined, name: undefined, repeated: undefined, ...some }
}

const call = message('tools/call', { name: 'safe', arguments: {} })
const good = headers({ method: 'tools/call', name: 'safe' })

describe('headers that do not say what the body says are refused', () => {
  it.each<[string, Inbound, MirroredHeaders, string]>([
    ['another tool', call, { ...good, name: 'danger' }, 'headers/name'],
    ['the tool in another case', call, { ...good, name: 'SAFE' }, 'headers/name'],
    ['a list of tools', call, { ...good, name: 'safe, danger' }, 'headers/name'],
    ['no tool', call, { ...good, name: undefined }, 'headers/name'],
    ['an empty tool', call, { ...good, name: '' }, 'headers/name'],
    ['another tool, wrapped', call, { ...good, name: '=?base64?ZGFuZ2Vy?=' }, 'headers/name'],
    ['a broken wrapper', call, { ...good, name: '=?base64?!!?=' }, 'headers/name-encoding'],
    ['a wrapper in upper case', call, { ...good, name: '=?BASE64?c2FmZQ==?=' }, 'headers/name'],
    ['a tool the body has not', message('tools/call', { arguments: {} }), good, 'headers/name'],
    ['another method', call, { ...good, method: 'tools/list' }, 'headers/method'],
    ['the method in another case', call, { ...good, method: 'TOOLS/CALL' }, 'headers/method'],
    ['no method', call, { ...good, method: undefined }, 'headers/method'],
    ['another revision', call, { ...good, protocolVersion: '2025-11-25' }, 'headers/version'],
    ['no revision', call, { ...good, protocolVersion: undefined }, 'headers/version'],
    ['a header twice', call, { ...good, repeated: 'mcp-name' }, 'headers/repeated'],
    [
      'another resource',
      message('resources/read', { uri: 'test://a' }),
      headers({ method: 'resources/read', name: 'test://b' }),
      'headers/name',
    ],
    [
      'another task',
      message('tasks/cancel', { taskId: 'a' }),
      headers({ method: 'tasks/cancel', name: 'b' }),
      'headers/name',
    ],
    [
      'a notification of another method',
      message('notifications/progress', {}, null),
      headers({ method: 'tools/call' }),
      'headers/method',
    ],
  ])('%s', (_, inbound, sent, rule) => {
    expect(checkMirroredHeaders(sent, inbound)).toMatchObject({ code: -32020, rule })
  })

  it('never names the value that was sent', () => {
    const fault = checkMirroredHeaders({ ...good, name: 'secret-value' }, call)
    expect(JSON.stringify(fault)).not.toContain('secret-value')
  })
})

describe('headers that agree pass', () => {
  it.each<[string, Inbound, MirroredHeaders]>([
    ['a call', call, good],
    ['a wrapped name', call, { ...good, name: '=?base64?c2FmZQ==?=' }],
    [
      'a name that must be wrapped',
      message('tools/call', { name: 'Zürich ' }),
      { ...good, name: '=?base64?WsO8cmljaCA=?=' },
    ],
    ['a method without a name', message('tools/list'), headers({ method: 'tools/list' })],
    ['a name where none is asked for', message('tools/list'), headers({ method: 'tools/list', name: 'x' })],
    ['a method named like a member of objects', message('constructor'), headers({ method: 'constructor' })],
    [
      'a notification without Mcp-Method',
      message('notifications/cancelled', { requestId: 1 }, null),
      headers({}),
    ],
    [
      'a notification without any',
      message('notifications/cancelled', {}, null),
      headers({ protocolVersion: undefined }),
    ],
  ])('%s', (_, inbound, sent) => {
    expect(checkMirroredHeaders(sent, inbound)).toBeUndefined()
  })
})

describe('a revision we do not know', () => {
  it('is answered with those we do, before its headers are judged by our rules', () => {
    const meta = { ...META, 'io.modelcontextprotocol/protocolVersion': '2099-01-01' }
    const future = message('tools/call', { name: 'safe', _meta: meta })
    expect(checkMirroredHeaders(headers({ protocolVersion: '2099-01-01' }), future)).toMatchObject({
      code: -32022,
      data: { supported: [V], requested: '2099-01-01' },
    })
  })

  it('is echoed in bounds', () => {
    const long = '9'.repeat(5000)
    const meta = { ...META, 'io.modelcontextprotocol/protocolVersion': long }
    const fault = checkMirroredHeaders(headers({ protocolVersion: long }), message('ping', { _meta: meta }))
    expect(JSON.stringify(fault).length).toBeLessThan(300)
  })
})

describe('the SDK agrees on every single fault of version and method', () => {
  const cases: [string, MirroredHeaders][] = [
    ['all well', good],
    ['another revision', { ...good, protocolVersion: '2025-11-25' }],
    ['another method', { ...good, method: 'tools/list' }],
    ['the method in another case', { ...good, method: 'Tools/Call' }],
  ]
  it.each(cases)('%s', (_, sent) => {
    const { protocolVersion, method, name } = sent
    const oracle = classifyInboundRequest({
      httpMethod: 'POST',
      body: call.value,
      ...(protocolVersion === undefined ? {} : { protocolVersionHeader: protocolVersion }),
      ...(method === undefined ? {} : { mcpMethodHeader: method }),
      ...(name === undefined ? {} : { mcpNameHeader: name }),
    })
    const fault = checkMirroredHeaders(sent, call)
    expect(fault?.code).toBe(oracle.kind === 'reject' ? oracle.code : undefined)
  })
})

describe('the name to mirror', () => {
  it.each([
    ['tools/call', { name: 'a' }, 'a'],
    ['prompts/get', { name: 'a' }, 'a'],
    ['resources/read', { uri: 'b', name: 'a' }, 'b'],
    ['tasks/get', { taskId: 'c' }, 'c'],
    ['tools/list', { name: 'a' }, undefined],
    ['tools/call', { name: 1 }, undefined],
  ])('%s %j', (method, params, name) => {
    expect(mirroredName(method, params)).toBe(name)
  })
})
