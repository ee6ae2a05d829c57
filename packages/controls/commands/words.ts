import { type CommandFault, fault } from './fault.ts'
import type { Shell } from './policy.ts'

export type Words =
  | { readonly ok: true; readonly words: readonly string[] }
  | { readonly ok: false; readonly fault: CommandFault }

interface Rules {
  /** Quotes within which nothing but the quote means anything. */
  readonly literal: string
  /** Quotes within which some characters still do. */
  readonly quoting: string
  /** Takes its meaning from the character after it. */
  readonly escaping: string
  readonly separators: string
  readonly expansions: string
  /** Refused within `quoting` quotes. */
  readonly expansionsInQuotes: string
}

const CURLY = '\u{2018}\u{2019}\u{201a}\u{201b}\u{201c}\u{201d}\u{201e}'

const RULES: Readonly<Record<Shell, Rules>> = {
  sh: {
    literal: "'",
    quoting: '"',
    escaping: '\\',
    separators: ';&|<>()',
    expansions: '$`',
    expansionsInQuotes: '$`',
  },
  cmd: {
    literal: '',
    quoting: '"',
    escaping: '',
    separators: '&|<>()',
    expansions: '%!^',
    expansionsInQuotes: '%!',
  },
  powershell: {
    literal: "'",
    quoting: '"',
    escaping: '',
    separators: `;&|<>(){}@,${CURLY}`,
    expansions: '$`',
    expansionsInQuotes: `$\`${CURLY}`,
  },
}

/**
 * The words of one simple command, as a shell would hand them to the program, or why that cannot be said: separators,
 * redirections, expansions, comments and lines are refused wherever the shell would act on them.
 */
export function readWords(text: string, shell: Shell): Words {
  try {
    return { ok: true, words: new WordReader(text, shell).read() }
  } catch (error) {
    if (error instanceof WordFaultError) return { ok: false, fault: error.fault }
    throw error
  }
}

class WordFaultError extends Error {
  readonly fault: CommandFault

  constructor(found: CommandFault) {
    super(found.what)
    this.fault = found
  }
}

function refuse(found: CommandFault): never {
  throw new WordFaultError(found)
}

class WordReader {
  readonly #text: string
  readonly #shell: Shell
  readonly #rules: Rules
  readonly #words: string[] = []
  #word = ''
  /** Kept apart: looking into a word that is being put together would copy it every time. */
  #first = ''
  #inWord = false
  /** A brace outside quotes in this word, and a comma or two dots: bash makes several words of it. */
  #brace = -1
  #alternatives = false

  constructor(text: string, shell: Shell) {
    this.#text = text
    this.#shell = shell
    this.#rules = RULES[shell]
  }

  read(): readonly string[] {
    let at = 0
    while (at < this.#text.length) at = this.#readOne(at)
    this.#endWord()
    return this.#words
  }

  #readOne(at: number): number {
    const c = this.#text.charAt(at)
    refuseControl(this.#text, at)
    if (c === ' ' || c === '\t') {
      this.#endWord()
      return at + 1
    }
    const { literal, quoting, escaping, separators, expansions } = this.#rules
    if (literal.includes(c)) return this.#readQuoted(at, c, '')
    if (quoting.includes(c)) return this.#readQuoted(at, c, this.#rules.expansionsInQuotes)
    if (separators.includes(c))
      refuse(fault('command/metacharacter', at, `${c}, which a shell takes for its own`))
    if (expansions.includes(c)) refuse(fault('command/expansion', at, `${c}, which a shell expands`))
    if (escaping !== '' && escaping === c) return this.#readEscaped(at)
    this.#checkBare(at, c)
    this.#add(c)
    return at + 1
  }

  /** Outside quotes: what only means something in some places. */
  #checkBare(at: number, c: string): void {
    if (this.#shell === 'cmd') return
    if (c === '#' && !this.#inWord)
      refuse(fault('command/metacharacter', at, '#, which makes the rest a comment'))
    if (this.#shell !== 'sh') return
    // `./*` is fine: what it becomes cannot look like an option.
    if ('*?['.includes(c) && (this.#first === '' || this.#first === '-'))
      refuse(fault('command/glob', at, `${c} where a name of a file may become an option`))
    if (c === '~' && !this.#inWord) refuse(fault('command/expansion', at, '~, which a shell expands'))
    if (c === '{') this.#brace = at
    if (c === ',' || (c === '.' && this.#text.charAt(at + 1) === '.')) this.#alternatives = true
    if (this.#brace >= 0 && this.#alternatives)
      refuse(fault('command/expansion', this.#brace, 'braces, which a shell makes several words of'))
  }

  #readQuoted(open: number, quote: string, expansions: string): number {
    this.#inWord = true
    for (let at = open + 1; at < this.#text.length; at++) {
      const c = this.#text.charAt(at)
      refuseControl(this.#text, at)
      if (c === quote) {
        // PowerShell and cmd.exe read a doubled quote as one of the text.
        if (this.#shell !== 'sh' && this.#text.charAt(at + 1) === quote)
          refuse(fault('command/unreadable', at, 'a doubled quote'))
        return at + 1
      }
      if (expansions.includes(c))
        refuse(fault('command/expansion', at, `${c}, which a shell expands within quotes`))
      if (c === '\\' && this.#shell === 'sh' && quote === '"') {
        const next = this.#text.charAt(at + 1)
        if (next === '"' || next === '\\') {
          this.#append(next)
          at++
          continue
        }
      }
      // Programs of Windows read `\"` as a quote where the shell does not.
      if (c === '\\' && this.#shell !== 'sh' && this.#text.charAt(at + 1) === '"')
        refuse(fault('command/unreadable', at, 'a backslash before a quote'))
      this.#append(c)
    }
    refuse(fault('command/unreadable', open, 'a quote that is not closed'))
  }

  #readEscaped(at: number): number {
    const next = this.#text.charAt(at + 1)
    if (next === '') refuse(fault('command/unreadable', at, 'a backslash at its end'))
    refuseControl(this.#text, at + 1)
    this.#add(next)
    return at + 2
  }

  #add(c: string): void {
    this.#append(c)
    this.#inWord = true
  }

  #append(c: string): void {
    if (this.#first === '') this.#first = c
    this.#word += c
  }

  #endWord(): void {
    if (this.#inWord) this.#words.push(this.#word)
    this.#word = ''
    this.#first = ''
    this.#inWord = false
    this.#brace = -1
    this.#alternatives = false
  }
}

function refuseControl(text: string, at: number): void {
  const code = text.charCodeAt(at)
  if (code === 0x09 || (code >= 0x20 && code !== 0x7f && code !== 0x85 && code !== 0x2028 && code !== 0x2029))
    return
  const hex = code.toString(16).toUpperCase().padStart(4, '0')
  refuse(fault('command/control-character', at, `the control character U+${hex}`))
}
