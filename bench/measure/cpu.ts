/**
 * CPU time that a process used, from the kernel's own accounting.
 *
 * `/proc/PID/task/TID/schedstat` counts nanoseconds; `/proc/PID/stat` only ticks of 10 ms, in which nginx answers five
 * hundred calls. The first is used where the kernel keeps it. It forgets threads that have ended, of which the programs
 * measured here have none.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'

const PRECISE = existsSync('/proc/self/schedstat')
const TICK_US = 10_000 // Linux tells user space times in 1/100 s, whatever its own clock is

/** Microseconds of CPU that these processes (all their threads, not their children) have used so far. */
export function cpuUs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (PRECISE ? fromSchedstat(pid) : fromStat(pid)), 0)
}

/**
 * The same, once the processes have come to rest: what they do behind a call (writing, indexing, collecting garbage) belongs
 * to it. Gives up waiting after two seconds.
 */
export async function restedCpuUs(pids: readonly number[]): Promise<number> {
  let before = cpuUs(pids)
  for (let tries = 0; tries < 50; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 40))
    const now = cpuUs(pids)
    if (now - before < 200) return now
    before = now
  }
  return before
}

function fromSchedstat(pid: number): number {
  let total = 0
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      const text = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')
      total += Number(text.split(' ', 1)[0]) / 1000
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT' && code !== 'ESRCH') throw error // those two: it ended since the listing
    }
  }
  return total
}

function fromStat(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_US
}

/** What `pid` started, what that started, and so on. */
export function descendantsOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)])
}

/** The processes that `pid` started and that still run. */
export function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return children.split(' ').filter(Boolean).map(Number)
}
