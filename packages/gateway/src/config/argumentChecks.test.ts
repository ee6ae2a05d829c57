import { describe, expect, it } from 'vitest'
import { schemasOf } from './argumentChecks.ts'
import { parseConfig } from './load.ts'

function parse(lines: readonly string[]) {
  const text = ['version: 1', 'servers:', '  s:', '    command: x', ...lines.map((line) => `    ${line}`)]
  return parseConfig(Buffer.from(text.join('\n')), '/srv/sallyport.yaml', { env: {}, homeDir: '/home/ada' })
}

describe('options of the controls', () => {
  const checkOf = (text: string) => {
    const parsed = parse(['arguments:', `  t: { p: ${text} }`])
    if (!parsed.ok) throw parsed.error
    const { infer: _infer, ...check } = parsed.config.servers[0]?.checks?.tools[0]?.parameters[0]?.check ?? {}
    return check
  }

  it.each<[string, object]>([
    [
      '{ sql: { dialect: mysql, functions: [my_total], denyFunctions: [sleep] } }',
      {
        sql: {
          dialect: 'mysql',
          mode: 'read',
          maxBytes: 65_536,
          tables: {},
          functions: { allow: ['my_total'], deny: ['sleep'] },
        },
      },
    ],
    ['{ command: { shell: cmd } }', { command: { kind: 'value', context: 'any', shells: ['cmd'] } }],
    [
      '{ command: { allow: ["dir *"], shell: powershell }, maxLength: 20000 }',
      {
        maxLength: 20_000,
        command: { kind: 'command', allow: ['dir *'], shell: 'powershell', maxLength: 20_000 },
      },
    ],
    ['{ format: id, maxLength: 12 }', { maxLength: 12, format: { kind: 'id', maxLength: 12 } }],
    ['{ integer: { min: -1, max: 10 } }', { integer: { kind: 'integer', min: -1, max: 10 } }],
    ['{ integer: {} }', { integer: { kind: 'integer' } }],
    [
      '{ text: { minLength: 1, refuse: [ldap] }, maxLength: 9 }',
      { maxLength: 9, text: { kind: 'plain', minLength: 1, refuse: ['ldap'], maxLength: 9 } },
    ],
    [
      '{ path: { roots: [data], base: data/sub } }',
      { path: { roots: ['/srv/data'], base: '/srv/data/sub', flavour: 'any' } },
    ],
    [
      '{ path: { roots: [data], refuseHardLinks: true } }',
      { path: { roots: ['/srv/data'], flavour: 'any', refuseHardLinks: true } },
    ],
  ])('%s', (text, expected) => {
    expect(checkOf(text)).toEqual(expected)
  })

  it.each([
    ['{ integer: { min: 2, max: 1 } }', /t\.p\.integer\.min is more than "max", 1.*:6:\d+/s],
    ['{ text: { minLength: 9 }, maxLength: 8 }', /text\.minLength is more than "maxLength", 8/],
    ['{ integer: { min: 1.5 } }', /integer\.min/],
    ['{ text: { refuse: [] } }', /refuse/],
    ['{ command: { shell: fish } }', /shell/],
    ['{ sql: { functions: ["a b()"] } }', /functions/],
    ['{ format: plain }', /format/],
  ])('%s is refused with its place', (text, explain) => {
    const parsed = parse(['arguments:', `  t: { p: ${text} }`])
    expect(parsed.ok).toBe(false)
    if (!parsed.ok) expect(parsed.error.message).toMatch(explain)
  })
})

describe('arguments in the configuration', () => {
  it('become what the controls take, with paths made absolute', () => {
    const parsed = parse([
      'arguments:',
      '  "read_*":',
      '    files.*.path: { path: { roots: [data, ~/more, /etc/x], deny: [.env] } }',
      '    to: { format: email, maxLength: 20 }',
      '  run: { command: { command: { allow: ["git status"] } } }',
      '  log: { branch: { command: {} }, note: { infer: false } }',
      '  query: { sql: { sql: { tables: [orders], denyTables: [users] } } }',
    ])
    if (!parsed.ok) throw parsed.error
    expect(parsed.config.servers[0]?.checks).toEqual({
      schemas: { arguments: 'refuse' },
      tools: [
        {
          tool: 'read_*',
          parameters: [
            {
              place: 'files.*.path',
              check: {
                infer: true,
                path: {
                  roots: ['/srv/data', '/home/ada/more', '/etc/x'],
                  deny: ['.env'],
                  flavour: 'any',
                },
              },
            },
            { place: 'to', check: { infer: true, format: { kind: 'email' }, maxLength: 20 } },
          ],
        },
        {
          tool: 'run',
          parameters: [
            { place: 'command', check: { infer: true, command: { kind: 'command', allow: ['git status'] } } },
          ],
        },
        {
          tool: 'log',
          parameters: [
            { place: 'branch', check: { infer: true, command: { kind: 'value', context: 'any' } } },
            { place: 'note', check: { infer: false } },
          ],
        },
        {
          tool: 'query',
          parameters: [
            {
              place: 'sql',
              check: {
                infer: true,
                sql: {
                  dialect: 'any',
                  mode: 'read',
                  maxBytes: 65_536,
                  tables: { allow: ['orders'], deny: ['users'] },
                },
              },
            },
          ],
        },
      ],
    })
  })

  it.each([
    ['arguments: { read: { path: { paths: {} } } }', 'has no key "paths"', 5],
    ['arguments: { read: { path: { path: { roots: [] } } } }', 'is an empty list', 5],
    ['arguments: { read: { "a..b": {} } }', 'must be the name of an argument', 5],
    ['arguments: { read: { a: { format: phone } } }', 'must be one of email', 5],
    ['arguments: { read: { a: { maxLength: -1 } } }', 'from 0 to', 5],
    ['arguments: { read: { a: { url: { ports: [0] } } } }', 'from 1 to 65535', 5],
    ['arguments: { read: { a: { url: { schemes: ["https://"] } } } }', 'a scheme without its colon', 5],
    ['arguments: { read: { a: { sql: { mode: all } } } }', 'must be one of read, write, ddl', 5],
    ['arguments: { read: { a: { command: { allow: ["*"] } } } }', 'the words of a command', 5],
    ['schemas: { arguments: never }', 'must be one of refuse, report, off', 5],
  ])('%s is refused where it stands', (line, explain, at) => {
    const parsed = parse([line])
    if (parsed.ok) throw new Error('it was accepted')
    const [fault] = parsed.error.faults
    expect(fault).toMatchObject({ line: at, explain: expect.stringContaining(explain) })
  })

  it('results are withheld unless the server is trusted, and by everybody in profile strict', () => {
    expect(schemasOf({ trust: 'trusted' }, 'balanced').results).toBe('report')
    expect(schemasOf({ trust: 'trusted' }, 'strict').results).toBe('withhold')
    expect(schemasOf({ trust: 'partial' }, 'balanced').results).toBe('withhold')
    const checks = { tools: [], schemas: { arguments: 'off', results: 'off' } } as const
    expect(schemasOf({ trust: 'untrusted', checks }, 'strict')).toEqual({ arguments: 'off', results: 'off' })
  })
})
