import { readCallRest } from './calls.ts'
import { AFTER_TABLE, JOIN_WORDS } from './keywords.ts'
import { isName, noteTable, readName, readNamePath, takeAlias, takeNameList } from './names.ts'
import {
  beginsQuery,
  expectKind,
  expectWords,
  nested,
  peek,
  peekWord,
  type Reader,
  take,
  takeKind,
  takeOperator,
  takeWordOf,
  takeWords,
  unreadable,
} from './reader.ts'
import { readType } from './types.ts'

/** After FROM, UPDATE or USING: tables, queries and functions, joined in any way. */
export function readFrom(reader: Reader): void {
  for (;;) {
    readItem(reader)
    readConditions(reader)
    if (takeKind(reader, ',')) continue
    if (!takeJoin(reader)) return
  }
}

function takeJoin(reader: Reader): boolean {
  let words = 0
  while (takeWordOf(reader, JOIN_WORDS)) words++
  return words > 0
}

const CONFLICTS: ReadonlySet<string> = new Set(['CONFLICT', 'DUPLICATE'])

function readConditions(reader: Reader): void {
  for (;;) {
    // `INSERT ... SELECT ... FROM t ON CONFLICT`: no condition of a join.
    if (peekWord(reader) === 'ON' && CONFLICTS.has(peekWord(reader, 1))) return
    if (takeWords(reader, 'ON')) reader.grammar.expression(reader)
    else if (peekWord(reader) === 'USING' && peek(reader, 1).kind === '(') {
      take(reader)
      takeNameList(reader)
      if (takeWords(reader, 'AS')) readName(reader)
    } else return
  }
}

function readItem(reader: Reader): void {
  const { dialect } = reader.reading
  // Elsewhere these are names of tables: `FROM only x` reads `only`.
  if (dialect !== 'sqlite' || peek(reader, 1).kind === '(') takeWords(reader, 'LATERAL')
  const only = dialect === 'postgresql' && takeWords(reader, 'ONLY')
  if (peek(reader).kind === '(') readParenthesised(reader)
  else readTable(reader, only)
  readTableSuffixes(reader)
}

function readParenthesised(reader: Reader): void {
  expectKind(reader, '(')
  nested(reader, () => {
    if (beginsQuery(reader)) return reader.grammar.query(reader)
    readFrom(reader)
    // `((SELECT 1) UNION (SELECT 2))` begins like a join in parentheses.
    reader.grammar.queryTail(reader)
  })
  expectKind(reader, ')')
}

function readTable(reader: Reader, only: boolean): void {
  if (peekWord(reader) === 'ROWS' && peekWord(reader, 1) === 'FROM') unreadable(reader, 'not known here')
  const path = readNamePath(reader)
  if (path.star) unreadable(reader, 'expected a table')
  if (peek(reader).kind !== '(') return noteTable(reader, path)
  if (only) unreadable(reader, 'expected a table')
  reader.facts.functions.push({ parts: path.parts, quoted: path.quoted, offset: path.offset })
  notePragmaTable(reader, path.parts.at(-1) ?? '')
  readCallRest(reader)
  takeWords(reader, 'WITH', 'ORDINALITY')
}

/** SQLite: `pragma_table_info('orders')` tells of a table that it names in a string. */
function notePragmaTable(reader: Reader, name: string): void {
  const argument = peek(reader, 1)
  if (name.startsWith('pragma_') && (argument.kind === 'string' || argument.kind === 'quoted'))
    reader.facts.tables.push({ parts: [argument.name], offset: argument.start })
}

function readTableSuffixes(reader: Reader): void {
  takeOperator(reader, '*')
  if (peekWord(reader) === 'PARTITION' && peek(reader, 1).kind === '(') {
    take(reader)
    takeNameList(reader)
  }
  readSample(reader)
  if (takeAlias(reader, AFTER_TABLE)) readColumnNames(reader)
  readSample(reader)
  readIndexHints(reader)
}

/** `AS t(a, b)`, `AS t(a int, b text)` */
function readColumnNames(reader: Reader): void {
  if (!takeKind(reader, '(')) return
  do {
    readName(reader)
    if (isName(peek(reader))) readType(reader)
  } while (takeKind(reader, ','))
  expectKind(reader, ')')
}

function readSample(reader: Reader): void {
  if (!takeWords(reader, 'TABLESAMPLE')) return
  readName(reader)
  expectKind(reader, '(')
  reader.grammar.expression(reader)
  expectKind(reader, ')')
  if (takeWords(reader, 'REPEATABLE')) {
    expectKind(reader, '(')
    reader.grammar.expression(reader)
    expectKind(reader, ')')
  }
}

const HINTS: ReadonlySet<string> = new Set(['USE', 'FORCE', 'IGNORE'])

function readIndexHints(reader: Reader): void {
  if (takeWords(reader, 'INDEXED', 'BY')) {
    readName(reader)
    return
  }
  if (takeWords(reader, 'NOT', 'INDEXED')) return
  while (takeWordOf(reader, HINTS)) {
    if (!takeWords(reader, 'INDEX')) expectWords(reader, 'KEY')
    if (takeWords(reader, 'FOR') && !takeWords(reader, 'JOIN') && !takeWords(reader, 'ORDER', 'BY'))
      expectWords(reader, 'GROUP', 'BY')
    expectKind(reader, '(')
    if (peek(reader).kind !== ')') {
      do readName(reader)
      while (takeKind(reader, ','))
    }
    expectKind(reader, ')')
  }
}
