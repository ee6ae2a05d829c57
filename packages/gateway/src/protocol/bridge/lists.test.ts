import { isObject } from '@sallyport/controls/json'
import { describe, expect, it } from 'vitest'
import { Catalog } from '../catalog.ts'
import { mergeLists, noteNoList, type Pages, readCursor } from './lists.ts'

function make() {
  const reports: string[] = []
  const catalog = new Catalog(
    (server) => ['good', 'evil', 'pages'].indexOf(server),
    (rule, server, explain) => reports.push(`${rule} ${server} ${explain}`),
  )
  return { catalog, reports }
}
const tools = (server: string, nextCursor: string) => ({ server, result: { tools: [], nextCursor } })
const pagesOf = (result: { nextCursor?: unknown }): Pages | undefined =>
  readCursor(result.nextCursor as string)

describe('the merged cursor', () => {
  it('leaves out a huge cursor of one server, with a report, and keeps those of the others', () => {
    const { catalog, reports } = make()
    const parts = [tools('evil', 'x'.repeat(20_000)), tools('pages', 'p2')]
    const merged = mergeLists('tools/list', parts, catalog, false)
    expect([...(pagesOf(merged) ?? [])]).toEqual([['pages', 'p2']])
    expect(reports).toHaveLength(1)
    expect(reports[0]).toContain('lists/limit evil')
  })

  it('is one the gateway takes back, however many servers use all they may', () => {
    const { catalog } = make()
    const many = Array.from({ length: 200 }, (_, at) => tools(`s${at}`, '\u0001'.repeat(680)))
    const merged = mergeLists('tools/list', [...many, tools('pages', 'p2')], catalog, false)
    expect(pagesOf(merged)?.get('pages')).toBe('p2')
  })

  it('ends: a server that always has another page, or the same one again, is left out', () => {
    const { catalog, reports } = make()
    let pages: Pages = new Map([['evil', undefined]])
    let count = 0
    for (; count < 5_000; count++) {
      const merged = mergeLists('tools/list', [tools('evil', `p${count}`)], catalog, false, pages)
      const next = pagesOf(merged)
      if (next === undefined) break
      pages = next
    }
    expect(count).toBeLessThan(1_001)
    expect(reports).toHaveLength(1)
    const again = mergeLists('tools/list', [tools('good', 'p')], catalog, false, new Map([['good', 'p']]))
    expect(again).not.toHaveProperty('nextCursor')
  })

  it.each(['x', '', 'e30', Buffer.from('{"number":1,"pages":{"a":1}}').toString('base64url')])(
    'that is none of ours is refused: %j',
    (cursor) => {
      expect(readCursor(cursor)).toBeUndefined()
    },
  )
})

describe('a merged list', () => {
  it('of 180,000 items from one server is cut to 20,000, reported, and leaves the others whole', () => {
    const { catalog, reports } = make()
    const many = { resourceTemplates: Array.from({ length: 180_000 }, () => ({ uriTemplate: 'a' })) }
    const one = { resourceTemplates: [{ uriTemplate: 'b' }] }
    const merged = mergeLists(
      'resources/templates/list',
      [
        { server: 'evil', result: many },
        { server: 'good', result: one },
      ],
      catalog,
      false,
    )
    expect(merged.resourceTemplates).toHaveLength(20_001)
    expect(reports.some((report) => report.startsWith('lists/limit evil'))).toBe(true)
  })

  it('shows a URI or template that two list once, as the better one has it, in the order of the servers', () => {
    const { catalog } = make()
    const of = (server: string, ...uris: string[]) => ({
      server,
      result: { resources: uris.map((uri) => ({ uri, name: server })) },
    })
    const merged = mergeLists('resources/list', [of('evil', 'u:1', 'e:1'), of('good', 'u:1')], catalog, false)
    expect(merged.resources).toEqual([
      { uri: 'e:1', name: 'evil' },
      { uri: 'u:1', name: 'good' },
    ])
  })

  it('of a server with another page does not count as read, so that a template of another waits for the rest', () => {
    const { catalog } = make()
    catalog.templates('evil', [{ uriTemplate: '{+x}' }])
    const page = { server: 'good', result: { resources: [], nextCursor: 'p2' } }
    mergeLists('resources/list', [page], catalog, false)
    expect(catalog.unsureResource('u:1', ['good', 'evil'])).toEqual(['good'])
    mergeLists('resources/list', [{ server: 'good', result: { resources: [] } }], catalog, false)
    expect(catalog.unsureResource('u:1', ['good', 'evil'])).toEqual([])
  })

  it('that a server does not have is an empty one; one that failed stays unknown', () => {
    const { catalog } = make()
    const answer = (code: number) => Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code } }))
    catalog.templates('evil', [{ uriTemplate: '{+x}' }])
    noteNoList('resources/list', 'good', answer(-32601), catalog)
    expect(catalog.resourceOwner('u:1', ['good', 'evil'])).toBe('evil')
    noteNoList('tools/list', 'good', Buffer.from('no JSON'), catalog)
    expect(isObject(mergeLists('tools/list', [], catalog, true))).toBe(true)
  })
})
