/** Whose reading of a text counts. `sh` stands for the POSIX shells: sh, bash, dash, zsh, ksh. */
export type Shell = 'sh' | 'cmd' | 'powershell'

/**
 * Where a server puts a value. `argument`: as one argument of a program, without a shell. `bare`, `single`, `double`: into a
 * shell's command line without quotes or within those. `any`: not known, so that it must be harmless in all of them.
 */
export type ValueContext = 'argument' | 'bare' | 'single' | 'double' | 'any'

/** What a value that becomes part of a command may be. */
export interface ValuePolicy {
  readonly kind: 'value'
  /** Default `any`. */
  readonly context?: ValueContext
  /** Default all three. */
  readonly shells?: readonly Shell[]
  /** Default 8,192 characters. */
  readonly maxLength?: number
}

/** What a whole command may be. */
export interface CommandLinePolicy {
  readonly kind: 'command'
  /**
   * Patterns of words: `git status`, `ls *`, `npm run build-*`. A `*` alone stands for one argument, as the last word for any
   * number of them, and within a word for any characters. It never stands for an option that runs, writes or sends, nor for
   * what an interpreter runs.
   */
  readonly allow: readonly string[]
  /** The shell that reads a command given as text. Default `sh`. Given as words, it is read by none. */
  readonly shell?: Shell
  /** Default 8,192 characters. */
  readonly maxLength?: number
}

export type CommandPolicy = ValuePolicy | CommandLinePolicy

export const DEFAULT_MAX_LENGTH = 8192
