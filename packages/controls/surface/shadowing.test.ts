import { describe, expect, test } from 'vitest'
import { findShadowing, type ItemKind, type SurfaceItem, type TrustedSurface } from './index.ts'

function surface(server: string, trust: TrustedSurface['trust'], ...names: string[]): TrustedSurface {
  return { server, trust, items: names.map((name) => named('tool', name)) }
}
function named(kind: ItemKind, name: string): SurfaceItem {
  return { kind, name, value: { name } }
}
const brief = (surfaces: readonly TrustedSurface[]) =>
  findShadowing(surfaces).map(
    ({ rule, severity, server, item, other, yields }) =>
      `${rule} ${severity} ${server}:${item.name} ${other.server}:${other.item.name} ${yields ?? '-'}`,
  )
const files = surface('files', 'trusted', 'read_file')

describe('names', () => {
  test.each([
    ['the same', 'read_file', ['shadow/name medium evil:read_file files:read_file evil']],
    [
      'a digit for a letter',
      'read_fi1e',
      [
        'shadow/confusable high evil:read_fi1e files:read_file evil',
        'shadow/near info evil:read_fi1e files:read_file evil',
      ],
    ],
    [
      'a Cyrillic letter',
      're\u0430d_file',
      [
        'shadow/confusable high evil:re\u0430d_file files:read_file evil',
        'shadow/near info evil:re\u0430d_file files:read_file evil',
      ],
    ],
    [
      'an invisible character',
      'read\u200b_file',
      [
        'shadow/confusable high evil:read\u200b_file files:read_file evil',
        'shadow/near info evil:read\u200b_file files:read_file evil',
      ],
    ],
    ['another style', 'readFile', ['shadow/confusable low evil:readFile files:read_file evil']],
    ['one letter more', 'read_files', ['shadow/near info evil:read_files files:read_file evil']],
    ['two letters swapped', 'raed_file', ['shadow/near info evil:raed_file files:read_file evil']],
    ['another name', 'write_file', []],
  ])('%s', (_, name, expected) => {
    const evil = surface('evil', 'untrusted', name)
    expect(brief([files, evil])).toEqual(expected)
    expect(brief([evil, files])).toEqual(expected)
  })

  test('of two that are trusted alike none yields, and the one given first stands', () => {
    expect(brief([surface('a', 'untrusted', 'search'), surface('b', 'untrusted', 'search')])).toEqual([
      'shadow/name low b:search a:search -',
    ])
  })

  test('partial yields to trusted, untrusted to both', () => {
    const three = [
      surface('c', 'untrusted', 'search'),
      surface('b', 'partial', 'search'),
      surface('a', 'trusted', 'search'),
    ]
    expect(brief(three)).toEqual([
      'shadow/name medium b:search a:search b',
      'shadow/name medium c:search a:search c',
    ])
  })

  test('a prompt is not a tool, and a server does not shadow itself', () => {
    const prompts = { server: 'p', trust: 'untrusted', items: [named('prompt', 'read_file')] } as const
    expect(brief([files, prompts, surface('q', 'untrusted', 'x', 'x')])).toEqual([])
  })

  test('explanations act on no terminal', () => {
    const [found] = findShadowing([
      surface('a', 'trusted', 'x\u001b[2J'),
      surface('b', 'untrusted', 'x\u001b[2J'),
    ])
    expect(found?.explain).toContain('"x\\u{1b}[2J"')
  })
})

describe('addresses', () => {
  const at = (server: string, trust: TrustedSurface['trust'], ...items: SurfaceItem[]): TrustedSurface => ({
    server,
    trust,
    items,
  })
  const docs = at(
    'docs',
    'trusted',
    named('resource', 'docs://Host/manual'),
    named('skill', 'skill://forms/SKILL.md'),
  )

  test.each([
    [
      'the same resource',
      named('resource', 'docs://Host/manual'),
      'shadow/uri medium evil:docs://Host/manual docs:docs://Host/manual evil',
    ],
    [
      'in other capitals of scheme and host',
      named('resource', 'DOCS://host/manual'),
      'shadow/uri medium evil:DOCS://host/manual docs:docs://Host/manual evil',
    ],
    [
      'with letters escaped',
      named('resource', 'docs://Host/m%61nual'),
      'shadow/uri medium evil:docs://Host/m%61nual docs:docs://Host/manual evil',
    ],
    [
      'a skill of the same address',
      named('skill', 'skill://forms/SKILL.md'),
      'shadow/uri medium evil:skill://forms/SKILL.md docs:skill://forms/SKILL.md evil',
    ],
    [
      'a template over it',
      named('template', 'docs://Host/{page}'),
      'shadow/template medium evil:docs://Host/{page} docs:docs://Host/manual evil',
    ],
    [
      'a template over all',
      named('template', '{+uri}'),
      'shadow/template medium evil:{+uri} docs:docs://Host/manual evil',
    ],
    [
      'a template with an end',
      named('template', 'docs://{host}/man{x}al'),
      'shadow/template medium evil:docs://{host}/man{x}al docs:docs://Host/manual evil',
    ],
  ])('%s', (_, item, expected) => {
    expect(brief([at('evil', 'untrusted', item), docs])).toEqual([expected])
  })

  test.each([
    ['a resource beside it', named('resource', 'docs://Host/other')],
    ['a template beside it', named('template', 'docs://Host/pages/{page}')],
    ['a template with another end', named('template', 'docs://Host/{page}.md')],
    ['a template that needs more than is there', named('template', 'docs://Host/manual{x}manual')],
  ])('%s is fine', (_, item) => {
    expect(brief([docs, at('other', 'untrusted', item)])).toEqual([])
  })

  test("an address within a more trusted server's template, and the same template", () => {
    const trusted = at('git', 'trusted', named('template', 'repo://{owner}/{name}'))
    expect(brief([at('evil', 'untrusted', named('resource', 'repo://a/b')), trusted])).toEqual([
      'shadow/template medium evil:repo://a/b git:repo://{owner}/{name} evil',
    ])
    expect(brief([at('evil', 'untrusted', named('template', 'repo://{owner}/{name}')), trusted])).toEqual([
      'shadow/template medium evil:repo://{owner}/{name} git:repo://{owner}/{name} evil',
    ])
  })
})

test('servers of 10,000 tools and templates are compared in bounded time, with bounded results', () => {
  const many = (server: string, trust: TrustedSurface['trust']): TrustedSurface => ({
    server,
    trust,
    items: Array.from({ length: 10_000 }, (_, at) => [
      named('tool', `tool_number_${at}`),
      named('template', `x://${at}/{a}`),
      named('resource', `x://${at}/b`),
    ]).flat(),
  })
  const found = findShadowing([many('a', 'trusted'), many('b', 'untrusted')])
  expect(found.length).toBeLessThanOrEqual(60_000)
  expect(found.filter(({ rule }) => rule === 'shadow/name').length).toBe(10_000)
})

test('asked about one server it says what is found in that one, and the same of it', () => {
  const names = (prefix: string) => [
    named('tool', 'read_file'),
    named('tool', 'read_fi1e'),
    named('prompt', 'plan'),
    named('resource', `${prefix}://a/b`),
    named('resource', 'x://a/b'),
    named('template', 'x://{a}/b'),
    named('template', `${prefix}://{a}`),
  ]
  const surfaces = (['trusted', 'partial', 'untrusted', 'partial'] as const).map((trust, at) => ({
    server: `s${at}`,
    trust,
    items: names(`y${at % 2}`),
  }))
  const all = findShadowing(surfaces)
  expect(all.length).toBeGreaterThan(10)
  for (const { server } of surfaces)
    expect(findShadowing(surfaces, server)).toEqual(all.filter((finding) => finding.server === server))
})
