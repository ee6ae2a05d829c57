import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** After this a program that was asked to end is killed. */
const PATIENCE_MS = 10_000

/** Asks a program to end and waits until it has. */
export async function endProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
  child.kill('SIGTERM')
  await ended
  clearTimeout(timer)
}
