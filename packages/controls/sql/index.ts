/**
 * SQL: would this text, as the server reads it, only do what its policy allows?
 *
 * Decides on the text alone, by reading it: into tokens exactly as PostgreSQL, MySQL or SQLite would cut it, then by a grammar
 * that follows every clause, subquery, common table expression and call. What is not understood for certain is refused
 * (`sql/unreadable`), functions are refused unless they are known to compute only, and every table that is named counts. Where
 * a setting of the server changes the reading (backslashes, double quotes), the text must pass in each reading that the server
 * could run. Follows CWE-89. One pass; about 1 us a token.
 *
 * Cannot know: what views, triggers, rules and functions of the database do behind a harmless name; how long a query runs; what
 * the server's program does to the text before it sends it. A role that may only read is still the first defence.
 *
 * @example
 * checkSql('SELECT total FROM orders; DROP TABLE orders', { dialect: 'postgresql', mode: 'read' })
 * // { ok: false, rule: 'sql/multiple', offset: 26, line: 1, explain: 'The query has a second statement (line 1, ...' }
 */
import { visible } from '../text/index.ts'
import type { SqlFacts, SqlStatementKind } from './facts.ts'
import type { SqlFault } from './fault.ts'
import { judgeFacts, showTable } from './judge.ts'
import { DEFAULT_MAX_BYTES, type SqlDialect, type SqlPolicy } from './policy.ts'
import { readSql } from './read.ts'
import { readingsOf } from './reading.ts'
import type { SqlRule } from './rules.ts'

export { beginningOfSql, type SqlBeginning } from './beginning.ts'
export type { SqlStatementKind } from './facts.ts'
export { hasChange } from './hiddenChange.ts'
export type { SqlDialect, SqlMode, SqlPolicy } from './policy.ts'
export { SQL_RULES, type SqlRule } from './rules.ts'
export { hasSecondStatement } from './secondStatement.ts'

export type SqlDecision =
  | {
      readonly ok: true
      /** What the statement does, those within WITH included: the most far-reaching of them. */
      readonly kind: SqlStatementKind
      /** Every table that it refers to, as the server compares names, each once. */
      readonly tables: readonly string[]
      /** An UPDATE or DELETE has no WHERE. */
      readonly everyRow: boolean
    }
  | {
      readonly ok: false
      readonly rule: SqlRule
      /** Whose reading it is that is refused. */
      readonly dialect: SqlDialect
      /** Index of the character, from 0, and its line, from 1. */
      readonly offset: number
      readonly line: number
      /** One sentence: what, where, what to do. Fit to be shown. */
      readonly explain: string
    }

const DIALECTS: readonly SqlDialect[] = ['postgresql', 'mysql', 'sqlite']

/** Says whether a query may run. */
export function checkSql(text: string, policy: SqlPolicy): SqlDecision {
  const dialects = policy.dialect === 'any' ? DIALECTS : [policy.dialect]
  const first = dialects[0] ?? 'postgresql'
  const unfit = findUnfit(text, policy.maxBytes ?? DEFAULT_MAX_BYTES)
  if (unfit !== undefined) return refusal(text, first, unfit)
  const passed: SqlFacts[] = []
  let broken: { readonly dialect: SqlDialect; readonly fault: SqlFault } | undefined
  for (const dialect of dialects) {
    const readings = readingsOf(dialect, text)
    for (const [index, reading] of readings.entries()) {
      const read = readSql(text, reading)
      if (read.ok) {
        const fault = judgeFacts(read.facts, policy, dialect)
        if (fault !== undefined) return refusal(text, dialect, fault)
        if (index === 0) passed.push(read.facts)
      } else {
        if (!read.fault.broken) return refusal(text, dialect, read.fault)
        // Where the usual reading is broken, the text was not written for this dialect.
        if (index === 0) broken ??= { dialect, fault: read.fault }
      }
    }
  }
  if (passed.length === 0 && broken !== undefined) return refusal(text, broken.dialect, broken.fault)
  return acceptance(passed)
}

/** What no server should be sent at all. */
function findUnfit(text: string, maxBytes: number): SqlFault | undefined {
  if (text.length > maxBytes || Buffer.byteLength(text) > maxBytes)
    return { rule: 'sql/size', offset: 0, what: `more than ${maxBytes} bytes`, broken: false }
  const nul = text.indexOf('\0')
  if (nul >= 0)
    return {
      rule: 'sql/unreadable',
      offset: nul,
      what: 'a NUL character, at which some drivers end the text',
      broken: false,
    }
  if (!text.isWellFormed())
    return { rule: 'sql/unreadable', offset: 0, what: 'half a surrogate pair', broken: false }
  return undefined
}

const ADVICE: Readonly<Record<SqlRule, string>> = {
  'sql/size': 'ask for less at a time, or raise maxBytes',
  'sql/unreadable': 'write it in plainer SQL',
  'sql/comment': 'leave the comment out',
  'sql/multiple': 'send one statement at a time',
  'sql/empty': 'send one statement',
  'sql/write': 'read instead, or have the mode of this parameter changed to write',
  'sql/ddl': 'have the mode of this parameter changed to ddl',
  'sql/statement': 'a person has to run it',
  'sql/table': 'use the tables that are allowed, or have this one added to tables.allow',
  'sql/system-table': 'leave it out, or have it added to tables.allow',
  'sql/function': 'leave it out, or have it added to functions.allow',
  'sql/variable': 'leave it out',
}

function refusal(text: string, dialect: SqlDialect, { rule, offset, what }: SqlFault): SqlDecision {
  const before = text.slice(0, offset)
  const line = before.split('\n').length
  const column = offset - before.lastIndexOf('\n')
  const explain = `The query has ${visible(what)} (line ${line}, column ${column}, read as ${dialect}): ${ADVICE[rule]}.`
  return { ok: false, rule, dialect, offset, line, explain }
}

const REACH: readonly SqlStatementKind[] = [
  'describe',
  'select',
  'insert',
  'merge',
  'update',
  'delete',
  'ddl',
]

function acceptance(passed: readonly SqlFacts[]): SqlDecision {
  let kind: SqlStatementKind = 'describe'
  const tables = new Set<string>()
  for (const facts of passed) {
    for (const one of facts.kinds) if (REACH.indexOf(one.kind) > REACH.indexOf(kind)) kind = one.kind
    for (const table of facts.tables) tables.add(showTable(table))
  }
  return { ok: true, kind, tables: [...tables], everyRow: passed.some((facts) => facts.everyRow) }
}
