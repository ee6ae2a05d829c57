import type { JsonObject } from '@sallyport/controls/json'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readEnvelope } from '../envelope.ts'
import { META } from '../era.ts'
import {
  asModern,
  LEGACY_TO_LEGACY,
  legacyGreeting,
  legacyToModern,
  MODERN_TO_MODERN,
  modernCapabilities,
  modernDiscovery,
  modernToLegacy,
  withoutEnvelope,
  withoutModern,
} from './dialect.ts'

const facts = {
  capabilities: { roots: {}, tasks: { list: {} }, elicitation: {} },
  clientInfo: { name: 'host', version: '1' },
  logLevel: undefined,
}
const toModern = legacyToModern(() => facts)
const toLegacy = modernToLegacy(() => ({ name: 'old', version: '3' }))
const envelope = {
  [META.protocolVersion]: '2026-07-28',
  [META.clientCapabilities]: {},
  [META.clientInfo]: { name: 'x' },
}

describe('a legacy client of a modern server', () => {
  it('is not shown a tool whose headers cannot be sent', () => {
    const tool = (name: string, type: string) => ({
      name,
      inputSchema: { properties: { a: { type, 'x-mcp-header': 'A' } } },
    })
    const result = { tools: [tool('good', 'string'), tool('bad', 'number')] }
    expect(toModern.result('tools/list', result)).toEqual({ tools: [tool('good', 'string')] })
    expect(toModern.result('tools/list', { tools: [tool('good', 'string')] })).toBeUndefined()
  })

  it('cannot say anything about itself but what it said at initialize', () => {
    const forged = {
      _meta: { ...envelope, [META.clientCapabilities]: { sampling: {} }, traceparent: '00-1' },
    }
    const params = toModern.params('tools/call', { name: 't', ...forged })
    expect(params._meta).toEqual({
      traceparent: '00-1',
      [META.protocolVersion]: '2026-07-28',
      [META.clientCapabilities]: { roots: {}, elicitation: { form: {} } },
      [META.clientInfo]: facts.clientInfo,
    })
    expect(readEnvelope(params)).toMatchObject({ ok: true })
  })

  it('sees nothing of the other era in a result, and keeps what is not of it', () => {
    const result = {
      resultType: 'complete',
      ttlMs: 5,
      cacheScope: 'public',
      content: [],
      _meta: { [META.serverInfo]: { name: 's' }, [META.relatedTask]: { taskId: '1' }, mine: 1 },
    }
    expect(toModern.result('tools/call', result)).toEqual({
      content: [],
      _meta: { [META.relatedTask]: { taskId: '1' }, mine: 1 },
    })
    expect(toModern.result('tools/call', { content: [], _meta: { mine: 1 } })).toBeUndefined()
  })

  it('gets the old code for a resource that is not there, and no other', () => {
    const error = { code: -32602, message: 'm', data: { uri: 'x:/y' } }
    expect(toModern.error('resources/read', error)).toEqual({ ...error, code: -32002 })
    expect(toModern.error('tools/call', error)).toBeUndefined()
    expect(toModern.error('resources/read', { code: -32602, message: 'm' })).toBeUndefined()
  })

  it('is greeted by what the server says of itself, or by the gateway', () => {
    const told = {
      capabilities: { tools: {} },
      instructions: 'i',
      _meta: { [META.serverInfo]: { name: 's' } },
    }
    expect(legacyGreeting(told, '2025-06-18')).toEqual({
      protocolVersion: '2025-06-18',
      capabilities: { tools: {} },
      serverInfo: { name: 's' },
      instructions: 'i',
    })
    expect(legacyGreeting({ capabilities: [], instructions: 7 } as JsonObject, '2025-06-18')).toMatchObject({
      capabilities: {},
      serverInfo: { name: 'sallyport' },
    })
  })

  it('that can elicit without saying how, can show forms; its tasks are not those of the extension', () => {
    expect(modernCapabilities({ elicitation: { url: {} }, tasks: {} })).toEqual({ elicitation: { url: {} } })
  })
})

describe('a modern client of a legacy server', () => {
  it('hands the server no envelope, no handle and no answers', () => {
    const params = {
      name: 't',
      _meta: { ...envelope, progressToken: 7 },
      requestState: 's',
      inputResponses: {},
    }
    expect(toLegacy.params('tools/call', params)).toEqual({ name: 't', _meta: { progressToken: 7 } })
  })

  it('gets what every modern result has, and cache members where the revision wants them', () => {
    expect(toLegacy.result('tools/call', { content: [], resultType: 'input_required' })).toEqual({
      content: [],
      resultType: 'complete',
      _meta: { [META.serverInfo]: { name: 'old', version: '3' } },
    })
    expect(asModern('tools/list', { tools: [], ttlMs: 9e9, cacheScope: 'public' }, undefined)).toMatchObject({
      ttlMs: 0,
      cacheScope: 'private',
    })
  })

  it('gets the new code for a resource that is not there', () => {
    expect(toLegacy.error('resources/read', { code: -32002, message: 'm' })).toMatchObject({ code: -32602 })
    expect(toLegacy.error('resources/read', { code: -32603, message: 'm' })).toBeUndefined()
  })

  it('discovers all a server greets with but its core tasks', () => {
    const greeting = {
      capabilities: { tools: {}, tasks: {} },
      serverInfo: { name: 'old' },
      instructions: 'i',
    }
    expect(modernDiscovery(greeting)).toMatchObject({
      supportedVersions: ['2026-07-28'],
      capabilities: { tools: {} },
      instructions: 'i',
      _meta: { [META.serverInfo]: { name: 'old' } },
    })
    expect(modernDiscovery(greeting).capabilities).not.toHaveProperty('tasks')
    expect(modernDiscovery({})).toMatchObject({ capabilities: {} })
  })
})

it('within an era nothing is changed', () => {
  for (const dialect of [LEGACY_TO_LEGACY, MODERN_TO_MODERN]) {
    const params = { a: 1 }
    expect(dialect.params('tools/call', params)).toBe(params)
    expect([dialect.result('m', {}), dialect.error('m', {}), dialect.notification('m', {})]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  }
})

it('whatever a body holds, what is taken out is gone and the rest is there', () => {
  const key = fc.constantFrom(...Object.values(META), 'mine', '__proto__', 'progressToken')
  fc.assert(
    fc.property(fc.dictionary(key, fc.jsonValue()), fc.jsonValue(), (_meta, rest) => {
      const body = { rest, _meta } as JsonObject
      const bare = withoutEnvelope(body) ?? body
      expect(bare.rest).toBe(rest)
      const left = Object.keys((bare._meta ?? {}) as JsonObject)
      expect(left).toEqual(
        Object.keys(_meta).filter(
          (name) => name === META.relatedTask || !(Object.values(META) as string[]).includes(name),
        ),
      )
      expect(withoutModern(withoutModern(body) ?? body)).toBeUndefined()
    }),
  )
})
