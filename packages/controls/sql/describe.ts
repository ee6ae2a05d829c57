import { refuse } from './fault.ts'
import { noteTable, readName, readNamePath } from './names.ts'
import {
  beginsQuery,
  expectKind,
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

/** Words of EXPLAIN before the statement. */
const EXPLAIN_WORDS: ReadonlySet<string> = new Set(['ANALYZE', 'VERBOSE', 'EXTENDED', 'PARTITIONS'])

/**
 * After EXPLAIN. What is explained is read like any statement and judged like it: with ANALYZE it is run. True: a statement
 * follows; false: a table was described.
 */
export function readExplain(reader: Reader): boolean {
  if (takeWords(reader, 'QUERY')) {
    if (!takeWords(reader, 'PLAN')) unreadable(reader, 'expected PLAN')
    return true
  }
  while (takeWordOf(reader, EXPLAIN_WORDS));
  if (takeWords(reader, 'FORMAT')) {
    if (!takeOperator(reader, '=')) unreadable(reader, 'expected =')
    readName(reader)
    return true
  }
  if (peek(reader).kind === '(' && !beginsQuery({ ...reader, at: reader.at + 1 })) readOptions(reader)
  if (beginsQuery(reader) || peek(reader).kind === '(' || STATEMENTS.has(peekWord(reader))) return true
  noteTable(reader, readNamePath(reader))
  return false
}

const STATEMENTS: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'REPLACE'])

/** `(ANALYZE, FORMAT JSON)` */
function readOptions(reader: Reader): void {
  expectKind(reader, '(')
  do {
    readName(reader)
    if (peek(reader).kind === 'word' || peek(reader).kind === 'number') take(reader)
  } while (takeKind(reader, ','))
  expectKind(reader, ')')
}

/** After DESCRIBE or DESC: a table, perhaps one of its columns. */
export function readDescribe(reader: Reader): void {
  noteTable(reader, readNamePath(reader))
  if (peek(reader).kind === 'word') readName(reader)
}

/** What PostgreSQL shows of itself without telling of its host. */
const SHOWN_SETTINGS: ReadonlySet<string> = new Set([
  'SERVER_VERSION',
  'SERVER_ENCODING',
  'CLIENT_ENCODING',
  'TIMEZONE',
  'DATESTYLE',
  'SEARCH_PATH',
  'LC_COLLATE',
])

/** After SHOW: lists of tables, columns, indexes, and how a table was made. */
export function readShow(reader: Reader, offset: number): void {
  takeWords(reader, 'EXTENDED')
  takeWords(reader, 'FULL')
  const word = peekWord(reader)
  take(reader)
  switch (word) {
    case 'TABLES':
      takeDatabase(reader)
      return takeLike(reader)
    case 'DATABASES':
    case 'SCHEMAS':
      return takeLike(reader)
    case 'COLUMNS':
    case 'FIELDS':
    case 'INDEX':
    case 'INDEXES':
    case 'KEYS':
      if (!takeWords(reader, 'FROM') && !takeWords(reader, 'IN')) unreadable(reader, 'expected FROM')
      readShownTable(reader)
      return takeLike(reader)
    case 'CREATE':
      if (!takeWords(reader, 'TABLE') && !takeWords(reader, 'VIEW')) unreadable(reader, 'expected TABLE')
      return noteTable(reader, readNamePath(reader))
    default:
      if (!SHOWN_SETTINGS.has(word)) refuse('sql/statement', offset, 'SHOW of something other than tables')
  }
}

function readShownTable(reader: Reader): void {
  const path = readNamePath(reader)
  if (!takeWords(reader, 'FROM') && !takeWords(reader, 'IN')) return noteTable(reader, path)
  const database = readName(reader)
  noteTable(reader, { ...path, parts: [database.name, ...path.parts] })
}

function takeDatabase(reader: Reader): void {
  if (takeWords(reader, 'FROM') || takeWords(reader, 'IN')) readName(reader)
}

function takeLike(reader: Reader): void {
  if (takeWords(reader, 'LIKE')) expectKind(reader, 'string')
}

/** Pragmas of SQLite that tell something whether they have an argument or not. */
const TELLING_PRAGMAS: ReadonlySet<string> = new Set(
  `TABLE_INFO TABLE_XINFO TABLE_LIST INDEX_LIST INDEX_INFO INDEX_XINFO FOREIGN_KEY_LIST FOREIGN_KEY_CHECK`.split(
    ' ',
  ),
)

/** ... and those that only tell something where they have none. */
const READABLE_PRAGMAS: ReadonlySet<string> = new Set(
  `DATABASE_LIST COLLATION_LIST FUNCTION_LIST MODULE_LIST PRAGMA_LIST COMPILE_OPTIONS USER_VERSION SCHEMA_VERSION
   APPLICATION_ID ENCODING PAGE_COUNT PAGE_SIZE FREELIST_COUNT FOREIGN_KEYS JOURNAL_MODE AUTO_VACUUM INTEGRITY_CHECK
   QUICK_CHECK DATA_VERSION`.split(/\s+/),
)

/** After PRAGMA: only those that tell something. An equals sign sets. */
export function readPragma(reader: Reader, offset: number): void {
  const path = readNamePath(reader)
  const name = (path.parts.at(-1) ?? '').toUpperCase()
  const schema = path.parts.slice(0, -1)
  if (TELLING_PRAGMAS.has(name)) {
    if (peek(reader).kind !== '(' && peek(reader).kind !== 'end' && peek(reader).kind !== ';')
      takeOperator(reader, '=')
    else if (!takeKind(reader, '(')) return
    const table = take(reader)
    if (table.kind !== 'word' && table.kind !== 'quoted' && table.kind !== 'string')
      unreadable(reader, 'expected a table')
    reader.facts.tables.push({ parts: [...schema, table.name], offset: table.start })
    takeKind(reader, ')')
    return
  }
  if (!READABLE_PRAGMAS.has(name) || (peek(reader).kind !== 'end' && peek(reader).kind !== ';'))
    refuse('sql/statement', offset, 'a PRAGMA that sets something, or that is not known to set nothing')
}
