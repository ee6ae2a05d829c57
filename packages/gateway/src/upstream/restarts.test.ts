/** How long a call waits before a crashed server is started again: by a clock that stands still, however busy the machine is. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { NO_CRASHES } from './starts.ts'
import { ask, makeRuntime, type RuntimeFixture } from './testing/runtimeFixture.ts'

const slept: unknown[] = []
vi.mock('node:timers/promises', async (original) => {
  const real = await original<typeof import('node:timers/promises')>()
  const setTimeout = (...args: Parameters<typeof real.setTimeout>) => {
    slept.push(args[0])
    return real.setTimeout(...args)
  }
  return { ...real, setTimeout }
})

let fixture: RuntimeFixture
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
  fixture = makeRuntime({ script: `if (m.method === 'crash') process.exit(5)` })
})
afterEach(async () => {
  vi.restoreAllMocks()
  vi.useRealTimers()
  await fixture.end()
})

describe('a session whose server crashed', () => {
  /** How far away each of its starts was when it asked for it, which is let pass at once. */
  function delaysOf(): number[] {
    const delays: number[] = []
    const { runtime } = fixture
    const admit = runtime.admitStart.bind(runtime)
    vi.spyOn(runtime, 'admitStart').mockImplementation((own, signal) => {
      const delayMs = Math.max(0, own.notBefore - Date.now())
      delays.push(delayMs)
      vi.setSystemTime(Date.now() + delayMs)
      return admit(own, signal)
    })
    return delays
  }

  it('starts at once after the first crash, and after five more within the two seconds that a call waits', async () => {
    const delays = delaysOf()
    const session = fixture.session()
    for (let crashes = 1; crashes <= 6; crashes++)
      expect(await ask(await session.link(), 'crash')).toContain('exit code 5')
    await session.link()
    expect(delays).toEqual([0, 0, 100, 200, 400, 800, 1600])
  })

  it('starts at once after a good run, however often it crashed before', async () => {
    const delays = delaysOf()
    const session = fixture.session()
    for (let crashes = 1; crashes <= 4; crashes++) {
      const link = await session.link()
      if (crashes === 4) vi.setSystemTime(Date.now() + 10_000)
      expect(await ask(link, 'crash')).toContain('exit code 5')
    }
    await session.link()
    expect(delays).toEqual([0, 0, 100, 200, 0])
  })
})

describe('a start', () => {
  const admitted = async (delayMs: number) => {
    slept.length = 0
    const backoff = { ...NO_CRASHES, quickCrashes: 7, notBefore: Date.now() + delayMs }
    const leave = await fixture.runtime.admitStart(backoff, new AbortController().signal)
    leave()
    return slept
  }

  it('that is due is not put off, and one that is not is put off until it is and no longer', async () => {
    expect(await admitted(0)).toEqual([])
    expect(await admitted(120)).toEqual([120])
  })

  it('that is more than two seconds away is not waited for', async () => {
    await expect(admitted(2_001)).rejects.toThrow('failed 7 times in a row')
    expect(slept).toEqual([])
  })
})
