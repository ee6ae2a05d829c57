/**
 * Which processors what runs on.
 *
 * At one connection two processes that talk find themselves on one core in one round and on two in the next, which makes a
 * difference of four times and more than any proxy adds. There, load generator and upstream get one processor and whatever
 * is measured another. With more connections the scheduler is free, as it is where proxies work.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const CPUS = allowedCpus()
const PINS = CPUS.length >= 2 && spawnSync('taskset', ['--version'], { stdio: 'ignore' }).status === 0

/** A sentence for the report. */
export const PINNING = PINS
  ? `at one connection: load and upstream on CPU ${CPUS[0]}, what is measured on CPU ${CPUS[1]}`
  : 'nothing is pinned (taskset or a second CPU is missing): expect wide spreads at one connection'

/** Puts every thread of these processes in their places, or sets them free. */
export function pin(
  placement: 'apart' | 'free',
  measured: readonly number[],
  others: readonly number[],
): void {
  if (!PINS) return
  const [first, second] = CPUS.map(String)
  const all = CPUS.join(',')
  for (const pid of measured) taskset(placement === 'apart' ? second : all, pid)
  for (const pid of others) taskset(placement === 'apart' ? first : all, pid)
}

function taskset(cpus: string | undefined, pid: number): void {
  const { status, stderr } = spawnSync('taskset', ['-a', '-c', '-p', cpus ?? '0', String(pid)], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`cannot place process ${pid} on CPU ${cpus}: ${stderr.trim()}`)
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
