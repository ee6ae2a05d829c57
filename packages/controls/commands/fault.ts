import type { CommandRule } from './rules.ts'

/** What was found, and where. */
export interface CommandFault {
  readonly rule: CommandRule
  /** Index of the character, in the word of that index where words were given. */
  readonly offset: number
  /** A clause without its end. */
  readonly what: string
}

export function fault(rule: CommandRule, offset: number, what: string): CommandFault {
  return { rule, offset, what }
}
