import { beginsStatements } from './statement.ts'

/**
 * Does a text begin as a statement, or with a comment, which only a server would read past? For a text that may be
 * something else: a question in plain words, a connection string. What does not begin like this, none of the three servers
 * runs any part of. One pass.
 *
 * @example looksLikeSql('COMMIT; DROP SCHEMA public CASCADE') // true
 * @example looksLikeSql('Server=db; Database=shop') // false
 */
export function looksLikeSql(text: string): boolean {
  const begin = BEGIN.exec(text)
  if (begin === null) return false
  const word = begin[1]
  return word === undefined || beginsStatements(word.toUpperCase())
}

const BEGIN = /^[\s;(]*(?:--|\/\*|#|([a-z]+)(?![\w$]))/i
