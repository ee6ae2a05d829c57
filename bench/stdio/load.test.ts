import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { type Load, startLoad } from '../measure/load.ts'

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const plan = { kind: 'stdio', tool: 'lookup', requestBytes: 1024, resultBytes: 2048 } as const
const server = [process.execPath, path('server.ts')] as const

describe('the stdio load generator', () => {
  let load: Load | undefined
  afterEach(() => load?.close())

  it('calls a server directly and through the byte pipe, and checks every answer', async () => {
    load = startLoad(new URL('load.ts', import.meta.url))
    await load.start({ kind: 'start', target: 'direct', command: server })
    const piped = [process.execPath, path('byte-pipe.ts'), ...server] as const
    const pid = await load.start({ kind: 'start', target: 'byte pipe', command: piped })
    expect(pid).toBeGreaterThan(0)
    for (const target of ['direct', 'byte pipe']) {
      const report = await load.calls({ ...plan, target, inFlight: 8, calls: 100 })
      expect(report).toMatchObject({ calls: 100, wrong: 0 })
    }
  })

  it('says so when the program ends instead of answering', async () => {
    load = startLoad(new URL('load.ts', import.meta.url))
    await load.start({ kind: 'start', target: 'gone', command: [process.execPath, '-e', 'process.exit(3)'] })
    await expect(load.calls({ ...plan, target: 'gone', inFlight: 1, calls: 1 })).rejects.toThrow(
      'gone ended (3)',
    )
  })
})
