import type { SqlDialect } from './policy.ts'
import { readingsOf, type SqlReading } from './reading.ts'
import { beginsStatements } from './statement.ts'

/**
 * Does any of the three servers find a second statement behind a semicolon of this text? For texts that `checkSql` cannot read:
 * a character, a long name or a comment that is refused there hides nothing of what stands behind it, and of several statements
 * the first ones run before a later one is found to be broken. One pass for each reading.
 *
 * Cannot know: what a server beside these three takes for a statement, a quote or a comment.
 *
 * @example hasSecondStatement('SELECT 1 AS 😀; COMMIT; DROP TABLE notes') // true
 * @example hasSecondStatement("SELECT '; DROP TABLE notes' AS 😀; -- done") // false
 */
export function hasSecondStatement(text: string): boolean {
  if (!text.includes(';')) return false
  const dialects = BLOCK.test(text) ? DIALECTS.slice(0, 1) : DIALECTS
  return dialects.some((dialect) => readingsOf(dialect, text).some((reading) => runsSecond(text, reading)))
}

const DIALECTS: readonly SqlDialect[] = ['postgresql', 'mysql', 'sqlite']
/**
 * A block or a function of PostgreSQL with its body in dollar quotes, where the two others find an error before they run anything:
 * no query stands before the quotes that could end there, with `$$` as a name.
 */
const BLOCK =
  /^[\s;]*(?:do\s+(?:language\s+\w+\s+)?|create\s+(?:or\s+replace\s+)?(?:function|procedure)\b(?:'[^']*'|(?!\b(?:return|select|begin|delete|update|insert|replace|with|values|do)\b)[^;'"`$])*?\bas\s+)\$(?:[a-z_]\w*)?\$/i
/** What stands before a statement; also the end of a comment that MySQL runs. */
const BETWEEN = /(?:[\s;(]|\*\/)*/y
const WORD = /[a-z]+(?![\w$])/iy
/** What may begin something in which a semicolon ends nothing, and the semicolon. */
const MARK = /['"`[$#;]|--|\/\*/g

function runsSecond(text: string, reading: SqlReading): boolean {
  let begun = false
  let at = 0
  while (at < text.length) {
    at = skipBetween(text, at, reading)
    const word = matchAt(WORD, text, at)
    if (begun && beginsStatements(word.toUpperCase())) return true
    begun ||= at < text.length
    at = endOfStatement(text, at + word.length, reading)
  }
  return false
}

/** Index of the first word from here: behind blanks and comments. */
function skipBetween(text: string, from: number, reading: SqlReading): number {
  let at = from
  for (;;) {
    at += matchAt(BETWEEN, text, at).length
    const end = endOfComment(text, at, reading.dialect)
    if (end === undefined) return at
    at = end
  }
}

/** Index after the semicolon, or the end of the text. */
function endOfStatement(text: string, from: number, reading: SqlReading): number {
  let at = from
  for (;;) {
    MARK.lastIndex = at
    const mark = MARK.exec(text)
    if (mark === null) return text.length
    at = mark.index
    if (mark[0] === ';') return at + 1
    at = endOfComment(text, at, reading.dialect) ?? endOfQuoted(text, at, reading) ?? at + 1
  }
}

/** `undefined`: none begins there. One without end is all the rest, as it is for SQLite. */
function endOfComment(text: string, at: number, dialect: SqlDialect): number | undefined {
  const c = text.charAt(at)
  if (c === '#') return dialect === 'mysql' ? endOfLine(text, at, dialect) : undefined
  if (c === '-' && text.charAt(at + 1) === '-') {
    const next = text.charAt(at + 2)
    return dialect !== 'mysql' || next <= ' ' ? endOfLine(text, at, dialect) : undefined
  }
  if (c !== '/' || text.charAt(at + 1) !== '*') return undefined
  if (dialect === 'mysql') {
    const run = matchAt(RUN_COMMENT, text, at)
    if (run !== '') return at + run.length
  }
  if (dialect === 'postgresql') return endOfNested(text, at)
  const close = text.indexOf('*/', at + 2)
  return close < 0 ? text.length : close + 2
}

/** What is in it is part of the statement for MySQL or MariaDB. */
const RUN_COMMENT = /\/\*M?!\d*/iy
const NESTING = /\/\*|\*\//g

function endOfNested(text: string, at: number): number {
  let depth = 0
  NESTING.lastIndex = at
  for (let mark = NESTING.exec(text); mark !== null; mark = NESTING.exec(text)) {
    depth += mark[0] === '/*' ? 1 : -1
    if (depth === 0) return NESTING.lastIndex
  }
  return text.length
}

function endOfLine(text: string, at: number, dialect: SqlDialect): number {
  if (dialect !== 'postgresql') return endAfter(text, '\n', at)
  LINE_END.lastIndex = at
  return LINE_END.exec(text) === null ? text.length : LINE_END.lastIndex
}

const LINE_END = /[\r\n]/g

/** `undefined`: nothing that is quoted begins there. What has no end is all the rest: the statement it is in does not run. */
function endOfQuoted(text: string, at: number, reading: SqlReading): number | undefined {
  const { dialect, backslashInStrings, backslashInDoubleQuotes } = reading
  switch (text.charAt(at)) {
    case "'":
      return endOfQuotes(
        text,
        at,
        backslashInStrings || (dialect === 'postgresql' && isEscapeString(text, at)),
      )
    case '"':
      return endOfQuotes(text, at, backslashInDoubleQuotes)
    case '`':
      // An operator that PostgreSQL does not have: this statement fails, and none behind it is run.
      return dialect === 'postgresql' ? text.length : endOfQuotes(text, at, false)
    case '[':
      return dialect === 'sqlite' ? endAfter(text, ']', at) : undefined
    case '$': {
      if (dialect !== 'postgresql' || IN_NAME.test(text.charAt(at - 1))) return undefined
      const tag = matchAt(DOLLARS, text, at)
      return tag === '' ? undefined : endAfter(text, tag, at + tag.length)
    }
    default:
      return undefined
  }
}

const DOLLARS = /\$(?:[a-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/iy

/** Whatever is beyond ASCII is part of a name for PostgreSQL. */
const IN_NAME = /[\w$\u0080-\uffff]/

function isEscapeString(text: string, quote: number): boolean {
  return /^e$/i.test(text.charAt(quote - 1)) && !IN_NAME.test(text.charAt(quote - 2))
}

function endAfter(text: string, close: string, from: number): number {
  const at = text.indexOf(close, from)
  return at < 0 ? text.length : at + close.length
}

/** A doubled quote ends one text and begins the next: it is the same to us. */
function endOfQuotes(text: string, open: number, backslash: boolean): number {
  const quote = text.charAt(open)
  let from = open + 1
  for (;;) {
    const close = text.indexOf(quote, from)
    if (close < 0) return text.length
    if (!backslash || !isEscaped(text, close, from)) return close + 1
    from = close + 1
  }
}

/** An odd number of backslashes stands before it, since `from`. */
function isEscaped(text: string, at: number, from: number): boolean {
  let before = at
  while (before > from && text.charAt(before - 1) === '\\') before--
  return (at - before) % 2 === 1
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}
