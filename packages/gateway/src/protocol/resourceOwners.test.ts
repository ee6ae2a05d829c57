import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fitsTemplate, listsNaming, RANKS_PER_LEVEL, ResourceOwners } from './resourceOwners.ts'

const RANK: Readonly<Record<string, number>> = {
  good: 0,
  own: RANKS_PER_LEVEL,
  evil: 2 * RANKS_PER_LEVEL + 1,
  other: 2 * RANKS_PER_LEVEL + 2,
}
const ALL = Object.keys(RANK)
function make() {
  const reports: string[] = []
  const owners = new ResourceOwners(
    (server) => RANK[server] ?? Number.MAX_SAFE_INTEGER,
    (rule, server) => reports.push(`${rule} ${server}`),
  )
  const seen = (...servers: string[]) => {
    for (const server of servers)
      for (const list of ['resources/list', 'resources/templates/list'] as const)
        owners.asked(server, list, true)
  }
  return { owners, reports, seen }
}

describe('the owner of a skill', () => {
  const all = {
    manifest: 'skill://pdf/SKILL.md',
    file: 'skill://pdf/refs/forms.md',
    folder: 'skill://pdf/refs',
  }

  it('is the server that lists it, also where a more trusted one covers all of skill://', () => {
    const { owners } = make()
    owners.cover('good', 'skill://{+path}')
    owners.listSkill('other', all.manifest)
    // The benign twin of an attack: the trusted server's own list has to be read before.
    expect(owners.unsure(all.file, ALL)).toEqual(['good', 'own'])
    for (const server of ['good', 'own'])
      for (const list of listsNaming(all.file)) owners.asked(server, list, true)
    for (const uri of Object.values(all)) expect(owners.owner(uri, ALL)).toBe('other')
    expect(owners.owner('skill://pdf', ALL)).toBe('other')
    expect(owners.owner('skill://pdf-tools/SKILL.md', ALL)).toBe('good')
  })

  it.each([
    ['lists the same skill', (owners: ResourceOwners) => owners.listSkill('evil', all.manifest)],
    [
      'lists one in its folder',
      (owners: ResourceOwners) => owners.listSkill('evil', 'skill://pdf/refs/SKILL.md'),
    ],
    ['lists one around it', (owners: ResourceOwners) => owners.listSkill('evil', 'skill://SKILL.md')],
    ['lists its files', (owners: ResourceOwners) => void owners.list('evil', all.file)],
    ['links to its files', (owners: ResourceOwners) => owners.link('evil', all.file)],
  ])('does not change when a stranger %s', (_what, attack) => {
    const { owners } = make()
    owners.listSkill('good', all.manifest)
    attack(owners)
    for (const uri of Object.values(all)) expect(owners.owner(uri, ALL)).toBe('good')
    expect(owners.owns('evil', all.file)).toBe(false)
  })

  it('keeps its files from a stranger of its own level that only lists or links to them', () => {
    const { owners } = make()
    owners.listSkill('other', all.manifest)
    owners.list('evil', all.file)
    owners.link('evil', all.folder)
    for (const uri of Object.values(all)) expect(owners.owner(uri, ['evil', 'other'])).toBe('other')
  })

  it('has no claim beyond its folder, whatever its URI', () => {
    fc.assert(
      fc.property(fc.webUrl({ withFragments: true }), fc.string(), (url, rest) => {
        const { owners } = make()
        owners.listSkill('evil', `${url}/SKILL.md`)
        owners.listSkill('evil', `skill://${rest.replaceAll('/', '')}SKILL.md`)
        expect(owners.owner('skill://other/SKILL.md', ALL)).toBeUndefined()
        expect(owners.owner(`${url}/x`, ALL)).toBeUndefined()
      }),
    )
  })

  it('is bounded in memory like everything a server lists', () => {
    const { owners, reports } = make()
    for (let at = 0; at < 21_000; at++) owners.listSkill('evil', `skill://${at}/SKILL.md`)
    expect(reports).toContain('lists/limit evil')
    owners.listSkill('other', all.manifest)
    expect(owners.owner(all.file, ALL)).toBe('other')
  })
})

describe('the owner of a URI', () => {
  it('does not change however many URIs another server lists; that one is refused what is over its quota', () => {
    const { owners, reports } = make()
    owners.list('other', 'u:1')
    let kept = 0
    for (let at = 0; at < 30_000; at++) if (owners.list('evil', `junk:${at}`)) kept++
    expect(kept).toBe(20_000)
    expect(reports).toContain('lists/limit evil')
    expect(owners.owner('u:1', ALL)).toBe('other')
    expect(owners.list('other', 'u:2')).toBe(true)
    expect(owners.owner('u:2', ALL)).toBe('other')
  })

  it('is bounded in memory by what the URIs of a server take', () => {
    const { owners } = make()
    expect(owners.list('evil', 'x'.repeat(8_193))).toBe(false)
    let kept = 0
    for (let at = 0; at < 2_000; at++) if (owners.list('evil', `${at}${'x'.repeat(8_000)}`)) kept++
    expect(kept).toBeLessThan(600)
    expect(owners.list('good', 'u:1')).toBe(true)
  })

  it('is not the one with a template for everything while a list was not read', () => {
    const { owners, seen } = make()
    owners.cover('evil', '{+x}')
    expect(owners.unsure('u:1', ['other', 'evil'])).toEqual(['other'])
    seen('evil')
    owners.list('other', 'u:1')
    seen('other')
    expect(owners.owner('u:1', ['other', 'evil'])).toBe('other')
    expect(owners.unsure('u:1', ['other', 'evil'])).toEqual([])
    // The benign twin: what nobody lists is the template's.
    expect(owners.owner('u:2', ['other', 'evil'])).toBe('evil')
  })

  it('is not waited for again and again where a server says that its list changed and does not give it', () => {
    const { owners, seen } = make()
    owners.cover('other', 'o://{x}')
    seen('other')
    expect(owners.unsure('o://1', ['evil', 'other'])).toEqual(['evil'])
    owners.asked('evil', 'resources/list', false)
    owners.forget('evil')
    expect(owners.unsure('o://1', ['evil', 'other'])).toEqual([])
    expect(owners.owner('o://1', ['evil', 'other'])).toBe('other')
    // The benign twin: one that did give it is asked for the new one.
    seen('evil')
    owners.forget('evil')
    expect(owners.unsure('o://1', ['evil', 'other'])).toEqual(['evil'])
  })

  it('is nobody when the list of a more trusted server cannot be read and a stranger has only a template', () => {
    const { owners } = make()
    owners.cover('evil', '{+x}')
    owners.asked('good', 'resources/list', false)
    owners.asked('good', 'resources/templates/list', false)
    expect(owners.owner('u:1', ['good', 'evil'])).toBeUndefined()
    expect(owners.unsure('u:1', ['good', 'evil'])).toEqual(['good', 'evil'])
    owners.asked('good', 'resources/list', true)
    expect(owners.owner('u:1', ['good', 'evil'])).toBe('evil')
  })

  it('is the more trusted server by its template too, whatever a stranger lists or links to', () => {
    const { owners, reports, seen } = make()
    owners.list('evil', 'notes://42')
    owners.link('evil', 'notes://43')
    expect(owners.unsure('notes://42', ['good', 'evil'])).toEqual(['good'])
    owners.cover('good', 'notes://{id}')
    seen('good', 'evil')
    expect(owners.owner('notes://42', ALL)).toBe('good')
    expect(owners.owner('notes://43', ALL)).toBe('good')
    expect(owners.owns('evil', 'notes://42')).toBe(false)
    expect(reports).toEqual(['resources/collision evil'])
  })

  it('among equals is who lists it, then who links to it, then who has a template', () => {
    const { owners } = make()
    owners.cover('evil', '{+x}')
    owners.link('other', 'u:1')
    expect(owners.owner('u:1', ['evil', 'other'])).toBe('other')
    owners.list('evil', 'u:1')
    expect(owners.owner('u:1', ['evil', 'other'])).toBe('evil')
    owners.forget('evil')
    expect(owners.owner('u:1', ['evil', 'other'])).toBe('other')
  })

  it('keeps a link as long as its own server does not make a thousand newer ones', () => {
    const { owners } = make()
    owners.link('other', 'u:1')
    for (let at = 0; at < 5_000; at++) owners.link('evil', `l:${at}`)
    expect(owners.owner('u:1', ALL)).toBe('other')
    expect(owners.owner('l:4999', ALL)).toBe('evil')
    expect(owners.owner('l:0', ALL)).toBeUndefined()
  })

  it('of a template that two list is the more trusted one, whoever was asked first', () => {
    const { owners, reports, seen } = make()
    owners.cover('evil', 'a://{x}')
    expect(owners.unsureTemplate('a://{x}', ['evil', 'good'])).toEqual(['good'])
    owners.cover('good', 'a://{x}')
    seen('good', 'evil')
    expect(owners.templateOwner('a://{x}', ['evil', 'good'])).toBe('good')
    expect(owners.ownsTemplate('evil', 'a://{x}')).toBe(false)
    expect(owners.ownsTemplate('good', 'a://{x}')).toBe(true)
    expect(reports).toEqual(['resources/collision evil'])
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
