import type { FormatRule } from './rules.ts'

/** What is wrong, as a clause without its end. Holds no part of the value but single characters. */
export interface FormatFault {
  readonly rule: FormatRule
  readonly what: string
}

export function fault(rule: FormatRule, what: string): FormatFault {
  return { rule, what }
}
