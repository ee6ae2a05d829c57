import { type CommandFault, fault } from './fault.ts'
import type { Shell, ValueContext } from './policy.ts'
import { DANGEROUS_VARIABLES } from './programs.ts'

/** Whether a value does more than being a value, wherever its policy says that it may stand. */
export function findInValue(
  text: string,
  context: ValueContext,
  shells: readonly Shell[],
): CommandFault | undefined {
  return (
    findControls(text, context) ??
    findLeading(text) ??
    (context === 'argument' ? undefined : findShell(text, context, shells))
  )
}

/** No value needs one. A line break ends a command even within a file of commands that was thought to be quoted. */
function findControls(text: string, context: ValueContext): CommandFault | undefined {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    // Text for one argument may have lines; a NUL ends it for every program.
    if (context === 'argument' && (code === 0x0a || code === 0x0d || code === 0x09)) continue
    if (code === 0x09) continue
    if (code < 0x20 || code === 0x7f || code === 0x85 || code === 0x2028 || code === 0x2029)
      return fault('command/control-character', at, `the control character ${showCode(code)}`)
  }
  return undefined
}

function showCode(code: number): string {
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
}

/** PowerShell takes these for a minus before a parameter's name. */
const DASHES = '-\u{2013}\u{2014}\u{2015}'

/** What a program, not a shell, would take for something else. */
function findLeading(text: string): CommandFault | undefined {
  if (isOption(text, 0)) return fault('command/option', 0, 'a dash at its beginning, as an option has')
  if (/^\+[^0-9\s]/.test(text))
    return fault('command/option', 0, 'a plus at its beginning, as a command of an editor has')
  const variable = /^([A-Za-z_][A-Za-z0-9_]{0,40})=/.exec(text)?.[1]
  if (variable !== undefined && DANGEROUS_VARIABLES.has(variable))
    return fault('command/assignment', 0, `an assignment to ${variable}`)
  return findTransport(text)
}

/** A dash begins an option, unless it is that of a number or stands alone. */
function isOption(text: string, at: number): boolean {
  if (!DASHES.includes(text.charAt(at)) || at >= text.length) return false
  const next = text.charAt(at + 1)
  if (next === '' || next === ' ') return false
  return !/^-\d{1,20}(?:\.\d{1,20})?(?:\s|$)/.test(text.slice(at, at + 45))
}

const TRANSPORTS = /^(?:ext|fd|transport-helper)::/i

/** `ext::sh -c ...` is run by git; a host that begins with a dash is an option of ssh (CVE-2017-1000117). */
export function findTransport(text: string): CommandFault | undefined {
  if (TRANSPORTS.test(text)) return fault('command/transport', 0, 'an address that git runs')
  const host = text.indexOf('://-')
  if (host >= 0) return fault('command/transport', host + 3, 'a host that begins with a dash')
  const user = text.indexOf('@-')
  if (user >= 0) return fault('command/transport', user + 1, 'a host that begins with a dash')
  return undefined
}

/** Characters by what they do, for each shell and place. */
const SEPARATORS: Readonly<Record<Shell, string>> = { sh: ';&|<>()', cmd: '&|<>()', powershell: ';&|<>(){}' }
const EXPANSIONS: Readonly<Record<Shell, string>> = { sh: '$`', cmd: '', powershell: '$`' }
/** PowerShell takes every curly quote for a straight one. */
const CURLY_SINGLE = '\u{2018}\u{2019}\u{201a}\u{201b}'
const CURLY_DOUBLE = '\u{201c}\u{201d}\u{201e}'
const SINGLE: Readonly<Record<Shell, string>> = { sh: "'", cmd: '', powershell: `'${CURLY_SINGLE}` }
const DOUBLE: Readonly<Record<Shell, string>> = { sh: '"', cmd: '"', powershell: `"${CURLY_DOUBLE}` }

function findShell(text: string, context: ValueContext, shells: readonly Shell[]): CommandFault | undefined {
  const all = (table: Readonly<Record<Shell, string>>) => shells.map((shell) => table[shell]).join('')
  const bare = context === 'bare' || context === 'any'
  // cmd.exe knows no single quotes: within them a value stands bare.
  const bareInCmd = bare || (context === 'single' && shells.includes('cmd'))
  const double = context === 'double' || context === 'any'
  const single = context === 'single' || context === 'any'
  const separators = bare ? all(SEPARATORS) : bareInCmd ? SEPARATORS.cmd : ''
  const expansions = bare || double ? all(EXPANSIONS) : ''
  const quotes = `${bare || single ? all(SINGLE) : ''}${bare || double || bareInCmd ? all(DOUBLE) : ''}`
  const globs = bare && shells.includes('sh') ? '*?[]{}' : ''
  for (let at = 0; at < text.length; at++) {
    const c = text.charAt(at)
    if (expansions.includes(c)) return fault('command/expansion', at, `${c}, which a shell expands`)
    if (separators.includes(c))
      return fault('command/metacharacter', at, `${c}, which a shell takes for its own`)
    if (quotes.includes(c)) return fault('command/quote', at, 'a quote, which would end those around it')
    if (globs.includes(c)) return fault('command/glob', at, `${c}, which a shell replaces by names of files`)
    if (bare && isWordStart(text, at)) {
      const found = findAtWordStart(text, at, shells)
      if (found !== undefined) return found
    }
  }
  if (shells.includes('cmd')) {
    const found = findPair(text)
    if (found !== undefined) return found
  }
  return context === 'single' ? undefined : findTrailing(text, shells)
}

function isWordStart(text: string, at: number): boolean {
  const before = text.charAt(at - 1)
  return at === 0 || before === ' ' || before === '\t'
}

function findAtWordStart(text: string, at: number, shells: readonly Shell[]): CommandFault | undefined {
  const c = text.charAt(at)
  if (c === '#' && !(shells.length === 1 && shells[0] === 'cmd'))
    return fault('command/metacharacter', at, '#, which makes the rest a comment')
  if (c === '~' && shells.includes('sh')) return fault('command/expansion', at, '~, which a shell expands')
  if (c === '!' && shells.includes('sh') && at === 0)
    return fault('command/metacharacter', at, '!, which a shell takes for its own')
  // A space is where a value without quotes becomes two arguments.
  if (at > 0 && isOption(text, at)) return fault('command/option', at, 'an option after a space')
  return at > 0 ? shifted(findTransport(text.slice(at, at + 20)), at) : undefined
}

function shifted(found: CommandFault | undefined, by: number): CommandFault | undefined {
  return found === undefined ? undefined : { ...found, offset: found.offset + by }
}

/** cmd.exe replaces `%NAME%`, and `!NAME!` where delayed expansion is on, within quotes too. */
function findPair(text: string): CommandFault | undefined {
  for (const mark of ['%', '!']) {
    const first = text.indexOf(mark)
    if (first < 0) continue
    const second = text.indexOf(mark, first + 1)
    if (second > first + 1)
      return fault('command/expansion', first, `${mark}NAME${mark}, which cmd.exe expands`)
  }
  return undefined
}

/** The last character would take the meaning of what the server puts after it. */
function findTrailing(text: string, shells: readonly Shell[]): CommandFault | undefined {
  let slashes = 0
  while (text.charAt(text.length - 1 - slashes) === '\\') slashes++
  if (slashes % 2 === 1) return fault('command/quote', text.length - 1, 'a backslash at its end')
  if (shells.includes('cmd') && text.endsWith('^'))
    return fault('command/quote', text.length - 1, 'a caret at its end')
  return undefined
}
