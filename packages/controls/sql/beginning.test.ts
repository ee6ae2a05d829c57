import { describe, expect, it } from 'vitest'
import { beginningOfSql } from './index.ts'

describe('how a text begins that a server may run', () => {
  it.each([
    'SELECT 1',
    '(TABLE notes)',
    "SELECT'x'",
    `${' \t\n;'.repeat(1000)}PRAGMA x`,
    'with x as (select 1) table x',
  ])('%j: as a statement', (text) => expect(beginningOfSql(text)).toBe('statement'))

  it.each([
    'commit; DROP SCHEMA public CASCADE',
    'CLOSE ALL; DROP TABLE notes',
    'HELP; DROP TABLE notes',
    'Check what came in May',
  ])('%j: with a word that plain English has as well', (text) => expect(beginningOfSql(text)).toBe('word'))

  it.each([
    '-- one\nROLLBACK; DROP TABLE notes',
    '# one\nSET x = 1; DROP TABLE notes',
    '/* /* */ */ COMMIT; DROP TABLE notes',
  ])('%j: with a comment', (text) => expect(beginningOfSql(text)).toBe('comment'))

  it.each([
    '',
    ' ;',
    'Server=db; User=app; Database=shop',
    'postgresql://db/shop',
    'Totals by month; newest first',
    'select_all',
    'selected rows',
    '1; DROP TABLE notes',
  ])('%j: as neither', (text) => expect(beginningOfSql(text)).toBeUndefined())
})
