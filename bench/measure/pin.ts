/**
 * Which processor what runs on: load generator and upstream share one, whatever is measured has another.
 *
 * Left to the scheduler on a small machine, two processes that talk find themselves on one core in one round and on two in
 * the next, which at one connection makes a difference of four times, more than any proxy adds. And a proxy that shares its
 * core wakes up to a batch of calls at a time, which makes a cheap one look a third cheaper than it is with a core of its own.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

const CPUS = allowedCpus()
const PINS = CPUS.length >= 2 && taskset(CPUS.join(','), process.pid)

/** A sentence for the report. */
export const PINNING = PINS
  ? `load and upstream on CPU ${CPUS[0]}, what is measured on CPU ${CPUS[1]}`
  : 'nothing is pinned (no second CPU, or no taskset that may): expect wide spreads'

/** Puts all threads of these processes in their places. */
export function keepApart(measured: readonly number[], others: readonly number[]): void {
  if (!PINS) return
  const move = (pid: number, cpu: number | undefined) => {
    if (!taskset(String(cpu), pid)) throw new Error(`cannot place process ${pid} on CPU ${cpu}`)
  }
  for (const pid of measured) move(pid, CPUS[1])
  for (const pid of others) move(pid, CPUS[0])
}

/** Whether all threads of a process are where they should be. A process that has ended is in nobody's way. */
function taskset(cpus: string, pid: number): boolean {
  const { status } = spawnSync('taskset', ['-a', '-c', '-p', cpus, String(pid)], { stdio: 'ignore' })
  return status === 0 || !existsSync(`/proc/${pid}`)
}

/** Numbers of the processors this process may use, from `Cpus_allowed_list: 0-2,5`. */
function allowedCpus(): number[] {
  if (process.platform !== 'linux') return []
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? ''
  return list.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number)
    return Array.from({ length: to - from + 1 }, (_, n) => from + n)
  })
}
