/** A command with a person at its terminal: a real pseudo-terminal, by `script` of util-linux, which Debian always has. */
import { spawn } from 'node:child_process'
import { SALLYPORT } from '../program.ts'
import type { Home } from './harness.ts'

/** Runs `sallyport ARGS` and types `answer` when it asks. Resolves with what was on the screen and the exit code. */
export function atTerminal(
  home: Home,
  args: readonly string[],
  answer: string,
  env: Readonly<Record<string, string>> = {},
  asks: RegExp = /leaves it: $/,
): Promise<{ readonly code: number | null; readonly screen: string }> {
  const command = [process.execPath, SALLYPORT, ...args]
    .map((word) => `'${word.replaceAll("'", `'\\''`)}'`)
    .join(' ')
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    env: { ...home.env, TERM: 'dumb', ...env },
    cwd: home.dir,
    stdio: 'pipe',
  })
  let screen = ''
  let typed = false
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    screen += chunk
    if (!typed && asks.test(screen)) {
      typed = true
      child.stdin.write(`${answer}\n`)
    }
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, screen })))
}
