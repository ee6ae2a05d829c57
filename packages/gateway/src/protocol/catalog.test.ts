import { describe, expect, it } from 'vitest'
import { Catalog } from './catalog.ts'
import { exposeName } from './names.ts'

const RANK = new Map([
  ['stranger', 2],
  ['friend', 0],
])
function makeCatalog() {
  const reports: string[] = []
  const catalog = new Catalog(
    (server) => RANK.get(server) ?? 9,
    (rule, server) => reports.push(`${rule} ${server}`),
  )
  return { catalog, reports }
}

describe('a catalogue', () => {
  it('shows no tool whose headers cannot be sent, and says which', () => {
    const { catalog, reports } = makeCatalog()
    const tool = (name: string, header: string) => ({
      name,
      inputSchema: { properties: { a: { type: 'string', 'x-mcp-header': header } } },
    })
    const shown = catalog.tools('stranger', [tool('good', 'A'), tool('bad', 'A: b')])
    expect(shown).toEqual([{ ...tool('good', 'A'), name: 'stranger__good' }])
    expect(reports).toEqual(['lists/headers stranger'])
  })

  it('tells a cut name apart only by the list, and never guesses', () => {
    const { catalog } = makeCatalog()
    const long = 'a'.repeat(80)
    const cut = exposeName('friend', long)
    expect(catalog.named('tools', cut)).toBe('unlisted')
    catalog.tools('friend', [{ name: long }])
    expect(catalog.named('tools', cut)).toEqual({ server: 'friend', own: long })
    expect(catalog.named('tools', 'friend__plain')).toEqual({ server: 'friend', own: 'plain' })
    expect(catalog.named('tools', 'friend__ends_deadbeef')).toEqual({
      server: 'friend',
      own: 'ends_deadbeef',
    })
    expect(catalog.named('tools', 'no separator')).toBeUndefined()
  })

  it('gives a URI to the most trusted of those who claim it, whoever comes first', () => {
    const { catalog, reports } = makeCatalog()
    expect(catalog.claim('stranger', 'file:///a')).toBe(true)
    expect(catalog.claim('friend', 'file:///a')).toBe(true)
    expect(catalog.claim('stranger', 'file:///a')).toBe(false)
    expect(catalog.resourceOwner('file:///a', ['stranger', 'friend'])).toBe('friend')
    expect(catalog.resourceOwner('file:///a', ['stranger'])).toBeUndefined()
    expect(reports).toEqual(['resources/collision stranger', 'resources/collision stranger'])
  })

  it('leaves malformed entries out instead of passing them on unnamed', () => {
    const { catalog } = makeCatalog()
    expect(catalog.tools('friend', [null, 1, 'x', {}, { name: 7 }, { name: 'ok' }])).toEqual([
      { name: 'friend__ok' },
    ])
    expect(catalog.prompts('friend', [[], { name: 'p' }])).toEqual([{ name: 'friend__p' }])
    expect(catalog.resources('friend', [{ uri: 3 }, { uri: 'a:b' }])).toEqual([{ uri: 'a:b' }])
  })

  it('forgets a server as a whole', () => {
    const { catalog } = makeCatalog()
    catalog.tools('friend', [
      { name: 'x', inputSchema: { properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } } },
    ])
    catalog.claim('friend', 'a:b')
    expect(catalog.mirrored('friend', 'x')).toEqual([{ header: 'mcp-param-region', path: ['region'] }])
    catalog.forget('friend')
    expect(catalog.mirrored('friend', 'x')).toBeUndefined()
    expect(catalog.resourceOwner('a:b', ['friend'])).toBeUndefined()
  })

  it('shows a tool that one server lists twice once, and says so', () => {
    const { catalog, reports } = makeCatalog()
    const schema = { properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } }
    const shown = catalog.tools('friend', [
      { name: 'x', title: 'first', inputSchema: schema },
      { name: 'x', title: 'second' },
      { name: 'y' },
    ])
    expect(shown.map((tool) => (tool as { title?: string }).title)).toEqual(['first', undefined])
    expect(reports).toEqual(['names/duplicate friend'])
    expect(catalog.mirrored('friend', 'x')).toHaveLength(1)
    // The benign twin: the same list, read again, is shown again.
    expect(catalog.tools('friend', [{ name: 'x' }, { name: 'y' }])).toHaveLength(2)
  })

  it('keeps at most 20,000 names of a server, those it knows for good, and reports a bounded number of times', () => {
    const { catalog, reports } = makeCatalog()
    const many = Array.from({ length: 25_000 }, (_, at) => ({ name: `t${at}` }))
    expect(catalog.tools('stranger', many)).toHaveLength(20_000)
    expect(catalog.tools('stranger', [{ name: 't0' }, { name: 'n'.repeat(2_000) }])).toHaveLength(1)
    expect(catalog.tools('friend', [{ name: 'x' }])).toHaveLength(1)
    expect(reports.length).toBeLessThanOrEqual(20)
    expect(reports[0]).toBe('lists/limit stranger')
  })
})
