import type { SqlRule } from './rules.ts'

/** What a statement does, as its own first word says. */
export type SqlStatementKind = 'select' | 'describe' | 'insert' | 'update' | 'delete' | 'merge' | 'ddl'

/** A table as the query names it: `[schema, name]`, as the server compares names. */
export interface TableReference {
  readonly parts: readonly string[]
  readonly offset: number
}

export interface FunctionCall {
  readonly parts: readonly string[]
  /** Quoted names are compared exactly. */
  readonly quoted: boolean
  readonly offset: number
}

/** Something that changes more than what it reads: a lock, a table written by SELECT INTO. */
export interface Effect {
  readonly rule: SqlRule
  readonly offset: number
  readonly what: string
}

/** What a text was read to say, before anybody asks whether it may. */
export interface SqlFacts {
  readonly kinds: { readonly kind: SqlStatementKind; readonly offset: number }[]
  readonly tables: TableReference[]
  readonly functions: FunctionCall[]
  readonly effects: Effect[]
  /** Names with parentheses in a definition: types, columns and calls look alike there. */
  readonly definitionCalls: FunctionCall[]
  /** UPDATE or DELETE without WHERE. */
  everyRow: boolean
}
