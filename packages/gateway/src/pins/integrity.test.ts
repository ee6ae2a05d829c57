import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { itemDigest } from '@sallyport/controls/surface'
import { afterEach, describe, expect, it } from 'vitest'
import type { AuditEntry } from '../audit/entry.ts'
import { parseConfig } from '../config/load.ts'
import type { Log } from '../log.ts'
import { approveItems, type Decision, denyItems } from './decide.ts'
import { lockedServer } from './lock.ts'
import { parseLock, writeLock } from './lockFile.ts'
import { npxFolder } from './npmIntegrity.ts'
import { PinBook } from './pinBook.ts'
import { pinFolder } from './pinFiles.ts'
import { PinStore } from './pinStore.ts'
import { differencesOf, reviewPins } from './review.ts'

const GOOD = `sha512-${'A'.repeat(86)}==`
const EVIL = `sha512-${'B'.repeat(86)}==`
const log: Log = { debug() {}, info() {}, warn() {}, error() {} }
const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

type Trust = 'trusted' | 'partial' | 'untrusted'

interface Machine {
  readonly trust?: Trust
  readonly spec?: string
  readonly program?: readonly string[]
  readonly profile?: 'observe' | 'balanced' | 'strict'
  readonly dir?: string
  /** The text of a lock that came with the repository. */
  readonly lock?: string
}

/** A gateway over real files, with a home whose npm installed what the test says. */
async function machine({
  trust = 'untrusted',
  spec = 'server@1.0.0',
  program,
  profile,
  ...of
}: Machine = {}) {
  const dir = of.dir ?? mkdtempSync(join(tmpdir(), 'sallyport-bytes-'))
  if (of.dir === undefined) folders.push(dir)
  mkdirSync(join(dir, 'work'), { recursive: true })
  const lockPath = join(dir, 'sallyport.lock')
  if (of.lock !== undefined) writeFileSync(lockPath, of.lock)
  const command = [...(program ?? ['npx', '-y']), spec]
  const text = {
    version: 1,
    profile: profile ?? 'balanced',
    servers: { s: { command, cwd: join(dir, 'work'), trust } },
  }
  const parsed = parseConfig(Buffer.from(JSON.stringify(text)), join(dir, 'c.json'), {
    env: {},
    homeDir: dir,
  })
  if (!parsed.ok) throw parsed.error
  const [server] = parsed.config.servers
  if (server === undefined) throw new Error('no server')
  const folder = pinFolder(join(dir, 'data'), lockPath)
  const store = await PinStore.open({ lockPath, folder, rules: new Set(), log })
  const events: AuditEntry[] = []
  const book = new PinBook({
    store,
    config: () => parsed.config,
    audit: { append: async (entry) => void events.push(entry) },
    log,
    now: () => Date.now(),
  })
  const cache = join(dir, '.npm/_npx', npxFolder([spec]), 'node_modules')
  const [name = '', version] = spec.split('@')
  const installs = (integrity: string | undefined) => {
    rmSync(cache, { recursive: true, force: true })
    if (integrity === undefined) return
    mkdirSync(cache, { recursive: true })
    const packages = { [`node_modules/${name}`]: { version, integrity } }
    writeFileSync(join(cache, '.package-lock.json'), JSON.stringify({ packages }))
  }
  const refusal = (error: unknown) => (error instanceof Error ? error.message : String(error))
  return {
    dir,
    book,
    store,
    events,
    installs,
    /** `undefined`, or why it was not started. What npm installs meanwhile is there at the second look. */
    async starts(meanwhile?: string): Promise<string | undefined> {
      try {
        const later = await book.admit(server, { HOME: dir })
        if (meanwhile !== undefined) installs(meanwhile)
        await later?.()
        return undefined
      } catch (error) {
        return refusal(error)
      }
    },
    lock: () => writeLock(store.lock),
    hold: () => book.holds('s').get('identity'),
    notes: () =>
      (lockedServer(store.lock, 's').items.get('identity') ?? []).flatMap(({ version }) => version ?? []),
    async decide(decision: (items: Awaited<ReturnType<typeof reviewPins>>[0]['waiting']) => Decision) {
      const { lock, holds } = store
      const sources = { lock, holds, now: Date.now(), contents: (id: string) => store.contents(id) }
      const [review] = await reviewPins(sources)
      await store.commit(decision(review?.waiting ?? []).change)
    },
    async shown() {
      const { lock, holds } = store
      const sources = { lock, holds, now: Date.now(), contents: (id: string) => store.contents(id) }
      return (await reviewPins(sources))[0]?.waiting ?? []
    },
    async end() {
      book.close()
      await store.close()
    },
  }
}

const who = () => ({ person: 'ada', now: Date.now() })
const OTHER = 'has other bytes than those that were approved'

describe.each(['trusted', 'partial', 'untrusted'] as const)('a %s package', (trust) => {
  it('with other bytes of the same version is not started until a person approved them', async () => {
    const one = await machine({ trust })
    one.installs(GOOD)
    expect(await one.starts()).toBeUndefined()
    one.installs(EVIL)
    for (let time = 0; time < 2; time++) expect(await one.starts()).toContain(OTHER)
    expect(one.hold()).toMatchObject({
      state: 'waiting',
      rule: 'pins/identity',
      classes: ['package-changed'],
      explain: `the same version of its package ${OTHER}`,
    })
    const [item] = await one.shown()
    expect(item && differencesOf(item)).toMatchObject([{ where: '/integrity' }])
    // What was approved comes back: nothing is held any more.
    one.installs(GOOD)
    expect(await one.starts()).toBeUndefined()
    expect(one.hold()).toBeUndefined()
    one.installs(EVIL)
    expect(await one.starts()).toContain('was not started')
    await one.decide((items) => approveItems(items, one.store.lock, who()))
    expect(await one.starts()).toBeUndefined()
    expect(one.notes()).toEqual([`npm:server@1.0.0 ${GOOD}`, `npm:server@1.0.0 ${EVIL}`])
  })

  it('that npm fetches anew with other bytes, into an emptied cache, is ended before it gets a message', async () => {
    const one = await machine({ trust })
    expect(await one.starts(GOOD)).toBeUndefined()
    one.installs(undefined)
    expect(await one.starts(EVIL)).toContain(OTHER)
    expect(await one.starts()).toContain('was not started')
    // Whoever empties the cache again is met by the same look.
    one.installs(undefined)
    expect(await one.starts(EVIL)).toContain('was ended')
  })

  it('whose bytes come to be known after it was approved goes on, with a notice and without a review', async () => {
    const one = await machine({ trust })
    expect(await one.starts()).toBeUndefined()
    const before = one.book.approvedIdentity('s')
    expect(await one.starts(GOOD)).toBeUndefined()
    expect(one.events.at(-1)).toMatchObject({
      event: 'pins.integrity-known',
      server: 's',
      details: { items: `npm:server@1.0.0 ${GOOD}` },
    })
    expect(one.book.approvedIdentity('s')).toBe(before)
    expect(one.book.counts('s')).toEqual({ waiting: 0, blocked: 0 })
    const lock = one.lock()
    const count = one.events.length
    for (const bytes of [GOOD, undefined, GOOD]) {
      one.installs(bytes)
      expect(await one.starts()).toBeUndefined()
    }
    expect(one.lock()).toBe(lock)
    expect(one.events.length).toBe(count)
  })

  it('runs on a fresh machine with the same lock, and only with the bytes in it', async () => {
    const one = await machine({ trust })
    one.installs(GOOD)
    await one.starts()
    const mate = await machine({ trust, lock: one.lock() })
    expect(await mate.starts(GOOD)).toBeUndefined()
    expect(mate.lock()).toBe(one.lock())
    const victim = await machine({ trust, lock: one.lock() })
    expect(await victim.starts(EVIL)).toContain(OTHER)
    expect(await victim.starts()).toContain('was not started')
  })
})

describe('bytes of a package', () => {
  it('that a person refused stay refused, in an emptied cache too', async () => {
    const one = await machine({ trust: 'trusted' })
    one.installs(GOOD)
    await one.starts()
    one.installs(EVIL)
    await one.starts()
    await one.decide((items) => denyItems(items, one.store.lock, who()))
    for (const bytes of [EVIL, undefined]) {
      one.installs(bytes)
      expect(await one.starts()).toContain('was not started')
    }
    expect(one.hold()).toMatchObject({ state: 'blocked', rule: 'pins/denied' })
  })

  it('do not bring back a version that was refused by name', async () => {
    const one = await machine({ trust: 'untrusted' })
    one.installs(GOOD)
    await one.starts()
    await one.end()
    const next = await machine({ dir: one.dir, spec: 'server@2.0.0' })
    expect(await next.starts()).toContain('is not what was approved')
    await next.decide((items) => denyItems(items, next.store.lock, who()))
    await next.store.commit({ holds: [{ kind: 'lift', server: 's', key: 'identity', evenBlocked: true }] })
    await next.end()
    const later = await machine({ dir: one.dir, spec: 'server@2.0.0', trust: 'trusted' })
    later.installs(GOOD)
    expect(await later.starts()).toContain('was not started')
    expect(later.hold()).toMatchObject({ state: 'blocked', rule: 'pins/denied' })
  })

  it('of two versions are known beside each other, each by its own', async () => {
    const one = await machine()
    one.installs(GOOD)
    await one.starts()
    await one.end()
    const two = await machine({ dir: one.dir, spec: 'server@2.0.0' })
    two.installs(EVIL)
    expect(await two.starts()).toContain('is not what was approved')
    expect(two.hold()?.explain).not.toContain('same version')
    await two.decide((items) => approveItems(items, two.store.lock, who()))
    expect(await two.starts()).toBeUndefined()
    two.installs(undefined)
    expect(await two.starts(GOOD)).toContain(OTHER)
    await two.end()
    const back = await machine({ dir: one.dir })
    expect(await back.starts()).toBeUndefined()
    back.installs(EVIL)
    expect(await back.starts()).toContain(OTHER)
  })

  it('are compared also when another command of npm starts the same version', async () => {
    const one = await machine({ trust: 'trusted' })
    one.installs(GOOD)
    await one.starts()
    await one.end()
    const exec = await machine({ dir: one.dir, trust: 'trusted', program: ['npm', 'exec', '-y'] })
    expect(await exec.starts(GOOD)).toBeUndefined()
    exec.installs(EVIL)
    expect(await exec.starts()).toContain(OTHER)
  })

  it('cannot be vouched for by what a server calls itself', async () => {
    const forged = `npm:server@1.0.0 ${EVIL}`
    const one = await machine({ trust: 'trusted' })
    one.installs(GOOD)
    await one.starts()
    const version = {
      hash: `sha256-${'0'.repeat(64)}`,
      at: new Date().toISOString(),
      by: 'ada',
      version: forged,
    }
    await one.store.commit({ lock: [{ kind: 'approve', server: 's', item: 'identity', version }] })
    one.installs(EVIL)
    expect(await one.starts()).toContain(OTHER)
  })

  it('are only written down in observe', async () => {
    const one = await machine({ profile: 'observe' })
    one.installs(GOOD)
    await one.starts()
    one.installs(EVIL)
    expect(await one.starts()).toBeUndefined()
    expect(one.hold()).toMatchObject({ rule: 'pins/identity' })
  })

  it('that cannot be told leave what was approved as it is', async () => {
    const one = await machine()
    expect(await one.starts()).toBeUndefined()
    one.installs('sha512-forged==')
    expect(await one.starts()).toBeUndefined()
    one.installs(GOOD)
    expect(await one.starts()).toBeUndefined()
  })

  it('stand in a lock of the first format, which knows a version without them by its name', async () => {
    const one = await machine()
    one.installs(GOOD)
    await one.starts()
    const text = one.lock()
    expect(text).toContain('"version": 1,')
    const read = parseLock(Buffer.from(text), 'sallyport.lock', new Set())
    expect(read.ok && writeLock(read.lock)).toBe(text)
    const name = {
      kind: 'identity',
      name: '',
      value: { runs: 'npx server@1.0.0', package: 'npm:server@1.0.0' },
    } as const
    const hashes = lockedServer(one.store.lock, 's').items.get('identity')
    // The one that a version of ours looks for that knows nothing of bytes.
    expect(hashes?.map(({ hash }) => hash)).toContain(itemDigest(name))
  })
})
