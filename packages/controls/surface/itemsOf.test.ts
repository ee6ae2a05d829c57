import { describe, expect, test } from 'vitest'
import type { JsonObject, JsonValue } from '../json/index.ts'
import { itemsOf, MAX_ITEM_BYTES, MAX_ITEM_DEPTH, MAX_ITEMS } from './index.ts'

const object = { type: 'object' }
const add = { name: 'add', inputSchema: object }
const INFO = 'io.modelcontextprotocol/serverInfo'

const reasons = (method: Parameters<typeof itemsOf>[0], result: JsonObject) =>
  itemsOf(method, result).malformed.map(({ where, reason }) => `${where} ${reason}`)

function nested(depth: number): JsonValue {
  let value: JsonValue = 1
  for (let at = 0; at < depth; at++) value = [value]
  return value
}

describe('a malformed entry is never an item', () => {
  test.each<[string, JsonValue, string]>([
    ['no object', 'add', '/tools/0 type'],
    ['null', null, '/tools/0 type'],
    ['no name', { inputSchema: object }, '/tools/0/name missing'],
    ['a name that is a number', { ...add, name: 7 }, '/tools/0/name type'],
    ['an empty name', { ...add, name: '' }, '/tools/0/name name'],
    ['a name with a line end', { ...add, name: 'a\nb' }, '/tools/0/name name'],
    ['a name with a terminal escape', { ...add, name: 'a\u001b[2J' }, '/tools/0/name name'],
    ['a name with a line separator', { ...add, name: 'a\u2028b' }, '/tools/0/name name'],
    ['a name of 1,025 characters', { ...add, name: 'a'.repeat(1025) }, '/tools/0/name name'],
    ['no schema', { name: 'add' }, '/tools/0/inputSchema missing'],
    ['a schema that is true', { name: 'add', inputSchema: true }, '/tools/0/inputSchema type'],
    ['a schema of a list', { name: 'add', inputSchema: { type: 'array' } }, '/tools/0/inputSchema schema'],
    ['a description in parts', { ...add, description: ['Adds.'] }, '/tools/0/description type'],
    ['a title that is null', { ...add, title: null }, '/tools/0/title type'],
    ['annotations in a list', { ...add, annotations: [] }, '/tools/0/annotations type'],
    ['an icon without address', { ...add, icons: [{}] }, '/tools/0/icons type'],
    ['half a pair of surrogates', { ...add, description: '\ud800' }, '/tools/0 not-json'],
    ['half a pair in a key', { ...add, _meta: { '\ud800': 1 } }, '/tools/0 not-json'],
    ['too many bytes', { ...add, description: 'a'.repeat(MAX_ITEM_BYTES) }, '/tools/0 too-large'],
    ['too many bytes once written', { ...add, description: '\u20ac'.repeat(100_000) }, '/tools/0 too-large'],
    ['too deep', { ...add, _meta: { a: nested(MAX_ITEM_DEPTH) } }, '/tools/0 too-deep'],
    ['far too deep', { ...add, _meta: { a: nested(100_000) } }, '/tools/0 too-deep'],
    [
      'pointers of gigabytes',
      { ...add, _meta: { ['k'.repeat(100_000)]: new Array<number>(50_000).fill(1) } },
      '/tools/0 too-large',
    ],
  ])('a tool with %s', (_, tool, expected) => {
    const { items } = itemsOf('tools/list', { tools: [tool] })
    expect(items).toEqual([])
    expect(reasons('tools/list', { tools: [tool] })).toEqual([expected])
  })

  test('a schema without a type is taken: servers leave it out where there are no parameters', () => {
    const tool = { name: 'add', inputSchema: {} }
    expect(itemsOf('tools/list', { tools: [tool] }).items).toMatchObject([{ name: 'add', value: tool }])
  })

  test('a tool with all of it is taken as it is, unknown members too', () => {
    const tool = {
      ...add,
      title: 'Add',
      description: 'Adds.',
      outputSchema: object,
      annotations: { readOnlyHint: true },
      icons: [{ src: 'https://example.com/a.png' }],
      execution: { taskSupport: 'optional' },
      _meta: { 'example.com/x': { a: nested(50) } },
      vendor: 1,
    }
    expect(itemsOf('tools/list', { tools: [tool] })).toEqual({
      items: [{ kind: 'tool', name: 'add', value: tool, index: 0 }],
      malformed: [],
    })
  })

  test.each<[Parameters<typeof itemsOf>[0], JsonObject, string]>([
    ['tools/list', {}, '/tools missing'],
    ['tools/list', { tools: {} }, '/tools type'],
    ['prompts/list', { prompts: null }, '/prompts type'],
    ['prompts/list', { prompts: [{ name: 'a', arguments: {} }] }, '/prompts/0/arguments type'],
    [
      'prompts/list',
      { prompts: [{ name: 'a', arguments: [{ name: 1 }] }] },
      '/prompts/0/arguments/0/name type',
    ],
    [
      'prompts/list',
      { prompts: [{ name: 'a', arguments: [{ name: 'x' }, { name: 'x' }] }] },
      '/prompts/0/arguments/1/name duplicate',
    ],
    ['resources/list', { resources: [{ uri: 'a:b' }] }, '/resources/0/name missing'],
    ['resources/list', { resources: [{ uri: '', name: 'b' }] }, '/resources/0/uri name'],
    [
      'resources/templates/list',
      { resourceTemplates: [{ name: 'b' }] },
      '/resourceTemplates/0/uriTemplate missing',
    ],
    [
      'skills/list',
      { skills: [{ uri: 'skill://a/SKILL.md', frontmatter: 'x' }] },
      '/skills/0/frontmatter type',
    ],
    ['initialize', {}, '/serverInfo missing'],
    ['initialize', { serverInfo: { name: 'a' } }, '/serverInfo/version missing'],
    ['initialize', { serverInfo: 'a' }, '/serverInfo type'],
    ['server/discover', { instructions: 7 }, '/instructions type'],
    [
      'server/discover',
      { _meta: { [INFO]: { name: '' } } },
      '/_meta/io.modelcontextprotocol~1serverInfo/name name',
    ],
  ])('%s: %j', (method, result, expected) => {
    expect(reasons(method, result)).toEqual([expected])
    expect(itemsOf(method, result).items).toEqual([])
  })
})

describe('two of one name are none', () => {
  test('every one of them is malformed, also where one is so by itself', () => {
    const { items, malformed } = itemsOf('tools/list', {
      tools: [add, { name: 'sub', inputSchema: object }, { ...add, description: 'Other.' }, { name: 'add' }],
    })
    expect(items.map(({ name, index }) => [name, index])).toEqual([['sub', 1]])
    expect(malformed.map(({ index, reason, name }) => [index, reason, name])).toEqual([
      [0, 'duplicate', 'add'],
      [2, 'duplicate', 'add'],
      [3, 'missing', 'add'],
    ])
  })

  test('names that are members of every object are names like any other', () => {
    const tools = ['constructor', '__proto__', 'toString'].map((name) => ({ name, inputSchema: object }))
    expect(itemsOf('tools/list', { tools }).items.map(({ name }) => name)).toEqual([
      'constructor',
      '__proto__',
      'toString',
    ])
  })
})

describe('who a server is', () => {
  const info = { name: 'a', version: '1.0', title: 'A', vendor: 'x' }

  test('legacy and modern servers say it in their own place', () => {
    const legacy = itemsOf('initialize', { serverInfo: info, instructions: 'Be brief.' })
    const modern = itemsOf('server/discover', { _meta: { [INFO]: info }, instructions: 'Be brief.' })
    expect(legacy).toEqual(modern)
    expect(legacy.items).toEqual([
      { kind: 'server', name: '', value: info, index: 0 },
      { kind: 'instructions', name: '', value: 'Be brief.', index: 0 },
    ])
  })

  test('a modern server may say nothing of itself', () => {
    expect(itemsOf('server/discover', {})).toEqual({ items: [], malformed: [] })
  })

  test.each([
    ['initialize', { serverInfo: info, _meta: { [INFO]: { ...info, name: 'b' } } }],
    ['server/discover', { serverInfo: { ...info, title: 'B' }, _meta: { [INFO]: info } }],
    ['server/discover', { serverInfo: info }],
  ] as const)('%s with two answers to it is none', (method, result) => {
    const { items, malformed } = itemsOf(method, result)
    expect(items).toEqual([])
    expect(malformed.map(({ reason }) => reason)).toEqual(['ambiguous'])
  })

  test('the same in both places is one', () => {
    const both = { serverInfo: { ...info }, _meta: { [INFO]: info } }
    expect(itemsOf('initialize', both).malformed).toEqual([])
  })
})

describe('large surfaces are read and bounded', () => {
  test('10,000 tools of 1 KiB each are 10,000 items', () => {
    const tools = Array.from({ length: 10_000 }, (_, at) => ({
      name: `tool_${at}`,
      description: 'a'.repeat(1024),
      inputSchema: object,
    }))
    const { items, malformed } = itemsOf('tools/list', { tools })
    expect(items.length).toBe(10_000)
    expect(malformed).toEqual([])
  })

  test('what is behind the bound is one malformed entry', () => {
    const tools = Array.from({ length: MAX_ITEMS + 5 }, (_, at) => ({ name: `t${at}`, inputSchema: object }))
    const { items, malformed } = itemsOf('tools/list', { tools })
    expect(items.length).toBe(MAX_ITEMS)
    expect(malformed.map(({ reason }) => reason)).toEqual(['too-many'])
  })

  test('a value that holds itself is too deep, not without end', () => {
    const cycle: JsonObject = { ...add }
    cycle._meta = cycle
    expect(reasons('tools/list', { tools: [cycle] })).toEqual(['/tools/0 too-deep'])
  })

  test('a schema that refers to itself is an item: no reference is followed', () => {
    const inputSchema = {
      type: 'object',
      properties: { a: { $ref: '#' }, b: { $ref: 'https://x.example/s' } },
    }
    expect(itemsOf('tools/list', { tools: [{ name: 'a', inputSchema }] }).items.length).toBe(1)
  })

  test('names in explanations act on no terminal', () => {
    const { malformed } = itemsOf('tools/list', { tools: [{ name: 'a\u001b[2J\u202eb' }] })
    expect(malformed[0]?.explain).toContain('\\u{1b}[2J\\u{202e}b')
  })
})
