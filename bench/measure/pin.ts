/**
 * Which processors what runs on.
 *
 * At one connection two processes that talk find themselves on one core in one round and on two in the next, which makes a
 * difference of four times and more than any proxy adds. There, load generator and upstream get one processor and whatever
 * is measured another. With more connections the scheduler is free, as it is where proxies work.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

const CPUS = allowedCpus()
const PINS = CPUS.length >= 2 && taskset(CPUS.join(','), process.pid)

/** A sentence for the report. */
export const PINNING = PINS
  ? `at one connection: load and upstream on CPU ${CPUS[0]}, what is measured on CPU ${CPUS[1]}`
  : 'nothing is pinned (no second CPU, or no taskset that may): expect wide spreads at one connection'

/** Puts every thread of these processes in their places, or sets them free. */
export function pin(
  placement: 'apart' | 'free',
  measured: readonly number[],
  others: readonly number[],
): void {
  if (!PINS) return
  const all = CPUS.join(',')
  const move = (pid: number, cpu: number | undefined) => {
    const cpus = placement === 'apart' ? String(cpu) : all
    if (!taskset(cpus, pid)) throw new Error(`cannot place process ${pid} on CPU ${cpus}`)
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
