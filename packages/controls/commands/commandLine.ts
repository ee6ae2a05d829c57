import { type CommandFault, fault } from './fault.ts'
import {
  DANGEROUS_VARIABLES,
  INTERPRETERS,
  MULTIPLEXERS,
  OPTIONS,
  type OptionTable,
  WRAPPERS,
} from './programs.ts'
import { findTransport } from './value.ts'

/** Why none of the patterns has this command, or undefined where one has. The reason is that of the nearest pattern. */
export function findInCommand(words: readonly string[], allow: readonly string[]): CommandFault | undefined {
  const program = words[0]
  if (program === undefined) return fault('command/empty', 0, 'no command')
  if (/^[A-Za-z_][A-Za-z0-9_]*\+?=/.test(program))
    return fault('command/assignment', 0, 'an assignment before the command')
  let nearest: CommandFault | undefined
  for (const pattern of allow) {
    const found = matchPattern(words, pattern.trim().split(/\s+/))
    if (found === undefined) return undefined
    if (found.rule !== 'command/not-allowed') nearest ??= found
  }
  return (
    nearest ?? fault('command/not-allowed', 0, `the command ${program}, which no pattern allows as it is`)
  )
}

/** Undefined: the pattern has it. */
function matchPattern(words: readonly string[], pattern: readonly string[]): CommandFault | undefined {
  const open = pattern.at(-1) === '*'
  const fixed = open ? pattern.slice(0, -1) : pattern
  const missing = fault('command/not-allowed', 0, 'no pattern')
  if (words.length < fixed.length || (!open && words.length > fixed.length)) return missing
  for (const [index, part] of fixed.entries()) if (!matchWord(words[index] ?? '', part)) return missing
  const free = words.map((word, index) => ({ word, index, literal: isLiteral(fixed[index]) }))
  return findInFree(words[0] ?? '', free.slice(1))
}

interface Argument {
  readonly word: string
  readonly index: number
  /** The policy has this very word. */
  readonly literal: boolean
}

function isLiteral(part: string | undefined): boolean {
  return part?.includes('*') === false
}

/** What a `*` stands for must do nothing that the policy did not name. */
function findInFree(program: string, given: readonly Argument[]): CommandFault | undefined {
  if (given.every(({ literal }) => literal)) return undefined
  const name = nameOf(program)
  if (WRAPPERS.has(name))
    return fault(
      'command/interpreter',
      0,
      `${name}, which runs what it is given, and must be allowed word for word`,
    )
  if (INTERPRETERS.has(name) && !beginsWithFile(given))
    return fault('command/interpreter', 0, `${name}, whose script must be named in the pattern`)
  if (MULTIPLEXERS.has(name) && given[0]?.literal !== true)
    return fault('command/not-allowed', 0, `${name}, whose first argument must be named in the pattern`)
  return findInArguments(name, given)
}

function beginsWithFile(given: readonly Argument[]): boolean {
  const first = given[0]
  return first?.literal === true && !first.word.startsWith('-')
}

function findInArguments(name: string, given: readonly Argument[]): CommandFault | undefined {
  const table = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined
  const scripted = INTERPRETERS.has(name)
  let options = true
  for (const { word, index, literal } of given) {
    if (literal) continue
    if (word.includes('\0')) return fault('command/control-character', index, 'a NUL character')
    // After `--` there are no options, but for find, which has none such.
    if (word === '--' && name !== 'find') options = false
    const transport = findTransport(word)
    if (transport !== undefined) return { ...transport, offset: index }
    const variable = /^([A-Za-z_][A-Za-z0-9_]{0,40})=/.exec(word)?.[1]
    if (variable !== undefined && DANGEROUS_VARIABLES.has(variable))
      return fault('command/assignment', index, `an assignment to ${variable}`)
    if (!options || scripted || word.length < 2 || !/^[-+\u{2013}-\u{2015}]/u.test(word)) continue
    if (/^-\d{1,9}$/.test(word) || /^\+[^a-zA-Z!:/]/.test(word)) continue
    if (table === undefined)
      return fault('command/option', index, `the option ${shorten(word)}, which is not known to be harmless`)
    if (isDangerous(word, table)) return fault('command/option', index, `the option ${shorten(word)}`)
  }
  return undefined
}

function shorten(word: string): string {
  return word.length > 40 ? `${word.slice(0, 40)}...` : word
}

function nameOf(program: string): string {
  const name = program.slice(Math.max(program.lastIndexOf('/'), program.lastIndexOf('\\')) + 1)
  const plain = name.replace(/\.(?:exe|com|bat|cmd)$/i, '')
  // `python3.12`, `ruby3.2`
  const unversioned = plain.replace(/[0-9.]+$/, '')
  return INTERPRETERS.has(plain) || !INTERPRETERS.has(unversioned) ? plain : unversioned
}

function isDangerous(word: string, table: OptionTable): boolean {
  if (word.startsWith('--')) {
    const equals = word.indexOf('=')
    const name = word.slice(2, equals < 0 ? undefined : equals)
    // Programs complete what is cut short: `--outp=x`, `--checkpoint-a`.
    return name.length > 0 && (table.long?.some((long) => long.startsWith(name)) ?? false)
  }
  if (!word.startsWith('-')) return true
  if (table.words?.some((one) => word.slice(1) === one)) return true
  for (const letter of word.slice(1)) {
    if (table.short?.includes(letter)) return true
    if (table.valued?.includes(letter)) return false
  }
  return false
}

/** A word against a pattern of it: `*` is any characters. In time linear in both for every `*` of the pattern. */
function matchWord(word: string, pattern: string): boolean {
  const parts = pattern.split('*')
  const first = parts[0] ?? ''
  const last = parts.at(-1) ?? ''
  if (parts.length === 1) return word === pattern
  if (word.length < first.length + last.length || !word.startsWith(first) || !word.endsWith(last))
    return false
  let at = first.length
  for (const part of parts.slice(1, -1)) {
    const found = word.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return at <= word.length - last.length
}
