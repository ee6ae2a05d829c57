/**
 * A scan in a home folder of its own, with everything real but the person who is asked. For tests only.
 */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { makeLog } from '../../log.ts'
import { makeGuardian } from '../../upstream/guardian.ts'
import { HttpPools } from '../../upstream/http.ts'
import type { ScanReport } from '../report.ts'
import { scan } from '../scan.ts'
import { Scratch } from '../scratch.ts'
import type { Targets } from '../targets/openTargets.ts'
import type { ScanWorld, StartRequest } from '../world.ts'

export interface ScanFixture {
  readonly home: string
  /** The guardian's marker in the environment of everything that was started. */
  readonly marker: string
  /** What was asked for, in order. */
  readonly asked: StartRequest[]
  readonly progress: string[]
  /** Writes a file below the home folder; objects as JSON. */
  put(path: string, content: string | Buffer | object, mode?: number): string
  scan(what: Partial<Targets>, options?: Partial<ScanWorld>): Promise<ScanReport>
  /** What is left in the folder for temporary files. */
  leftovers(): string[]
  end(): Promise<void>
}

export function makeScan(): ScanFixture {
  const home = mkdtempSync(join(tmpdir(), 'sallyport-scan-test-'))
  const temporary = join(home, 'tmp')
  mkdirSync(temporary)
  const log = makeLog({ level: 'error', format: 'json', write: () => undefined, now: () => new Date() })
  const guardian = makeGuardian({ log })
  const pools = new HttpPools({ connectTimeoutMs: 2_000 })
  const asked: StartRequest[] = []
  const progress: string[] = []
  return {
    home,
    marker: `SALLYPORT_GUARD=${guardian.environment.SALLYPORT_GUARD}`,
    asked,
    progress,
    put(path, content, mode) {
      const file = join(home, path)
      mkdirSync(dirname(file), { recursive: true })
      const plain = typeof content === 'string' || Buffer.isBuffer(content)
      writeFileSync(file, plain ? content : JSON.stringify(content))
      if (mode !== undefined) chmodSync(file, mode)
      return file
    },
    async scan(what, options = {}) {
      const scratch = new Scratch(temporary)
      try {
        return await scan(
          { named: [], command: [], ...what },
          {
            platform: 'linux',
            env: { PATH: process.env.PATH },
            homeDir: home,
            cwd: home,
            ask: async (requests) => {
              asked.push(...requests)
              return requests.map(() => true)
            },
            mayStart: true,
            deadlineMs: 30_000,
            progress: (text) => progress.push(text),
            signal: new AbortController().signal,
            guardian,
            pools,
            log,
            scratch,
            now: () => performance.now(),
            wallClock: () => new Date('2026-11-28T00:00:00Z'),
            ...options,
          },
        )
      } finally {
        await scratch.remove()
      }
    },
    leftovers: () => readdirSync(temporary),
    async end() {
      await Promise.all([guardian.close(), pools.close()])
      rmSync(home, { recursive: true, force: true })
    },
  }
}
