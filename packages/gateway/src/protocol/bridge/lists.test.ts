import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Catalog } from '../catalog.ts'
import { capabilityOf, isListMethod, mergeLists, noteLinks, readCursor } from './lists.ts'

const catalog = () =>
  new Catalog(
    () => 0,
    () => undefined,
  )
const page = (server: string, tools: readonly string[], nextCursor?: string) => ({
  server,
  result: { tools: tools.map((name) => ({ name })), ...(nextCursor === undefined ? {} : { nextCursor }) },
})
const namesOf = (list: unknown) => (list as { name: string }[]).map(({ name }) => name)

describe('a cursor', () => {
  it.each([
    ['of a server', 'page-2'],
    ['that is no text', 7],
    ['that is a list', Buffer.from('["a"]').toString('base64url')],
    ['that names pages by number', Buffer.from('{"number":1,"pages":{"a":1}}').toString('base64url')],
    ['with a member twice', Buffer.from('{"number":1,"number":2,"pages":{}}').toString('base64url')],
    ['without end', 'A'.repeat(1_000_000)],
    ['that is empty', ''],
  ])('%s is not one of ours', (_, cursor) => {
    expect(readCursor(cursor)).toBeUndefined()
  })

  it('never throws, whatever it says', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.json().map((text) => Buffer.from(text).toString('base64url')),
        ),
        (cursor) => {
          readCursor(cursor)
        },
      ),
    )
  })

  it('of ours names the next page of every server that has one, and of no other', () => {
    const { nextCursor } = mergeLists(
      'tools/list',
      [page('a', ['x'], 'p2'), page('b', ['y'])],
      catalog(),
      false,
    )
    expect([...(readCursor(nextCursor) ?? [])]).toEqual([['a', 'p2']])
  })
})

describe('merged lists', () => {
  it('keep the order of the servers and of each, so that equal lists are equal texts', () => {
    const merged = mergeLists('tools/list', [page('b', ['z', 'y']), page('a', ['x'])], catalog(), false)
    expect(namesOf(merged.tools)).toEqual(['b__z', 'b__y', 'a__x'])
    expect(merged).not.toHaveProperty('nextCursor')
    expect(merged).not.toHaveProperty('cacheScope')
  })

  it('are for this client alone in the modern era, for as long as the most hurried server says', () => {
    const parts = [
      { server: 'a', result: { tools: [], ttlMs: 5_000, cacheScope: 'public' } },
      { server: 'b', result: { tools: [], ttlMs: 200 } },
    ]
    expect(mergeLists('tools/list', parts, catalog(), true)).toMatchObject({
      ttlMs: 200,
      cacheScope: 'private',
    })
    const silent = { server: 'c', result: { tools: [], ttlMs: -1 } }
    expect(mergeLists('tools/list', [...parts, silent], catalog(), true).ttlMs).toBe(0)
    expect(mergeLists('tools/list', [], catalog(), true).ttlMs).toBe(0)
  })

  it('leave out what is no list and go on', () => {
    const odd = { server: 'a', result: { tools: { name: 'x' } } }
    const merged = mergeLists('tools/list', [odd, page('b', ['y'])], catalog(), false)
    expect(namesOf(merged.tools)).toEqual(['b__y'])
  })
})

it('a resource that a result links to belongs to its server from then on, and odd links to nobody', () => {
  const seen = catalog()
  const content = [
    { type: 'resource_link', uri: 'x:/1' },
    { type: 'resource', resource: { uri: 'x:/2' } },
    { type: 'resource_link', uri: 7 },
    'text',
    null,
  ]
  noteLinks('a', { content }, seen)
  noteLinks('a', { content: 'x:/3' }, seen)
  expect(seen.resourceOwner('x:/1', ['a', 'b'])).toBe('a')
  expect(seen.resourceOwner('x:/2', ['a', 'b'])).toBe('a')
  expect(seen.resourceOwner('x:/3', ['a', 'b'])).toBeUndefined()
})

it('only the four lists are lists', () => {
  for (const method of ['tools/call', 'toString', '__proto__', 'resources/templates'])
    expect(isListMethod(method)).toBe(false)
  expect(isListMethod('resources/templates/list')).toBe(true)
  expect(capabilityOf('resources/templates/list')).toBe('resources')
})
