import { isName, readName } from './names.ts'
import {
  commaList,
  expectKind,
  expectWords,
  nested,
  peek,
  peekWord,
  type Reader,
  takeWordOf,
  takeWords,
  unreadable,
} from './reader.ts'

const UNITS: ReadonlySet<string> = new Set(['ROWS', 'RANGE', 'GROUPS'])
const SPEC_WORDS: ReadonlySet<string> = new Set(['PARTITION', 'ORDER', ...UNITS])

/** After OVER: a name, or a window in parentheses. */
export function readOver(reader: Reader): void {
  if (peek(reader).kind === '(') readWindow(reader)
  else readName(reader)
}

/** `(PARTITION BY a ORDER BY b ROWS BETWEEN 6 PRECEDING AND CURRENT ROW)` */
export function readWindow(reader: Reader): void {
  expectKind(reader, '(')
  nested(reader, () => {
    if (isName(peek(reader)) && !SPEC_WORDS.has(peekWord(reader))) readName(reader)
    if (takeWords(reader, 'PARTITION', 'BY')) commaList(reader, () => reader.grammar.expression(reader))
    if (takeWords(reader, 'ORDER', 'BY')) reader.grammar.ordering(reader)
    if (takeWordOf(reader, UNITS)) readFrame(reader)
  })
  expectKind(reader, ')')
}

function readFrame(reader: Reader): void {
  if (takeWords(reader, 'BETWEEN')) {
    readBound(reader)
    expectWords(reader, 'AND')
  }
  readBound(reader)
  if (!takeWords(reader, 'EXCLUDE')) return
  if (takeWords(reader, 'NO', 'OTHERS') || takeWords(reader, 'CURRENT', 'ROW')) return
  if (!takeWords(reader, 'GROUP')) expectWords(reader, 'TIES')
}

function readBound(reader: Reader): void {
  if (takeWords(reader, 'CURRENT', 'ROW')) return
  if (!takeWords(reader, 'UNBOUNDED')) reader.grammar.expression(reader)
  if (!takeWords(reader, 'PRECEDING') && !takeWords(reader, 'FOLLOWING'))
    unreadable(reader, 'expected PRECEDING or FOLLOWING')
}
