import { readExpression, readOrdering } from './expression.ts'
import { refuse } from './fault.ts'
import { readFrom } from './from.ts'
import { RESERVED, SELECT_MODIFIERS } from './keywords.ts'
import { noteTable, readName, readNamePath, takeAlias, takeNameList } from './names.ts'
import {
  beginsQuery,
  commaList,
  expectKind,
  expectWords,
  nested,
  parenList,
  peek,
  peekWord,
  type Reader,
  take,
  takeKind,
  takeWordOf,
  takeWords,
  unreadable,
} from './reader.ts'
import { readWindow } from './windows.ts'

/** From WITH, SELECT, VALUES, TABLE or a parenthesis to where the query ends. */
export function readQuery(reader: Reader): void {
  nested(reader, () => {
    reader.scopes.push(new Set())
    if (peekWord(reader) === 'WITH') readWith(reader)
    readBody(reader)
    reader.scopes.pop()
  })
}

export const CHANGES: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'REPLACE'])

/**
 * `WITH a AS (...), b AS (...)`: names for the innermost scope. A name counts from its end on, with RECURSIVE from its
 * beginning: where servers differ, it is taken for a table, which a policy can refuse.
 */
export function readWith(reader: Reader): void {
  expectWords(reader, 'WITH')
  const recursive = takeWords(reader, 'RECURSIVE')
  commaList(reader, () => {
    const token = readName(reader)
    if (token.kind === 'word' && RESERVED.has(token.text)) unreadable(reader, 'a word that is no name here')
    takeNameList(reader)
    if (recursive) reader.scopes.at(-1)?.add(token.name)
    expectWords(reader, 'AS')
    if (takeWords(reader, 'NOT')) expectWords(reader, 'MATERIALIZED')
    else takeWords(reader, 'MATERIALIZED')
    expectKind(reader, '(')
    nested(reader, () => {
      if (CHANGES.has(peekWord(reader))) reader.grammar.change(reader)
      else if (beginsQuery(reader) || peek(reader).kind === '(') readQuery(reader)
      else unreadable(reader, 'expected a query')
    })
    expectKind(reader, ')')
    reader.scopes.at(-1)?.add(token.name)
  })
}

/** After WITH: selects joined by UNION and the like, and what follows them all. */
export function readBody(reader: Reader): void {
  readSelect(reader)
  readQueryTail(reader)
}

const SET_OPERATORS: ReadonlySet<string> = new Set(['UNION', 'INTERSECT', 'EXCEPT', 'MINUS'])

export function readQueryTail(reader: Reader): void {
  for (;;) {
    if (takeWordOf(reader, SET_OPERATORS)) {
      if (!takeWords(reader, 'ALL')) takeWords(reader, 'DISTINCT')
      readSelect(reader)
    } else if (takeWords(reader, 'ORDER', 'BY')) readOrdering(reader)
    else if (takeWords(reader, 'LIMIT')) readLimit(reader)
    else if (takeWords(reader, 'OFFSET')) {
      readExpression(reader)
      takeWordOf(reader, ROWS)
    } else if (takeWords(reader, 'FETCH')) readFetch(reader)
    else if (peekWord(reader) === 'FOR') readLock(reader)
    else if (peekWord(reader) === 'LOCK') readLockInShareMode(reader)
    else if (peekWord(reader) === 'INTO') readInto(reader)
    else return
  }
}

const ROWS: ReadonlySet<string> = new Set(['ROW', 'ROWS'])

function readLimit(reader: Reader): void {
  if (takeWords(reader, 'ALL')) return
  readExpression(reader)
  if (takeKind(reader, ',')) readExpression(reader)
}

function readFetch(reader: Reader): void {
  if (!takeWords(reader, 'FIRST')) expectWords(reader, 'NEXT')
  if (peekWord(reader) !== 'ROW' && peekWord(reader) !== 'ROWS') readExpression(reader)
  if (!takeWordOf(reader, ROWS)) unreadable(reader, 'expected ROWS')
  if (!takeWords(reader, 'ONLY')) expectWords(reader, 'WITH', 'TIES')
}

/** `FOR UPDATE`, `FOR NO KEY UPDATE`, `FOR SHARE OF t SKIP LOCKED`: locks that others wait for. */
function readLock(reader: Reader): void {
  const { start } = take(reader)
  if (takeWords(reader, 'NO')) expectWords(reader, 'KEY')
  else takeWords(reader, 'KEY')
  if (!takeWords(reader, 'UPDATE')) expectWords(reader, 'SHARE')
  if (takeWords(reader, 'OF')) commaList(reader, () => readName(reader))
  if (!takeWords(reader, 'NOWAIT')) takeWords(reader, 'SKIP', 'LOCKED')
  reader.facts.effects.push({ rule: 'sql/write', offset: start, what: 'a lock on the rows that are read' })
}

function readLockInShareMode(reader: Reader): void {
  const { start } = peek(reader)
  expectWords(reader, 'LOCK', 'IN', 'SHARE', 'MODE')
  reader.facts.effects.push({ rule: 'sql/write', offset: start, what: 'a lock on the rows that are read' })
}

/** `INTO table` of PostgreSQL, `INTO OUTFILE`, `INTO DUMPFILE`, `INTO @variable` of MySQL: in no mode. */
function readInto(reader: Reader): never {
  const { start } = take(reader)
  const word = peekWord(reader)
  if (word === 'OUTFILE' || word === 'DUMPFILE')
    refuse('sql/write', start, `INTO ${word}, which writes a file of the server`)
  refuse('sql/write', start, 'INTO, which writes a table or a variable')
}

function readSelect(reader: Reader): void {
  nested(reader, () => {
    if (peek(reader).kind === '(') {
      take(reader)
      readQuery(reader)
      expectKind(reader, ')')
    } else if (takeWords(reader, 'VALUES')) readRows(reader)
    else if (takeWords(reader, 'TABLE')) {
      if (reader.reading.dialect === 'postgresql') takeWords(reader, 'ONLY')
      noteTable(reader, readNamePath(reader))
    } else {
      expectWords(reader, 'SELECT')
      readSelectCore(reader)
    }
  })
}

/** `(1, 2), (3, 4)`, `ROW(1, 2)` */
export function readRows(reader: Reader): void {
  commaList(reader, () => {
    takeWords(reader, 'ROW')
    parenList(reader, () => readExpression(reader))
  })
}

function readSelectCore(reader: Reader): void {
  while (takeWordOf(reader, SELECT_MODIFIERS)) {
    if (takeWords(reader, 'ON')) parenList(reader, () => readExpression(reader))
  }
  readColumns(reader)
  if (peekWord(reader) === 'INTO') readInto(reader)
  if (takeWords(reader, 'FROM')) readFrom(reader)
  if (takeWords(reader, 'WHERE')) readExpression(reader)
  if (takeWords(reader, 'GROUP', 'BY')) readGrouping(reader)
  if (takeWords(reader, 'HAVING')) readExpression(reader)
  if (takeWords(reader, 'WINDOW'))
    commaList(reader, () => {
      readName(reader)
      expectWords(reader, 'AS')
      readWindow(reader)
    })
}

/** What SELECT and RETURNING give: expressions with or without a name. */
export function readColumns(reader: Reader): void {
  commaList(reader, () => {
    readExpression(reader)
    takeAlias(reader)
  })
}

function readGrouping(reader: Reader): void {
  if (!takeWords(reader, 'ALL')) takeWords(reader, 'DISTINCT')
  commaList(reader, () => {
    if (takeWords(reader, 'GROUPING', 'SETS')) {
      return parenList(reader, () => readExpression(reader))
    }
    readExpression(reader)
    if (!takeWords(reader, 'ASC')) takeWords(reader, 'DESC')
  })
  takeWords(reader, 'WITH', 'ROLLUP')
}
