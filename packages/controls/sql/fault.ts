import type { SqlRule } from './rules.ts'

/** Why a reading of a text ended, and where. */
export interface SqlFault {
  readonly rule: SqlRule
  /** Index of the character. */
  readonly offset: number
  /** A clause without its end: what is there. */
  readonly what: string
  /**
   * True where every server of the dialect refuses the text too, at the first statement: a string without end, a character
   * outside its alphabet. As the reading of a server that a text was not written for, this is no danger.
   */
  readonly broken: boolean
}

/** Ends a reading from any depth of it. Thrown and caught within this folder only. */
export class SqlFaultError extends Error {
  readonly fault: SqlFault

  constructor(fault: SqlFault) {
    super(fault.what)
    this.fault = fault
  }
}

export function refuse(rule: SqlRule, offset: number, what: string): never {
  throw new SqlFaultError({ rule, offset, what, broken: false })
}
