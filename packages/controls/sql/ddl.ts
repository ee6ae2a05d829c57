import { refuse } from './fault.ts'
import { readNamePath } from './names.ts'
import {
  beginsQuery,
  commaList,
  expectKind,
  nested,
  peek,
  peekWord,
  type Reader,
  take,
  takeWordOf,
  takeWords,
  unreadable,
} from './reader.ts'

const BEFORE_OBJECT: ReadonlySet<string> = new Set(
  `TEMP TEMPORARY UNIQUE MATERIALIZED RECURSIVE UNLOGGED OR REPLACE FULLTEXT`.split(' '),
)
const OBJECTS: ReadonlySet<string> = new Set(['TABLE', 'VIEW', 'INDEX'])

/**
 * Words of definitions that reach further than tables: files and servers elsewhere, code, rights. Wherever one stands outside
 * quotes, the statement is refused, even where it would be the name of a column.
 */
const FAR_REACHING: ReadonlySet<string> = new Set(
  `DIRECTORY CONNECTION TABLESPACE SERVER PROGRAM EXECUTE FUNCTION PROCEDURE TRIGGER TRIGGERS RULE POLICY SECURITY OWNER GRANT
   EXTENSION ENGINE DEFINER SELECT INSERT UPDATE MERGE INTO FROM COPY ATTACH DETACH OPTIONS FOREIGN_DATA`.split(
    /\s+/,
  ),
)

/** CREATE, ALTER, DROP and TRUNCATE of tables, views and indexes. Everything else that CREATE can make is refused. */
export function readDefinition(reader: Reader): void {
  const { start } = peek(reader)
  const word = peekWord(reader)
  take(reader)
  reader.facts.kinds.push({ kind: 'ddl', offset: start })
  if (word === 'TRUNCATE') {
    takeWords(reader, 'TABLE')
    return readTables(reader)
  }
  while (takeWordOf(reader, BEFORE_OBJECT));
  const object = peekWord(reader)
  if (!takeWordOf(reader, OBJECTS))
    refuse('sql/statement', start, `${word} of something other than a table, view or index`)
  takeWords(reader, 'CONCURRENTLY')
  takeWords(reader, 'IF', 'NOT', 'EXISTS')
  takeWords(reader, 'IF', 'EXISTS')
  takeWords(reader, 'ONLY')
  if (word === 'DROP') return readTables(reader)
  if (object === 'INDEX' && peekWord(reader) === 'ON') return readRest(reader)
  readTable(reader)
  readRest(reader)
}

function readTables(reader: Reader): void {
  commaList(reader, () => readTable(reader))
  readRest(reader)
}

function readTable(reader: Reader): void {
  const path = readNamePath(reader)
  reader.facts.tables.push({ parts: path.parts, offset: path.offset })
}

/** The rest of a definition: words, types, values and defaults with balanced parentheses; after AS a query. */
function readRest(reader: Reader): void {
  for (;;) {
    const token = peek(reader)
    if (token.kind === 'end' || token.kind === ';') return
    if (token.kind === ')') return
    if (token.kind === '(') {
      take(reader)
      nested(reader, () => readRest(reader))
      expectKind(reader, ')')
    } else if (takeWords(reader, 'AS')) {
      if (beginsQuery(reader)) return reader.grammar.query(reader)
    } else readDefinitionWord(reader)
  }
}

function readDefinitionWord(reader: Reader): void {
  const token = peek(reader)
  if (token.kind === 'variable') refuse('sql/variable', token.start, `the variable ${token.text}`)
  const word = peekWord(reader)
  if (word === 'ON' && isReferentialAction(reader)) {
    reader.at += 2
    return
  }
  if (FAR_REACHING.has(word)) unreadable(reader, 'not allowed in a definition')
  take(reader)
  if (
    word === 'REFERENCES' ||
    word === 'LIKE' ||
    word === 'INHERITS' ||
    (word === 'ON' && isTableOfIndex(reader))
  )
    readMentioned(reader)
  else if (peek(reader).kind === '(' && (token.kind === 'word' || token.kind === 'quoted'))
    reader.facts.definitionCalls.push({
      parts: [token.name],
      quoted: token.kind === 'quoted',
      offset: token.start,
    })
}

/** `ON DELETE CASCADE`, `ON UPDATE SET NULL`, `ON CONFLICT REPLACE`, `ON COMMIT DROP` */
function isReferentialAction(reader: Reader): boolean {
  const next = peekWord(reader, 1)
  return next === 'DELETE' || next === 'UPDATE' || next === 'CONFLICT' || next === 'COMMIT'
}

function isTableOfIndex(reader: Reader): boolean {
  return peek(reader).kind === 'word' || peek(reader).kind === 'quoted'
}

function readMentioned(reader: Reader): void {
  if (peek(reader).kind === '(' || peek(reader).kind === 'string') return
  readTable(reader)
}
