import { readFile } from 'node:fs/promises'

/**
 * Names a process for as long as it lives: its id, and, where the system says it, when it started, so that a later one with
 * the same id is another one. What names it is the process's own business: it decides nothing but whose labels go on.
 *
 * @example await hostName(4711) // '4711:8675309'
 */
export async function hostName(pid: number | undefined): Promise<string | undefined> {
  if (pid === undefined || pid <= 1) return undefined
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The name, in parentheses, may hold anything; the time of the start is the twentieth field behind it (proc(5)).
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    return `${pid}:${started ?? ''}`
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // No such file system, or the process is gone by now.
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES') return String(pid)
    throw error
  }
}
