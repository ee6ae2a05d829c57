import { type ChildProcess, spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ConfigError } from '../config/fault.ts'
import { readContents } from './contents.ts'
import { approvalOf, EMPTY_LOCK, lockedServer } from './lock.ts'
import { parseLock, writeLock } from './lockFile.ts'
import { PinsChanged, PinsUnavailable } from './pinFaults.ts'
import { type PinChange, PinStore } from './pinStore.ts'
import {
  AT,
  finding,
  holdOf,
  makePinPlace,
  type PinPlace,
  RULES,
  tool,
  version,
} from './testing/pinFixture.ts'

const COMMITTER = fileURLToPath(new URL('./testing/committer.ts', import.meta.url))
const NOW = Date.parse(AT)
const READ = tool('read')
const APPROVE: PinChange = {
  lock: [{ kind: 'approve', server: 'files', item: 'tool/read', version: version(READ) }],
  contents: new Map([['files', [READ]]]),
}
const BLOCKED = holdOf('files', tool('rm'), { state: 'blocked', rule: 'pins/finding', findings: [finding()] })

let place: PinPlace
beforeEach(() => {
  place = makePinPlace()
})
afterEach(() => place.remove())

const approves = (store: PinStore, name = 'read') =>
  approvalOf(lockedServer(store.lock, 'files'), `tool/${name}`, version(tool(name)).hash, NOW) !== undefined
const onPosix = it.skipIf(process.platform === 'win32')

interface Committer {
  readonly child: ChildProcess
  /** The commits that it said are on disk, once it ended. */
  readonly done: Promise<string[]>
  errors(): string
}

const NOBODY = 65_534

function giveAway(path: string): void {
  chownSync(path, NOBODY, NOBODY)
  if (statSync(path).isDirectory()) for (const name of readdirSync(path)) giveAway(join(path, name))
}

function startCommitter(name: string, count: number, as: { uid?: number; gid?: number } = {}): Committer {
  const child = spawn(process.execPath, [COMMITTER, place.lockPath, place.folder, name, String(count)], {
    stdio: 'pipe',
    ...as,
  })
  let out = ''
  let err = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  const done = new Promise<string[]>((resolve) =>
    child.on('close', () => resolve(out.split('\n').filter(Boolean))),
  )
  return { child, done, errors: () => err }
}

describe('a commit', () => {
  it('is on disk when it resolves, private but for the lock, and another store reads it', async () => {
    const store = await place.open()
    await store.commit({ ...APPROVE, holds: [{ kind: 'hold', hold: BLOCKED }] })
    const other = await place.open()
    expect(approves(other)).toBe(true)
    expect(other.holds.get('files')?.get('tool/rm')).toEqual(BLOCKED)
    expect([...(await other.contents('files')).values()]).toEqual([READ])
    if (process.platform !== 'win32') {
      expect(statSync(place.folder).mode & 0o777).toBe(0o700)
      expect(statSync(join(place.folder, 'holds.jsonl')).mode & 0o777).toBe(0o600)
    }
    // Nothing half-written is left.
    expect(readdirSync(dirname(place.lockPath))).toEqual(['sallyport.lock'])
  })

  it('waits for one other at most, however many are made at once, and none is lost', async () => {
    const store = await place.open()
    let told = 0
    store.follow(() => told++)
    const names = Array.from({ length: 200 }, (_, at) => `tool${at}`)
    const commits = names.map((name) =>
      store.commit({
        lock: [{ kind: 'approve', server: 'files', item: `tool/${name}`, version: version(tool(name)) }],
        contents: new Map([['files', [tool(name)]]]),
      }),
    )
    await Promise.all(commits)
    expect(told).toBeLessThanOrEqual(2)
    const other = await place.open()
    expect(names.filter((name) => !approves(other, name))).toEqual([])
    expect((await other.contents('files')).size).toBe(names.length)
  })

  it('with a check stands alone among others: what it refuses is its own change only', async () => {
    const store = await place.open()
    const refused: PinChange = {
      check: () => {
        throw new PinsChanged('no')
      },
      lock: [{ kind: 'approve', server: 'files', item: 'tool/b', version: version(tool('b')) }],
    }
    const named = (name: string): PinChange => ({
      lock: [{ kind: 'approve', server: 'files', item: `tool/${name}`, version: version(tool(name)) }],
    })
    const [first, second, third] = [named('a'), refused, named('c')].map((change) => store.commit(change))
    await expect(second).rejects.toThrow(PinsChanged)
    await Promise.all([first, third])
    expect(['a', 'b', 'c'].filter((name) => approves(store, name))).toEqual(['a', 'c'])
  })

  it('of two processes at once loses nothing of either', async () => {
    const [a, b] = [startCommitter('a', 40), startCommitter('b', 40)]
    expect(await Promise.all([a.done, b.done])).toEqual([
      Array.from({ length: 40 }, (_, at) => String(at)),
      Array.from({ length: 40 }, (_, at) => String(at)),
    ])
    const store = await place.open()
    expect(lockedServer(store.lock, 'files').items.size).toBe(80)
    expect(store.holds.get('notes')?.size).toBe(80)
    expect((await store.contents('files')).size).toBe(80)
  })

  it('killed at any moment leaves the pins of before or of after, never others and never none', async () => {
    for (let round = 0; round < 8; round++) {
      const { child, done } = startCommitter(`r${round}`, 1_000)
      const killAfter = 1 + (round % 5)
      await new Promise<void>((resolve) => {
        let lines = 0
        child.stdout?.on('data', (text: string) => {
          lines += text.split('\n').length - 1
          // Somewhere within the commits that follow.
          if (lines >= killAfter) setTimeout(resolve, round)
        })
      })
      child.kill('SIGKILL')
      const said = await done
      const store = await place.open()
      for (const at of said) expect(approves(store, `r${round}-${at}`)).toBe(true)
      const mine = [...lockedServer(store.lock, 'files').items.keys()].filter((key) =>
        key.startsWith(`tool/r${round}-`),
      )
      expect(mine.length - said.length).toBeLessThanOrEqual(1)
      for (const key of mine)
        expect((await store.contents('files')).get(version(tool(key.slice(5))).hash)).toBeDefined()
      await store.close()
    }
  }, 120_000)

  it('of a gateway that judged a moment too early holds nothing that was approved since', async () => {
    const [person, gateway] = [await place.open(), await place.open()]
    await person.commit(APPROVE)
    const late = { ...holdOf('files', READ), hash: version(READ).hash }
    await gateway.commit({ holds: [{ kind: 'hold', hold: late, unlessApproved: true }] })
    expect(gateway.holds.size).toBe(0)
    // Another version of it, or what a person denied, is held as ever.
    await gateway.commit({ holds: [{ kind: 'hold', hold: BLOCKED, unlessApproved: true }] })
    await gateway.commit({
      holds: [{ kind: 'hold', hold: { ...late, hash: BLOCKED.hash }, unlessApproved: true }],
    })
    expect([...(gateway.holds.get('files')?.keys() ?? [])]).toEqual(['tool/rm', 'tool/read'])
    await person.commit({ holds: [{ kind: 'hold', hold: { ...late, state: 'blocked' } }] })
    expect(person.holds.get('files')?.get('tool/read')?.state).toBe('blocked')
    await Promise.all([person.close(), gateway.close()])
  })

  it('of a person is refused when what was looked at is not there any more, and changes nothing', async () => {
    const store = await place.open()
    await store.commit({ holds: [{ kind: 'hold', hold: BLOCKED }] })
    const other = await place.open()
    await other.commit({ holds: [{ kind: 'hold', hold: { ...BLOCKED, hash: version(READ).hash } }] })
    const before = readFileSync(join(place.folder, 'holds.jsonl'))
    const late = store.commit({
      ...APPROVE,
      holds: [{ kind: 'lift', server: 'files', key: 'tool/rm', evenBlocked: true }],
      check: ({ holds }) => {
        if (holds.get('files')?.get('tool/rm')?.hash !== BLOCKED.hash)
          throw new PinsChanged('another version')
      },
    })
    await expect(late).rejects.toThrow(PinsChanged)
    expect(readFileSync(join(place.folder, 'holds.jsonl'))).toEqual(before)
    expect(existsSync(place.lockPath)).toBe(false)
    await store.commit(APPROVE)
    expect(approves(store)).toBe(true)
  })

  it('that nobody could read back is refused, and the lock stays as it was', async () => {
    const store = await place.open()
    await store.commit(APPROVE)
    const before = readFileSync(place.lockPath)
    const exception = {
      server: 'files',
      item: 'tool/read',
      hash: version(READ).hash,
      rule: 'no/such',
      at: AT,
      by: 'ada',
    }
    await expect(store.commit({ lock: [{ kind: 'except', exception }] })).rejects.toThrow(
      /names no rule there is/,
    )
    const twoLines = {
      kind: 'approve',
      server: 'files',
      item: 'tool/x',
      version: version(READ, { reason: 'a\nb' }),
    } as const
    await expect(store.commit({ lock: [twoLines] })).rejects.toThrow(PinsUnavailable)
    expect(readFileSync(place.lockPath)).toEqual(before)
    expect(store.lock.exceptions).toEqual([])
  })

  onPosix('that cannot be written says which file, and lets nothing through', async () => {
    const store = await place.open()
    await store.commit({ ...APPROVE, holds: [{ kind: 'hold', hold: BLOCKED }] })
    // Whoever runs as root is kept from nothing by a file's mode: then another user tries.
    const root = process.getuid?.() === 0
    if (root) giveAway(place.dir)
    const as = root ? { uid: NOBODY, gid: NOBODY } : {}
    for (const folder of [dirname(place.lockPath), place.folder]) {
      chmodSync(folder, 0o500)
      const { done, errors } = startCommitter('a', 1, as)
      expect(await done).toEqual([])
      expect(errors()).toMatch(
        /^PinsUnavailable: .*EACCES.*The file and its folder must be this user's and writable/,
      )
      expect(errors()).toContain(folder)
      chmodSync(folder, 0o700)
    }
    // The holds come last: with a lock that cannot be written they are as they were.
    expect(readFileSync(join(place.folder, 'holds.jsonl'), 'utf8').split('\n')).toHaveLength(3)
    expect(readFileSync(place.lockPath, 'utf8')).not.toContain('tool/a-0')
    expect(await startCommitter('a', 1, as).done).toEqual(['0'])
  })

  onPosix('where a folder is in the way, is PinsUnavailable with the path in it', async () => {
    const store = await place.open()
    mkdirSync(place.lockPath, { recursive: true })
    await expect(store.commit(APPROVE)).rejects.toThrow(new RegExp(`${place.lockPath} is no file`))
    rmSync(place.lockPath, { recursive: true })
    mkdirSync(dirname(place.folder), { recursive: true })
    rmSync(place.folder, { recursive: true, force: true })
    writeFileSync(place.folder, 'in the way')
    await expect(store.commit(APPROVE)).rejects.toThrow(PinsUnavailable)
    await expect(PinStore.open({ ...place.options, folder: join(place.folder, 'deeper') })).rejects.toThrow(
      PinsUnavailable,
    )
  })
})

describe('the lock file', () => {
  onPosix('behind a link stays behind it', async () => {
    const real = place.path('dotfiles', 'pins.lock')
    mkdirSync(dirname(real), { recursive: true })
    mkdirSync(dirname(place.lockPath), { recursive: true })
    writeFileSync(real, writeLock(EMPTY_LOCK))
    symlinkSync(real, place.lockPath)
    const store = await place.open()
    await store.commit(APPROVE)
    expect(lstatSync(place.lockPath).isSymbolicLink()).toBe(true)
    expect(readFileSync(real, 'utf8')).toContain('tool/read')
    expect(readdirSync(dirname(real))).toEqual(['pins.lock'])
  })

  it('that is gone is not taken for a first use: what to do is said, until it is done', async () => {
    const store = await place.open()
    await store.commit(APPROVE)
    rmSync(place.lockPath)
    const gone = new RegExp(
      `${place.lockPath} is gone, though it held approvals\\. Restore it .*last\\.lock; .*delete ${place.folder} too`,
    )
    await expect(place.open()).rejects.toThrow(gone)
    await expect(store.commit(APPROVE)).rejects.toThrow(gone)
    writeFileSync(place.lockPath, readFileSync(join(place.folder, 'last.lock')))
    expect(approves(await place.open())).toBe(true)
    rmSync(place.lockPath)
    rmSync(place.folder, { recursive: true })
    expect((await place.open()).lock).toEqual(EMPTY_LOCK)
  })

  it('that came with a project and is deleted is missed as well', async () => {
    mkdirSync(dirname(place.lockPath), { recursive: true })
    writeFileSync(place.lockPath, writeLock(EMPTY_LOCK))
    await place.open()
    rmSync(place.lockPath)
    await expect(place.open()).rejects.toThrow(/is gone/)
  })

  it('that was pulled is copied too, and an older store does not put its copy back', async () => {
    const old = await place.open()
    await old.commit(APPROVE)
    const store = await place.open()
    await store.commit({
      lock: [{ kind: 'approve', server: 'files', item: 'tool/new', version: version(tool('new')) }],
    })
    await old.refresh()
    expect(readFileSync(join(place.folder, 'last.lock'))).toEqual(readFileSync(place.lockPath))
    const pulled = writeLock(EMPTY_LOCK)
    writeFileSync(place.lockPath, pulled)
    await old.refresh()
    expect(readFileSync(join(place.folder, 'last.lock'), 'utf8')).toBe(pulled)
  })

  it('with a fault opens nothing, says where it is, and is not written over', async () => {
    mkdirSync(dirname(place.lockPath), { recursive: true })
    writeFileSync(place.lockPath, '{"version":1,"servers":{"files":{}}}')
    const error = await place.open().catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(ConfigError)
    expect(String(error)).toMatch(/sallyport\.lock:1:\d+/)
    expect(readFileSync(place.lockPath, 'utf8')).toBe('{"version":1,"servers":{"files":{}}}')
  })

  it('that became unreadable while it was in use changes nothing that is in force, and stops every change', async () => {
    const store = await place.open()
    await store.commit(APPROVE)
    await store.watch()
    const good = readFileSync(place.lockPath)
    writeFileSync(place.lockPath, '<<<<<<< HEAD')
    await vi.waitFor(() => expect(place.events).toContain('pins.unreadable'), 10_000)
    expect(approves(store)).toBe(true)
    await expect(store.commit(APPROVE)).rejects.toThrow(ConfigError)
    writeFileSync(place.lockPath, good)
    await store.commit(APPROVE)
  })
})

describe('the holds', () => {
  const holdsPath = () => join(place.folder, 'holds.jsonl')
  beforeEach(async () => {
    const store = await place.open()
    await store.commit({ ...APPROVE, holds: [{ kind: 'hold', hold: BLOCKED }] })
  })

  it.each([
    ['damaged', () => writeFileSync(holdsPath(), '{"version":1}\n{"server":')],
    ['emptied', () => writeFileSync(holdsPath(), '')],
  ])('that are %s are not believed: it is not known what was blocked', async (_how, damage) => {
    damage()
    await expect(place.open()).rejects.toThrow(/holds\.jsonl is not believed \(it is damaged\)/)
  })

  onPosix('that others may write, or that are a link, are not believed', async () => {
    chmodSync(holdsPath(), 0o666)
    await expect(place.open()).rejects.toThrow(/is not believed \(others may write it\)/)
    const elsewhere = place.path('elsewhere.jsonl')
    writeFileSync(elsewhere, '{"version":1}\n')
    rmSync(holdsPath())
    symlinkSync(elsewhere, holdsPath())
    await expect(place.open()).rejects.toThrow(/is not believed \(it is a link\)/)
  })

  onPosix('in a folder that others may write are not written', async () => {
    const store = await place.open()
    chmodSync(place.folder, 0o777)
    await expect(store.commit({ holds: [{ kind: 'hold', hold: holdOf('files', READ) }] })).rejects.toThrow(
      /is not used: others may write it/,
    )
  })

  it('that are deleted leave nothing let through that the lock does not have', async () => {
    rmSync(holdsPath())
    const store = await place.open()
    expect(store.holds.size).toBe(0)
    expect(approves(store, 'rm')).toBe(false)
  })
})

describe('whoever follows', () => {
  it('sees what another process changed', async () => {
    const store = await place.open()
    await store.commit(APPROVE)
    let told = 0
    const unfollow = store.follow(() => {
      told += 1
    })
    await store.watch()
    expect(told).toBe(0)
    await startCommitter('a', 1).done
    await vi.waitFor(() => expect(approves(store, 'a-0')).toBe(true), 10_000)
    await vi.waitFor(() => expect(store.holds.get('notes')?.size).toBe(1), 10_000)
    expect(told).toBeGreaterThan(0)
    unfollow()
    told = 0
    await startCommitter('b', 1).done
    await vi.waitFor(() => expect(approves(store, 'b-0')).toBe(true), 10_000)
    expect(told).toBe(0)
  })

  it('is not told of a commit that was refused', async () => {
    const store = await place.open()
    await store.commit(APPROVE)
    let told = 0
    store.follow(() => {
      told += 1
    })
    await store
      .commit({
        check: () => {
          throw new PinsChanged('no')
        },
      })
      .catch(() => undefined)
    expect(told).toBe(0)
  })
})

describe('definitions', () => {
  it('are kept as long as the lock or a hold refers to them', async () => {
    const store = await place.open()
    const [old, held, next] = [tool('read', 'Old.'), tool('rm'), tool('next')]
    await store.commit({
      lock: [{ kind: 'approve', server: 'files', item: 'tool/read', version: version(old) }],
      holds: [{ kind: 'hold', hold: holdOf('files', held, { base: version(old).hash }) }],
      contents: new Map([['files', [old, held]]]),
    })
    await store.commit({
      lock: [{ kind: 'revoke', server: 'files', item: 'tool/read', hash: version(old).hash }],
      holds: [
        { kind: 'lift', server: 'files', key: 'tool/rm' },
        { kind: 'hold', hold: holdOf('files', next) },
      ],
      contents: new Map([['files', [next]]]),
    })
    expect([...(await store.contents('files')).values()]).toEqual([next])
  })

  it('that somebody altered are other definitions, and a damaged line is none', async () => {
    const store = await place.open()
    await store.commit(APPROVE)
    const path = join(place.folder, 'contents', 'files.jsonl')
    writeFileSync(path, `${readFileSync(path, 'utf8').replace('Does read.', 'Does more.')}{"kind":"tool"\n`, {
      mode: 0o600,
    })
    const contents = await store.contents('files')
    expect(contents.get(version(READ).hash)).toBeUndefined()
    expect([...contents.keys()]).toEqual([version(tool('read', 'Does more.')).hash])
  })

  it('nested as deeply as an item may be, with numbers and keys that no double and no object hold, come back the same', async () => {
    const json = `${'{"a":'.repeat(62)}[1.0,1e400,9007199254740993,{"__proto__":1}]${'}'.repeat(62)}`
    const { parseJson } = await import('@sallyport/controls/json')
    const value = parseJson(Buffer.from(json), { maxDepth: 100 })
    if (!value.ok) throw new Error(value.fault.explain)
    const item = { kind: 'tool', name: 'deep', value: value.value } as const
    const store = await place.open()
    await store.commit({
      holds: [{ kind: 'hold', hold: holdOf('files', item) }],
      contents: new Map([['files', [item]]]),
    })
    expect((await store.contents('files')).has(version(item).hash)).toBe(true)
  })

  it('beyond what is kept push out nothing that is kept already', async () => {
    const store = await place.open()
    await store.commit(APPROVE)
    const flood = Array.from({ length: 300 }, (_, at) => tool(`flood-${at}`, String(at).repeat(100_000)))
    await store.commit({
      holds: flood.map((item) => ({ kind: 'hold', hold: holdOf('files', item) })),
      contents: new Map([['files', flood]]),
    })
    const contents = await readContents(join(place.folder, 'contents'), 'files')
    expect(contents.has(version(READ).hash)).toBe(true)
    expect(contents.size).toBeGreaterThan(100)
    expect(contents.size).toBeLessThan(301)
    expect(statSync(join(place.folder, 'contents', 'files.jsonl')).size).toBeLessThanOrEqual(64 * 1024 * 1024)
  })
})

it('a lock that would be larger than what is read is not written', async () => {
  const store = await place.open()
  const long = 'x'.repeat(20_000)
  const flood: PinChange = {
    lock: Array.from({ length: 900 }, (_, at) => ({
      kind: 'approve',
      server: 'files',
      item: `resource/${long}${at}`,
      version: version(READ),
    })),
  }
  await expect(store.commit(flood)).rejects.toThrow(/larger than 16777216 bytes/)
  expect(existsSync(place.lockPath)).toBe(false)
  await store.commit(APPROVE)
})

it('a lock of ten thousand items is written and read', async () => {
  const store = await place.open()
  await store.commit({
    lock: Array.from({ length: 10_000 }, (_, at) => ({
      kind: 'approve',
      server: 'files',
      item: `tool/t${at}`,
      version: version(READ),
    })),
  })
  const read = parseLock(readFileSync(place.lockPath), place.lockPath, RULES)
  expect(read.ok && lockedServer(read.lock, 'files').items.size).toBe(10_000)
})
