import { describe, expect, it } from 'vitest'
import { changeLock, EMPTY_LOCK, type Lock } from './lock.ts'
import { MAX_LOCK_BYTES, parseLock, writeLock } from './lockFile.ts'
import { AT, RULES, SECRECY, tool, version } from './testing/pinFixture.ts'

const PATH = '/home/ada/project/sallyport.lock'
const HASH = version(tool('read')).hash
const OTHER = version(tool('read', 'Otherwise.')).hash

const parse = (text: string | Buffer) => parseLock(Buffer.from(text), PATH, RULES)
/** `rule line:column`, and the sentence. */
function faultsOf(text: string | Buffer): readonly string[] {
  const read = parse(text)
  if (read.ok) return []
  for (const line of read.error.message.split('\n').filter((one) => !one.startsWith('...')))
    expect(line).toMatch(/ at \/home\/ada\/project\/sallyport\.lock:\d+:\d+$/)
  return read.error.faults.map(({ rule, line, column, explain }) => `${rule} ${line}:${column} ${explain}`)
}

const LOCK: Lock = changeLock(EMPTY_LOCK, [
  { kind: 'open', server: 'notes', itemKind: 'tool', at: AT },
  { kind: 'open', server: 'files', itemKind: 'tool', at: AT },
  { kind: 'open', server: 'files', itemKind: 'instructions', at: AT },
  { kind: 'approve', server: 'files', item: 'tool/write', version: { hash: HASH, at: AT, by: 'first use' } },
  {
    kind: 'approve',
    server: 'files',
    item: 'tool/read',
    version: { hash: HASH, at: AT, by: 'ada', version: 'files@1.2.0' },
  },
  {
    kind: 'approve',
    server: 'files',
    item: 'tool/read',
    version: { expires: '2026-12-28T09:00:00.000Z', reason: 'read it', by: 'bob', at: AT, hash: OTHER },
  },
  {
    kind: 'deny',
    server: 'files',
    content: OTHER,
    denial: { item: 'tool/rm', at: AT, by: 'ada', reason: 'no "rm"' },
  },
  {
    kind: 'except',
    exception: { rule: SECRECY, server: 'files', item: 'tool/read', hash: HASH, at: AT, by: 'ada' },
  },
])

const TEXT = `{
  "version": 1,
  "servers": {
    "files": {
      "opened": {"instructions":"${AT}","tool":"${AT}"},
      "items": {
        "tool/read": [
          {"hash":"${HASH}","at":"${AT}","by":"ada","version":"files@1.2.0"},
          {"hash":"${OTHER}","at":"${AT}","by":"bob","reason":"read it","expires":"2026-12-28T09:00:00.000Z"}
        ],
        "tool/write": [
          {"hash":"${HASH}","at":"${AT}","by":"first use"}
        ]
      },
      "denied": {
        "${OTHER}": {"item":"tool/rm","at":"${AT}","by":"ada","reason":"no \\"rm\\""}
      }
    },
    "notes": {
      "opened": {"tool":"${AT}"},
      "items": {}
    }
  },
  "exceptions": [
    {"server":"files","item":"tool/read","hash":"${HASH}","rule":"${SECRECY}","at":"${AT}","by":"ada"}
  ]
}
`

describe('the text of a lock', () => {
  it('has one line a version, in the order of names, whatever order they came in', () => {
    expect(writeLock(LOCK)).toBe(TEXT)
  })

  it('says the same when it is read back, and is written as it was', () => {
    const read = parse(TEXT)
    expect(read).toEqual({ ok: true, lock: LOCK })
    if (read.ok) expect(writeLock(read.lock)).toBe(TEXT)
  })

  it('keeps the hints that count, and says so by its version, which is refused by what does not know them', () => {
    const version = {
      hash: HASH,
      at: AT,
      by: 'harmless drift',
      hints: { openWorldHint: 'absent', readOnlyHint: 'false' },
    } as const
    const lock = changeLock(LOCK, [{ kind: 'approve', server: 'files', item: 'tool/rm', version }])
    const text = writeLock(lock)
    expect(text).toContain('"version": 2,')
    expect(text).toContain('"hints":{"readOnlyHint":"false","openWorldHint":"absent"}}')
    expect(parse(text)).toEqual({ ok: true, lock })
    expect(faultsOf(text.replace('"version": 2', '"version": 1'))[0]).toMatch(
      /^config\/value 2:14 the lock file keeps hints, which its version does not have/,
    )
    expect(faultsOf(text.replace('"false"', '"maybe"'))[0]).toMatch(
      /^config\/value .* must be one of true, false, absent/,
    )
  })

  it('of nothing is read back as nothing', () => {
    expect(parse(writeLock(EMPTY_LOCK))).toEqual({ ok: true, lock: EMPTY_LOCK })
  })

  it('means the same with other line ends and indentation, as version control may leave it', () => {
    expect(parse(TEXT.replaceAll('\n', '\r\n'))).toEqual({ ok: true, lock: LOCK })
    expect(parse(JSON.stringify(JSON.parse(TEXT), undefined, '\t'))).toEqual({ ok: true, lock: LOCK })
  })

  it.each([
    'a\u200bb',
    'a\u202eb',
    'a\u{e0041}b',
    'a\u00a0b',
    'a\u2028b',
    'a\ue000b',
    'a\u3164b',
    '\ufeffa',
    'a\u0000b',
    'a\u0085b',
  ])('shows what hides in a name: %j', (name) => {
    const lock = changeLock(EMPTY_LOCK, [
      { kind: 'approve', server: 'files', item: `tool/${name}`, version: { hash: HASH, at: AT, by: 'ada' } },
    ])
    const text = writeLock(lock)
    expect(text).toMatch(/^[\n -~]*$/)
    expect(parse(text)).toEqual({ ok: true, lock })
  })

  it('keeps letters of any language as they are', () => {
    const lock = changeLock(EMPTY_LOCK, [
      {
        kind: 'approve',
        server: 'files',
        item: 'tool/größe 日本語 עברית \u{1f600}',
        version: { hash: HASH, at: AT, by: 'Zoë' },
      },
    ])
    expect(writeLock(lock)).toContain('"tool/größe 日本語 עברית \u{1f600}"')
    expect(parse(writeLock(lock))).toEqual({ ok: true, lock })
  })

  it('takes names for names: none is a property of an object', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
    const lock = changeLock(
      EMPTY_LOCK,
      names.map((name) => ({
        kind: 'approve',
        server: 'files',
        item: `tool/${name}`,
        version: { hash: HASH, at: AT, by: 'ada' },
      })),
    )
    expect(parse(writeLock(lock))).toEqual({ ok: true, lock })
  })
})

describe('a lock file that was edited by hand', () => {
  const edit = (from: string, to: string) => {
    expect(TEXT).toContain(from)
    return TEXT.replace(from, to)
  }

  it.each<[string, string, RegExp]>([
    [
      'a server twice',
      edit('"notes": {', '"files": {'),
      /^config\/duplicate-key 19:5 servers\.files is given twice/,
    ],
    ['an item twice', edit('"tool/write"', '"tool/read"'), /^config\/duplicate-key 11:9 .*is given twice/],
    [
      'an item twice, once escaped',
      edit('"tool/write"', '"tool/re\\u0061d"'),
      /^config\/duplicate-key 11:9 /,
    ],
    [
      'a member twice',
      edit('"by":"first use"', `"by":"first use","hash":"${OTHER}"`),
      /^config\/duplicate-key 12:\d+ .*hash is given twice/,
    ],
    [
      'a key nobody knows',
      edit('"version":"files@1.2.0"', '"versoin":"x"'),
      /^config\/unknown-key 8:\d+ .* has no key "versoin"/,
    ],
    [
      'a key nobody knows at the top',
      edit('"servers"', '"server"'),
      /^config\/unknown-key 3:3 .* has no key "server"/,
    ],
    [
      'another version',
      edit('"version": 1', '"version": 3'),
      /^config\/value 2:14 version must be one of 1, 2/,
    ],
    ['no version', edit('  "version": 1,\n', ''), /^config\/missing-key 1:1 /],
    [
      'a digest cut short',
      edit(HASH, HASH.slice(0, -1)),
      /^config\/value 8:\d+ .*hash must be sha256- and 64/,
    ],
    [
      'a digest in capitals',
      edit(HASH, HASH.toUpperCase()),
      /^config\/value 8:\d+ .*hash must be sha256- and 64/,
    ],
    [
      'a digest with a line break',
      edit(HASH, `${HASH}\\n`),
      /^config\/value 8:\d+ .*hash must be sha256- and 64/,
    ],
    [
      'a denial of no digest',
      edit(`"${OTHER}": {`, '"tool/rm": {'),
      /^config\/value 16:9 the content "tool\/rm"/,
    ],
    ['a server id there cannot be', edit('"notes"', '"Notes"'), /^config\/value 19:5 the server "Notes"/],
    [
      'a kind of item there is not',
      edit('"tool/write"', '"tools/write"'),
      /^config\/value 11:9 the item "tools\/write"/,
    ],
    ['an item without a name', edit('"tool/write"', '"tool"'), /^config\/value 11:9 the item "tool"/],
    ['a name for what has none', edit('"tool/write"', '"instructions/x"'), /^config\/value 11:9 /],
    ['an unknown kind opened', edit('"instructions":', '"tools":'), /^config\/value 5:18 the kind "tools"/],
    [
      'a rule there is not',
      edit(`"rule":"${SECRECY}"`, '"rule":"poison/no-such"'),
      /^config\/value 25:\d+ exceptions\[0\]\.rule names no rule there is/,
    ],
    [
      'a rule for all',
      edit(`"rule":"${SECRECY}"`, '"rule":"*"'),
      /^config\/value 25:\d+ exceptions\[0\]\.rule must be the id of a rule/,
    ],
    [
      'a day there is not',
      edit('2026-12-28T', '2026-02-30T'),
      /^config\/value 9:\d+ .*expires is no day or time there is/,
    ],
    [
      'an hour there is not',
      edit('2026-12-28T09', '2026-12-28T25'),
      /^config\/value 9:\d+ .*expires is no day or time there is/,
    ],
    [
      'a time without its zone',
      edit('"2026-12-28T09:00:00.000Z"', '"2026-12-28T09:00:00"'),
      /^config\/value 9:\d+ .*expires must be a time like/,
    ],
    [
      'a number for a text',
      edit('"by":"ada"', '"by":7'),
      /^config\/type 8:\d+ .*by must be one line of text, not a number/,
    ],
    [
      'two lines of reason',
      edit('read it', 'read\\nit'),
      /^config\/value 9:\d+ .*reason must be one line of text/,
    ],
    [
      'a hidden character in a name',
      edit('tool/write', 'tool/write\u200b'),
      /^config\/value 11:20 the lock file has a character that nobody sees \(\\u\{200b\}\)/,
    ],
    [
      'tag characters in a name',
      edit('tool/write', 'tool/write\u{e0041}'),
      /^config\/value 11:20 .*\\u\{e0041\}/,
    ],
    ['a reversed reason', edit('read it', '\u202eread it'), /^config\/value 9:\d+ .*\\u\{202e\}/],
    [
      'a space that is none between members',
      edit('"servers": {', '"servers":\u00a0{'),
      /^config\/syntax 3:13 /,
    ],
    ['a comment', edit('"version": 1,', '"version": 1, // one'), /^config\/syntax 2:17 JSON has no comments/],
    [
      'a comma too many',
      edit('"by":"first use"}', '"by":"first use"},'),
      /^config\/syntax 12:\d+ JSON has no trailing comma/,
    ],
    [
      'a merge that was not finished',
      edit('    "notes": {', '<<<<<<< HEAD\n    "notes": {'),
      /^config\/syntax 19:1 /,
    ],
    ['half of it', TEXT.slice(0, TEXT.length / 2), /^config\/syntax \d+:\d+ /],
    ['nothing', '', /^config\/syntax 1:1 the file is empty/],
    ['a second document', `${TEXT}{}`, /^config\/syntax 28:1 the file goes on after its end/],
    ['a byte order mark', `\ufeff${TEXT}`, /^config\/syntax 1:1 /],
    [
      'depth without end',
      `{"servers":${'['.repeat(100_000)}`,
      /^config\/syntax 1:\d+ the file is nested too deeply/,
    ],
  ])('is refused whole for %s', (_what, text, fault) => {
    expect(faultsOf(text)[0]).toMatch(fault)
  })

  it('is refused for bytes that are no UTF-8, and for more bytes than a lock has', () => {
    expect(faultsOf(Buffer.from(TEXT.replace('ada', 'ad\u00e9'), 'latin1'))).toEqual([
      'config/syntax 1:1 the lock file is not UTF-8',
    ])
    expect(faultsOf(Buffer.alloc(MAX_LOCK_BYTES + 1, 0x20))).toEqual([
      'config/syntax 1:1 the lock file is larger than 16777216 bytes',
    ])
  })

  it('says what to do when it cannot be read at all', () => {
    const read = parse(TEXT.slice(0, 100))
    expect(read.ok ? '' : read.error.message).toContain('restore the file from version control')
  })

  it('tells all faults at once, and no more than a person repairs', () => {
    const broken = TEXT.replaceAll(HASH, 'sha256-0').replace('"notes"', '"NOTES"')
    expect(faultsOf(broken).length).toBe(4)
    const many = Array.from({ length: 5_000 }, (_, at) => `"tool/${at}": [{"hash":"","at":"${AT}","by":"x"}]`)
    const text = `{"version":1,"servers":{"a":{"opened":{},"items":{${many.join(',')}}}}}`
    expect(faultsOf(text).length).toBe(100)
    expect(
      faultsOf(`{"version":1,"servers":{"a":{"opened":{},"items":{}}}}${'\u200b'.repeat(1_000_000)}`).length,
    ).toBe(1)
  })
})
