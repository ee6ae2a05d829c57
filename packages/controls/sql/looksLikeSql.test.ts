import { describe, expect, it } from 'vitest'
import { looksLikeSql } from './index.ts'

describe('a text that begins as a statement', () => {
  it.each([
    'SELECT 1',
    'commit; DROP SCHEMA public CASCADE',
    'CLOSE ALL; DROP TABLE notes',
    'HELP; DROP TABLE notes',
    '(TABLE notes)',
    '-- one\nROLLBACK; DROP TABLE notes',
    '# one\nSET x = 1; DROP TABLE notes',
    '/* /* */ */ COMMIT; DROP TABLE notes',
    "SELECT'x'",
    `${' \t\n;'.repeat(1000)}PRAGMA x`,
  ])('%j does', (text) => expect(looksLikeSql(text)).toBe(true))

  it.each([
    '',
    ' ;',
    'Server=db; User=app; Database=shop',
    'postgresql://db/shop',
    'Totals by month; newest first',
    'select_all',
    'selected rows',
    '1; DROP TABLE notes',
  ])('%j does not', (text) => expect(looksLikeSql(text)).toBe(false))
})
