import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDenied, type Denial } from './addDenied.ts'
import type { Config } from './config.ts'
import { parseConfig } from './load.ts'

const WORLD = { env: {}, homeDir: '/home/ada' }
const YAML = '/home/ada/sallyport.yaml'
const JSON_FILE = '/home/ada/sallyport.json'
const JSONC = '/home/ada/sallyport.jsonc'
const add = (text: string, path = YAML, tool = 'send', server = 'mail') =>
  addDenied(text, path, { server, tool }, WORLD)

function added(denial: Denial) {
  if (denial.kind !== 'added') throw new Error(JSON.stringify(denial))
  return denial
}

function configOf(text: string, path = YAML): Config {
  const read = parseConfig(Buffer.from(text), path, WORLD)
  if (!read.ok) throw new Error(JSON.stringify(read))
  return read.config
}

const listsOf = (config: Config, server = 'mail') =>
  config.access.find(({ from }) => from === `servers.${server}`)?.tools

describe('a tool that is denied for good', () => {
  it.each([
    [
      'a server without lists',
      YAML,
      'version: 1 # mine\nservers:\n  mail: # work\n    command: x # y\n  other: { command: z }\n',
    ],
    ['the last server, without a last line break', YAML, 'version: 1\nservers:\n  mail:\n    command: x'],
    ['a server in braces', YAML, 'version: 1\nservers:\n  mail: { command: x } # work\n'],
    ['all servers in braces', YAML, 'version: 1\nservers: { mail: { command: x }, other: { command: z } }\n'],
    [
      'a server with another list',
      YAML,
      'version: 1\nservers:\n  mail:\n    command: x\n    tools:\n      ask: [read]\n    # end\n    trust: partial\n',
    ],
    [
      'a list in braces',
      YAML,
      'version: 1\nservers:\n  mail:\n    command: x\n    tools: { ask: [read] } # asked\n',
    ],
    [
      'a list in lines',
      YAML,
      'version: 1\nservers:\n  mail:\n    command: x\n    tools:\n      deny:\n      - drop # never\n      # more\n      ask: [read]\n',
    ],
    [
      'a list in brackets',
      YAML,
      'version: 1\nservers:\n  mail:\n    command: x\n    tools: { deny: [drop], allow: ["*"] }\n',
    ],
    [
      'a block of text at the end',
      YAML,
      'version: 1\nservers:\n  mail:\n    command: |\n      x\n\nprofile: strict\n',
    ],
    ['Windows line ends', YAML, 'version: 1\r\nservers:\r\n  mail:\r\n    command: x\r\nprofile: strict\r\n'],
    ['JSON on one line', JSON_FILE, '{"version":1,"servers":{"mail":{"command":["x"]}}}'],
    [
      'JSON in lines',
      JSON_FILE,
      '{\n  "version": 1,\n  "servers": {\n    "mail": {\n      "command": ["x"]\n    }\n  }\n}\n',
    ],
    [
      'JSON with tabs',
      JSON_FILE,
      '{\r\n\t"version": 1,\r\n\t"servers": {\r\n\t\t"mail": {\r\n\t\t\t"command": ["x"],\r\n\t\t\t"tools": {\r\n\t\t\t\t"ask": ["read"]\r\n\t\t\t}\r\n\t\t}\r\n\t}\r\n}\r\n',
    ],
    [
      'JSONC with comments and commas',
      JSONC,
      '// "mail": {\n{\n  "version": 1,\n  "servers": {\n    "mail": {\n      "command": ["x"], // "tools": {\n      "tools": {\n        "deny": [\n          "drop", // never ]\n        ],\n      },\n    },\n  },\n}\n',
    ],
  ])('is added to %s, and nothing that was there is touched', (_, path, text) => {
    const { text: changed, diff } = added(add(text, path))
    const before = configOf(text, path)
    const after = configOf(changed, path)
    expect(listsOf(after)?.deny).toEqual([...(listsOf(before)?.deny ?? []), 'send'])
    expect({ ...after, access: [], source: 0 }).toEqual({ ...before, access: [], source: 0 })
    // The text is the old one with something put in.
    const more = changed.length - text.length
    const puts = Array.from({ length: text.length + 1 }, (_none, start) => start).some(
      (start) => changed.slice(0, start) + changed.slice(start + more) === text,
    )
    expect(puts).toBe(true)
    expect(diff[0]).toBe(`--- ${path}`)
    expect(diff.slice(1).join('\n')).toMatch(/^\+ .*"send"/m)
    // Said twice it is there once.
    expect(add(changed, path)).toEqual({ kind: 'there', by: 'servers.mail.tools.deny', enforced: true })
    expect(listsOf(configOf(added(add(changed, path, 'other')).text, path))?.deny.slice(-2)).toEqual([
      'send',
      'other',
    ])
  })

  it('is there already where a pattern of the same list denies it', () => {
    const text = 'version: 1\nservers:\n  mail: { command: x, tools: { deny: ["se*"] } }\n'
    expect(add(text).kind).toBe('there')
    expect(add(text, YAML, 'read').kind).toBe('added')
  })

  it.each([
    [
      'an alias for the list',
      'version: 1\nservers:\n  a: { command: x, tools: { deny: &d [drop] } }\n  mail: { command: x, tools: { deny: *d } }\n',
      'send',
    ],
    [
      'a list that another server shares',
      'version: 1\nservers:\n  mail: { command: x, tools: &t { deny: [drop] } }\n  b: { command: y, tools: *t }\n',
      'send',
    ],
    [
      'a server that another one shares',
      'version: 1\nservers:\n  mail: &m\n    command: x\n  b: *m\n',
      'send',
    ],
    ['a star in its name', 'version: 1\nservers:\n  mail: { command: x }\n', 'se*nd'],
    ['a name of nothing but a star', 'version: 1\nservers:\n  mail: { command: x }\n', '*'],
    [
      'a line break in its name',
      'version: 1\nservers:\n  mail: { command: x }\n',
      'a"]\n  evil: { command: rm',
    ],
  ])('is left to the person for %s, with what to write', (_, text, tool) => {
    const denial = add(text, YAML, tool)
    expect(denial.kind).toBe('by-hand')
    expect(denial.kind === 'by-hand' && denial.explain).toContain(
      `servers.mail.tools.deny: [${JSON.stringify(tool)}]`,
    )
  })

  it.each([
    ['no such server', 'version: 1\nservers:\n  other: { command: x }\n', /has no server "mail"/],
    ['a faulty file', 'version: 1\nsurvers: {}\n', /cannot be read as it is now/],
    ['a tab where YAML has none', 'version: 1\nservers:\n\tmail: { command: x }\n', /cannot be read/],
  ])('is not added to %s', (_, text, says) => {
    expect(add(text)).toEqual({ kind: 'by-hand', explain: expect.stringMatching(says) })
  })

  it('names the allow-lists that it wins over, and no others', () => {
    const text = [
      'version: 1',
      'servers:',
      '  mail: { command: x, trust: untrusted, tools: { allow: ["s*"] } }',
      '  b: { command: x, tools: { allow: [send] } }',
      'access:',
      '  - { trust: [untrusted], tools: { allow: [send] } }',
      '  - { trust: [trusted], tools: { allow: [send] } }',
      '  - { servers: [b], tools: { allow: [send] } }',
      '  - { tools: { allow: [read] } }',
      '',
    ].join('\n')
    expect(added(add(text)).allowedBy).toEqual(['servers.mail.tools.allow', 'access[0].tools.allow'])
  })

  it('says where the profile only records', () => {
    expect(added(add('version: 1\nprofile: observe\nservers:\n  mail: { command: x }\n')).enforced).toBe(
      false,
    )
  })

  it('is the one thing that changes, whatever its name (property)', () => {
    const hostile = fc.constantFrom(
      '"',
      "'",
      ']',
      '}',
      '#',
      ': ',
      '- ',
      '&a',
      '*a',
      '\\',
      '\u{202e}',
      '\u{2028}',
      '\u{e0041}',
      '\t',
      ' ',
    )
    const name = fc
      .array(fc.oneof(hostile, fc.string()), { minLength: 1, maxLength: 4 })
      .map((all) => all.join(''))
    const texts: readonly (readonly [string, string])[] = [
      [YAML, 'version: 1\nservers:\n  mail:\n    command: x\n  b: { command: y }\n'],
      [JSON_FILE, '{"version":1,"servers":{"mail":{"command":["x"]},"b":{"command":["y"]}}}'],
    ]
    fc.assert(
      fc.property(name, fc.constantFrom(...texts), (tool, [path, text]) => {
        const denial = add(text, path, tool)
        if (denial.kind !== 'added') return
        const config = configOf(denial.text, path)
        expect(config.servers).toEqual(configOf(text, path).servers)
        expect(config.access.map(({ from }) => from)).toEqual(['servers.mail'])
        expect(listsOf(config)?.deny).toEqual([tool])
        expect(denial.text).not.toMatch(/[\p{Cf}\p{Zl}\p{Zp}]/u)
      }),
    )
  })
})
