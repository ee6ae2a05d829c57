import type { JsonObject, JsonValue } from '@sallyport/controls/json'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { headerFault, withoutFaultyTools } from './headerFault.ts'
import { mirroredParams } from './mirror.ts'

const schema = (properties: JsonObject): JsonObject => ({ type: 'object', properties })
const declared = (name: JsonValue, type = 'string'): JsonObject => ({ type, 'x-mcp-header': name })

describe('a tool whose headers cannot be sent is faulty', () => {
  it.each<[string, JsonObject, RegExp]>([
    ['an empty name', schema({ a: declared('') }), /no header can have/],
    ['a name that is no text', schema({ a: declared(1) }), /no header can have/],
    ['a name with a line break', schema({ a: declared('A\r\nHost: evil') }), /no header can have/],
    ['a name with a colon', schema({ a: declared('Region:Primary') }), /no header can have/],
    ['a name that is not ASCII', schema({ a: declared('Région') }), /no header can have/],
    ['an object', schema({ a: declared('A', 'object') }), /no text/],
    ['a list', schema({ a: declared('A', 'array') }), /no text/],
    ['null', schema({ a: declared('A', 'null') }), /no text/],
    ['a number with a fraction', schema({ a: declared('A', 'number') }), /no text/],
    ['no type', schema({ a: { 'x-mcp-header': 'A' } }), /no text/],
    ['one name twice', schema({ a: declared('A'), b: schema({ c: declared('a') }) }), /two arguments/],
    ['the whole schema', { ...schema({}), 'x-mcp-header': 'A' }, /no argument/],
    ['the items of a list', schema({ a: { type: 'array', items: declared('A') } }), /no argument/],
    ['an alternative', schema({ a: { anyOf: [declared('A')] } }), /no argument/],
    ['a definition', { ...schema({}), $defs: { a: schema({ b: declared('A') }) } }, /no argument/],
  ])('%s', (_, broken, explain) => {
    expect(headerFault(broken)).toMatch(explain)
  })
})

describe('a tool whose headers can be sent is not', () => {
  it.each<[string, JsonValue | undefined]>([
    ['no schema', undefined],
    ['no declaration', schema({ a: { type: 'number' } })],
    [
      'text, whole number, boolean',
      schema({ a: declared('A'), b: declared('B', 'integer'), c: declared('C', 'boolean') }),
    ],
    ['deep inside', schema({ a: schema({ b: declared('B') }) })],
    ['an argument that has the name of the keyword', schema({ 'x-mcp-header': { type: 'object' } })],
    ['an example that looks like a declaration', schema({ a: { type: 'object', examples: [declared('')] } })],
  ])('%s', (_, good) => {
    expect(headerFault(good)).toBeUndefined()
  })
})

it('only the faulty tools are left out of a list, and a list without any is not touched', () => {
  const good = { name: 'good', inputSchema: schema({ a: declared('A') }) }
  const list = {
    tools: [good, { name: 'bad', inputSchema: schema({ a: declared('') }) }],
    nextCursor: 'more',
  }
  expect(withoutFaultyTools(list)).toEqual({ tools: [good], nextCursor: 'more' })
  const fine = { tools: [good] }
  expect(withoutFaultyTools(fine)).toBe(fine)
})

it('whatever a schema is: it never throws, and what it finds nothing wrong with has headers of distinct, sound names', () => {
  const leaf = fc.record({
    type: fc.constantFrom('string', 'integer', 'number'),
    'x-mcp-header': fc.string({ maxLength: 3 }),
  })
  const { node } = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.jsonValue({ maxDepth: 1 }),
      fc.record({ properties: fc.dictionary(fc.string({ maxLength: 3 }), tie('node'), { maxKeys: 4 }) }),
      fc.record({ items: tie('node') }),
    ),
  }))
  fc.assert(
    fc.property(node, (any) => {
      if (headerFault(any as JsonValue) !== undefined) return
      const names = mirroredParams(any as JsonValue).map(({ header }) => header)
      expect(new Set(names).size).toBe(names.length)
      for (const name of names) expect(name).toMatch(/^mcp-param-[!-~]+$/)
    }),
    { numRuns: 1000 },
  )
})
