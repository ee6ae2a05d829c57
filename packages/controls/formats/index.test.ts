import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { checkFormat, FORMAT_RULES, type Format, type Marker } from './index.ts'

const ok = (text: string | number, format: Format) => checkFormat(text, format).ok

const TABLE: readonly (readonly [Format, readonly string[], readonly string[]])[] = [
  [
    { kind: 'email' },
    ['ann@example.com', 'a.b+c@sub.example.co.uk', 'x_1@e-x.de', 'grüße@example.com', "o'neil@example.ie"],
    [
      '',
      'ann',
      '@example.com',
      'ann@',
      'ann@localhost',
      'ann@@example.com',
      'a b@example.com',
      '.a@example.com',
      'a..b@example.com',
      '"a b"@example.com',
      'a@[127.0.0.1]',
      'a@-x.com',
      '-oQ/tmp@example.com',
      'a@example.com\nBcc: x@y.z',
      'a@example.com,b@example.com',
      `${'a'.repeat(65)}@example.com`,
      'a@exa\u{ff4d}ple.com',
      'a@1.2.3.4',
    ],
  ],
  [
    { kind: 'date' },
    ['2026-11-28', '2024-02-29', '2000-02-29', '0001-01-01'],
    [
      '',
      '2026-02-30',
      '2023-02-29',
      '1900-02-29',
      '2026-13-01',
      '2026-00-10',
      '2026-1-1',
      '20260101',
      '2026-11-28T',
      '2026-11-28\n',
      '\u{ff12}026-11-28',
    ],
  ],
  [
    { kind: 'date-time' },
    [
      '2026-11-28T12:30:00Z',
      '2026-11-28t12:30:00.123456z',
      '2026-11-28T12:30:00+01:00',
      '1990-12-31T23:59:60Z',
      '1990-12-31T15:59:60-08:00',
    ],
    [
      '',
      '2026-11-28',
      '2026-11-28T12:30:00',
      '2026-11-28T24:00:00Z',
      '2026-11-28T12:60:00Z',
      '2026-11-28T12:30:60Z',
      '2026-11-28T12:30:00.Z',
      '2026-11-28T12:30:00+1:00',
      '2026-11-28T12:30:00+24:00',
      '2026-02-30T12:30:00Z',
    ],
  ],
  [
    { kind: 'uuid' },
    [
      '123e4567-e89b-12d3-a456-426614174000',
      '123E4567-E89B-12D3-A456-426614174000',
      '00000000-0000-0000-0000-000000000000',
    ],
    [
      '',
      '123e4567e89b12d3a456426614174000',
      '{123e4567-e89b-12d3-a456-426614174000}',
      '123e4567-e89b-12d3-a456-42661417400g',
      '123e4567-e89b-12d3-a456-426614174000 ',
    ],
  ],
  [
    { kind: 'hostname' },
    ['example.com', 'localhost', 'a-b.example', 'xn--bcher-kva.example', '1a.example'],
    [
      '',
      '.',
      'a.',
      '.a',
      'a..b',
      '-a.b',
      'a-.b',
      'a_b.c',
      'bücher.example',
      '127.1',
      '0x7f.1',
      '1',
      '0x7f',
      'a b',
      'a/b',
      `${'a'.repeat(64)}.b`,
      `${'a.'.repeat(127)}aa`,
    ],
  ],
  [
    { kind: 'ipv4' },
    ['127.0.0.1', '0.0.0.0', '255.255.255.255'],
    ['', '127.1', '256.0.0.1', '01.2.3.4', '0x7f.0.0.1', '1.2.3.4.5', '1.2.3.4 ', '2130706433'],
  ],
  [
    { kind: 'ipv6' },
    ['::1', '2001:db8::1', '::ffff:127.0.0.1', 'fe80::1'],
    ['', ':::', '1::2::3', 'fe80::1%eth0', '[::1]', 'g::1', '127.0.0.1'],
  ],
  [
    { kind: 'semver' },
    [
      '1.2.3',
      '0.0.0',
      '1.0.0-alpha.1',
      '1.0.0-0.3.7',
      '1.0.0+20130313144700',
      '1.0.0-beta+exp.sha.5114f85',
      '1.0.0--',
      '1.0.0-0a',
    ],
    [
      '',
      '1',
      '1.2',
      'v1.2.3',
      '01.2.3',
      '1.2.3-',
      '1.2.3-01',
      '1.2.3+',
      '1.2.3-a..b',
      '1.2.3 ',
      '^1.2.3',
      '1.2.3-a+b+c',
    ],
  ],
  [{ kind: 'slug' }, ['a', 'my-post-1', '2026'], ['', '-a', 'a-', 'a--b', 'A', 'a_b', 'a b', 'ä', '../a']],
  [
    { kind: 'id' },
    ['a', 'A1', 'user:42', 'a.b-c_d', '123'],
    ['', '-a', '_a', '.a', 'a..b', 'a/b', 'a b', "a'b", 'a\n', 'ä', 'a'.repeat(129)],
  ],
  [
    { kind: 'integer', min: -5, max: 100 },
    ['0', '-5', '7', '100'],
    [
      '',
      '-',
      '-0',
      '+1',
      '01',
      '1.0',
      '1e3',
      '0x1',
      ' 1',
      '-6',
      '101',
      '9007199254740993',
      'NaN',
      '\u{0661}',
    ],
  ],
  [
    { kind: 'line', maxLength: 20 },
    ['', 'a header value', 'tab\there', 'Grüße'],
    ['a\r\nSet-Cookie: x', 'a\nb', 'a\rb', 'a\u{0}', 'a\u{85}b', 'a\u{2028}b', 'a'.repeat(21)],
  ],
]

describe.each(TABLE)('%j', (format, good, bad) => {
  it.each(good)('is %j', (text) => expect(checkFormat(text, format)).toEqual({ ok: true }))
  it.each(bad)('is not %j', (text) => expect(ok(text, format)).toBe(false))
})

it('numbers are integers of their range', () => {
  expect(ok(5, { kind: 'integer', min: 1, max: 9 })).toBe(true)
  for (const number of [0, 10, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -0])
    expect(ok(number, { kind: 'integer', min: 1, max: 9 }), String(number)).toBe(false)
})

describe('marks of other languages in plain texts', () => {
  const ATTACKS: Readonly<Record<Marker, readonly string[]>> = {
    ldap: ['*', '*)(uid=*))(|(uid=*', 'admin)(&)', 'x)(cn=*', '%2a', '\\28', 'a)'],
    xpath: ["' or '1'='1", "x' or 1=1 or 'x'='y", "'] | //user/*[contains(*,'", '" or ""="'],
    nosql: [
      "', $where: '1 == 1'",
      '{"$ne": null}',
      'user[$ne]=1',
      "'; return true; var x='",
      "' || 1==1",
      'this.password',
    ],
    template: ['{{7*7}}', `$\{7*7}`, '<%= 7*7 %>', '#{7*7}', '{%import os%}', '@(1+1)', '<#assign x=1>'],
    sql: [
      "' OR '1'='1",
      "admin' --",
      "'; DROP TABLE users",
      "' UNION SELECT 1",
      '1 OR 1=1',
      "x' AND 1=2 --",
      "') OR ('a'='a",
    ],
    printf: ['%n', '%s%s%s%s', '%x.%x.%x', '%1$s', '%99999$n', '%*d'],
    markup: [
      '<!DOCTYPE foo>',
      '<!ENTITY x SYSTEM "file:///etc/passwd">',
      '<?xml version="1.0"?>',
      '<!--#exec cmd="id"-->',
    ],
  }
  const HONEST = [
    'Ann (the boss) & co',
    "O'Brien's office",
    'costs $5 or 50% less',
    'a "quoted" word',
    'He said "yes" or "no".',
    'f(x) = (a + b) * c'.replace(' * c', ''),
    'https://example.com/?a=1&b=2',
    '{"a": 1}',
    '<b>bold</b>',
    'C:\\new\\file',
    'order by phone',
    'select a union',
    'x < y and y > z',
    'first line\nsecond line',
    'Grüße 🎉',
    "the '90s and the '80s",
    'drop the table on the left; it is broken',
    '100%',
    '#hashtag',
    'ann@example.com',
    '',
  ]

  for (const [marker, attacks] of Object.entries(ATTACKS) as [Marker, readonly string[]][]) {
    it.each(attacks)(`${marker}: refuses %j`, (text) => {
      expect(checkFormat(text, { kind: 'plain', refuse: [marker] })).toMatchObject({
        ok: false,
        rule: `format/${marker}`,
      })
      expect(ok(text, { kind: 'plain' })).toBe(true)
    })
  }
  it.each(HONEST)('lets through %j', (text) => {
    const refuse: readonly Marker[] = ['ldap', 'xpath', 'nosql', 'template', 'sql', 'printf', 'markup']
    expect(checkFormat(text, { kind: 'plain', refuse })).toEqual({ ok: true })
  })

  it('no plain text has a NUL or half a character', () => {
    for (const text of ['a\u{0}', '\u{d800}']) expect(ok(text, { kind: 'plain' })).toBe(false)
    expect(ok('abc', { kind: 'plain', minLength: 4 })).toBe(false)
    expect(ok('abc', { kind: 'plain', maxLength: 2 })).toBe(false)
  })
})

const FILE = new URL(
  '../../../../shared/reference/data/vectors/payload_misc_injection.jsonl',
  import.meta.url,
)
it.skipIf(!existsSync(FILE))(
  'finds most of the published payloads of each language (skipped without them)',
  () => {
    const rows = readFileSync(FILE, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((row) => JSON.parse(row))
    const marker = new Map<string, Marker>([
      ['ldap', 'ldap'],
      ['xpath', 'xpath'],
      ['nosql', 'nosql'],
      ['xxe', 'markup'],
      ['format-string', 'printf'],
      ['ssti', 'template'],
    ])
    for (const [cls, one] of marker) {
      const texts: string[] = rows.filter((row) => row.class === cls).map((row) => row.payload)
      const found = texts.filter((text) => !ok(text, { kind: 'plain', refuse: [one] }))
      if (texts.length > 0)
        expect(
          found.length / texts.length,
          `${cls}: ${texts.filter((text) => !found.includes(text)).join('\n')}`,
        ).toBeGreaterThan(0.6)
    }
  },
)

it('explanations repeat nothing of the value, and rules say what they mean', () => {
  const decision = checkFormat('hunter2\n', { kind: 'line' })
  expect(decision.ok ? '' : decision.explain).not.toContain('hunter2')
  for (const text of Object.values(FORMAT_RULES)) expect(text).toMatch(/\.$/)
})
