import { refuse } from './fault.ts'
import type { SqlDialect } from './policy.ts'

/**
 * Index after the comment that begins at `at`, or undefined where none begins for this server.
 *
 * Only comments that every server ends at the same place are let through. Refused: comments that begin with `!` or `M!`, which MySQL and
 * MariaDB execute; hints that set a variable; one within another (PostgreSQL nests, the others do not); one without end
 * (SQLite takes it to the end of the text); a bare carriage return in a line comment (it ends that of PostgreSQL only).
 */
export function readComment(text: string, at: number, dialect: SqlDialect): number | undefined {
  const c = text.charAt(at)
  if (c === '/' && text.charAt(at + 1) === '*') return readBlock(text, at, dialect)
  if (c === '#' && dialect === 'mysql') return readLine(text, at)
  if (c === '-' && text.charAt(at + 1) === '-' && beginsLine(text.charAt(at + 2), dialect))
    return readLine(text, at)
  return undefined
}

/** MySQL wants a space after the two dashes: `5--1` is 6 there. */
function beginsLine(next: string, dialect: SqlDialect): boolean {
  return dialect !== 'mysql' || next === '' || next <= ' '
}

function readLine(text: string, at: number): number {
  const newline = text.indexOf('\n', at)
  const end = newline < 0 ? text.length : newline
  const comment = text.slice(at, end)
  const carriage = comment.indexOf('\r')
  const beforeNewline = carriage === comment.length - 1 && newline >= 0
  if (carriage >= 0 && !beforeNewline)
    refuse('sql/comment', at + carriage, 'a carriage return in a comment, which ends it for one server only')
  return end
}

function readBlock(text: string, at: number, dialect: SqlDialect): number {
  const close = text.indexOf('*/', at + 2)
  if (close < 0) refuse('sql/comment', at, 'a comment that is not closed')
  const comment = text.slice(at + 2, close)
  if (/^M?!/i.test(comment)) refuse('sql/comment', at, 'a comment that MySQL or MariaDB executes')
  const nested = comment.indexOf('/*')
  // The end of one is the beginning of another where a slash stands before it.
  if (nested >= 0 || comment.endsWith('/')) refuse('sql/comment', at, 'a comment within a comment')
  if (comment.startsWith('+') && dialect === 'mysql' && /set_var|resource_group/i.test(comment))
    refuse('sql/comment', at, 'a hint that sets a variable')
  return close + 2
}
