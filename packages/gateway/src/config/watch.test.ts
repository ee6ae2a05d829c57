import { writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Config } from './config.ts'
import type { ConfigDiff } from './diff.ts'
import type { ConfigError } from './fault.ts'
import { loadFile } from './load.ts'
import { type ConfigWatch, watchConfig } from './watch.ts'

const world = { env: {}, homeDir: '/home/ada' }
const text = (profile: string) => `version: 1\nprofile: ${profile}\n`

let folder: string
let watches: ConfigWatch[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-watch-'))
})
afterEach(async () => {
  for (const watch of watches) watch.close()
  watches = []
  await rm(folder, { recursive: true })
})

/**
 * Empties the file and fills it again with nothing in between: on a machine that stalls there, the empty file would rightly be
 * taken for what somebody wrote.
 */
const writeInPlace = (path: string, content: string) => writeFileSync(path, content)

type Seen =
  | { readonly profile: Config['profile']; readonly diff: ConfigDiff }
  | { readonly error: ConfigError }

/** Watches a file; `next` waits for what is handed over, in order. Polling is off unless asked for. */
async function observe(path: string, options: { pollMs?: number; settleMs?: number } = {}) {
  const loaded = await loadFile(path, world)
  if (!loaded.ok) throw loaded.error
  const queue: Seen[] = []
  let wake: (() => void) | undefined
  const tell = (seen: Seen) => {
    queue.push(seen)
    wake?.()
  }
  const watch = await watchConfig(path, {
    ...world,
    current: loaded.config,
    onChange: (config, diff) => tell({ profile: config.profile, diff }),
    onError: (error) => tell({ error }),
    settleMs: 30,
    pollMs: 3_600_000,
    ...options,
  })
  watches.push(watch)
  const next = async (): Promise<Seen> => {
    for (;;) {
      const seen = queue.shift()
      if (seen) return seen
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  return { watch, next, queue }
}

describe('every way to change a file is noticed', () => {
  test('an edit in place', async () => {
    const path = join(folder, 'sallyport.yaml')
    await writeFile(path, text('balanced'))
    const { next, watch } = await observe(path)
    writeInPlace(path, text('strict'))
    expect(await next()).toMatchObject({
      profile: 'strict',
      diff: { settings: [{ key: 'profile', before: 'balanced', after: 'strict' }] },
    })
    expect(watch.current.profile).toBe('strict')
    writeInPlace(path, text('observe'))
    expect(await next()).toMatchObject({ profile: 'observe' })
  })

  test('an atomic rename over it, again and again', async () => {
    const path = join(folder, 'sallyport.yaml')
    await writeFile(path, text('balanced'))
    const { next } = await observe(path)
    for (const profile of ['strict', 'observe', 'balanced']) {
      await writeFile(join(folder, '.tmp'), text(profile))
      await rename(join(folder, '.tmp'), path)
      expect(await next()).toMatchObject({ profile })
    }
  })

  test('a removed file that comes back', async () => {
    const path = join(folder, 'sallyport.yaml')
    await writeFile(path, text('balanced'))
    const { next, watch } = await observe(path)
    await unlink(path)
    expect(await next()).toMatchObject({ error: { faults: [{ rule: 'config/file' }] } })
    expect(watch.current.profile).toBe('balanced')
    writeInPlace(path, text('strict'))
    expect(await next()).toMatchObject({ profile: 'strict' })
  })

  test('a swapped folder link, as Kubernetes mounts do it', async () => {
    const path = join(folder, 'sallyport.yaml')
    for (const [version, profile] of [
      ['..1', 'balanced'],
      ['..2', 'strict'],
      ['..3', 'observe'],
    ] as const) {
      await mkdir(join(folder, version))
      await writeFile(join(folder, version, 'sallyport.yaml'), text(profile))
    }
    await symlink('..1', join(folder, '..data'))
    await symlink(join('..data', 'sallyport.yaml'), path)
    const { next } = await observe(path)
    for (const [version, profile] of [
      ['..2', 'strict'],
      ['..3', 'observe'],
    ] as const) {
      await symlink(version, join(folder, '..data_tmp'))
      await rename(join(folder, '..data_tmp'), join(folder, '..data'))
      expect(await next()).toMatchObject({ profile })
    }
    // And an edit where the link leads now.
    writeInPlace(join(folder, '..3', 'sallyport.yaml'), text('strict'))
    expect(await next()).toMatchObject({ profile: 'strict' })
  })

  test('a link further up', async () => {
    for (const [name, profile] of [
      ['one', 'balanced'],
      ['two', 'strict'],
    ] as const) {
      await mkdir(join(folder, 'releases', name), { recursive: true })
      await writeFile(join(folder, 'releases', name, 'a.yaml'), text(profile))
    }
    await symlink(join(folder, 'releases', 'one'), join(folder, 'current'))
    const { next } = await observe(join(folder, 'current', 'a.yaml'))
    await symlink(join('releases', 'two'), join(folder, 'new'))
    await rename(join(folder, 'new'), join(folder, 'current'))
    expect(await next()).toMatchObject({ profile: 'strict' })
  })

  test('where nothing is told, by looking', async () => {
    await mkdir(join(folder, 'a'))
    const path = join(folder, 'a', 'sallyport.yaml')
    await writeFile(path, text('balanced'))
    const { next } = await observe(path, { pollMs: 20 })
    // The watched folder itself goes away: its events do not come back with its name.
    await mkdir(join(folder, 'b'))
    await writeFile(join(folder, 'b', 'sallyport.yaml'), text('strict'))
    await rename(join(folder, 'a'), join(folder, 'old'))
    await rename(join(folder, 'b'), join(folder, 'a'))
    let seen = await next()
    if ('error' in seen) seen = await next()
    expect(seen).toMatchObject({ profile: 'strict' })
  })

  test('a change between loading and watching', async () => {
    const path = join(folder, 'sallyport.yaml')
    await writeFile(path, text('balanced'))
    const loaded = await loadFile(path, world)
    if (!loaded.ok) throw loaded.error
    await writeFile(path, text('strict'))
    const seen: string[] = []
    const watch = await watchConfig(path, {
      ...world,
      current: loaded.config,
      onChange: ({ profile }) => seen.push(profile),
      onError: ({ message }) => seen.push(message),
    })
    watches.push(watch)
    expect(seen).toEqual(['strict'])
  })
})

describe('only what is valid and different is handed over', () => {
  test('a broken write keeps the old configuration and is told once', async () => {
    const path = join(folder, 'sallyport.yaml')
    await writeFile(path, text('strict'))
    const { next, queue, watch } = await observe(path)
    const broken = 'version: 1\nprofile: observ\nservers: { evil: { command: "a | b" } }\n'
    writeInPlace(path, broken)
    const seen = await next()
    expect('error' in seen && seen.error.faults.map(({ rule, line }) => [rule, line])).toEqual([
      ['config/value', 2],
      ['config/command', 3],
    ])
    expect(watch.current).toMatchObject({ profile: 'strict', servers: [] })
    // The same broken content again, by every way there is.
    writeInPlace(path, broken)
    await watch.reload()
    await writeFile(join(folder, 'tmp'), broken)
    await rename(join(folder, 'tmp'), path)
    await watch.reload()
    expect(queue).toEqual([])
    // Back to what was in force: nothing changed, nothing to say.
    writeInPlace(path, text('strict'))
    await watch.reload()
    expect(queue).toEqual([])
    // A different fault is news.
    writeInPlace(path, 'version: 2')
    expect(await next()).toMatchObject({ error: { faults: [{ rule: 'config/value' }] } })
  })

  test('a comment changes nothing', async () => {
    const path = join(folder, 'sallyport.yaml')
    await writeFile(path, text('strict'))
    const { queue, watch } = await observe(path)
    writeInPlace(path, `# why\n${text('strict')}`)
    await watch.reload()
    expect(queue).toEqual([])
    // The places are those of the new file all the same.
    expect(watch.current.source).toMatchObject({ kind: 'file', places: expect.any(Map) })
    if (watch.current.source.kind === 'file')
      expect(watch.current.source.places?.get('/profile')?.line).toBe(3)
  })

  test('writes in quick succession become one change, never a half-written one', async () => {
    const path = join(folder, 'sallyport.yaml')
    await writeFile(path, text('balanced'))
    const { next, queue } = await observe(path, { settleMs: 1_500 })
    for (let count = 1; count <= 20; count++) {
      await writeFile(path, 'version: 1\nservers:\n')
      await writeFile(path, `version: 1\nprofile: strict\nservers: { s${count}: { command: x } }\n`)
    }
    const seen = await next()
    expect(seen).toMatchObject({ profile: 'strict', diff: { added: [{ id: 's20' }] } })
    expect(queue).toEqual([])
  })

  test('after close nothing is handed over any more', async () => {
    const path = join(folder, 'sallyport.yaml')
    await writeFile(path, text('balanced'))
    const { queue, watch } = await observe(path, { settleMs: 1 })
    await writeFile(path, text('strict'))
    watch.close()
    await watch.reload()
    expect(queue).toEqual([])
  })
})
