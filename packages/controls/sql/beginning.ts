import { beginsStatements } from './statement.ts'

/**
 * How a text begins that servers may run: with a word that only a statement begins with, with one that plain English begins with as
 * well (`Check what came in May`), or with a comment, which only a server would read past.
 */
export type SqlBeginning = 'statement' | 'word' | 'comment'

/**
 * For a text that may be something else: a question in plain words, a connection string. `undefined`: none of the three servers
 * runs any part of it. One pass.
 *
 * @example beginningOfSql('SELECT 1') // 'statement'
 * @example beginningOfSql('COMMIT; DROP SCHEMA public CASCADE') // 'word'
 * @example beginningOfSql('Server=db; Database=shop') // undefined
 */
export function beginningOfSql(text: string): SqlBeginning | undefined {
  const begin = BEGIN.exec(text)
  if (begin === null) return undefined
  const word = begin[1]?.toUpperCase()
  if (word === undefined) return 'comment'
  if (!beginsStatements(word)) return undefined
  return PLAIN_SQL.has(word) ? 'statement' : 'word'
}

const BEGIN = /^[\s;(]*(?:--|\/\*|#|([a-z]+)(?![\w$]))/i

/** Those of `beginsStatements` that are taken for SQL wherever a text begins with them. */
const PLAIN_SQL: ReadonlySet<string> = new Set(
  (
    'SELECT WITH INSERT UPDATE DELETE MERGE REPLACE CREATE ALTER DROP TRUNCATE GRANT REVOKE EXPLAIN PRAGMA ATTACH COPY CALL DO ' +
    'BEGIN SET SHOW VALUES TABLE VACUUM'
  ).split(' '),
)
