import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { PINNING, pin } from './pin.ts'

it.skipIf(!PINNING.startsWith('at one'))(
  'what is measured and what calls it are kept apart, then set free',
  async () => {
    const sleepers = [0, 1].map(() => spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']))
    try {
      await Promise.all(sleepers.map((child) => once(child, 'spawn')))
      const [one = 0, other = 0] = sleepers.map(({ pid }) => pid ?? 0)
      const cpusOf = (pid: number) =>
        /Cpus_allowed_list:\s*(\S+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
      const before = cpusOf(one)
      pin('apart', [one], [other])
      expect(cpusOf(one)).toMatch(/^\d+$/)
      expect(cpusOf(one)).not.toBe(cpusOf(other))
      pin('free', [one], [other])
      expect([cpusOf(one), cpusOf(other)]).toEqual([before, before])
    } finally {
      for (const child of sleepers) child.kill()
    }
  },
)
