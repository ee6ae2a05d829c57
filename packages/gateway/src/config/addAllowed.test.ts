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

  it.each([
    ['an entry in braces', 'version: 1\napprovals: { wait: 1m }\n'],
    ['a list in brackets', 'version: 1\napprovals:\n  allow: []\n'],
    ['JSON', '{"version":1}'],
    ['a faulty one', 'version: 1\nsurvers: {}\n'],
    ['an anchor that stands for it', 'version: 1\napprovals: &a\n  wait: 1m\n'],
  ])('is left to the person for %s, or added without fault', (_, text) => {
    const added = add(text)
    if (added.ok) expect(parseConfig(Buffer.from(added.text), PATH, WORLD).ok).toBe(true)
    else expect(added.explain).toMatch(/by hand|as it is now/)
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
