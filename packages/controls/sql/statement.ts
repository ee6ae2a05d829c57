import { readChange, readDataStatement } from './change.ts'
import { readDefinition } from './ddl.ts'
import { readDescribe, readExplain, readPragma, readShow } from './describe.ts'
import { readExpression, readOrdering } from './expression.ts'
import type { SqlFacts } from './facts.ts'
import { refuse } from './fault.ts'
import { readQuery, readQueryTail } from './query.ts'
import { type Grammar, peek, peekWord, type Reader, take, unreadable } from './reader.ts'
import type { SqlReading } from './reading.ts'
import type { Token } from './token.ts'

export const GRAMMAR: Grammar = {
  query: readQuery,
  queryTail: readQueryTail,
  change: readChange,
  expression: (reader) => readExpression(reader),
  argument: (reader, inIsSeparator) => readExpression(reader, { inIsSeparator }),
  ordering: readOrdering,
}

/** Statements that no mode allows, by what they reach. */
const NEVER: Readonly<Record<string, string>> = {
  ATTACH: 'opens or creates a file',
  DETACH: 'changes what the connection has open',
  VACUUM: 'rewrites the database, perhaps into a file',
  COPY: 'reads or writes files and programs of the server',
  LOAD: 'reads files of the server, or loads code',
  IMPORT: 'reads files of the server',
  HANDLER: 'reads a table past the checks of a query',
  CALL: 'runs a procedure, which may do anything',
  DO: 'runs code',
  EXEC: 'runs text or a procedure',
  EXECUTE: 'runs a prepared text',
  PREPARE: 'prepares a text that is run later',
  DEALLOCATE: 'changes the session',
  DECLARE: 'runs code or opens a cursor',
  FETCH: 'reads from a cursor',
  MOVE: 'moves a cursor',
  CLOSE: 'closes a cursor',
  BEGIN: 'controls the transaction',
  START: 'controls the transaction',
  COMMIT: 'ends the transaction that limits the query',
  END: 'ends the transaction that limits the query',
  ROLLBACK: 'ends the transaction that limits the query',
  ABORT: 'ends the transaction that limits the query',
  SAVEPOINT: 'controls the transaction',
  RELEASE: 'controls the transaction',
  SET: 'changes the session or the server',
  RESET: 'changes the session or the server',
  DISCARD: 'changes the session',
  USE: 'changes the database that names refer to',
  GRANT: 'changes rights',
  REVOKE: 'changes rights',
  REASSIGN: 'changes rights',
  LOCK: 'locks tables',
  UNLOCK: 'unlocks tables',
  LISTEN: 'changes the session',
  UNLISTEN: 'changes the session',
  NOTIFY: 'sends a message to other sessions',
  KILL: 'ends other sessions',
  SHUTDOWN: 'stops the server',
  RESTART: 'stops the server',
  FLUSH: 'changes the server',
  PURGE: 'removes logs of the server',
  CHANGE: 'changes the server',
  STOP: 'changes the server',
  INSTALL: 'loads code',
  UNINSTALL: 'changes the server',
  BINLOG: 'writes what a log would',
  CACHE: 'changes the server',
  CHECKPOINT: 'changes the server',
  CLUSTER: 'rewrites a table',
  REFRESH: 'rewrites a view',
  REINDEX: 'rewrites indexes',
  ANALYZE: 'writes statistics',
  ANALYSE: 'writes statistics',
  OPTIMIZE: 'rewrites tables',
  REPAIR: 'rewrites tables',
  CHECK: 'marks tables',
  COMMENT: 'changes the catalogue',
  RENAME: 'renames tables',
  SECURITY: 'changes the catalogue',
  WAITFOR: 'waits',
  XA: 'controls the transaction',
  SIGNAL: 'raises an error',
  RESIGNAL: 'raises an error',
  GET: 'changes variables of the session',
  HELP: 'is for a person at a terminal',
  CHECKSUM: 'reads whole tables past the checks of a query',
  BACKUP: 'locks the server, or writes files',
  CLONE: 'writes files of the server',
}

const DATA: ReadonlySet<string> = new Set(
  'SELECT WITH VALUES TABLE INSERT UPDATE DELETE MERGE REPLACE'.split(' '),
)
const DEFINITIONS: ReadonlySet<string> = new Set(['CREATE', 'ALTER', 'DROP', 'TRUNCATE'])

/** Whether statements of any of the three servers begin with this word, given in capitals. */
export function beginsStatements(word: string): boolean {
  return DATA.has(word) || DEFINITIONS.has(word) || DESCRIBING.has(word) || Object.hasOwn(NEVER, word)
}

/** What the tokens of one reading say. Throws a fault where they say more than one thing, or nothing that is known. */
export function readStatements(text: string, tokens: readonly Token[], reading: SqlReading): SqlFacts {
  const facts: SqlFacts = {
    kinds: [],
    tables: [],
    functions: [],
    effects: [],
    definitionCalls: [],
    everyRow: false,
  }
  const reader: Reader = { text, tokens, reading, facts, grammar: GRAMMAR, scopes: [], at: 0, depth: 0 }
  while (peek(reader).kind === ';') take(reader)
  if (peek(reader).kind === 'end') refuse('sql/empty', 0, 'no statement')
  refuseSecond(tokens)
  readStatement(reader)
  while (peek(reader).kind === ';') take(reader)
  if (peek(reader).kind !== 'end') unreadable(reader, 'not expected here')
  return facts
}

/** Before anything else is said of the first one: a second statement is the attack, whatever the first one is. */
function refuseSecond(tokens: readonly Token[]): void {
  let begun = false
  let ended = false
  for (const token of tokens) {
    if (token.kind === 'end') return
    if (token.kind === ';') ended = begun
    else if (ended) refuse('sql/multiple', token.start, 'a second statement')
    else begun = true
  }
}

function readStatement(reader: Reader): void {
  const { start, kind } = peek(reader)
  const word = peekWord(reader)
  if (kind === '(' || DATA.has(word)) return readDataStatement(reader)
  if (DEFINITIONS.has(word)) return readDefinition(reader)
  const never = Object.hasOwn(NEVER, word) ? NEVER[word] : undefined
  if (never !== undefined) refuse('sql/statement', start, `${word}, which ${never}`)
  const described = readDescribing(reader, word, start)
  if (!described) unreadable(reader, 'no statement that is known')
}

function readDescribing(reader: Reader, word: string, start: number): boolean {
  if (!DESCRIBING.has(word)) return false
  take(reader)
  reader.facts.kinds.push({ kind: 'describe', offset: start })
  if (word === 'SHOW') readShow(reader, start)
  else if (word === 'PRAGMA') readPragma(reader, start)
  else if (word === 'EXPLAIN') {
    if (readExplain(reader)) readDataStatement(reader)
  } else readDescribe(reader)
  return true
}

const DESCRIBING: ReadonlySet<string> = new Set(['EXPLAIN', 'DESCRIBE', 'DESC', 'SHOW', 'PRAGMA'])
