import { readNamePath } from './names.ts'
import {
  expectKind,
  peek,
  peekWord,
  type Reader,
  take,
  takeKind,
  takeWordOf,
  takeWords,
  unreadable,
} from './reader.ts'

/** After `::`, where a name may follow that is no part of the type: `x::double precision total`. */
export function readType(reader: Reader): void {
  if (takeWords(reader, 'INTERVAL')) {
    readSize(reader)
    return readBounds(reader)
  }
  const word = peekWord(reader)
  readNamePath(reader)
  if (word === 'DOUBLE') takeWords(reader, 'PRECISION')
  if (word === 'CHARACTER' || word === 'BIT' || word === 'CHAR') takeWords(reader, 'VARYING')
  readSize(reader)
  if (word === 'TIME' || word === 'TIMESTAMP') {
    if (!takeWords(reader, 'WITH', 'TIME', 'ZONE')) takeWords(reader, 'WITHOUT', 'TIME', 'ZONE')
  }
  readBounds(reader)
}

/** In CAST, where only the closing parenthesis follows: any words, a size, a character set. */
export function readCastType(reader: Reader): void {
  let words = 0
  for (;;) {
    if (peek(reader).kind === '(') readSize(reader)
    else if (peek(reader).kind === '[' || isEmptyBrackets(reader)) readBounds(reader)
    else if (takeWordOf(reader, TYPE_WORDS)) words++
    else if (words === 0 && peek(reader).kind !== ')') {
      readNamePath(reader)
      words++
    } else break
  }
  if (words === 0) unreadable(reader, 'expected a type')
}

const TYPE_WORDS: ReadonlySet<string> = new Set(
  `INTERVAL DOUBLE PRECISION CHARACTER CHAR VARYING NATIONAL TIME TIMESTAMP WITH WITHOUT ZONE SIGNED UNSIGNED INTEGER INT BIG
   SET ARRAY TO YEAR MONTH DAY HOUR MINUTE SECOND CHARSET ASCII UNICODE BINARY UTF8MB4 UTF8 LATIN1 COLLATE`.split(
    /\s+/,
  ),
)

/** `(10)`, `(10, 2)` */
function readSize(reader: Reader): void {
  if (peek(reader).kind !== '(' || peek(reader, 1).kind !== 'number') return
  take(reader)
  do expectKind(reader, 'number')
  while (takeKind(reader, ','))
  expectKind(reader, ')')
}

/** `[]`, `[3]`, `ARRAY` */
function readBounds(reader: Reader): void {
  for (;;) {
    if (isEmptyBrackets(reader)) take(reader)
    else if (takeKind(reader, '[')) {
      takeKind(reader, 'number')
      expectKind(reader, ']')
    } else return
  }
}

/** SQLite reads `[]` and `[3]` as a name in brackets; a cast with `::` or an array is none of its own anyway. */
function isEmptyBrackets(reader: Reader): boolean {
  const token = peek(reader)
  return token.kind === 'quoted' && reader.text.charAt(token.start) === '[' && /^\d*$/.test(token.text)
}
