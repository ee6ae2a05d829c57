import { describe, expect, it } from 'vitest'
import { Catalog, fitsTemplate } from './catalog.ts'
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
      { name: 'x', inputSchema: { properties: { region: { 'x-mcp-header': 'Region' } } } },
    ])
    catalog.claim('friend', 'a:b')
    expect(catalog.mirrored('friend', 'x')).toEqual([{ header: 'mcp-param-region', path: ['region'] }])
    catalog.forget('friend')
    expect(catalog.mirrored('friend', 'x')).toBeUndefined()
    expect(catalog.resourceOwner('a:b', ['friend'])).toBeUndefined()
  })
})

describe('a resource template', () => {
  it.each([
    ['test://template/{id}/data', 'test://template/7/data', true],
    ['test://template/{id}/data', 'test://template//data', true],
    ['test://template/{id}/data', 'test://template/7/other', false],
    ['a{x}b{y}c', 'abc', true],
    ['a{x}a', 'a', false],
    ['plain:uri', 'plain:uri', true],
    ['plain:uri', 'plain:uri2', false],
  ])('%s against %s: %s', (template, uri, fits) => {
    expect(fitsTemplate(template, uri)).toBe(fits)
  })

  it('made to be slow is not (CVE-2026-0621)', () => {
    const template = `${'{a}x'.repeat(2_000)}!`
    const began = process.cpuUsage()
    expect(fitsTemplate(template, 'x'.repeat(8_000))).toBe(false)
    expect(process.cpuUsage(began).user).toBeLessThan(500_000)
  })
})
