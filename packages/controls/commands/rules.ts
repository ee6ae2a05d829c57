/** Every reason for which a value or a command line is refused. */
export const COMMAND_RULES = {
  'command/size': 'The text is longer than its policy allows.',
  'command/empty': 'There is no command.',
  'command/control-character':
    'A line break, NUL or other control character, which ends a command or hides what follows.',
  'command/metacharacter': 'A character that separates, redirects or groups commands in a shell.',
  'command/expansion':
    'A shell would run, or put in the place of it, something else: `$`, backquotes, `%NAME%`.',
  'command/quote':
    'A quote or a backslash at the end, which would close or open the quotes around the value.',
  'command/glob': 'A pattern that a shell replaces by names of files, which may look like options.',
  'command/option': 'A value that a program takes for an option, or an option that runs, writes or sends.',
  'command/assignment': 'An environment variable that changes which program runs, or how.',
  'command/transport': 'An address that makes a program run another one, such as `ext::` of git.',
  'command/interpreter': 'A program that runs what it is given: a shell, an interpreter, a wrapper.',
  'command/not-allowed': 'No pattern of the policy has this command.',
  'command/unreadable':
    'The words of the command cannot be told for certain, such as a quote that is not closed.',
} as const satisfies Readonly<Record<`command/${string}`, string>>

export type CommandRule = keyof typeof COMMAND_RULES
