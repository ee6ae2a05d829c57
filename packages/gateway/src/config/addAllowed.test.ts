import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addAllowed } from './addAllowed.ts'
import { parseConfig } from './load.ts'

const WORLD = { env: {}, homeDir: '/home/ada' }
const PATH = '/home/ada/sallyport.yaml'
const ENTRY = { server: 'mail', tool: 'send', rule: 'approvals/write' }
const add = (text: string, path = PATH) => addAllowed(text, path, [ENTRY], WORLD)

describe('an entry for good', () => {
  it.each([
    ['an empty one', 'version: 1\n'],
    ['one without a last line break', 'version: 1'],
    ['one with comments', '# mine\nversion: 1 # the first\n\n# servers\nservers: {} # none yet\n'],
    ['one with other settings of approvals', 'version: 1\napprovals:\n  wait: 1m # long\nprofile: strict\n'],
    [
      'one with entries',
      'version: 1\napprovals:\n    allow:\n      - server: a\n        tool: b\n        rule: approvals/write\n      # last\n    wait: 2m\n',
    ],
    [
      'one with entries at the end',
      'version: 1\napprovals:\n  allow:\n  - { server: a, tool: b, rule: approvals/write }',
    ],
    ['one with Windows line ends', 'version: 1\r\napprovals:\r\n  wait: 1m\r\nprofile: strict\r\n'],
  ])('is added to %s without touching a line of it', (_, text) => {
    const added = add(text)
    if (!added.ok) throw new Error(added.explain)
    const kept = added.text.split('\n')
    for (const line of text.split('\n')) expect(kept).toContain(line)
    const config = parseConfig(Buffer.from(added.text), PATH, WORLD)
    expect(config.ok && config.config.approvals.allow.at(-1)).toEqual(ENTRY)
    expect(added.diff[0]).toBe(`--- ${PATH}`)
    expect(added.diff.at(-1)).toContain('"send"')
    // Twice is two entries, not a spoiled file.
    expect(add(added.text).ok).toBe(true)
  })

  const JSONC = PATH.replace('.yaml', '.jsonc')
  it.each([
    ['braces in YAML', PATH, 'version: 1\napprovals: { wait: 1m } # long\nprofile: strict\n'],
    ['empty braces', PATH, 'version: 1\napprovals: {}\n'],
    ['an empty list', PATH, 'version: 1\napprovals:\n  allow: [] # none\n'],
    [
      'a list in brackets',
      PATH,
      'version: 1\napprovals:\n  allow: [{ server: a, tool: b, rule: approvals/write }] # one\n  wait: 1m\n',
    ],
    [
      'a list in brackets over lines, with a comma at its end',
      PATH,
      'version: 1\napprovals: {\n  allow: [\n    { server: a, tool: b, rule: approvals/write }, # one\n  ],\n}\n',
    ],
    ['JSON on one line', PATH.replace('.yaml', '.json'), '{"version":1,"profile":"strict"}'],
    ['JSON in lines', PATH.replace('.yaml', '.json'), '{\n  "version": 1,\n  "profile": "strict"\n}\n'],
    ['JSON with tabs and Windows ends', PATH.replace('.yaml', '.json'), '{\r\n\t"version": 1\r\n}\r\n'],
    [
      'JSONC with comments and commas',
      JSONC,
      '// mine, "approvals": {\n{\n  /* the { first */ "version": 1, // one, }\n  "approvals": {\n    "wait": "1m", // long ]\n  }, // end\n}\n',
    ],
    [
      'JSONC with entries',
      JSONC,
      '{\n  "version": 1,\n  "approvals": {\n    "allow": [\n      // first\n      { "server": "a", "tool": "/* b // c", "rule": "approvals/write" }, // "last"\n      /* no more */\n    ],\n  },\n}\n',
    ],
    ['JSONC with an empty list', JSONC, '{ "version": 1, "approvals": { "allow": [ /* none */ ] } }'],
  ])('is added to %s, and every comment stays', (_, path, text) => {
    const added = add(text, path)
    if (!added.ok) throw new Error(added.explain)
    const before = parseConfig(Buffer.from(text), path, WORLD)
    const after = parseConfig(Buffer.from(added.text), path, WORLD)
    if (!before.ok || !after.ok) throw new Error('it cannot be read any more')
    expect(after.config.approvals.allow).toEqual([...before.config.approvals.allow, ENTRY])
    // What was there is there, in its order: the text is the old one with something put in.
    const at = [...text].findIndex((character, index) => character !== added.text[index])
    const from = at < 0 ? text.length : at
    const more = added.text.length - text.length
    const puts = Array.from({ length: from + 1 }, (_none, index) => from - index).some(
      (start) => added.text.slice(0, start) + added.text.slice(start + more) === text,
    )
    expect(puts).toBe(true)
    expect(added.diff[0]).toBe(`--- ${path}`)
    expect(added.diff.slice(1).join('\n')).toMatch(/^\+ .*"send"/m)
    for (const line of added.diff.slice(1)) expect(line).toMatch(/^[-+] /)
    const twice = add(added.text, path)
    expect(twice.ok && parseConfig(Buffer.from(twice.text), path, WORLD).ok).toBe(true)
  })

  it.each([
    ['an alias', 'version: 1\nhosts: &a []\napprovals:\n  allow: *a\n'],
    ['a text', 'version: 1\napprovals: none\n'],
    ['a faulty one', 'version: 1\nsurvers: {}\n'],
  ])('is left to the person for %s, with what to write, or added without fault', (_, text) => {
    const added = add(text)
    if (added.ok) expect(parseConfig(Buffer.from(added.text), PATH, WORLD).ok).toBe(true)
    else expect(added.explain).toMatch(/write under "approvals", "allow" of .*tool: "send"|as it is now/)
  })

  it('shows of a long line what changes in it', () => {
    const servers = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`s${at}`, { command: ['x'] }]))
    const added = add(
      JSON.stringify({ version: 1, servers, approvals: { allow: [] }, profile: 'strict' }),
      PATH.replace('.yaml', '.json'),
    )
    if (!added.ok) throw new Error(added.explain)
    expect(added.diff).toHaveLength(3)
    expect(added.diff.join('').length).toBeLessThan(600)
    expect(added.diff[2]).toContain(
      '"allow":[{ "server": "mail", "tool": "send", "rule": "approvals/write" }]',
    )
  })

  it('changes nothing else, whatever is in the texts (property)', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (tool, subject) => {
        const entry = { ...ENTRY, tool, rule: 'flow/trifecta', subject }
        const added = addAllowed('version: 1\nprofile: strict\n', PATH, [entry], WORLD)
        if (!added.ok) return
        const config = parseConfig(Buffer.from(added.text), PATH, WORLD)
        expect(config.ok && config.config.approvals.allow).toEqual([entry])
        expect(config.ok && config.config.profile).toBe('strict')
      }),
    )
  })
})
