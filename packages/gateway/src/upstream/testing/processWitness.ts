/**
 * What the system itself says about processes, read without any of the code under test. Linux only. For tests only.
 */
import { readdirSync, readFileSync } from 'node:fs'

/** Ids of living processes with this whole entry in their environment, with what they run. */
export function withEntry(entry: string): readonly { readonly pid: number; readonly command: string }[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || !alive(Number(name))) return []
    const entries = read(`/proc/${name}/environ`).split('\0')
    return entries.includes(entry)
      ? [{ pid: Number(name), command: read(`/proc/${name}/cmdline`).replaceAll('\0', ' ') }]
      : []
  })
}

/** Whether the process exists and is more than an entry in its parent's list of the dead. */
export function alive(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`)
  return stat !== '' && !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2))
}

/** Looks every 20 ms until `done`; resolves with how long it took, or `undefined` when it never came within `ms`. */
export async function until(done: () => boolean, ms: number): Promise<number | undefined> {
  const began = performance.now()
  while (performance.now() - began < ms) {
    if (done()) return performance.now() - began
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return done() ? ms : undefined
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    // Gone between two looks, which is the ordinary end of a process.
    return ''
  }
}
