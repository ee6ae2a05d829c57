import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { checkSql } from './index.ts'

const numRuns = Number(process.env.FUZZ_RUNS ?? 500)
vi.setConfig({ testTimeout: 300_000 + numRuns * 20 })

const name = fc.constantFrom('users', 'orders', '"Users"', 'o', 'total', 'created_at', 'sales.orders')
const literal = fc.constantFrom('1', "'a'", "'it''s'", 'NULL', '1.5e3', "'; DROP TABLE x --'", '$1', 'true')
const { query } = fc.letrec<{ expression: string; query: string }>((tie) => ({
  expression: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    literal,
    name,
    fc
      .tuple(
        tie('expression'),
        fc.constantFrom('+', '=', '<>', '||', ' AND ', ' OR ', ' LIKE ', ' IS NOT '),
        tie('expression'),
      )
      .map((parts) => parts.join(' ')),
    tie('expression').map((inner) => `(${inner})`),
    tie('expression').map((inner) => `coalesce(${inner}, 0)`),
    tie('expression').map((inner) => `CASE WHEN ${inner} THEN 1 ELSE 2 END`),
    tie('expression').map((inner) => `sum(${inner}) OVER (PARTITION BY a ORDER BY b)`),
    tie('query').map((inner) => `(${inner})`),
    tie('query').map((inner) => `a IN (${inner})`),
  ),
  query: fc
    .record({
      columns: fc.array(tie('expression'), { minLength: 1, maxLength: 3 }),
      from: fc.oneof(
        name,
        fc.tuple(name, name, tie('expression')).map(([a, b, on]) => `${a} x JOIN ${b} y ON ${on}`),
        tie('query').map((inner) => `(${inner}) AS z`),
      ),
      where: fc.option(tie('expression')),
      tail: fc.constantFrom('', ' ORDER BY 1 DESC', ' LIMIT 5', ' UNION ALL SELECT 1'),
    })
    .map(
      ({ columns, from, where, tail }) =>
        `SELECT ${columns.join(', ')} FROM ${from}${where === null ? '' : ` WHERE ${where}`}${tail}`,
    ),
}))

it('what is honest passes for every server, and a statement beside it or a change within it does not', () => {
  fc.assert(
    fc.property(query, fc.constantFrom('postgresql', 'mysql', 'sqlite', 'any'), (text, dialect) => {
      fc.pre(text.length < 5000)
      const policy = { dialect, mode: 'read', tables: { deny: ['secrets'] } } as const
      const decision = checkSql(text, policy)
      if (!decision.ok) {
        // The one thing that may happen to an honest query is that it is too deep.
        expect(decision.explain).toContain('levels deep')
        return
      }
      expect(checkSql(`${text}; SELECT 1`, policy).ok).toBe(false)
      expect(checkSql(`WITH w AS (DELETE FROM users RETURNING 1) ${text}`, policy).ok).toBe(false)
      expect(checkSql(`${text.replace('FROM ', 'FROM secrets, ')}`, policy).ok).toBe(false)
      expect(checkSql(`SELECT * FROM (${text}) q, secrets`, policy).ok).toBe(false)
      expect(checkSql(`${text} FOR UPDATE`, policy).ok).toBe(false)
    }),
    { numRuns },
  )
})

const PIECES = fc.constantFrom(
  ...[
    'SELECT',
    'FROM',
    'secrets',
    'users',
    "'",
    '"',
    '`',
    '$$',
    '[',
    ']',
    '(',
    ')',
    ',',
    ';',
    '--',
    '#',
    '/*',
    '*/',
    '/*!',
    '\\',
    '\n',
    '\r',
    ' ',
    '.',
    '*',
    '=',
    '::',
    '@',
    '@@',
    '?',
    ':a',
    '$1',
    'UNION',
    'IN',
    'WITH',
    'AS',
    'DELETE',
    'INTO',
    'CASE',
    'END',
    'E',
    'U&',
    'x',
    '1',
    '1e',
    '\u{0}',
    '\u{a0}',
    '\u{2019}',
    '\u{1f600}',
    'é',
  ],
)

it('no text makes it throw, and what it says of one is fit to be shown', () => {
  const any = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(PIECES, { maxLength: 40 }).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(
      any,
      fc.constantFrom('postgresql', 'mysql', 'sqlite', 'any'),
      fc.constantFrom('read', 'write', 'ddl'),
      (text, dialect, mode) => {
        const decision = checkSql(text, { dialect, mode })
        if (decision.ok) return
        expect(decision.offset).toBeGreaterThanOrEqual(0)
        expect(decision.offset).toBeLessThanOrEqual(text.length)
        expect(decision.explain).toMatch(/^[^\p{Cc}\p{Cf}]+$/u)
      },
    ),
    { numRuns: numRuns * 10 },
  )
})

it('what passes for any server passes for at least one of them, and more is never allowed by a narrower policy', () => {
  fc.assert(
    fc.property(
      fc.array(PIECES, { maxLength: 12 }).map((parts) => parts.join(' ')),
      (text) => {
        const read = (dialect: 'postgresql' | 'mysql' | 'sqlite' | 'any') =>
          checkSql(text, { dialect, mode: 'read' })
        if (read('any').ok)
          expect([read('postgresql'), read('mysql'), read('sqlite')].some(({ ok }) => ok)).toBe(true)
        if (read('postgresql').ok)
          expect(checkSql(text, { dialect: 'postgresql', mode: 'write' }).ok).toBe(true)
        const limited = checkSql(text, { dialect: 'sqlite', mode: 'read', tables: { allow: ['users'] } })
        if (limited.ok) expect(read('sqlite').ok).toBe(true)
      },
    ),
    { numRuns: numRuns * 4 },
  )
})

/** Repeated from the start of the text: what only the tokenizer sees. */
const LEXICAL = [
  "'",
  '"',
  '`',
  '$',
  '$$',
  '$a$',
  '[',
  ';',
  '--',
  '#',
  '/*',
  '*/',
  '/',
  '\\',
  '.',
  '::',
  '@',
  '?',
  ':',
]
const MORE_LEXICAL = [
  '1',
  '1.',
  '1e',
  'a',
  "E'",
  "'\\'",
  "''",
  '""',
  '-- \n',
  '\r',
  '/**/',
  '$a',
  'é',
  '\u{1f600}',
]
/** Repeated after `SELECT 1 `: what the grammar sees. */
const GRAMMATICAL = [
  '(',
  ',1',
  'a.',
  'NOT ',
  'CASE WHEN 1 THEN ',
  'a IN (',
  '- ',
  'f(',
  'x OVER (',
  '[1]',
  "'a' ",
]
const MORE_GRAMMATICAL = [
  'FROM a ',
  'JOIN a ',
  'UNION SELECT 1 ',
  'WITH a AS (',
  'AND 1 ',
  '*',
  '+',
  ') ',
  'IS NOT ',
]

it('no text takes more than linear time: a megabyte of every beginning is done at once', () => {
  const beginnings = [
    ...[...LEXICAL, ...MORE_LEXICAL].map((piece) => ['', piece] as const),
    ...[...GRAMMATICAL, ...MORE_GRAMMATICAL].map((piece) => ['SELECT 1 ', piece] as const),
  ]
  for (const [start, beginning] of beginnings) {
    const evil = start + beginning.repeat(Math.ceil(1_048_576 / beginning.length))
    const started = performance.now()
    checkSql(evil, { dialect: 'any', mode: 'read', maxBytes: 8 << 20 })
    expect(performance.now() - started, `repeating ${beginning}`).toBeLessThan(30_000)
  }
})
