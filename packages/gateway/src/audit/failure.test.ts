import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Log } from '../log.ts'
import { type AuditTrail, AuditUnavailable } from './entry.ts'
import { listChains } from './layout.ts'
import { diskIo, type SegmentIo } from './segmentIo.ts'
import {
  appendMany,
  exchange,
  makePlace,
  openAt,
  type Place,
  recordsAt,
  segmentsAt,
  verifyAt,
} from './testing/trailFixture.ts'

let place: Place
beforeEach(() => {
  place = makePlace()
})
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  place.remove()
})

const recovered = (trail: AuditTrail) =>
  vi.waitFor(() => expect(trail.healthy).toBe(true), { timeout: 30_000, interval: 10 })
const events = () =>
  recordsAt(place).flatMap(({ event, details }) => (event === 'audit.resumed' ? [details] : []))
const systemError = (code: string) => Object.assign(new Error(`${code}: played by the test`), { code })

/** A disk that fails while `broken` says how. */
function failingDisk() {
  const state: { broken: 'no' | 'write' | 'part' | 'sync' | 'part-and-truncate' } = { broken: 'no' }
  const io: SegmentIo = {
    stat: diskIo.stat,
    write: (fd, buffer, offset, length, position) => {
      if (state.broken === 'write') throw systemError('EIO')
      if (state.broken.startsWith('part')) {
        if (length < 100) throw systemError('ENOSPC')
        return diskIo.write(fd, buffer, offset, length - 99, position)
      }
      return diskIo.write(fd, buffer, offset, length, position)
    },
    truncate: (fd, bytes) => {
      if (state.broken === 'part-and-truncate') throw systemError('EIO')
      diskIo.truncate(fd, bytes)
    },
    sync: (fd) => (state.broken === 'sync' ? Promise.reject(systemError('EIO')) : diskIo.sync(fd)),
  }
  return { state, io }
}

describe.each(['write', 'part', 'part-and-truncate'] as const)('a disk that fails (%s)', (kind) => {
  it('rejects what was not written, refuses until a write succeeds, and leaves a chain that verifies', async () => {
    const disk = failingDisk()
    const trail = await openAt(place, { io: disk.io })
    await appendMany(trail, 3)
    disk.state.broken = kind
    const results = await Promise.allSettled([trail.append(exchange(4)), trail.append(exchange(5))])
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(trail.healthy).toBe(false)
    await expect(trail.append(exchange(6))).rejects.toThrow(AuditUnavailable)
    disk.state.broken = 'no'
    await recovered(trail)
    await appendMany(trail, 2, 7)
    await trail.close()

    const ids = recordsAt(place).flatMap(({ requestId }) => (requestId === undefined ? [] : [requestId]))
    expect(ids).toEqual(['1', '2', '3', '7', '8'])
    expect(events()).toEqual([expect.objectContaining({ refusedEntries: 3 })])
    expect(verifyAt(place)).toMatchObject({ outcome: 'intact', problems: [], notes: [] })
    expect(listChains(place.dir)).toHaveLength(1)
  })
})

it('the error says what happened, where, and what follows from it; the log has it once', async () => {
  const errors: string[] = []
  const log: Log = {
    debug() {},
    info() {},
    warn() {},
    error: (event, fields) => errors.push(`${event} ${fields?.code}`),
  }
  const disk = failingDisk()
  const trail = await openAt(place, { io: disk.io, log })
  disk.state.broken = 'write'
  await expect(trail.append(exchange(1))).rejects.toThrow(
    `the audit trail cannot be written (EIO): calls are refused until ${place.dir} takes records again`,
  )
  await expect(trail.append(exchange(2))).rejects.toThrow(AuditUnavailable)
  expect(errors).toEqual(['audit.failed EIO'])
  await trail.close()
})

it('a caller that does not wait is no unhandled rejection', async () => {
  const unhandled = vi.fn()
  process.on('unhandledRejection', unhandled)
  const disk = failingDisk()
  const trail = await openAt(place, { io: disk.io })
  disk.state.broken = 'write'
  void trail.append(exchange(1))
  await new Promise((resolve) => setImmediate(resolve))
  void trail.append(exchange(2))
  await trail.close()
  await new Promise((resolve) => setImmediate(resolve))
  process.off('unhandledRejection', unhandled)
  expect(unhandled).not.toHaveBeenCalled()
})

it('a failed sync refuses as well, with durability fsync the waiting entries too, and goes on in a new segment', async () => {
  const disk = failingDisk()
  const trail = await openAt(place, { io: disk.io, durability: 'fsync' })
  await appendMany(trail, 2)
  disk.state.broken = 'sync'
  await expect(trail.append(exchange(3))).rejects.toThrow(AuditUnavailable)
  expect(trail.healthy).toBe(false)
  disk.state.broken = 'no'
  await recovered(trail)
  await appendMany(trail, 1, 4)
  await trail.close()
  // What the system may have lost is not built upon in the same file.
  expect(segmentsAt(place)).toHaveLength(2)
  expect(verifyAt(place).outcome).toBe('intact')
})

describe('when the file is taken away', () => {
  it.each([
    ['unlinked', (path: string) => unlinkSync(path)],
    ['cut short', (path: string) => truncateSync(path, 10)],
    ['written to by another', (path: string) => writeFileSync(path, 'x\n', { flag: 'a' })],
    [
      'replaced',
      (path: string) => {
        renameSync(path, `${path}.old`)
        writeFileSync(path, '')
      },
    ],
    ['gone with its folder', (path: string) => renameSync(dirname(path), `${dirname(path)}-moved`)],
    ['gone with everything', (path: string) => rmSync(dirname(dirname(path)), { recursive: true })],
  ])('%s: it is noticed, refused, and a new chain says which one was lost', async (_name, attack) => {
    const trail = await openAt(place)
    await appendMany(trail, 3)
    const [lost = ''] = listChains(place.dir)
    attack(segmentsAt(place)[0] ?? '')
    // At the next write at the latest where the file tells, else with the sync behind it.
    await vi.waitFor(
      async () => {
        await trail.append(exchange('probe')).catch(() => undefined)
        expect(trail.healthy).toBe(false)
      },
      { timeout: 30_000, interval: 5 },
    )
    await recovered(trail)
    await appendMany(trail, 2, 10)
    await trail.close()
    expect(events()).toEqual([expect.objectContaining({ chainBefore: lost })])
    const fresh = listChains(place.dir).filter((chain) => chain !== lost)
    expect(fresh).toHaveLength(1)
    const report = verifyAt(place)
    expect(report.problems.map(({ chain }) => chain)).toEqual([lost])
  })
})

/** A process whose files may grow to a limit only: a full disk without a disk to fill. */
describe.skipIf(process.platform !== 'linux' || spawnSync('prlimit', ['--version']).status !== 0)(
  'a full disk, for real (needs Linux and prlimit)',
  () => {
    it('a process at its limit refuses, and resumes when there is room again', async () => {
      const child = spawnSync(
        'sh',
        [
          '-c',
          'ulimit -S -f 20; exec "$0" "$@"',
          process.execPath,
          new URL('./testing/fillingProcess.ts', import.meta.url).pathname,
          place.dir,
          place.stateDir,
        ],
        {
          encoding: 'utf8',
          timeout: 45_000,
        },
      )
      expect(child.stderr).toBe('')
      const { acknowledged, refused, code, resumed } = JSON.parse(child.stdout)
      expect(code).toBe('EFBIG')
      expect(refused).toBeGreaterThan(0)
      expect(resumed).toBe(true)
      const ids = new Set(recordsAt(place).map(({ requestId }) => requestId))
      expect((acknowledged as string[]).filter((id) => !ids.has(id))).toEqual([])
      expect(acknowledged.length).toBeGreaterThan(10)
      expect(verifyAt(place)).toMatchObject({ outcome: 'intact', problems: [] })
    })
  },
)

const canMount = process.platform === 'linux' && process.getuid?.() === 0
describe.skipIf(!canMount)('a full file system (needs root on Linux, to mount one of 256 KB)', () => {
  it('is survived: refusal at ENOSPC, resumption after a file is removed, a chain that verifies', async () => {
    const mount = join(place.root, 'mount')
    mkdirSync(mount)
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', mount])
    // In a container without the right to mount, the test above stands alone.
    if (mounted.status !== 0) return
    try {
      const small = { ...makePlace(mount), stateDir: place.stateDir }
      writeFileSync(join(mount, 'ballast'), Buffer.alloc(64 * 1024))
      const trail = await openAt(small)
      let written = 0
      while (trail.healthy) {
        const done = await trail.append(exchange(written)).then(
          () => true,
          () => false,
        )
        if (done) written += 1
      }
      expect(written).toBeGreaterThan(100)
      unlinkSync(join(mount, 'ballast'))
      await recovered(trail)
      await appendMany(trail, 5, 100_000)
      await trail.close()
      expect(recordsAt(small).filter(({ kind }) => kind === 'exchange')).toHaveLength(written + 5)
      expect(verifyAt(small)).toMatchObject({ outcome: 'intact', problems: [], notes: [] })
    } finally {
      spawnSync('umount', [mount])
    }
  })
})

it('two processes that start at the same time share the key, take a chain each, and both verify', async () => {
  const appender = new URL('./testing/appender.ts', import.meta.url).pathname
  const start = (name: string) => {
    const child = spawn(
      process.execPath,
      [appender, place.dir, place.stateDir, '8', name, 'write', '100000'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    children.push(child)
    const lines: string[] = []
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
    return { child, lines, closed: once(child, 'close') }
  }
  const both = [start('a'), start('b')]
  await vi.waitFor(() => expect(both.every(({ lines }) => lines.length > 200)).toBe(true), {
    timeout: 45_000,
    interval: 5,
  })
  for (const { child } of both) child.kill('SIGKILL')
  await Promise.all(both.map(({ closed }) => closed))
  const report = verifyAt(place)
  expect(report).toMatchObject({ outcome: 'intact', problems: [] })
  expect(report.chains).toHaveLength(2)
  expect(readdirSync(place.stateDir)).toEqual(['audit-key.pem'])
  expect(statSync(place.stateDir).mode & 0o777).toBe(0o700)
  const keys = readFileSync(join(place.dir, 'checkpoints.jsonl'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line).keyId)
  expect(new Set(keys).size).toBe(1)
  const ids = new Set(recordsAt(place).map(({ requestId }) => requestId))
  expect(both.flatMap(({ lines }) => lines).filter((id) => !ids.has(id))).toEqual([])
})
