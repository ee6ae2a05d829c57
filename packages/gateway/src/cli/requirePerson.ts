import { CommandError, EXIT } from './exit.ts'
import type { Terminal } from './terminal.ts'

/**
 * Variables by which coding agents mark the commands that they run. A model that has a shell could else approve its own
 * calls by the command its refusal names. Proof of nothing: a program can remove a variable, and only a person can be
 * trusted with the account it runs under (docs/approvals.md).
 */
const AGENTS = [
  'CLAUDECODE',
  'CURSOR_AGENT',
  'GEMINI_CLI',
  'CODEX_SANDBOX',
  'CLINE_ACTIVE',
  'OPENCODE',
  'AI_AGENT',
]

/**
 * Ends the command unless a person sits at the terminal: calls are decided by somebody who read what they are.
 *
 * @throws CommandError when input or output is no terminal, in CI, or when an agent runs the command
 */
export function requirePerson(
  terminal: Terminal,
  env: Readonly<Record<string, string | undefined>>,
  what: string,
): void {
  const agent = AGENTS.find((name) => env[name] !== undefined && env[name] !== '')
  if (agent !== undefined)
    throw new CommandError(
      EXIT.refused,
      `${what} is decided by a person, and ${agent} says that an agent runs this command: use a terminal of your own`,
    )
  if (!terminal.attended)
    throw new CommandError(
      EXIT.refused,
      `${what} is decided by a person at a terminal: nothing answers for one, and no option does`,
    )
}
