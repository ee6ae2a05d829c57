import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { childrenOf, cpuUs } from './cpu.ts'

describe.skipIf(!existsSync('/proc/self/stat'))('CPU accounting', () => {
  it('counts what a process computed, and not the time it slept', async () => {
    const spin = (ms: number) => {
      const end = process.cpuUsage().user + ms * 1000
      while (process.cpuUsage().user < end);
    }
    const start = cpuUs([process.pid])
    spin(120)
    const spun = cpuUs([process.pid]) - start
    expect(spun).toBeGreaterThan(90_000)

    const before = cpuUs([process.pid])
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(cpuUs([process.pid]) - before).toBeLessThan(180_000)
  })

  it('knows the children of a process', () => {
    expect(childrenOf(process.ppid)).toContain(process.pid)
  })
})
