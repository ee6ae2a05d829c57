import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ServerConfig } from '../config/config.ts'
import { parseConfig } from '../config/load.ts'
import { silentLog } from '../log.ts'
import type { Era } from '../protocol/era.ts'
import { readInbound } from '../protocol/message.ts'
import { EraVerdicts } from './eraVerdicts.ts'
import type { Link } from './link.ts'
import type { ServerRuntime } from './serverRuntime.ts'
import { StartGate } from './starts.ts'
import { makeRuntime } from './testing/runtimeFixture.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-eras-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const HOUR_MS = 60 * 60 * 1000
const DAY_MS = 24 * HOUR_MS

const remote = (id: string) => configured(id, { url: `http://127.0.0.1:1/${id}` })

function configured(id: string, server: object): ServerConfig {
  const text = JSON.stringify({ version: 1, servers: { [id]: server } })
  const parsed = parseConfig(Buffer.from(text), join(dir, 'c.json'), { env: {}, homeDir: dir })
  if (!parsed.ok || parsed.config.servers[0] === undefined) throw new Error('no server')
  return parsed.config.servers[0]
}

function make(answers: (Era | 'unknown')[], now = () => 0) {
  const asked: string[] = []
  const stop = new AbortController()
  const file = join(dir, 'cache', 'eras.json')
  const verdicts = () =>
    new EraVerdicts({
      file,
      now,
      probeRemote: async (server) => {
        asked.push(server.id)
        return answers.shift() ?? 'unknown'
      },
    })
  const runtime = (id: string) =>
    ({ config: remote(id), log: silentLog, signal: stop.signal }) as unknown as ServerRuntime
  return { file, asked, stop, verdicts, runtime }
}

/** A local server, what it was asked, and what became of that. */
function local(outcome: 'modern' | 'silent' | 'ended') {
  const asked: string[] = []
  const call: Link['call'] = ({ method, hooks }) => {
    asked.push(method)
    if (outcome === 'silent') hooks.failed({ kind: 'deadline' } as Parameters<typeof hooks.failed>[0])
    else if (outcome === 'ended') hooks.failed({ kind: 'transport' } as Parameters<typeof hooks.failed>[0])
    else hooks.answer(discovered(), undefined)
    return { asked: Promise.resolve(true) } as unknown as ReturnType<Link['call']>
  }
  const link = { start: async () => undefined, close: async () => undefined, call }
  const config = configured('a', { command: ['a'] })
  const runtime = {
    config,
    log: silentLog,
    signal: new AbortController().signal,
    admitStart: async () => () => undefined,
    openLink: async () => ({ link }),
  } as unknown as ServerRuntime
  return { asked, runtime }
}

function discovered() {
  const result = { supportedVersions: ['2026-07-28'], capabilities: {}, resultType: 'complete' }
  const read = readInbound(Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, result })), { maxBytes: 1e6 })
  if (!read.ok) throw new Error(read.explain)
  return read.message
}

describe('a verdict ends', () => {
  it('on a remote server after a day: it is asked again then, and not before', async () => {
    let time = 1_000
    const { asked, verdicts, runtime } = make(['legacy', 'modern'], () => time)
    const eras = verdicts()
    expect(await eras.ask(runtime('a'), false)).toBe('legacy')
    expect(eras.believed(runtime('a'))).toBe('fresh')
    time += DAY_MS - 1
    expect(await eras.ask(runtime('a'), false)).toBe('legacy')
    // So does another gateway, which reads what this one stored.
    expect(await verdicts().ask(runtime('a'), false)).toBe('legacy')
    expect([asked.length, eras.believed(runtime('a'))]).toEqual([1, 'fresh'])
    time += 1
    expect(eras.believed(runtime('a'))).toBe('expired')
    expect(await eras.ask(runtime('a'), false)).toBe('modern')
    expect([asked.length, eras.believed(runtime('a'))]).toEqual([2, 'fresh'])
  })

  it.each([
    ['that answered', 'modern', 'modern', DAY_MS],
    ['that ended instead of an answer', 'ended', 'legacy', DAY_MS],
    ['that was silent, which it also is while its package is fetched,', 'silent', 'legacy', HOUR_MS],
  ] as const)(
    'on a local server %s is doubted in time, and still the best guess',
    async (_what, outcome, era, ttlMs) => {
      let time = 1_000
      const eras = make([], () => time).verdicts()
      const { asked, runtime } = local(outcome)
      expect(eras.believed(runtime)).toBe('unknown')
      expect(await eras.ask(runtime, false)).toBe(era)
      time += ttlMs - 1
      expect(eras.believed(runtime)).toBe('fresh')
      time += 1
      expect(eras.believed(runtime)).toBe('expired')
      expect(await eras.ask(runtime, false)).toBe(era)
      expect(asked).toEqual(['server/discover'])
      expect(await eras.ask(runtime, true)).toBe(era)
      expect([asked.length, eras.believed(runtime)]).toEqual([2, 'fresh'])
    },
  )

  it('and a local server is asked again beside its next run, not before that and not before its time', async () => {
    let entered = 0
    class CountingGate extends StartGate {
      override enter(signal?: AbortSignal): Promise<() => void> {
        entered++
        return super.enter(signal)
      }
    }
    const fixture = makeRuntime({ entry: { era: 'auto' }, starts: new CountingGate(4) })
    /** Processes of it, once it was begun to ask if it is. */
    const starts = async () => {
      await new Promise((resolve) => setImmediate(resolve))
      return entered
    }
    try {
      await fixture.runtime.learnEra({ firstMs: 30_000, againMs: 0 })
      expect(await starts()).toBe(1)
      fixture.pass(DAY_MS - HOUR_MS)
      await fixture.session().link()
      expect(await starts()).toBe(2)
      fixture.pass(2 * HOUR_MS)
      expect(fixture.runtime.learnEra({ firstMs: 30_000, againMs: 0 })).toBeUndefined()
      expect(await starts()).toBe(2)
      await fixture.session().link()
      expect(await starts()).toBe(4)
    } finally {
      await fixture.end()
    }
  })
})

describe('verdicts', () => {
  it('count also when they cannot be stored, and one failed write spoils no later one', async () => {
    const { file, verdicts, runtime } = make(['modern', 'legacy'])
    const eras = verdicts()
    writeFileSync(join(dir, 'cache'), 'a file where the folder belongs')
    expect(await eras.ask(runtime('a'), false)).toBe('modern')
    rmSync(join(dir, 'cache'))
    expect(await eras.ask(runtime('b'), false)).toBe('legacy')
    expect(Object.values(JSON.parse(readFileSync(file, 'utf8')))).toHaveLength(2)
  })

  it('of a cache that cannot be read are asked for', async () => {
    const { file, verdicts, runtime } = make(['modern'])
    mkdirSync(file, { recursive: true })
    expect(await verdicts().ask(runtime('a'), false)).toBe('modern')
  })

  it('survive a restart, and a fresh question replaces them', async () => {
    const { asked, verdicts, runtime } = make(['legacy', 'modern'])
    expect(await verdicts().ask(runtime('a'), false)).toBe('legacy')
    const eras = verdicts()
    expect(await Promise.all([eras.ask(runtime('a'), false), eras.ask(runtime('a'), false)])).toEqual([
      'legacy',
      'legacy',
    ])
    expect(asked).toHaveLength(1)
    expect(await eras.ask(runtime('a'), true)).toBe('modern')
    expect(await verdicts().ask(runtime('a'), false)).toBe('modern')
  })

  it('are none when the gateway stopped the question', async () => {
    const { stop, verdicts, runtime } = make(['legacy'])
    stop.abort(new Error('stopping'))
    await expect(verdicts().ask(runtime('a'), false)).rejects.toThrow('stopping')
  })
})
