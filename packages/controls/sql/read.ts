import type { SqlFacts } from './facts.ts'
import { type SqlFault, SqlFaultError } from './fault.ts'
import { lexSql } from './lex.ts'
import type { SqlReading } from './reading.ts'
import { readStatements } from './statement.ts'

export type SqlRead =
  | { readonly ok: true; readonly facts: SqlFacts }
  | { readonly ok: false; readonly fault: SqlFault }

/** What a text says in one reading of it. */
export function readSql(text: string, reading: SqlReading): SqlRead {
  try {
    return { ok: true, facts: readStatements(text, lexSql(text, reading), reading) }
  } catch (error) {
    if (error instanceof SqlFaultError) return { ok: false, fault: error.fault }
    throw error
  }
}
