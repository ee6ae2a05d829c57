import type { ChildProcess } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'

/** Long enough for a cold start on a busy machine. */
const START_MS = 45_000

/** Resolves once the program answers at `url`, by default with anything at all; rejects when it ends before. */
export async function answering(
  url: string,
  child: ChildProcess,
  accept: (response: Response) => boolean = () => true,
): Promise<void> {
  let last: unknown
  for (const until = Date.now() + START_MS; Date.now() < until; await pause(50)) {
    if (child.exitCode !== null) throw new Error(`the program for ${url} ended with code ${child.exitCode}`)
    try {
      const response = await fetch(url)
      await response.arrayBuffer()
      if (accept(response)) return
      last = new Error(`it answers ${response.status}`)
    } catch (error) {
      last = error
    }
  }
  throw new Error(`nothing answers at ${url} within ${START_MS} ms`, { cause: last })
}
