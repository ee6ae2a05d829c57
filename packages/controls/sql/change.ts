import { readExpression, readOrdering } from './expression.ts'
import { readFrom } from './from.ts'
import { readName, readNamePath, takeAlias, takeNameList } from './names.ts'
import { readBody, readColumns, readQuery, readRows, readWith } from './query.ts'
import {
  beginsQuery,
  commaList,
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

const MODIFIERS: ReadonlySet<string> = new Set([
  'LOW_PRIORITY',
  'DELAYED',
  'HIGH_PRIORITY',
  'QUICK',
  'IGNORE',
])
const CONFLICTS: ReadonlySet<string> = new Set(['REPLACE', 'IGNORE', 'ABORT', 'ROLLBACK', 'FAIL'])

/** INSERT, REPLACE, UPDATE, DELETE or MERGE, wherever it stands. */
export function readChange(reader: Reader): void {
  const { start } = peek(reader)
  const word = peekWord(reader)
  take(reader)
  if (word === 'INSERT' || word === 'REPLACE') {
    reader.facts.kinds.push({ kind: 'insert', offset: start })
    readInsert(reader)
  } else if (word === 'UPDATE') {
    reader.facts.kinds.push({ kind: 'update', offset: start })
    readUpdate(reader)
  } else if (word === 'DELETE') {
    reader.facts.kinds.push({ kind: 'delete', offset: start })
    readDelete(reader)
  } else {
    reader.facts.kinds.push({ kind: 'merge', offset: start })
    readMerge(reader)
  }
}

/** The table that is changed: never a name that WITH made. */
function readTarget(reader: Reader): void {
  const path = readNamePath(reader)
  if (path.star || peek(reader).kind === '.') unreadable(reader, 'expected a table')
  reader.facts.tables.push({ parts: path.parts, offset: path.offset })
}

function readInsert(reader: Reader): void {
  if (takeWords(reader, 'OR') && !takeWordOf(reader, CONFLICTS))
    unreadable(reader, 'expected REPLACE or IGNORE')
  while (takeWordOf(reader, MODIFIERS));
  takeWords(reader, 'INTO')
  readTarget(reader)
  if (takeWords(reader, 'AS')) readName(reader)
  if (peek(reader).kind === '(' && !startsQueryInside(reader)) takeColumnList(reader)
  if (takeWords(reader, 'OVERRIDING')) {
    if (!takeWords(reader, 'SYSTEM')) expectWords(reader, 'USER')
    expectWords(reader, 'VALUE')
  }
  if (takeWords(reader, 'VALUES') || takeWords(reader, 'VALUE')) readRows(reader)
  else if (takeWords(reader, 'SET')) readAssignments(reader)
  else if (!takeWords(reader, 'DEFAULT', 'VALUES')) readSource(reader)
  if (takeWords(reader, 'AS')) {
    readName(reader)
    takeNameList(reader)
  }
  readConflicts(reader)
  readReturning(reader)
}

function startsQueryInside(reader: Reader): boolean {
  const word = peekWord(reader, 1)
  return word === 'SELECT' || word === 'WITH' || word === 'VALUES' || peek(reader, 1).kind === '('
}

function takeColumnList(reader: Reader): void {
  parenList(reader, () => readExpression(reader))
}

function readSource(reader: Reader): void {
  if (beginsQuery(reader) || peek(reader).kind === '(') readQuery(reader)
  else unreadable(reader, 'expected VALUES or a query')
}

function readConflicts(reader: Reader): void {
  while (takeWords(reader, 'ON')) {
    if (takeWords(reader, 'DUPLICATE', 'KEY', 'UPDATE')) {
      readAssignments(reader)
      continue
    }
    expectWords(reader, 'CONFLICT')
    if (takeWords(reader, 'ON', 'CONSTRAINT')) readName(reader)
    else if (peek(reader).kind === '(') parenList(reader, () => readExpression(reader))
    readWhere(reader)
    expectWords(reader, 'DO')
    if (takeWords(reader, 'NOTHING')) continue
    expectWords(reader, 'UPDATE', 'SET')
    readAssignments(reader)
    readWhere(reader)
  }
}

function readUpdate(reader: Reader): void {
  if (takeWords(reader, 'OR') && !takeWordOf(reader, CONFLICTS))
    unreadable(reader, 'expected REPLACE or IGNORE')
  while (takeWordOf(reader, MODIFIERS));
  readTargets(reader)
  expectWords(reader, 'SET')
  readAssignments(reader)
  if (takeWords(reader, 'FROM')) readFrom(reader)
  readEnd(reader)
}

function readDelete(reader: Reader): void {
  while (takeWordOf(reader, MODIFIERS));
  expectWords(reader, 'FROM')
  readTargets(reader)
  if (takeWords(reader, 'USING')) readFrom(reader)
  readEnd(reader)
}

/** What is changed, with what MySQL joins to it. Here no name of WITH can be meant. */
function readTargets(reader: Reader): void {
  const scopes = reader.scopes.splice(0)
  readFrom(reader)
  reader.scopes.push(...scopes)
}

/** `a = 1, (b, c) = (2, 3)`: the equals sign is an operator like any other. */
function readAssignments(reader: Reader): void {
  commaList(reader, () => readExpression(reader))
}

function readWhere(reader: Reader): boolean {
  if (!takeWords(reader, 'WHERE')) return false
  readExpression(reader)
  return true
}

function readEnd(reader: Reader): void {
  if (!readWhere(reader)) reader.facts.everyRow = true
  if (takeWords(reader, 'ORDER', 'BY')) readOrdering(reader)
  if (takeWords(reader, 'LIMIT')) {
    readExpression(reader)
    if (takeKind(reader, ',') || takeWords(reader, 'OFFSET')) readExpression(reader)
  }
  readReturning(reader)
}

function readReturning(reader: Reader): void {
  if (takeWords(reader, 'RETURNING')) readColumns(reader)
}

function readMerge(reader: Reader): void {
  expectWords(reader, 'INTO')
  takeWords(reader, 'ONLY')
  readTarget(reader)
  takeAlias(reader)
  expectWords(reader, 'USING')
  readFrom(reader)
  if (peekWord(reader) !== 'WHEN') unreadable(reader, 'expected WHEN')
  while (takeWords(reader, 'WHEN')) readMergeBranch(reader)
  readReturning(reader)
}

function readMergeBranch(reader: Reader): void {
  takeWords(reader, 'NOT')
  expectWords(reader, 'MATCHED')
  if (takeWords(reader, 'BY') && !takeWords(reader, 'SOURCE')) expectWords(reader, 'TARGET')
  if (takeWords(reader, 'AND')) readExpression(reader)
  expectWords(reader, 'THEN')
  if (takeWords(reader, 'DELETE') || takeWords(reader, 'DO', 'NOTHING')) return
  if (takeWords(reader, 'UPDATE')) {
    expectWords(reader, 'SET')
    return readAssignments(reader)
  }
  expectWords(reader, 'INSERT')
  takeNameList(reader)
  if (takeWords(reader, 'DEFAULT', 'VALUES')) return
  expectWords(reader, 'VALUES')
  readRows(reader)
}

/** A statement that may begin with WITH and then reads or changes. */
export function readDataStatement(reader: Reader): void {
  const { start } = peek(reader)
  nested(reader, () => {
    reader.scopes.push(new Set())
    if (peekWord(reader) === 'WITH') readWith(reader)
    if (startsChange(reader)) readChange(reader)
    else {
      reader.facts.kinds.push({ kind: 'select', offset: start })
      readBody(reader)
    }
    reader.scopes.pop()
  })
}

function startsChange(reader: Reader): boolean {
  const word = peekWord(reader)
  return word === 'INSERT' || word === 'UPDATE' || word === 'DELETE' || word === 'MERGE' || word === 'REPLACE'
}
