import type { SqlFacts, TableReference } from './facts.ts'
import type { SqlFault } from './fault.ts'
import { judgeFunction } from './judgeFunction.ts'
import type { SqlDialect, SqlMode, SqlPolicy } from './policy.ts'
import type { SqlRule } from './rules.ts'
import { judgeTable } from './tables.ts'

const NEEDS: Readonly<Record<string, SqlMode>> = {
  select: 'read',
  describe: 'read',
  insert: 'write',
  update: 'write',
  delete: 'write',
  merge: 'write',
  ddl: 'ddl',
}
const RANK: Readonly<Record<SqlMode, number>> = { read: 0, write: 1, ddl: 2 }

/** Why the policy does not let this through, or undefined where it does. */
export function judgeFacts(facts: SqlFacts, policy: SqlPolicy, dialect: SqlDialect): SqlFault | undefined {
  for (const { kind, offset } of facts.kinds) {
    const needs = NEEDS[kind] ?? 'ddl'
    if (RANK[needs] > RANK[policy.mode])
      return fault(
        needs === 'ddl' ? 'sql/ddl' : 'sql/write',
        offset,
        kind === 'ddl' ? 'a change of definitions' : `a change (${kind.toUpperCase()})`,
      )
  }
  for (const { rule, offset, what } of facts.effects) {
    if (rule !== 'sql/write' || policy.mode === 'read') return fault(rule, offset, what)
  }
  for (const call of facts.functions) {
    const what = judgeFunction(call, policy, 'query')
    if (what !== undefined) return fault('sql/function', call.offset, what)
  }
  for (const call of facts.definitionCalls) {
    const what = judgeFunction(call, policy, 'definition')
    if (what !== undefined) return fault('sql/function', call.offset, what)
  }
  for (const table of facts.tables) {
    const found = judgeTable(table.parts, policy.tables, dialect)
    if (found !== undefined) return fault(found, table.offset, `the table ${showTable(table)}`)
  }
  return undefined
}

export function showTable({ parts }: TableReference): string {
  return parts.join('.')
}

function fault(rule: SqlRule, offset: number, what: string): SqlFault {
  return { rule, offset, what, broken: false }
}
