import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { watchNoise } from './noise.ts'

const SPIN = 'const end = Date.now() + 600; while (Date.now() < end);'

it.skipIf(!existsSync('/proc/stat'))(
  'what our own children used is no noise, what others use is',
  async () => {
    // Others make noise as well, now more and now less: the least of three looks.
    const looks = [0, 1, 2].map(() => {
      const ended = watchNoise()
      spawnSync(process.execPath, ['-e', SPIN])
      return ended()
    })
    const own = Math.min(...looks)
    // A child that still runs is not counted as ours yet: it stands for somebody else.
    const running = watchNoise()
    const child = spawn(process.execPath, [
      '-e',
      `process.stdout.write('.');${SPIN}process.stdout.write('.');setTimeout(() => {}, 60000)`,
    ])
    try {
      let dots = 0
      while (dots < 2) dots += (await once(child.stdout, 'data'))[0].length
      expect(running()).toBeGreaterThan(own)
    } finally {
      child.kill()
    }
  },
)
