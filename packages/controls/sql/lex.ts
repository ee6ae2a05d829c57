import { readComment } from './comments.ts'
import { refuse, SqlFaultError } from './fault.ts'
import { isNameChar, isNameStart, isOperatorChar, isSpace, showCharacter } from './letters.ts'
import type { SqlReading } from './reading.ts'
import type { Token, TokenKind } from './token.ts'

/** PostgreSQL cuts longer names silently: what is compared would not be what is read. */
const MAX_NAME_BYTES = 63

/**
 * Cuts a text into tokens as one server does. In one pass: every character is looked at a constant number of times.
 * Throws a fault where the text is not the dialect's, or where two servers, or two settings of one, could differ in a way
 * that the readings do not cover.
 */
export function lexSql(text: string, reading: SqlReading): readonly Token[] {
  const lexer: Lexer = { text, reading, tokens: [], at: 0, statements: 0 }
  while (lexer.at < text.length) lexToken(lexer)
  lexer.tokens.push({ kind: 'end', start: text.length, text: '', name: '' })
  return lexer.tokens
}

interface Lexer {
  readonly text: string
  readonly reading: SqlReading
  readonly tokens: Token[]
  at: number
  /** Semicolons so far. */
  statements: number
}

function lexToken(lexer: Lexer): void {
  const { text, at } = lexer
  const c = text.charAt(at)
  if (isSpace(c)) {
    lexer.at++
    return
  }
  const comment = readComment(text, at, lexer.reading.dialect)
  if (comment !== undefined) {
    lexer.at = comment
    return
  }
  if (c === "'") return lexString(lexer, at, lexer.reading.backslashInStrings)
  if (c === '"') return lexDoubleQuotes(lexer)
  if (c === '`') return lexBackquotes(lexer)
  if (c === '[' || c === ']') return lexBracket(lexer, c)
  if (c === '(' || c === ')' || c === ',') return push(lexer, c, at + 1)
  if (c === ';') {
    lexer.statements++
    return push(lexer, c, at + 1)
  }
  if (isDigit(c) || (c === '.' && isDigit(text.charAt(at + 1)) && !followsName(lexer)))
    return lexNumber(lexer)
  if (c === '.') return push(lexer, c, at + 1)
  if (isNameStart(text, at)) return lexWord(lexer)
  if (c === '$') return lexDollar(lexer)
  if (c === '?') return lexQuestionMark(lexer)
  if (c === ':') return lexColon(lexer)
  if (c === '@' && lexAt(lexer)) return
  if (c === '#' && lexer.reading.dialect === 'sqlite') broken(lexer, at, 'a # that SQLite does not know')
  if (isOperatorChar(c)) return lexOperator(lexer)
  if (c === '{' || c === '}' || c === '\\') {
    // MySQL: `{d '...'}` and `\N`; its client also takes `\!` for a command of its own.
    if (lexer.reading.dialect === 'mysql') refuse('sql/unreadable', at, `a ${c} outside quotes`)
    broken(lexer, at, `a ${c} outside quotes`)
  }
  refuse('sql/unreadable', at, `${showCharacter(text, at)} outside quotes`)
}

/** A fault that the server has too. After a semicolon the first statement may have run before. */
function broken(lexer: Lexer, offset: number, what: string): never {
  throw new SqlFaultError({
    rule: 'sql/unreadable',
    offset,
    what,
    broken: lexer.statements === 0,
  })
}

function push(lexer: Lexer, kind: TokenKind, end: number, value?: { text: string; name: string }): void {
  const text = value?.text ?? lexer.text.slice(lexer.at, end)
  lexer.tokens.push({ kind, start: lexer.at, text, name: value?.name ?? text })
  lexer.at = end
}

/** Index after the closing quote; a doubled quote is one of the text. */
function endOfQuotes(lexer: Lexer, open: number, quote: string, backslash: boolean): number {
  const { text } = lexer
  for (let at = open + 1; at < text.length; at++) {
    const c = text.charAt(at)
    if (c === '\\' && backslash) at++
    else if (c === quote) {
      if (text.charAt(at + 1) !== quote) return at + 1
      at++
    }
  }
  broken(lexer, open, `a ${quote} that is not closed`)
}

/** `open` is the quote; the token began at `lexer.at`, perhaps with a prefix. */
function lexString(lexer: Lexer, open: number, backslash: boolean): void {
  const end = endOfQuotes(lexer, open, "'", backslash)
  const text = lexer.text.slice(open + 1, end - 1).replaceAll("''", "'")
  push(lexer, 'string', end, { text, name: text })
}

function lexDoubleQuotes(lexer: Lexer): void {
  const { dialect, backslashInDoubleQuotes } = lexer.reading
  const end = endOfQuotes(lexer, lexer.at, '"', backslashInDoubleQuotes)
  pushName(lexer, dialect === 'mysql' ? 'either' : 'quoted', '"', end)
}

function lexBackquotes(lexer: Lexer): void {
  if (lexer.reading.dialect === 'postgresql') broken(lexer, lexer.at, 'a backquote')
  pushName(lexer, 'quoted', '`', endOfQuotes(lexer, lexer.at, '`', false))
}

function lexBracket(lexer: Lexer, bracket: '[' | ']'): void {
  const { dialect } = lexer.reading
  if (dialect === 'postgresql') return push(lexer, bracket, lexer.at + 1)
  if (dialect === 'mysql' || bracket === ']') broken(lexer, lexer.at, `a ${bracket}`)
  const end = lexer.text.indexOf(']', lexer.at)
  if (end < 0) broken(lexer, lexer.at, 'a [ that is not closed')
  pushName(lexer, 'quoted', '[', end + 1)
}

function pushName(lexer: Lexer, kind: 'quoted' | 'either', quote: string, end: number): void {
  const inner = lexer.text.slice(lexer.at + 1, end - 1)
  const text = quote === '[' ? inner : inner.replaceAll(quote + quote, quote)
  // SQLite sees PostgreSQL's `int[]` so.
  if (kind === 'quoted' && (quote !== '[' || text !== '')) checkNameLength(lexer, text)
  push(lexer, kind, end, { text, name: lexer.reading.dialect === 'sqlite' ? foldAscii(text) : text })
}

function checkNameLength(lexer: Lexer, name: string): void {
  if (name.length === 0) refuse('sql/unreadable', lexer.at, 'an empty name')
  if (name.length > 15 && Buffer.byteLength(name) > MAX_NAME_BYTES)
    refuse('sql/unreadable', lexer.at, 'a name of more than 63 bytes, which PostgreSQL would cut')
}

/** PostgreSQL and SQLite fold ASCII letters of what is not quoted; MySQL leaves table names as they are. */
function foldAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

function lexWord(lexer: Lexer): void {
  const { text, at: start, reading } = lexer
  let end = start
  while (end < text.length && isNameChar(text, end)) end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1
  const raw = text.slice(start, end)
  if (text.charAt(end) === "'" && lexPrefixedString(lexer, raw, end)) return
  if (reading.dialect === 'postgresql' && /^u$/i.test(raw) && /^&['"]/.test(text.slice(end, end + 2)))
    refuse('sql/unreadable', start, 'a U& string or name, which hides what it says')
  checkNameLength(lexer, raw)
  const upper = raw.replace(/[a-z]+/g, (letters) => letters.toUpperCase())
  push(lexer, 'word', end, { text: upper, name: reading.dialect === 'mysql' ? raw : foldAscii(raw) })
}

function lexPrefixedString(lexer: Lexer, prefix: string, quote: number): boolean {
  const { dialect, backslashInStrings } = lexer.reading
  const letter = prefix.toUpperCase()
  if (letter === 'X' || (letter === 'B' && dialect !== 'sqlite')) {
    lexString(lexer, quote, false)
    return true
  }
  if (dialect === 'postgresql' && letter === 'E') {
    lexString(lexer, quote, true)
    return true
  }
  if (dialect !== 'sqlite' && letter === 'N') {
    lexString(lexer, quote, backslashInStrings)
    return true
  }
  return false
}

function lexNumber(lexer: Lexer): void {
  const { text, at: start } = lexer
  let end = start
  if (text.charAt(end) === '0' && /^[xXbBoO]$/.test(text.charAt(end + 1))) {
    end += 2
    while (isHexDigit(text.charAt(end))) end++
  } else {
    end = skipDigits(text, end)
    if (text.charAt(end) === '.') end = skipDigits(text, end + 1)
    const sign = /^[+-]$/.test(text.charAt(end + 1)) ? 1 : 0
    if (/^[eE]$/.test(text.charAt(end)) && isDigit(text.charAt(end + 1 + sign)))
      end = skipDigits(text, end + 1 + sign)
  }
  // `1union`, `1.e(`: one server sees two tokens, another a name.
  if (end < text.length && (isNameChar(text, end) || text.charAt(end) === '.'))
    refuse('sql/unreadable', start, 'a number with letters right after it')
  push(lexer, 'number', end)
}

function skipDigits(text: string, from: number): number {
  let at = from
  while (isDigit(text.charAt(at)) || (text.charAt(at) === '_' && isDigit(text.charAt(at + 1)))) at++
  return at
}

function isDigit(c: string): boolean {
  return c >= '0' && c <= '9' && c.length === 1
}

function isHexDigit(c: string): boolean {
  return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')
}

/** `t.5`: the dot belongs to the name before it. */
function followsName(lexer: Lexer): boolean {
  const last = lexer.tokens.at(-1)
  return (
    last !== undefined &&
    (last.kind === 'word' || last.kind === 'quoted') &&
    !isSpace(lexer.text.charAt(lexer.at - 1))
  )
}

function lexDollar(lexer: Lexer): void {
  const { text, at, reading } = lexer
  if (reading.dialect === 'postgresql' && lexDollarQuotes(lexer)) return
  let end = at + 1
  while (end < text.length && /^[A-Za-z0-9_]$/.test(text.charAt(end))) end++
  if (end === at + 1) broken(lexer, at, 'a $ that begins nothing')
  // SQLite reads `$a::b(...)` as one variable, whatever is in the parentheses.
  if (reading.dialect === 'sqlite' && /^(?:::|\()/.test(text.slice(end, end + 2)))
    refuse('sql/unreadable', at, 'a $ variable with a suffix')
  push(lexer, 'parameter', end)
}

/** `$$...$$`, `$tag$...$tag$`; `$1` is a parameter. */
function lexDollarQuotes(lexer: Lexer): boolean {
  const { text, at } = lexer
  let end = at + 1
  if (isDigit(text.charAt(end))) return false
  while (end < text.length && text.charAt(end) !== '$' && isNameChar(text, end)) end++
  if (text.charAt(end) !== '$') return false
  const tag = text.slice(at, end + 1)
  const close = text.indexOf(tag, end + 1)
  if (close < 0) broken(lexer, at, 'a dollar quote that is not closed')
  const value = text.slice(end + 1, close)
  push(lexer, 'string', close + tag.length, { text: value, name: value })
  return true
}

function lexQuestionMark(lexer: Lexer): void {
  const { text, at, reading } = lexer
  if (reading.dialect === 'postgresql')
    return push(lexer, 'operator', at + (/^[|&]$/.test(text.charAt(at + 1)) ? 2 : 1))
  let end = at + 1
  if (reading.dialect === 'sqlite') while (isDigit(text.charAt(end))) end++
  push(lexer, 'parameter', end)
}

function lexColon(lexer: Lexer): void {
  const { text, at } = lexer
  const next = text.charAt(at + 1)
  if (next === ':') return push(lexer, 'operator', at + 2)
  if (next === '=') {
    if (lexer.reading.dialect === 'mysql') refuse('sql/variable', at, 'an assignment to a variable')
    return push(lexer, 'operator', at + 2)
  }
  let end = at + 1
  while (end < text.length && /^[A-Za-z0-9_]$/.test(text.charAt(end))) end++
  push(lexer, end > at + 1 ? 'parameter' : 'operator', end)
}

/** `@name`, `@@name`. False: the character is an operator here. */
function lexAt(lexer: Lexer): boolean {
  const { text, at, reading } = lexer
  if (reading.dialect === 'postgresql') return false
  const twice = text.charAt(at + 1) === '@'
  const from = at + (twice ? 2 : 1)
  let end = from
  while (end < text.length && /^[A-Za-z0-9_$]$/.test(text.charAt(end))) end++
  if (end === from) {
    if (/^['"`]$/.test(text.charAt(from))) refuse('sql/variable', at, 'a variable with a quoted name')
    return false
  }
  push(lexer, twice ? 'variable' : 'parameter', end)
  return true
}

function lexOperator(lexer: Lexer): void {
  const { text, at, reading } = lexer
  let end = at
  while (end < text.length && isOperatorChar(text.charAt(end))) {
    if (end > at) {
      if (readsAsComment(text, end, reading)) break
      if (text.charAt(end) === '@' && reading.dialect !== 'postgresql') break
    }
    end++
  }
  // jsonpath's `@?`: elsewhere a question mark is a token of its own, so that `=?` is read.
  if (reading.dialect === 'postgresql' && text.slice(at, end) === '@' && text.charAt(end) === '?') end++
  push(lexer, 'operator', end)
}

function readsAsComment(text: string, at: number, { dialect }: SqlReading): boolean {
  const c = text.charAt(at)
  if (c !== '-' && c !== '/' && c !== '#') return false
  return readComment(text, at, dialect) !== undefined
}
