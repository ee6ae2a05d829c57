/**
 * What a command really starts: the words behind `env`, `cmd /c`, `sh -c "..."` and their like, and what was wrapped.
 *
 * Reads text only; nothing is looked up and nothing is run. What only a shell could work out (`$(...)`, loops) stays as
 * it is, as one more word.
 */
import { splitCommand } from '../../config/commandLine.ts'
import type { NamedSpot, Spot } from '../../hosts/readServers.ts'

/** A shell that is given a text to run. */
export interface ShellText {
  readonly shell: string
  readonly text: string
  /** The word that holds it, or where it begins. */
  readonly spot: Spot
  /** `cmd /c PROGRAM ARGS`: how a batch file is started on Windows, where there is no other way. */
  readonly words: boolean
  /** The text is encoded, so that nobody reads it. */
  readonly encoded: boolean
}

export interface Launch {
  /** The program that is started in the end, and its arguments. */
  readonly words: readonly Spot[]
  readonly shells: readonly ShellText[]
  /** Variables that are set on the way. */
  readonly variables: readonly NamedSpot[]
  /** `sudo` and its like. */
  readonly asRoot?: Spot
}

const MAX_WRAPPERS = 6
/** Longer than any command line; what lies behind is not looked at. */
const MAX_WORDS = 4_096
const MAX_CHARS = 65_536

const SHELLS = new Set(['sh', 'bash', 'zsh', 'dash', 'ksh', 'ash', 'fish'])
const POWERSHELLS = new Set(['powershell', 'pwsh'])

/** The name of a program, without folder, extension and case. @example programName('C:\\x\\NPX.cmd') // 'npx' */
export function programName(word: string): string {
  const name = word.slice(Math.max(word.lastIndexOf('/'), word.lastIndexOf('\\')) + 1).toLowerCase()
  return name.replace(/\.(?:exe|cmd|bat|ps1|com)$/, '')
}

/** @example launchOf([spot('cmd'), spot('/c'), spot('npx'), spot('x')]).words // npx, x */
export function launchOf(command: readonly Spot[]): Launch {
  let words = command.slice(0, MAX_WORDS)
  const [only] = words
  if (only !== undefined && words.length === 1 && /\s/.test(only.value.trim()))
    words = split(only.value, only)
  const shells: ShellText[] = []
  const variables: NamedSpot[] = []
  let asRoot: Spot | undefined
  for (let step = 0; step < MAX_WRAPPERS; step++) {
    const [first] = words
    if (first === undefined) break
    const name = programName(first.value)
    if (name === 'env') words = behindEnv(words.slice(1), variables)
    else if (name === 'sudo' || name === 'doas') {
      asRoot ??= first
      words = behindOptions(words.slice(1), /^-[ugpChrtTD]$/)
    } else if (name === 'nohup' || name === 'exec' || name === 'setsid') words = words.slice(1)
    else {
      const shell = shellText(name, words)
      if (shell === undefined) break
      shells.push(shell)
      if (shell.encoded) break
      words = shell.words ? words.slice(words.indexOf(shell.spot)) : split(shell.text, shell.spot)
    }
  }
  return { words, shells, variables, ...(asRoot === undefined ? {} : { asRoot }) }
}

function shellText(name: string, words: readonly Spot[]): ShellText | undefined {
  if (name === 'cmd') {
    const at = words.findIndex(({ value }) => /^\/[ck]/i.test(value))
    const spot = words[at + 1]
    if (at < 1 || spot === undefined) return undefined
    const rest = words.slice(at + 1).map(({ value }) => value)
    const plain = rest.length > 1 || !/\s/.test(spot.value)
    return {
      shell: 'cmd /c',
      text: cut(rest.join(' ')),
      spot,
      words: plain && !OPERATORS.test(rest.join(' ')),
      encoded: false,
    }
  }
  if (SHELLS.has(name)) {
    const at = words.findIndex(({ value }, index) => index > 0 && /^-[a-z]*c$/.test(value))
    const spot = words[at + 1]
    if (at < 1 || spot === undefined) return undefined
    return { shell: `${name} -c`, text: cut(spot.value), spot, words: false, encoded: false }
  }
  if (POWERSHELLS.has(name)) {
    // PowerShell takes any beginning of an option's name.
    const at = words.findIndex(
      ({ value }, index) => index > 0 && /^[-/](?:c|co|com[a-z]*|e|en?c?[a-z]*)$/i.test(value),
    )
    const spot = words[at + 1]
    const option = words[at]?.value ?? ''
    if (at < 1 || spot === undefined || /^[-/]ex/i.test(option)) return undefined
    const rest = words.slice(at + 1).map(({ value }) => value)
    return {
      shell: `${name} -Command`,
      text: cut(rest.join(' ')),
      spot,
      words: false,
      encoded: /^[-/]e/i.test(option),
    }
  }
  return undefined
}

const OPERATORS = /[|&;<>]/

/** `env -i A=1 PROGRAM ARGS`, `env -S "PROGRAM ARGS"`. */
function behindEnv(words: readonly Spot[], variables: NamedSpot[]): Spot[] {
  for (let at = 0; at < words.length; at++) {
    const word = words[at]
    if (word === undefined) break
    const split_ = /^(?:-S|--split-string=)/.exec(word.value)?.[0]
    if (split_ !== undefined) {
      const text = word.value.slice(split_.length)
      const next = words[at + 1]
      return text === '' && next !== undefined
        ? [...split(next.value, next), ...words.slice(at + 2)]
        : [...split(text, word), ...words.slice(at + 1)]
    }
    const equals = word.value.indexOf('=')
    if (equals > 0 && !word.value.startsWith('-'))
      variables.push({ ...word, name: word.value.slice(0, equals), value: word.value.slice(equals + 1) })
    else if (/^-[uC]$/.test(word.value)) at++
    else if (!word.value.startsWith('-')) return words.slice(at)
  }
  return []
}

function behindOptions(words: readonly Spot[], withValue: RegExp): Spot[] {
  let at = 0
  while (words[at]?.value.startsWith('-')) at += withValue.test(words[at]?.value ?? '') ? 2 : 1
  return words.slice(at)
}

/** The words of a text, all where the text stands. */
function split(text: string, spot: Spot): Spot[] {
  const short = cut(text)
  const whole = splitCommand(short)
  const words = whole.ok ? whole.words.map((word) => word.text) : roughly(short)
  return words.slice(0, MAX_WORDS).map((value) => ({ ...spot, value }))
}

/** What only a shell understands is taken apart at blanks and operators: enough to see which programs are named. */
function roughly(text: string): string[] {
  return text
    .split(/[\s|&;<>()]/)
    .map((word) => word.replaceAll(/["'`]/g, ''))
    .filter((word) => word !== '')
}

function cut(text: string): string {
  return text.slice(0, MAX_CHARS)
}
