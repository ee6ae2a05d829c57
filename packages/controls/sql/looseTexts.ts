import type { SqlDialect } from './policy.ts'
import { readingsOf, type SqlReading } from './reading.ts'

/**
 * What a text that `checkSql` cannot read says outside of quotes, in each reading of the three servers: in place of what is quoted
 * stands a `"`, in place of a comment a blank. No character is refused, and none hides what stands behind it. One pass for each
 * reading.
 *
 * @example looseTexts("SELECT '; a' AS 😀; -- done") // ['SELECT  "  AS 😀;  ', ...]
 */
export function looseTexts(text: string): readonly string[] {
  const dialects = BLOCK.test(text) ? DIALECTS.slice(0, 1) : DIALECTS
  return dialects.flatMap((dialect) => readingsOf(dialect, text).map((reading) => looseText(text, reading)))
}

const DIALECTS: readonly SqlDialect[] = ['postgresql', 'mysql', 'sqlite']
/**
 * A block or a function of PostgreSQL with its body in dollar quotes, where the two others find an error before they run anything:
 * no query stands before the quotes that could end there, with `$$` as a name.
 */
const BLOCK =
  /^[\s;]*(?:do\s+(?:language\s+\w+\s+)?|create\s+(?:or\s+replace\s+)?(?:function|procedure)\b(?:'[^']*'|(?!\b(?:return|select|begin|delete|update|insert|replace|with|values|do)\b)[^;'"`$])*?\bas\s+)\$(?:[a-z_]\w*)?\$/i
/** What may begin a comment or something quoted. */
const MARK = /['"`[$#]|--|\/\*/g

function looseText(text: string, reading: SqlReading): string {
  let out = ''
  let from = 0
  MARK.lastIndex = 0
  for (let mark = MARK.exec(text); mark !== null; mark = MARK.exec(text)) {
    const at = mark.index
    const comment = endOfComment(text, at, reading.dialect)
    const end = comment ?? endOfQuoted(text, at, reading)
    if (end !== undefined) {
      out += `${text.slice(from, at)}${comment === undefined ? ' " ' : ' '}`
      from = end
    }
    MARK.lastIndex = end ?? at + 1
  }
  return out + text.slice(from)
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
