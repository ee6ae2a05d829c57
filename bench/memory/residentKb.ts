/** Memory that a process really holds. Linux only. */
import { readFileSync } from 'node:fs'

/** Resident set of a process in KiB. Throws when there is no such process. */
export function residentKb(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8')
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1]
  if (found === undefined) throw new Error(`process ${pid} has no memory: it has ended`)
  return Number(found)
}

const LOOK_MS = 500
const STILL_LOOKS = 6

/** The same once it has not moved by a hundredth for three seconds; after half a minute whatever it is. */
export async function settledKb(pid: number): Promise<number> {
  let last = residentKb(pid)
  for (let look = 0, still = 0; look < 60 && still < STILL_LOOKS; look++) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    const now = residentKb(pid)
    still = Math.abs(now - last) <= last / 100 ? still + 1 : 0
    last = now
  }
  return last
}
