/**
 * A process started under a file size limit: appends until it is refused, lifts its own limit, waits until the trail has
 * recovered, appends again, and prints what happened.
 *
 *     sh -c 'ulimit -S -f 20; exec node fillingProcess.ts DIR STATE_DIR'
 */
import { spawnSync } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { exchange, openAt } from './trailFixture.ts'

const [dir = '', stateDir = ''] = process.argv.slice(2)
const trail = await openAt({ root: dir, dir, stateDir, remove() {} })
const acknowledged: string[] = []
let refused = 0
let code: unknown
let next = 0

async function appendTen(): Promise<void> {
  const entries = Array.from({ length: 10 }, () => `fill-${next++}`)
  const results = await Promise.allSettled(entries.map((id) => trail.append(exchange(id))))
  for (const [at, result] of results.entries()) {
    if (result.status === 'fulfilled') acknowledged.push(entries[at] ?? '')
    else {
      refused += 1
      code ??= (result.reason as Error & { cause?: NodeJS.ErrnoException }).cause?.code
    }
  }
}

while (trail.healthy) await appendTen()
spawnSync('prlimit', ['--pid', String(process.pid), '--fsize=unlimited:unlimited'])
for (let round = 0; round < 500 && !trail.healthy; round++) await wait(20)
await appendTen()
const resumed = trail.healthy
await trail.close()
process.stdout.write(JSON.stringify({ acknowledged, refused, code, resumed }))
