import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasSecondStatement } from './index.ts'

const LONG = 'x'.repeat(64)

describe('a second statement', () => {
  it.each([
    // What `checkSql` cannot read, which PostgreSQL runs.
    'COMMIT\v; DROP TABLE notes',
    'SELECT 1 AS 😀; COMMIT; DROP TABLE notes',
    'SELECT 1 AS a\u00a0b; COMMIT; DROP TABLE notes',
    `SELECT 1 AS ${LONG}; COMMIT; DROP TABLE notes`,
    `SELECT 1 AS "${LONG}"; COMMIT; DROP TABLE notes`,
    "SELECT U&'a'; COMMIT; DROP TABLE notes",
    'COMMIT /* /* */ */; DROP TABLE notes',
    'COMMIT --x\r; DROP TABLE notes',
    'SELECT 1 AS 😀$a$; DROP TABLE notes; --$a$',
    'CREATE FUNCTION f() RETURNS int AS $$ SELECT 1; $$ LANGUAGE sql; DROP TABLE notes',
    `SELECT 1${' '.repeat(70_000)}; DROP TABLE notes`,
    // SQLite and MySQL run the first ones before they find that the last is broken.
    "SELECT 1; DROP TABLE notes; '",
    'SELECT 1; DROP TABLE notes; \\',
    'SELECT 1; DROP TABLE notes\0',
    '\ufeffSELECT 1; DROP TABLE notes',
    'SELECT 1;\ufeffDROP TABLE notes',
    'SELECT 1 AS ""; DROP TABLE notes',
    'SELECT @`a`; DROP TABLE notes',
    'SELECT 1 /*!; DROP TABLE notes */',
    'SELECT 1; /*!50000 DROP TABLE notes */',
    "SELECT sleep('0\\''); DROP TABLE notes; -- ')",
    'CREATE FUNCTION f() RETURNS int RETURN (SELECT 1 AS $$); DROP TABLE notes; -- $$',
    'CREATE PROCEDURE p() DELETE FROM t AS $$; DROP TABLE notes; -- $$',
  ])('is found: %j', (text) => expect(hasSecondStatement(text)).toBe(true))

  it.each([
    '',
    ';;;SELECT 1 AS 😀;;',
    '/* one */; SELECT 1 AS 😀; -- DROP TABLE notes',
    'SELECT 1 AS 😀; /* ; DROP TABLE notes */',
    "SELECT '; DROP TABLE notes' AS 😀",
    "SELECT 'it''s; DROP TABLE notes' AS 😀",
    'SELECT "a; DROP" AS 😀',
    'SELECT `a; drop` AS 😀',
    'Get the totals by month; newest first',
    'DO $$ BEGIN PERFORM 1; DELETE FROM notes; END $$',
    'DO LANGUAGE plpgsql $x$ BEGIN PERFORM 1; UPDATE t SET a = 1; END $x$;',
    "CREATE OR REPLACE FUNCTION f(a text DEFAULT '') RETURNS trigger SECURITY DEFINER SET search_path = '' AS $$ BEGIN UPDATE t SET a = 1; RETURN NEW; END; $$ LANGUAGE plpgsql;",
  ])('is none: %j', (text) => expect(hasSecondStatement(text)).toBe(false))

  it('is found behind whatever no quote or comment begins with', () => {
    const noise = fc
      .string({ unit: 'grapheme', maxLength: 40 })
      .map((text) => text.replaceAll(/['"`[$#/*-]/g, ''))
    fc.assert(
      fc.property(noise, noise, (before, behind) => {
        expect(hasSecondStatement(`SELECT 1 ${before}; DROP TABLE notes ${behind}`)).toBe(true)
      }),
    )
  })

  it.each([
    "'",
    "\\'",
    "'\\",
    '/*',
    '/*/',
    '*/',
    '--',
    '--\r',
    '--\n',
    '$a',
    '$$',
    '$a$',
    ';',
    '; ',
    ';(',
    '/*!1',
    '[',
    '`',
    '"',
    ';a',
    '\u00e9',
    ' as ',
  ])('%j, however often, is looked at in one pass', (unit) => {
    const text = `create function ;${unit.repeat(Math.ceil(1_000_000 / unit.length))}`
    expect(typeof hasSecondStatement(text)).toBe('boolean')
  })
})
