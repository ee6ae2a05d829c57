import { describe, expect, it } from 'vitest'
import { hasChange } from './index.ts'

describe('a change', () => {
  it.each([
    '\ufeffDELETE FROM notes',
    'DELETE\vFROM notes',
    'DELETE/* x */FROM notes AS ﬁ',
    "DELETE FROM notes WHERE body <> U&'x'",
    'WITH x AS (DELETE FROM notes RETURNING 1) SELECT 1 AS 😀',
    'EXPLAIN ANALYZE DELETE FROM notes AS 😀',
    'INSERT OR REPLACE INTO notes VALUES (1) AS 😀',
    'UPDATE"notes"AS n SET body = 1\v',
    'DROP TABLE notes\v',
    'CREATE OR REPLACE TEMP VIEW v AS SELECT 1 AS 😀',
    'TRUNCATE notes',
    'RENAME TABLE notes TO gone',
    "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE notes",
    "EXECUTE IMMEDIATE 'DROP TABLE notes'",
    'SHUTDOWN',
    'KILL 5',
    'SELECT 1 /*!50000 INTO x */ FROM (DELETE FROM notes) AS 😀',
  ])('is found: %j', (text) => expect(hasChange(text)).toBe(true))

  it.each([
    "SELECT 'DELETE FROM notes' AS 😀",
    'SELECT 1 AS 😀 -- DROP TABLE notes',
    'SELECT "drop table" FROM x QUALIFY 1',
    'SELECT truncate(a, 2), replace(b, c, d) FROM t FINAL',
    'SELECT * FROM t FOR UPDATE SKIP LOCKED OPTION (x)',
    'Delete whatever is older than May',
    'Update me on sales; newest first',
    'Load averages for last week',
    'Kill ratio per player',
    'Drop in revenue per table',
    'How many times did we update or drop something?',
  ])('is none: %j', (text) => expect(hasChange(text)).toBe(false))

  it.each([
    'delete ',
    'update ',
    'update x ',
    'create or replace ',
    'insert or ignore ',
    ' ',
    'truncate ',
    'kill ',
    "'",
    '/*',
    ';',
  ])('%j, however often, is looked at in one pass', (unit) =>
    expect(hasChange(unit.repeat(Math.ceil(1_000_000 / unit.length)))).toBe(false),
  )
})
