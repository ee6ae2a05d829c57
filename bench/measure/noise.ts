/** How much of the machine went to others during a run: beyond a few per cent its figures say little. */
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'

interface Ticks {
  /** Used by anyone, and by this process with all its children that have ended. */
  readonly all: number
  readonly own: number
  readonly atMs: number
}

/** Starts watching. The function it returns gives the share (0..1) of all processors that others used since then. */
export function watchNoise(): () => number {
  const before = ticks()
  return () => {
    const now = ticks()
    const others = now.all - before.all - (now.own - before.own)
    const available = ((now.atMs - before.atMs) / 10) * cpus().length
    return Math.max(0, others) / available
  }
}

function ticks(): Ticks {
  if (process.platform !== 'linux') return { all: 0, own: 0, atMs: performance.now() }
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, steal = 0] = readFileSync(
    '/proc/stat',
    'utf8',
  )
    .slice(3)
    .trim()
    .split(/\s+/, 8)
    .map(Number)
  const self = readFileSync('/proc/self/stat', 'utf8')
  const fields = self.slice(self.lastIndexOf(')') + 2).split(' ')
  const own = fields.slice(11, 15).reduce((sum, value) => sum + Number(value), 0) // utime, stime, cutime, cstime
  return { all: user + nice + system + irq + softIrq + steal, own, atMs: performance.now() }
}
