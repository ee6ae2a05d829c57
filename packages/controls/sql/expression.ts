import { readCallRest, readWordyOperand } from './calls.ts'
import { INFIX, LITERAL_TYPES, UNITS } from './keywords.ts'
import { noteTable, readName, readNamePath } from './names.ts'
import {
  beginsQuery,
  commaList,
  expectKind,
  expectWords,
  nested,
  peek,
  peekWord,
  type Reader,
  take,
  takeWordOf,
  takeWords,
  unreadable,
} from './reader.ts'
import { readType } from './types.ts'

/** What surrounds an expression and makes a word in it mean something else. */
export interface Around {
  /** `POSITION(a IN b)`: what follows IN is no table. */
  readonly inIsSeparator?: boolean
}

/**
 * An expression: operands with operators between them. Who binds tighter does not matter to what is read or called, so there
 * is no precedence; every operand, call and subquery is read.
 */
export function readExpression(reader: Reader, around: Around = {}): void {
  for (;;) {
    const interval = readOperand(reader)
    if (!readInfix(reader, around, interval)) return
  }
}

/** What stands between two operands. False: the expression ends here. */
function readInfix(reader: Reader, around: Around, interval: boolean): boolean {
  let unitDue = interval
  for (;;) {
    const token = peek(reader)
    if (token.kind === 'operator') {
      take(reader)
      if (token.text !== '::') return true
      readType(reader)
    } else if (token.kind === 'parameter' && token.text === '?') {
      take(reader)
      return true
    } else if (token.kind === '.') readField(reader)
    else if (token.kind === '[') readSubscript(reader)
    else if (token.kind === 'string' && peek(reader, -1).kind === 'string') take(reader)
    else if (token.kind === 'quoted' && isBracketed(reader)) take(reader)
    else if (token.kind !== 'word') return false
    else if (unitDue && UNITS.has(token.text)) {
      readUnit(reader)
      unitDue = false
    } else {
      const then = readInfixWord(reader, around)
      if (then !== 'again') return then === 'operand'
    }
  }
}

/** `'1' DAY`, `'1 02' DAY TO HOUR`, `'1.5' SECOND(3)`. */
function readUnit(reader: Reader): void {
  take(reader)
  if (peekWord(reader) === 'TO' && UNITS.has(peekWord(reader, 1))) reader.at += 2
  if (peek(reader).kind === '(' && peek(reader, 1).kind === 'number') {
    reader.at += 2
    expectKind(reader, ')')
  }
}

/** `(row).column` */
function readField(reader: Reader): void {
  take(reader)
  const token = peek(reader)
  if (token.kind === 'operator' && token.text === '*') take(reader)
  else readName(reader)
}

/** `[1]`, `[1:2]` of PostgreSQL. */
function readSubscript(reader: Reader): void {
  take(reader)
  nested(reader, () => {
    while (peek(reader).kind !== ']') {
      const token = peek(reader)
      if (token.kind === 'operator' && token.text === ':') take(reader)
      else if (token.kind === ',') take(reader)
      else readExpression(reader)
    }
  })
  take(reader)
}

/** SQLite takes PostgreSQL's subscript for a name in brackets; right after an operand it can be nothing but an alias. */
function isBracketed(reader: Reader): boolean {
  const token = peek(reader)
  return reader.reading.dialect === 'sqlite' && reader.text.charAt(token.start) === '['
}

function readInfixWord(reader: Reader, around: Around): 'operand' | 'again' | 'end' {
  const word = peekWord(reader)
  if (INFIX.has(word)) {
    take(reader)
    return 'operand'
  }
  switch (word) {
    case 'NOT':
      return readNot(reader, around)
    case 'IS':
      take(reader)
      takeWords(reader, 'NOT')
      takeWords(reader, 'DISTINCT', 'FROM')
      return 'operand'
    case 'ISNULL':
    case 'NOTNULL':
      take(reader)
      return 'again'
    case 'IN':
      take(reader)
      return readIn(reader, around)
    case 'BETWEEN':
      take(reader)
      if (!takeWords(reader, 'SYMMETRIC')) takeWords(reader, 'ASYMMETRIC')
      return 'operand'
    case 'COLLATE':
      take(reader)
      readNamePath(reader)
      return 'again'
    default:
      return readTwoWords(reader)
  }
}

function readTwoWords(reader: Reader): 'operand' | 'again' | 'end' {
  if (takeWords(reader, 'SIMILAR', 'TO') || takeWords(reader, 'SOUNDS', 'LIKE')) return 'operand'
  if (takeWords(reader, 'AT', 'TIME', 'ZONE')) return 'operand'
  if (takeWords(reader, 'AT', 'LOCAL')) return 'again'
  if (takeWords(reader, 'MEMBER', 'OF')) return 'operand'
  return 'end'
}

function readNot(reader: Reader, around: Around): 'operand' | 'again' | 'end' {
  const next = peekWord(reader, 1)
  if (next === 'NULL') {
    reader.at += 2
    return 'again'
  }
  if (next !== 'IN' && next !== 'BETWEEN' && next !== 'SIMILAR' && !INFIX.has(next)) return 'end'
  take(reader)
  return readInfixWord(reader, around)
}

/** `IN (1, 2)`, `IN (SELECT ...)`, and SQLite's `IN table`. */
function readIn(reader: Reader, around: Around): 'operand' | 'again' {
  const token = peek(reader)
  if (token.kind === '(') {
    readParentheses(reader)
    return 'again'
  }
  if (token.kind === 'parameter' || around.inIsSeparator === true) return 'operand'
  const path = readNamePath(reader)
  if (path.star || peek(reader).kind === '(') unreadable(reader, 'IN takes a list, a query or a table')
  noteTable(reader, path)
  return 'again'
}

/** One operand with what stands before it. True: an INTERVAL whose unit may follow. */
function readOperand(reader: Reader): boolean {
  let interval = false
  for (;;) {
    const token = peek(reader)
    if (token.kind === 'operator' && token.text !== '*') take(reader)
    else if (takeWords(reader, 'NOT') || takeWords(reader, 'BINARY') || takeWords(reader, 'PRIOR')) continue
    else if (takeWords(reader, 'INTERVAL')) interval = true
    else break
  }
  readPrimary(reader)
  return interval
}

function readPrimary(reader: Reader): void {
  const token = peek(reader)
  switch (token.kind) {
    case 'number':
    case 'string':
    case 'parameter':
      take(reader)
      return
    case 'variable':
      reader.facts.effects.push({
        rule: 'sql/variable',
        offset: token.start,
        what: `the variable ${token.text}`,
      })
      take(reader)
      return
    case 'operator':
      take(reader) // `*`
      return
    case '(':
      return readParentheses(reader)
    case 'quoted':
    case 'either':
      return readNameOrCall(reader)
    case 'word':
      return readWord(reader)
    default:
      return unreadable(reader, 'expected a value')
  }
}

/** `(1)`, `(a, b)`, `()`, `(SELECT ...)`, `((SELECT ...) UNION ...)`. */
export function readParentheses(reader: Reader): void {
  expectKind(reader, '(')
  nested(reader, () => {
    if (peek(reader).kind === ')') return
    if (beginsQuery(reader)) return reader.grammar.query(reader)
    commaList(reader, () => readExpression(reader))
    if (peek(reader).kind !== ')') reader.grammar.queryTail(reader)
  })
  expectKind(reader, ')')
}

function readWord(reader: Reader): void {
  const word = peekWord(reader)
  const next = peek(reader, 1)
  if (word === 'CASE') return readCase(reader)
  if (word === 'EXISTS' && next.kind === '(') {
    take(reader)
    return readParentheses(reader)
  }
  if (word === 'ARRAY' && next.kind === '[') {
    take(reader)
    return readSubscript(reader)
  }
  if ((word === 'ANY' || word === 'SOME' || word === 'ALL' || word === 'ARRAY') && next.kind === '(') {
    take(reader)
    return readParentheses(reader)
  }
  if (next.kind === 'string' && (LITERAL_TYPES.has(word) || word.startsWith('_'))) {
    reader.at += 2
    return
  }
  if (next.kind === '(' && readWordyOperand(reader)) return
  readNameOrCall(reader)
}

/** Words that are clauses, or functions where a parenthesis follows. */
const RESERVED_FUNCTIONS: ReadonlySet<string> = new Set(['LEFT', 'RIGHT', 'INSERT', 'TRUNCATE', 'VALUES'])

function readCase(reader: Reader): void {
  take(reader)
  nested(reader, () => {
    if (peekWord(reader) !== 'WHEN') readExpression(reader)
    expectWords(reader, 'WHEN')
    do {
      readExpression(reader)
      expectWords(reader, 'THEN')
      readExpression(reader)
    } while (takeWords(reader, 'WHEN'))
    if (takeWords(reader, 'ELSE')) readExpression(reader)
  })
  expectWords(reader, 'END')
}

function readNameOrCall(reader: Reader): void {
  const token = peek(reader)
  if (token.kind === 'word' && RESERVED_FUNCTIONS.has(token.text) && peek(reader, 1).kind === '(') {
    take(reader)
    reader.facts.functions.push({ parts: [token.name], quoted: false, offset: token.start })
    return readCallRest(reader)
  }
  const path = readNamePath(reader)
  if (path.star || peek(reader).kind !== '(') return
  reader.facts.functions.push({ parts: path.parts, quoted: path.quoted, offset: path.offset })
  readCallRest(reader)
}

/** `a, b DESC NULLS LAST` */
export function readOrdering(reader: Reader): void {
  commaList(reader, () => {
    readExpression(reader)
    if (takeWords(reader, 'USING')) expectKind(reader, 'operator')
    takeWordOf(reader, DIRECTIONS)
    if (takeWords(reader, 'NULLS') && !takeWords(reader, 'FIRST')) expectWords(reader, 'LAST')
  })
}

const DIRECTIONS: ReadonlySet<string> = new Set(['ASC', 'DESC'])
