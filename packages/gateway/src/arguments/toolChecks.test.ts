import { type JsonObject, type JsonValue, parseJson } from '@sallyport/controls/json'
import { describe, expect, it } from 'vitest'
import type { ParameterCheck, ToolArguments } from '../config/argumentChecks.ts'
import type { ArgumentEdges } from './edges.ts'
import { type PlacedFault, ToolChecks } from './toolChecks.ts'

interface Given {
  readonly tool?: string
  readonly definition?: JsonObject
  readonly declared?: readonly ToolArguments[]
  readonly trust?: 'trusted' | 'partial' | 'untrusted'
  readonly edges?: Partial<ArgumentEdges>
}

const nowhere: ArgumentEdges = { realPath: async () => undefined, host: async () => undefined }

async function check(value: JsonValue, given: Given = {}): Promise<PlacedFault | undefined> {
  const { tool = 'use', definition = {}, declared = [], trust = 'untrusted', edges = {} } = given
  const checks = { tools: declared, schemas: { arguments: 'refuse' } } as const
  const server = { kind: 'stdio', trust, checks } as const
  return await new ToolChecks(server, tool, definition, { ...nowhere, ...edges }).check(value)
}

function declare(place: string, check: Partial<ParameterCheck>, tool = '*'): readonly ToolArguments[] {
  return [{ tool, parameters: [{ place, check: { infer: true, ...check } }] }]
}

describe('where nothing is declared', () => {
  it.each<[string, JsonValue, string, JsonValue]>([
    ['use', { path: 'a\0b' }, 'path/nul', { path: 'a b' }],
    ['use', { path: '\\\\attacker.example\\share\\x' }, 'path/unc', { path: 'C:\\Users\\x' }],
    ['use', { path: '%2e%2e%2f%2e%2e%2f%2e%2e%2f%2e%2e%2fetc' }, 'path/encoded', { path: '../../etc' }],
    ['use', { file_paths: ['a', 'b\0'] }, 'path/nul', { file_paths: ['a', 'b'] }],
    ['use', { deep: [{ more: { filePath: 'x\0' } }] }, 'path/nul', { deep: [{ more: { title: 'x\0' } }] }],
    ['use', { files: { 'a\0b': 'text' } }, 'path/nul', { files: { 'a.txt': 'a\0b' } }],
    ['use', { url: 'http://169.254.169.254/' }, 'url/metadata', { url: 'http://127.0.0.1:3000/' }],
    ['fetch', { url: 'gopher://a.example/' }, 'url/scheme', { url: 'see https://a.example' }],
    ['fetch', { url: 'http://[::1]/' }, 'url/loopback', { url: 'https://[2606:4700::1]/' }],
    ['fetch', { url: 'localhost:8080/x' }, 'url/loopback', { url: 'example.com/x' }],
    ['use', { sql: 'SELECT 1; DELETE FROM t' }, 'sql/multiple', { sql: 'DELETE FROM t WHERE id = 1' }],
    ['use', { sql: 'COMMIT; DROP SCHEMA public CASCADE' }, 'sql/multiple', { sql: 'COMMIT' }],
    ['use', { sql: 'CLOSE ALL; DROP TABLE t' }, 'sql/multiple', { sql: 'Server=db; Database=shop' }],
    ['use', { sql: '/* x */ ROLLBACK; DROP TABLE t' }, 'sql/multiple', { sql: 'Totals; by month' }],
    ['use', { sql: '-- x\nSELECT 1; DROP TABLE t' }, 'sql/multiple', { sql: '-- x\nSELECT 1;' }],
    ['use', { sql: 'COMMIT\v; DROP TABLE t' }, 'sql/multiple', { sql: 'Get totals; by month' }],
    [
      'use',
      { sql: 'SELECT 1 AS 😀; DROP TABLE t' },
      'sql/multiple',
      { sql: "SELECT '; DROP TABLE t' AS 😀" },
    ],
    [
      'use',
      { sql: "SELECT 1; DROP TABLE t; '" },
      'sql/multiple',
      { sql: 'DO $$ BEGIN DELETE FROM t; END $$' },
    ],
    [
      'use',
      { sql: `SELECT 1${' '.repeat(70_000)}; DROP TABLE t` },
      'sql/multiple',
      { sql: `SELECT '${'x'.repeat(70_000)}'` },
    ],
    ['use', { sql: `${' ;'.repeat(99)}COMMIT; DROP TABLE t` }, 'sql/multiple', { sql: ';;;SELECT 1' }],
    ['read_query', { sql: "/**/COPY t TO PROGRAM 'id'" }, 'sql/statement', { sql: 'Check what came in May' }],
    ['read_query', { sql: '/* x */ DELETE FROM t' }, 'sql/write', { sql: '/* x */ SELECT 1' }],
    ['read_query', { sql: `SELECT 1${' '.repeat(70_000)}` }, 'sql/size', { sql: 'SELECT 1 -- all' }],
    ['read_query', { sql: 'DELETE FROM t AS ﬁ' }, 'sql/write', { sql: 'Delete whatever is old' }],
    ['read_query', { sql: 'RENAME TABLE t TO u' }, 'sql/write', { sql: 'Rename history; by file' }],
    ['read_query', { sql: 'DROP TABLE t' }, 'sql/ddl', { sql: "SELECT ';' FROM t" }],
  ])('%s %j: %s; and %j passes', async (tool, bad, rule, good) => {
    expect((await check(bad, { tool }))?.rule).toBe(rule)
    expect(await check(good, { tool })).toBeUndefined()
  })

  it('a query is SQL where the tool speaks of SQL', async () => {
    const stacked = { query: 'SELECT 1; DROP TABLE t' }
    const speaks = (description: string) => check(stacked, { definition: { description } })
    expect((await speaks('Runs a query on the PostgreSQL database'))?.rule).toBe('sql/multiple')
    expect(await speaks('Searches the mail')).toBeUndefined()
  })

  it('a person may read what is fetched from a server that is trusted, but not metadata', async () => {
    const given = { tool: 'fetch', trust: 'trusted' } as const
    expect(await check({ url: 'http://localhost/' }, given)).toBeUndefined()
    expect((await check({ url: 'http://169.254.169.254/' }, given))?.rule).toBe('url/metadata')
  })

  it('a schema that is referred to says what its parameter means', async () => {
    const definition = {
      inputSchema: {
        properties: {
          item: { $ref: '#/$defs/item' },
          other: { anyOf: [{ $ref: '#/$defs/item' }, { type: 'null' }] },
        },
        $defs: { item: { properties: { at: { type: 'string', description: 'Path to the file' } } } },
      },
    }
    expect((await check({ item: { at: '\0' } }, { definition }))?.where).toBe('/item/at')
    expect((await check({ other: { at: '\0' } }, { definition }))?.where).toBe('/other/at')
    expect(await check({ at: '\0' }, { definition })).toBeUndefined()
  })

  it('a name that leads nowhere from here passes, one that leads to this machine does not', async () => {
    const fault = (rule: string): Given => ({
      tool: 'fetch',
      edges: { host: async () => ({ rule, explain: 'It does.' }) },
    })
    expect(await check({ url: 'http://proxy-only.example/' }, fault('url/unresolved'))).toBeUndefined()
    expect((await check({ url: 'http://a.example/' }, fault('url/loopback')))?.rule).toBe('url/loopback')
  })
})

describe('a path without a declared folder', () => {
  it.each(['data/../../x', '/srv/../../etc/passwd', '../../../../etc/passwd', '../../.ssh/id_rsa'])(
    '%s is refused for servers that nobody vouches for, in values and keys',
    async (path) => {
      for (const trust of ['untrusted', 'partial'] as const) {
        expect((await check({ path }, { trust }))?.rule).toBe('path/parent')
        expect((await check({ files: { [path]: 'x' } }, { trust }))?.rule).toBe('path/parent')
      }
      expect(await check({ path }, { trust: 'trusted' })).toBeUndefined()
      expect(await check({ path }, { declared: declare('path', { infer: false }) })).toBeUndefined()
      expect(await check({ title: path })).toBeUndefined()
    },
  )

  it.each(['../x', '../../other/src/a.ts', 'a/../b', '/srv/a/../b', '../etc/app.yaml'])(
    '%s passes: nobody but its server knows where it starts',
    async (path) => expect(await check({ path })).toBeUndefined(),
  )
})

describe('what is no text', () => {
  const within = { path: { roots: ['/project'], flavour: 'posix' } } as const
  it.each<[string, Partial<ParameterCheck>]>([
    ['path', within],
    ['url', { url: { schemes: ['https'], resolve: false } }],
    ['command', { command: { kind: 'value', context: 'argument' } }],
  ])('under a declared %s is refused', async (_kind, kind) => {
    for (const value of [5, -1, true, JSON.rawJSON('12345678901234567890') as unknown as JsonValue])
      expect((await check({ x: value }, { declared: declare('x', kind) }))?.rule).toBe('arguments/type')
    expect((await check({ x: [5] }, { declared: declare('x', kind) }))?.rule).toBe('arguments/type')
    expect(await check({ x: null, y: 5 }, { declared: declare('x', kind) })).toBeUndefined()
  })

  it('passes where only a form is declared: an id may be a number', async () => {
    expect(await check({ x: 5 }, { declared: declare('x', { format: { kind: 'id' } }) })).toBeUndefined()
    expect(await check({ x: 5 }, { declared: declare('x', { maxLength: 1 }) })).toBeUndefined()
  })

  it.each(['/etc/passwd', '../../x', '..%2f..%2fx'])(
    'the name of a member, %s, is held against what is declared of its object',
    async (key) => {
      expect((await check({ files: { [key]: 'a' } }, { declared: declare('files', within) }))?.rule).toMatch(
        /^path\//,
      )
      expect(
        await check({ files: { 'src/a.ts': 'a' } }, { declared: declare('files', within) }),
      ).toBeUndefined()
    },
  )

  it('a name that the schema knows is the tool\u2019s own', async () => {
    const properties = { x: { type: 'object', properties: { href: { type: 'string' } } } }
    const given = {
      definition: { inputSchema: { type: 'object', properties } },
      declared: declare('x', { url: { schemes: ['https'], resolve: false } }),
    }
    expect(await check({ x: { href: 'https://a.example/' } }, given)).toBeUndefined()
    expect((await check({ x: { 'http://a.example/': 'https://a.example/' } }, given))?.rule).toMatch(/^url\//)
  })
})

describe('where something is declared', () => {
  // A server in Go or PHP may take `Path` for `path`.
  it.each(['path', 'Path', 'PATH', '\uff50ath'])(
    'it holds for %s, which a server may fold into it',
    async (name) => {
      const declared = declare('path', { path: { roots: ['/project'], flavour: 'posix' } })
      expect((await check({ [name]: '/etc/passwd' }, { declared }))?.rule).toMatch(/^path\//)
      expect(await check({ [name]: '/project/a' }, { declared })).toBeUndefined()
      expect(await check({ pathology: '/etc/passwd' }, { declared })).toBeUndefined()
    },
  )

  it('all that fits a parameter counts, whatever comes first', async () => {
    const declared = [
      ...declare('path', { maxLength: 500 }),
      ...declare('path', { path: { roots: ['/project'], flavour: 'posix' } }),
    ]
    expect((await check({ path: '/etc/passwd' }, { declared }))?.rule).toMatch(/^path\//)
    expect((await check({ path: `/project/${'a'.repeat(600)}` }, { declared }))?.rule).toBe(
      'arguments/length',
    )
  })

  it('it holds for the first place that fits, and for every entry of a list', async () => {
    const declared = declare('a.*.b', { maxLength: 3 })
    expect((await check({ a: [{ b: 'abc' }, { b: 'abcd' }] }, { declared }))?.where).toBe('/a/1/b')
    expect(await check({ a: { b: 'abcd' }, b: 'abcd' }, { declared })).toBeUndefined()
    const list = declare('a', { maxLength: 3 })
    expect((await check({ a: ['abcd'] }, { declared: list }))?.place).toBe('a.*')
  })

  it('of other tools it says nothing', async () => {
    const declared = declare('a', { maxLength: 3 }, 'write_*')
    expect(await check({ a: 'abcd' }, { declared })).toBeUndefined()
    expect((await check({ a: 'abcd' }, { declared, tool: 'write_x' }))?.rule).toBe('arguments/length')
  })

  it('nothing is inferred where a person says so, and what is declared holds all the same', async () => {
    const declared = declare('path', { infer: false, maxLength: 5 })
    expect(await check({ path: 'a\0b' }, { declared })).toBeUndefined()
    expect((await check({ path: 'abcdef' }, { declared }))?.rule).toBe('arguments/length')
  })

  it('a name that does not resolve is refused', async () => {
    const declared = declare('a', { url: { resolve: true } })
    const edges = { host: async () => ({ rule: 'url/unresolved', explain: 'It has no address.' }) }
    expect((await check({ a: 'http://a.example/' }, { declared, edges }))?.rule).toBe('url/unresolved')
  })

  it('links are followed for paths within their roots only', async () => {
    const asked: string[] = []
    const edges = {
      realPath: async (path: string) => {
        asked.push(path)
        return undefined
      },
    }
    const declared = declare('a', { path: { roots: ['/data'] } })
    expect((await check({ a: '/etc/passwd' }, { declared, edges }))?.rule).toBe('path/absolute')
    expect(await check({ a: 'x' }, { declared, edges })).toBeUndefined()
    expect(asked).toEqual(['x'])
  })

  it('no call has more looked up than it may need', async () => {
    const declared = declare('a', { url: { resolve: true } })
    const many = Array.from({ length: 65 }, (_, index) => `http://a${index}.example/`)
    expect((await check({ a: many }, { declared }))?.rule).toBe('arguments/many')
  })
})

describe('numbers and texts that are declared', () => {
  const integer = { kind: 'integer', min: 1, max: 100 } as const
  it.each<[JsonValue, string | undefined]>([
    [{ n: 1 }, undefined],
    [{ n: '100' }, undefined],
    [{ n: null }, undefined],
    [{ n: 0 }, 'format/integer'],
    [{ n: 101 }, 'format/integer'],
    [{ n: '1e2' }, 'format/integer'],
    [{ n: 1.5 }, 'format/integer'],
    [{ n: true }, 'arguments/type'],
    [{ n: [5, 500] }, 'format/integer'],
    [{ N: 500 }, 'format/integer'],
    [{ m: 500 }, undefined],
  ])('%j: %s', async (value, rule) => {
    expect((await check(value, { declared: declare('n', { integer }) }))?.rule).toBe(rule)
  })

  it('a number beyond a double is no whole number that can be told from its neighbour', async () => {
    const read = parseJson(Buffer.from('{"n":9007199254740993}'))
    if (!read.ok) throw new Error('no JSON')
    const declared = declare('n', { integer: { kind: 'integer' } })
    expect((await check(read.value, { declared }))?.rule).toBe('format/integer')
  })

  it.each<[JsonValue, string | undefined]>([
    [{ name: 'Ann*)(uid=*' }, 'format/ldap'],
    [{ name: 'Ann, Berlin' }, undefined],
    [{ name: '' }, 'format/length'],
    [{ name: 'a\0b' }, 'format/control-character'],
  ])('%j: %s', async (value, rule) => {
    const declared = declare('name', { text: { kind: 'plain', minLength: 1, refuse: ['ldap'] } })
    expect((await check(value, { declared }))?.rule).toBe(rule)
  })
})
