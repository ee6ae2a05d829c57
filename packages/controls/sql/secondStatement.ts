import { looseTexts } from './looseTexts.ts'
import { beginsStatements } from './statement.ts'

/**
 * Does any of the three servers find a second statement behind a semicolon of this text? For texts that `checkSql` cannot read:
 * a character, a long name or a comment that is refused there hides nothing of what stands behind it, and of several statements
 * the first ones run before a later one is found to be broken.
 *
 * Cannot know: what a server beside these three takes for a statement, a quote or a comment.
 *
 * @example hasSecondStatement('SELECT 1 AS 😀; COMMIT; DROP TABLE notes') // true
 * @example hasSecondStatement("SELECT '; DROP TABLE notes' AS 😀; -- done") // false
 */
export function hasSecondStatement(text: string): boolean {
  return text.includes(';') && looseTexts(text).some(runsSecond)
}

/** What stands before a statement, the end of a comment that MySQL runs among it, and its first word. */
const BEGIN = /^(?:[\s(]|\*\/)*([a-z]+(?![\w$]))?/i

function runsSecond(loose: string): boolean {
  let begun = false
  for (const part of loose.split(';')) {
    const [before = '', word = ''] = BEGIN.exec(part) ?? []
    if (begun && beginsStatements(word.toUpperCase())) return true
    begun ||= before.length < part.length || word !== ''
  }
  return false
}
