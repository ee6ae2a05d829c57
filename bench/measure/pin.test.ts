import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { keepApart, PINNING } from './pin.ts'

it.skipIf(!PINNING.startsWith('load'))('what is measured and what calls it are kept apart', async () => {
  const sleepers = [0, 1].map(() => spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']))
  try {
    await Promise.all(sleepers.map((child) => once(child, 'spawn')))
    const [one = 0, other = 0] = sleepers.map(({ pid }) => pid ?? 0)
    const cpusOf = (pid: number) =>
      /Cpus_allowed_list:\s*(\S+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    keepApart([one], [other])
    expect(cpusOf(one)).toMatch(/^\d+$/)
    expect(cpusOf(other)).toMatch(/^\d+$/)
    expect(cpusOf(one)).not.toBe(cpusOf(other))
    keepApart([999_999_999], []) // one that has ended is in nobody's way
  } finally {
    for (const child of sleepers) child.kill()
  }
})
