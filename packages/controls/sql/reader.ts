import type { SqlFacts } from './facts.ts'
import { refuse } from './fault.ts'
import type { SqlReading } from './reading.ts'
import type { Token } from './token.ts'

/** Deeper nesting than any honest query has; bounds the stack. */
const MAX_DEPTH = 64

/**
 * Where a reading stands. The grammar is functions over it: wide enough for all three dialects at once, since a construct that
 * only one server knows is an error at the others, and narrow wherever a word could mean two things.
 */
export interface Reader {
  readonly text: string
  readonly tokens: readonly Token[]
  readonly reading: SqlReading
  readonly facts: SqlFacts
  /** Names that WITH gives, innermost last. */
  readonly scopes: Set<string>[]
  /** Expressions hold queries and queries hold expressions: the files of both know this instead of each other. */
  readonly grammar: Grammar
  at: number
  depth: number
}

export interface Grammar {
  readonly expression: (reader: Reader) => void
  /** An expression in which IN may separate two arguments: `POSITION(a IN b)`. */
  readonly argument: (reader: Reader, inIsSeparator: boolean) => void
  /** The list after ORDER BY. */
  readonly ordering: (reader: Reader) => void
  /** From WITH, SELECT, VALUES, TABLE or a parenthesis to the end of the query. */
  readonly query: (reader: Reader) => void
  /** UNION and what else may follow a query in parentheses. */
  readonly queryTail: (reader: Reader) => void
  /** INSERT, UPDATE, DELETE, MERGE, REPLACE. */
  readonly change: (reader: Reader) => void
}

const END: Token = { kind: 'end', start: 0, text: '', name: '' }

export function peek(reader: Reader, ahead = 0): Token {
  return reader.tokens[reader.at + ahead] ?? reader.tokens.at(-1) ?? END
}

/** The word at hand in capitals, or '' where something else stands. A quoted name is no word. */
export function peekWord(reader: Reader, ahead = 0): string {
  const token = peek(reader, ahead)
  return token.kind === 'word' ? token.text : ''
}

export function take(reader: Reader): Token {
  const token = peek(reader)
  reader.at++
  return token
}

/** Takes these words if they stand here, all of them. */
export function takeWords(reader: Reader, ...words: readonly string[]): boolean {
  if (!words.every((word, index) => peekWord(reader, index) === word)) return false
  reader.at += words.length
  return true
}

/** Takes one of these words if it stands here. */
export function takeWordOf(reader: Reader, words: ReadonlySet<string>): boolean {
  if (!words.has(peekWord(reader))) return false
  reader.at++
  return true
}

export function takeKind(reader: Reader, kind: Token['kind']): boolean {
  if (peek(reader).kind !== kind) return false
  reader.at++
  return true
}

export function takeOperator(reader: Reader, operator: string): boolean {
  const token = peek(reader)
  if (token.kind !== 'operator' || token.text !== operator) return false
  reader.at++
  return true
}

export function expectWords(reader: Reader, ...words: readonly string[]): void {
  if (!takeWords(reader, ...words)) unreadable(reader, `expected ${words.join(' ')}`)
}

export function expectKind(reader: Reader, kind: Token['kind']): Token {
  if (peek(reader).kind !== kind) unreadable(reader, `expected ${kind}`)
  return take(reader)
}

/** Ends the reading at the token at hand. */
export function unreadable(reader: Reader, why: string): never {
  const token = peek(reader)
  refuse('sql/unreadable', token.start, `${describe(token)}: ${why}`)
}

function describe(token: Token): string {
  if (token.kind === 'end') return 'the end of the query'
  if (token.kind === 'string') return 'a string'
  return token.text.length > 40 ? `${token.text.slice(0, 40)}...` : token.text
}

/** Reads something nested, so that no text makes the stack too deep. */
export function nested(reader: Reader, read: () => void): void {
  if (++reader.depth > MAX_DEPTH) unreadable(reader, `more than ${MAX_DEPTH} levels deep`)
  read()
  reader.depth--
}

/** One or more, separated by commas. */
export function commaList(reader: Reader, read: () => void): void {
  do read()
  while (takeKind(reader, ','))
}

/** `( ... )` around one or more. */
export function parenList(reader: Reader, read: () => void): void {
  expectKind(reader, '(')
  nested(reader, () => commaList(reader, read))
  expectKind(reader, ')')
}

/** Whether a query begins here, parentheses aside. */
export function beginsQuery(reader: Reader): boolean {
  const word = peekWord(reader)
  if (word === 'TABLE') return peek(reader, 1).kind === 'word' || peek(reader, 1).kind === 'quoted'
  return word === 'SELECT' || word === 'WITH' || (word === 'VALUES' && beginsRows(reader))
}

/** `VALUES (1)`, `VALUES ROW(1)`: the same as a function, VALUES(column), stands elsewhere. */
function beginsRows(reader: Reader): boolean {
  return peek(reader, 1).kind === '(' || peekWord(reader, 1) === 'ROW'
}
