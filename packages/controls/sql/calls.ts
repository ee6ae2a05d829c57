import { WORDY_FUNCTIONS } from './keywords.ts'
import { readNamePath } from './names.ts'
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
  takeWordOf,
  takeWords,
} from './reader.ts'
import { readCastType } from './types.ts'
import { readOver } from './windows.ts'

const SET_WORDS: ReadonlySet<string> = new Set(['DISTINCT', 'ALL', 'DISTINCTROW', 'VARIADIC'])
const TRIM_SIDES: ReadonlySet<string> = new Set(['LEADING', 'TRAILING', 'BOTH'])
const SEPARATORS: ReadonlySet<string> = new Set(['FROM', 'FOR', 'PLACING'])

/** After the name of a function: its arguments, and what makes an aggregate or a window of it. */
export function readCallRest(reader: Reader): void {
  expectKind(reader, '(')
  nested(reader, () => readArguments(reader))
  expectKind(reader, ')')
  readAfterCall(reader)
}

function readArguments(reader: Reader): void {
  if (peek(reader).kind === ')') return
  if (beginsQuery(reader)) return reader.grammar.query(reader)
  takeWordOf(reader, SET_WORDS)
  if (peekWord(reader) !== 'ORDER') {
    do {
      takeWordOf(reader, SET_WORDS)
      reader.grammar.expression(reader)
    } while (takeKind(reader, ','))
  }
  if (takeWords(reader, 'ORDER', 'BY')) reader.grammar.ordering(reader)
  if (takeWords(reader, 'SEPARATOR')) expectKind(reader, 'string')
  if (takeWords(reader, 'RETURNING')) readCastType(reader)
  if (!takeWords(reader, 'NULL', 'ON', 'NULL')) takeWords(reader, 'ABSENT', 'ON', 'NULL')
  takeNulls(reader)
}

function readAfterCall(reader: Reader): void {
  if (takeWords(reader, 'AGAINST')) readAgainst(reader)
  if (takeWords(reader, 'WITHIN', 'GROUP')) {
    expectKind(reader, '(')
    nested(reader, () => {
      expectWords(reader, 'ORDER', 'BY')
      reader.grammar.ordering(reader)
    })
    expectKind(reader, ')')
  }
  if (peekWord(reader) === 'FILTER' && peek(reader, 1).kind === '(') {
    reader.at += 2
    nested(reader, () => {
      expectWords(reader, 'WHERE')
      reader.grammar.expression(reader)
    })
    expectKind(reader, ')')
  }
  takeNulls(reader)
  if (takeWords(reader, 'OVER')) readOver(reader)
}

function takeNulls(reader: Reader): void {
  if (!takeWords(reader, 'IGNORE', 'NULLS')) takeWords(reader, 'RESPECT', 'NULLS')
}

/** `MATCH (title) AGAINST ('word' IN BOOLEAN MODE)` */
function readAgainst(reader: Reader): void {
  expectKind(reader, '(')
  if (peek(reader).kind === 'parameter') take(reader)
  else expectKind(reader, 'string')
  if (!takeWords(reader, 'IN', 'NATURAL', 'LANGUAGE', 'MODE')) takeWords(reader, 'IN', 'BOOLEAN', 'MODE')
  takeWords(reader, 'WITH', 'QUERY', 'EXPANSION')
  expectKind(reader, ')')
}

/**
 * The functions of the standard whose arguments have words between them: `EXTRACT(YEAR FROM d)`, `CAST(x AS date)`. FROM is
 * no clause there: a clause needs a SELECT within the same parentheses. False: the word at hand is none of them.
 */
export function readWordyOperand(reader: Reader): boolean {
  const word = peekWord(reader)
  if (!WORDY_FUNCTIONS.has(word)) return false
  const token = take(reader)
  reader.facts.functions.push({ parts: [token.name], quoted: false, offset: token.start })
  expectKind(reader, '(')
  nested(reader, () => {
    if (word === 'TRIM') takeWordOf(reader, TRIM_SIDES)
    if (takeWordOf(reader, SEPARATORS)) reader.grammar.expression(reader)
    else if (peek(reader).kind !== ')') readWordyArguments(reader, word)
  })
  expectKind(reader, ')')
  readAfterCall(reader)
  return true
}

function readWordyArguments(reader: Reader, word: string): void {
  if (beginsQuery(reader)) return reader.grammar.query(reader)
  for (;;) {
    reader.grammar.argument(reader, word === 'POSITION')
    if (takeWords(reader, 'AS')) readCastType(reader)
    else if (takeWords(reader, 'USING')) readNamePath(reader)
    if (!takeKind(reader, ',') && !takeWordOf(reader, SEPARATORS)) return
  }
}
