import { type JsonObject, parseJson } from '@sallyport/controls/json'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { META } from './era.ts'
import { disagreeingParam, mirroredParams, mirrorHeaders } from './mirror.ts'
import { decodeSentinel } from './sentinel.ts'

function read(text: string): JsonObject {
  const parsed = parseJson(Buffer.from(text))
  if (!parsed.ok) throw new Error(text)
  return parsed.value as JsonObject
}
const mirrored = mirroredParams({
  properties: {
    region: { type: 'string', 'x-mcp-header': 'Region' },
    where: { properties: { count: { type: 'integer', 'x-mcp-header': 'Count' } } },
  },
})
const headersFor = (args: JsonObject) =>
  mirrorHeaders('tools/call', { name: 't', arguments: args }, 'name', mirrored)
const disagrees = (received: Record<string, string>, args: JsonObject) =>
  disagreeingParam(received, { arguments: args }, mirrored, decodeSentinel)

describe('which arguments a schema mirrors', () => {
  it.each([
    ['a header with a line break', 'X\r\nEvil: 1'],
    ['a header with a space', 'a b'],
    ['an empty header', ''],
    ['a header that is no text', 7],
    ['a header without end', 'a'.repeat(65)],
  ])('%s is left out', (_, header) => {
    expect(mirroredParams({ properties: { a: { 'x-mcp-header': header } } } as JsonObject)).toEqual([])
  })

  it('only what stands in a chain of properties counts', () => {
    const inner = { properties: { a: { 'x-mcp-header': 'A' } } }
    expect(mirroredParams({ items: inner, anyOf: [inner], $defs: { inner } })).toEqual([])
    expect(mirroredParams({ properties: { inner } })).toEqual([
      { header: 'mcp-param-a', path: ['inner', 'a'] },
    ])
  })

  it('a schema without end costs no more than its bounds', () => {
    let schema: JsonObject = { 'x-mcp-header': 'deep' }
    for (let depth = 0; depth < 5_000; depth++) schema = { properties: { a: schema } }
    expect(mirroredParams(schema)).toEqual([])
    const many = Object.fromEntries(
      Array.from({ length: 500 }, (_, at) => [`a${at}`, { 'x-mcp-header': `a${at}` }]),
    )
    expect(mirroredParams({ properties: many })).toHaveLength(64)
  })
})

describe('mirrored headers', () => {
  it('come from the body: method, name, revision and what the schema says', () => {
    const params = {
      name: 'echo',
      arguments: { region: 'eu', where: { count: 3 } },
      _meta: { [META.protocolVersion]: '2026-07-28' },
    }
    expect(mirrorHeaders('tools/call', params, 'name', mirrored)).toEqual({
      'mcp-method': 'tools/call',
      'mcp-protocol-version': '2026-07-28',
      'mcp-name': 'echo',
      'mcp-param-region': 'eu',
      'mcp-param-count': '3',
    })
  })

  it('carry no argument of a kind that has more than one spelling, and none that is inherited', () => {
    const inherited = mirroredParams({ properties: { constructor: { 'x-mcp-header': 'C' } } })
    expect(mirrorHeaders('tools/call', { arguments: {} }, undefined, inherited)).toEqual({
      'mcp-method': 'tools/call',
    })
    for (const region of [{}, [], null, 1.5])
      expect(headersFor({ region })).not.toHaveProperty('mcp-param-region')
  })

  it('an integer beyond 2^53 keeps its digits', () => {
    const args = read('{"where":{"count":9007199254740993}}')
    expect(headersFor(args)).toHaveProperty('mcp-param-count', '9007199254740993')
  })

  it('whatever the text, a header has one line, and says the same as the body', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (region) => {
        const headers = headersFor({ region })
        for (const value of Object.values(headers)) expect(value).toMatch(/^[\x20-\x7e]*$/)
        expect(disagrees(headers, { region })).toBeUndefined()
      }),
    )
  })
})

describe('a header of a client', () => {
  it.each<[string, Record<string, string>, JsonObject]>([
    ['another value', { 'mcp-param-region': 'us' }, { region: 'eu' }],
    ['missing', {}, { region: 'eu' }],
    ['without its argument', { 'mcp-param-region': 'eu' }, {}],
    ['in broken base64', { 'mcp-param-region': '=?base64?***?=' }, { region: '***' }],
    ['another number', { 'mcp-param-count': '4' }, { where: { count: 3 } }],
    ['a number in other clothes', { 'mcp-param-count': '0x3' }, { where: { count: 3 } }],
  ])('that is %s disagrees', (_, received, args) => {
    expect(disagrees(received, args)).toBe(Object.keys(received)[0] ?? 'mcp-param-region')
  })

  it('that no schema declares is not judged, and one that says the same agrees', () => {
    const args = { region: 'eu', where: { count: 3 } }
    const received = { 'mcp-param-region': 'eu', 'mcp-param-count': '3.0', 'mcp-param-other': 'x' }
    expect(disagrees(received, args)).toBeUndefined()
  })
})
