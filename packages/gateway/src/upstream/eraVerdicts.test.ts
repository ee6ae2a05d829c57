import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ServerConfig } from '../config/config.ts'
import { parseConfig } from '../config/load.ts'
import { silentLog } from '../log.ts'
import type { Era } from '../protocol/era.ts'
import { EraVerdicts } from './eraVerdicts.ts'
import type { ServerRuntime } from './serverRuntime.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-eras-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

function remote(id: string): ServerConfig {
  const text = JSON.stringify({ version: 1, servers: { [id]: { url: `http://127.0.0.1:1/${id}` } } })
  const parsed = parseConfig(Buffer.from(text), join(dir, 'c.json'), { env: {}, homeDir: dir })
  if (!parsed.ok || parsed.config.servers[0] === undefined) throw new Error('no server')
  return parsed.config.servers[0]
}

function make(answers: (Era | 'unknown')[]) {
  const asked: string[] = []
  const stop = new AbortController()
  const file = join(dir, 'cache', 'eras.json')
  const verdicts = () =>
    new EraVerdicts({
      file,
      now: () => 0,
      probeRemote: async (server) => {
        asked.push(server.id)
        return answers.shift() ?? 'unknown'
      },
    })
  const runtime = (id: string) =>
    ({ config: remote(id), log: silentLog, signal: stop.signal }) as unknown as ServerRuntime
  return { file, asked, stop, verdicts, runtime }
}

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
