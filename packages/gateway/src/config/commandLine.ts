/**
 * Splits a command written as one text into program and arguments, with the quoting rules shells share and nothing
 * else. No shell runs; what only a shell would understand is refused instead of being passed on as strange arguments,
 * so that what a person reads in the file is what happens (control I02, CWE-78).
 */
import type { Advice } from './shape.ts'

export interface Word {
  readonly text: string
  /** It begins with an unquoted `~` that stands for the home folder. */
  readonly home: boolean
}

export type SplitCommand =
  | { readonly ok: true; readonly words: readonly [Word, ...Word[]] }
  | { readonly ok: false; readonly advice: Advice }

const LIST = 'write the command as a list: ["program", "argument", ...]'
const OPERATORS = '|&;<>()'

/**
 * Splits at unquoted blanks. Single quotes keep everything, double quotes keep everything but `\"` and `\\`, a
 * backslash keeps the blank, quote or sign after it. Globs stay as they are: nothing looks for files.
 *
 * @example
 * splitCommand(`npx -y "my server" ~/code`) // words: npx, -y, my server, ~/code (home)
 * splitCommand('server | tee log')          // refused: no shell runs
 */
export function splitCommand(command: string): SplitCommand {
  const text = command.trim()
  const words: Word[] = []
  let word: { text: string; home: boolean } | undefined
  let quote: '"' | "'" | undefined

  const add = (part: string) => {
    word ??= { text: '', home: false }
    word.text += part
  }
  const finish = () => {
    if (word)
      words.push({ text: word.text, home: word.home && (word.text === '~' || word.text.startsWith('~/')) })
    word = undefined
  }

  for (let at = 0; at < text.length; at++) {
    const sign = text.charAt(at)
    const next = text.charAt(at + 1)
    if (quote === "'") {
      if (sign === quote) quote = undefined
      else add(sign)
      continue
    }
    // Inside double quotes, too, a shell would run these.
    if (sign === '`' || sign === '$') {
      return refuse(
        `uses "${sign}", which only a shell understands; no shell runs`,
        `put values in env, or ${LIST}`,
      )
    }
    if (quote === '"') {
      if (sign === '"') quote = undefined
      else if (sign === '\\' && (next === '"' || next === '\\')) {
        add(next)
        at += 1
      } else add(sign)
      continue
    }
    if (sign === '\n' || sign === '\r')
      return refuse('has more than one line; no shell runs', `use ">-", or ${LIST}`)
    if (sign === ' ' || sign === '\t') finish()
    else if (sign === '"' || sign === "'") {
      quote = sign
      add('')
    } else if (sign === '\\') {
      // `C:\tools` would become `C:tools` for one reader and stay for the next; before a line's end it would vanish.
      if (next === '' || /[A-Za-z0-9\r\n]/.test(next)) {
        return refuse('has a backslash that could be read in two ways', `put it in single quotes, or ${LIST}`)
      }
      add(next)
      at += 1
    } else if (OPERATORS.includes(sign) || (sign === '#' && !word)) {
      return refuse(`uses "${sign}", which only a shell understands; no shell runs`, `quote it, or ${LIST}`)
    } else {
      word ??= { text: '', home: sign === '~' }
      word.text += sign
    }
  }
  if (quote) return refuse(`has a ${quote} that is never closed`)
  finish()
  const [program, ...rest] = words
  if (program === undefined || program.text === '') return refuse('names no program')
  if (/^[A-Za-z_]\w*=/.test(program.text))
    return refuse('sets a variable as a shell would', 'put it under env')
  return { ok: true, words: [program, ...rest] }
}

function refuse(explain: string, hint?: string): SplitCommand {
  return { ok: false, advice: { explain, ...(hint === undefined ? {} : { hint }) } }
}
