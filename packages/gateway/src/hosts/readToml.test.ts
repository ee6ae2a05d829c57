import { parse } from 'smol-toml'
import { describe, expect, it } from 'vitest'
import { type DocumentNode, type MapEntry, Unreadable } from '../config/document.ts'
import { readToml } from './readToml.ts'

function plain(node: DocumentNode): unknown {
  switch (node.kind) {
    case 'map':
      return Object.fromEntries(node.entries.map(({ key, node: inner }) => [key, plain(inner)]))
    case 'list':
      return node.items.map(plain)
    case 'null':
      return null
    default:
      return node.value
  }
}

const read = (text: string) => readToml(text, (complaint) => expect(complaint).toBeUndefined())
const entriesOf = (node: DocumentNode): readonly MapEntry[] => (node.kind === 'map' ? node.entries : [])

describe('TOML as hosts keep their servers in it', () => {
  const DOCUMENTS: readonly string[] = [
    '',
    '# nothing\n',
    'a = 1\nb = "x"\n[c]\nd = true',
    '[mcp_servers.files]\ncommand = "npx"\nargs = ["-y", "@x/y@1.2.3"] # pinned\nenv = { A = "1", "B.C" = \'2\' }\n',
    '[[mcp_servers]]\nname = "a"\n[[mcp_servers]]\nname = "b"\n[mcp_servers.env]\nX = "y"\n',
    '[a.b.c]\nx=1\n[a]\ny=2\n',
    'a.b.c = 1\na.b.d = 2\n[a.e]\nf = 3',
    '[a]\nb.c = 1\n[a.d]\ne = 2\n',
    'n = [1, -2, +3, 0x1F, 0o17, 0b11, 1_000, 1.5, -0.5e3, 6.02_2e+2]',
    'm = [\n  # first\n  "a",\n  "b", # last\n]\n',
    's = """\nline\\\n   folded "quoted" ""two\n"""\nt = \'\'\'\nraw \\n \'one\' \'\'\'\n',
    'e = "tab\\t quote\\" back\\\\ \\u00e9 \\U0001F600"',
    '"quoted key" = 1\n\'literal.key\' = 2\n"" = 3\n1234 = 4\n',
    '[ spaced . "out" ]\r\nx = 1\r\n',
    'q = """""two quotes first""""" # and last\n',
    "u = ''''one quote''''\n",
    'a = [[1, 2], [["x"]], [{b = 1}, {c.d = 2}]]',
    '[a]\n[b]\n[a.c]\n',
    '[__proto__]\nx = 1\n[constructor.prototype]\ny = 2',
  ]

  it.each(DOCUMENTS)('is read as an independent reader does: %j', (text) => {
    expect(plain(read(text))).toEqual(JSON.parse(JSON.stringify(parse(text))))
  })

  it('keeps dates and times as texts', () => {
    const text = 'a = 1979-05-27T07:32:00Z\nb = 1979-05-27 07:32:00.5-07:00\nc = 1979-05-27\nd = 07:32:00'
    expect(plain(read(text))).toEqual({
      a: '1979-05-27T07:32:00Z',
      b: '1979-05-27 07:32:00.5-07:00',
      c: '1979-05-27',
      d: '07:32:00',
    })
  })

  it('knows where every key and value stands', () => {
    const root = read('x = 1\n[mcp_servers.files]\nargs = [\n  "a",\n]\n')
    const servers = entriesOf(root)[1]
    const files = servers === undefined ? undefined : entriesOf(servers.node)[0]
    expect(files).toMatchObject({ key: 'files', keyPlace: { line: 2, column: 14 } })
    const args = files === undefined ? undefined : entriesOf(files.node)[0]
    expect(args).toMatchObject({
      keyPlace: { line: 3, column: 1 },
      node: { kind: 'list', items: [{ place: { line: 4, column: 3 } }] },
    })
  })

  const REFUSED: readonly string[] = [
    'a',
    'a =',
    'a = b',
    'a = "x',
    'a = "x\ny"',
    'a = 1 2',
    'a = 01',
    'a = 1__0',
    'a = [1 2]',
    'a = {b = 1',
    '[a',
    '[[a]',
    '[]',
    'a = "\\q"',
    'a = "\\ud800"',
    'a = "\u0000"',
    '= 1',
    'a.b. = 1',
  ]
  it.each(REFUSED)('refuses what nobody reads: %j', (text) => {
    expect(() => parse(text)).toThrow()
    expect(() => read(text)).toThrow(Unreadable)
  })

  const TWICE: readonly (readonly [string, string])[] = [
    ['a = 1\na = 2', 'a'],
    ['[a]\nx = 1\n[a]\nx = 2', 'a'],
    ['[s.files]\ncommand = "good"\n[s.files]\ncommand = "evil"', 's.files'],
    ['[a]\nb = { c = 1 }\n[a.b]\nd = 2', 'a.b'],
    ['a = 1\n[a]\nb = 2', 'a'],
    ['a = { b = 1, b = 2 }', 'a.b'],
  ]
  it.each(TWICE)('tells of a key given twice and keeps both: %j', (text, key) => {
    expect(() => parse(text)).toThrow()
    const told: string[] = []
    const root = readToml(text, ({ rule, explain }) => told.push(`${rule} ${explain}`))
    expect(told).toEqual([`config/duplicate-key ${key} is given twice`])
    expect(JSON.stringify(root)).toContain('"repeated"')
  })

  it('ends at a nesting no configuration needs, at once', () => {
    for (const text of [
      `a = ${'['.repeat(100_000)}`,
      `a = ${'{a='.repeat(100_000)}`,
      `${'a.'.repeat(100_000)}a = 1`,
      `[${'a.'.repeat(100_000)}a]`,
    ])
      expect(() => read(text)).toThrow(/nested too deeply/)
  })

  it('reads a mebibyte of anything without ado', () => {
    const size = 1 << 20
    for (const text of [
      `a = "${'\\\\'.repeat(size / 2)}"`,
      `a = """${'\\"'.repeat(size / 2)}"""`,
      `a = """${'""\\n'.repeat(size / 4)}"""`,
      `a = "${'x'.repeat(size)}"`,
      `# ${'#'.repeat(size)}`,
      ' '.repeat(size),
      'a = 1 # x\n#\n'.replace('a', 'b') + '\n'.repeat(size),
    ])
      read(text)
    for (const text of [
      `a = "${'\\"'.repeat(size / 2)}`,
      `a = ${'1_'.repeat(size / 2)}`,
      `a = """${'\\'.repeat(size)}`,
    ])
      expect(() => read(text)).toThrow(Unreadable)
  })
})
