/**
 * The guardian where there is no usable `/bin/sh` (minimal container images): the same duty as `guardianScript.ts`,
 * as a Node program of its own. Costs a Node process of memory, so it is the second choice.
 *
 * Run as `node guardianProcess.ts MARKER`, with the commands of `guardianScript.ts` on standard input.
 */
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { endProcesses } from './processTree.ts'

const IGNORED: readonly NodeJS.Signals[] = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR2',
  'SIGALRM',
  'SIGTSTP',
]

async function guard(marker: string): Promise<void> {
  for (const name of IGNORED) process.on(name, () => {})
  const groups = new Set<number>()
  let orderly = false
  process.stdout.write('ready\n')
  for await (const line of createInterface({ input: process.stdin })) {
    const [action, group] = line.split(' ')
    if (action === '+') groups.add(Number(group))
    else if (action === '-') groups.delete(Number(group))
    else if (action === 'q') orderly = true
  }
  // What the servers do when their input ends, they may finish first.
  if (!orderly) await sleep(400)
  await endProcesses(
    { groups, entry: `SALLYPORT_GUARD=${marker}` },
    { termGraceMs: 1000, deadlineMs: 20_000 },
  )
  process.exit(0)
}

const [marker] = process.argv.slice(2)
if (marker === undefined || !/^[0-9a-f]{32}$/.test(marker)) {
  process.stderr.write('guardianProcess: started by the gateway only\n')
  process.exit(2)
}
await guard(marker)
