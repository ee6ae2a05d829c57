/**
 * Pins on disk: the lock beside the configuration, and in a private folder what is held and the definitions themselves.
 *
 * Several gateways and a person at the command line change the same files: each change is applied, one at a time across
 * processes, to what the files say by then, and everyone else notices.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { itemDigest, itemKey, type SurfaceItem } from '@sallyport/controls/surface'
import { ConfigError } from '../config/fault.ts'
import { type PathsWatch, watchPaths } from '../config/watchPaths.ts'
import type { Log } from '../log.ts'
import { readPrivate, stagePrivate, writePrivate } from '../state/privateFile.ts'
import type { StagedFile } from '../state/stagedFile.ts'
import { type Contents, readContents, writeContents } from './contents.ts'
import { changeHolds, type HoldChange, type Holds, NO_HOLDS, writeHolds } from './holdsFile.ts'
import { approvalOf, changeLock, EMPTY_LOCK, type Lock, type LockChange, lockedServer } from './lock.ts'
import { MAX_LOCK_BYTES, parseLock, writeLock } from './lockFile.ts'
import { PinsChanged, PinsUnavailable } from './pinFaults.ts'
import {
  holdsPath,
  lastPath,
  loadHolds,
  readableHolds,
  readLockBytes,
  stageLock,
  waitForTurn,
} from './pinFiles.ts'
import type { WrittenBytes } from './quota.ts'

export interface PinStoreOptions {
  /** `sallyport.lock` beside the configuration. */
  readonly lockPath: string
  /** Private folder of this lock (`pinFolder`). */
  readonly folder: string
  /** Ids that exceptions may name. */
  readonly rules: ReadonlySet<string>
  readonly log: Log
}

/** The pins as they are at some moment. */
export interface PinState {
  readonly lock: Lock
  readonly holds: Holds
}

/** What is to be changed, together. */
export interface PinChange {
  /**
   * Looks at what the change is about to be applied to, with nobody else writing; throws `PinsChanged` where it must not
   * be: what a person saw is not what is there any more.
   */
  readonly check?: (before: PinState) => void
  readonly lock?: readonly LockChange[]
  readonly holds?: readonly HoldChange[]
  /** Definitions that the changes name, by server. */
  readonly contents?: ReadonlyMap<string, readonly SurfaceItem[]>
}

export class PinStore {
  readonly #options: PinStoreOptions
  readonly #listeners = new Set<() => void>()
  #lock: Lock = EMPTY_LOCK
  #holds: Holds = NO_HOLDS
  /** The length of their text. */
  #holdsBytes = 0
  /** What `#lock` was read from. */
  #bytes: Buffer | undefined
  /** A fault of the file that was told already. */
  #told: string | undefined
  #queue: Promise<void> = Promise.resolve()
  /** Changes that wait for the write before theirs: they are written together. */
  #next: { readonly changes: PinChange[]; readonly done: Promise<void> } | undefined
  #watch: PathsWatch | undefined
  #closed = false

  private constructor(options: PinStoreOptions) {
    this.#options = options
  }

  /**
   * Reads the pins.
   *
   * @throws ConfigError when the lock file is there and cannot be believed: every fault ends in `file:line:column`
   * @throws PinsUnavailable when it is gone although it held approvals, or when the private folder cannot be used
   * @example const store = await PinStore.open({ lockPath, folder: pinFolder(paths.data, lockPath), rules, log })
   */
  static async open(options: PinStoreOptions): Promise<PinStore> {
    const store = new PinStore(options)
    await store.refresh()
    return store
  }

  get lock(): Lock {
    return this.#lock
  }

  get holds(): Holds {
    return this.#holds
  }

  /** How large the lock and the holds are. */
  get written(): WrittenBytes {
    return { lock: this.#bytes?.length ?? 0, holds: this.#holdsBytes }
  }

  get lockPath(): string {
    return this.#options.lockPath
  }

  /** The definitions that are kept of a server. */
  async contents(server: string): Promise<Contents> {
    return await readContents(join(this.#options.folder, 'contents'), server)
  }

  /**
   * Makes some changes; resolves when they are on disk. Rejects with `PinsUnavailable` when they are not: then nothing is
   * let through that was not before. Rejects with `PinsChanged` where `check` does: then nothing was changed.
   *
   * What comes without `check` while another change is written is written in one go after it: a hundred servers that are
   * seen for the first time at once must not wait for a hundred writes.
   */
  commit(change: PinChange): Promise<void> {
    if (change.check === undefined && this.#next !== undefined) {
      this.#next.changes.push(change)
      return this.#next.done
    }
    const changes = [change]
    const done = this.#queue.then(() => {
      if (this.#next?.changes === changes) this.#next = undefined
      return this.#write(together(changes))
    })
    // A change with a check stands alone, and what comes after it comes after it.
    this.#next = change.check === undefined ? { changes, done } : undefined
    this.#queue = done.catch(() => undefined)
    return done
  }

  /** Reads the pins again, as `open` does. */
  refresh(): Promise<void> {
    const { lockPath } = this.#options
    const done = this.#queue.then(() =>
      explained(`the pins of ${lockPath} cannot be read`, async () => {
        await this.#load()
        await this.#remember()
      }),
    )
    this.#queue = done.catch(() => undefined)
    return done
  }

  /** Calls back whenever the pins are others than before, whoever changed them. Returns the end of it. */
  follow(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Notices what others change, until `close`. */
  async watch(): Promise<void> {
    const { lockPath, folder } = this.#options
    this.#watch ??= await watchPaths([lockPath, holdsPath(folder)], () => this.#reload())
    if (this.#closed) this.#watch.close()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#watch?.close()
    await this.#queue
  }

  /** A file that became unreadable changes nothing: what was in force stays in force. */
  async #reload(): Promise<void> {
    try {
      await this.refresh()
      this.#told = undefined
    } catch (error) {
      const explain = error instanceof Error ? error.message : String(error)
      if (explain !== this.#told) this.#options.log.error('pins.unreadable', { explain })
      this.#told = explain
    }
  }

  async #load(): Promise<void> {
    const { lockPath, folder, rules } = this.#options
    // Before the lock, since holds are put in place after it: what is let go by then is approved in what is read next.
    const holds = await loadHolds(folder)
    const bytes = (await readLockBytes(lockPath)) ?? (await this.#lookAgain())
    const sameLock = sameBytes(bytes, this.#bytes)
    const read = bytes === undefined || sameLock ? undefined : parseLock(bytes, lockPath, rules)
    if (read?.ok === false) throw read.error
    const text = writeHolds(holds)
    const sameHolds = text === writeHolds(this.#holds)
    this.#holdsBytes = Buffer.byteLength(text)
    // Both or none of them.
    if (!sameLock) this.#lock = read?.lock ?? EMPTY_LOCK
    if (!sameHolds) this.#holds = holds
    this.#bytes = bytes
    if (!sameLock || !sameHolds) this.#tell()
  }

  /**
   * A lock that is gone would let every server be seen for the first time again: whoever can delete one file could have
   * anything pinned anew.
   */
  async #lookAgain(): Promise<Buffer | undefined> {
    const { lockPath, folder } = this.#options
    const last = await readPrivate(lastPath(folder), MAX_LOCK_BYTES)
    if (last.kind === 'missing') return undefined
    // Somebody may have written the first lock, and its copy, between the two looks.
    const bytes = await readLockBytes(lockPath)
    if (bytes !== undefined) return bytes
    throw new PinsUnavailable(
      `${lockPath} is gone, though it held approvals. Restore it from version control or from ${lastPath(folder)}; ` +
        `to start anew with nothing approved, delete ${folder} too`,
    )
  }

  /**
   * Keeps a copy of the lock, also of one that came with the configuration: that it is gone later must be noticed. With
   * nobody else writing: an old copy over a newer one would lose what was denied since.
   */
  async #remember(): Promise<void> {
    const { folder } = this.#options
    if (this.#bytes === undefined) return
    const last = await readPrivate(lastPath(folder), MAX_LOCK_BYTES)
    if (last.kind === 'read' && sameBytes(last.bytes, this.#bytes)) return
    await this.#alone(async () => {
      await this.#load()
      if (this.#bytes !== undefined) await writePrivate(lastPath(folder), this.#bytes)
    })
  }

  /** With no other process or store writing. */
  async #alone(work: () => Promise<void>): Promise<void> {
    const { folder } = this.#options
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const held = await waitForTurn(join(folder, 'write.lock'))
    try {
      await work()
    } finally {
      held.release()
    }
  }

  async #write(change: PinChange): Promise<void> {
    await explained('pins were not written', () =>
      this.#alone(async () => {
        await this.#load()
        change.check?.({ lock: this.#lock, holds: this.#holds })
        const lock = changeLock(this.#lock, change.lock ?? [])
        const holds = changeHolds(this.#holds, stillNeeded(change.holds ?? [], lock))
        const lockBytes = lock === this.#lock ? undefined : this.#readableLock(lock, change.lock ?? [])
        const holdsBytes = holds === this.#holds ? undefined : readableHolds(holds)
        // What is referred to is there before whatever refers to it.
        await this.#writeContents(change, lock, holds)
        await this.#put(lock, lockBytes, holds, holdsBytes)
      }),
    )
  }

  /**
   * Everything is written before anything is put in its place. Holds come last: to be killed before them leaves something
   * held that is approved by now, never something let through.
   */
  async #put(
    lock: Lock,
    lockBytes: Buffer | undefined,
    holds: Holds,
    holdsBytes: Buffer | undefined,
  ): Promise<void> {
    const { lockPath, folder } = this.#options
    const staged: StagedFile[] = []
    const stage = async (writing: Promise<StagedFile>) => {
      staged.push(await writing)
    }
    try {
      if (lockBytes !== undefined && !sameBytes(lockBytes, this.#bytes)) {
        await stage(stageLock(lockPath, lockBytes))
        // A copy: where a loss of power takes it, it is made anew.
        await stage(stagePrivate(lastPath(folder), lockBytes))
      }
      if (holdsBytes !== undefined) await stage(stagePrivate(holdsPath(folder), holdsBytes, 'flushed'))
      for (const file of staged) await file.put()
    } catch (error) {
      for (const file of staged) await file.drop()
      throw error
    }
    if (lockBytes !== undefined) {
      this.#lock = lock
      this.#bytes = lockBytes
    }
    if (holdsBytes !== undefined) {
      this.#holds = holds
      this.#holdsBytes = holdsBytes.length
    }
    if (lockBytes !== undefined || holdsBytes !== undefined) this.#tell()
  }

  /**
   * The text of a lock, once it is certain that it will be read back: one that is not would stop everything. What was
   * there was read already; only what is new is read for a trial.
   */
  #readableLock(lock: Lock, changes: readonly LockChange[]): Buffer {
    const { lockPath, rules } = this.#options
    const bytes = Buffer.from(writeLock(lock), 'utf8')
    const trial = Buffer.from(writeLock(changeLock(EMPTY_LOCK, changes)), 'utf8')
    const read = parseLock(bytes.length > MAX_LOCK_BYTES ? bytes : trial, lockPath, rules)
    if (read.ok) return bytes
    const why = read.error.faults[0]?.explain ?? 'it is not well formed'
    throw new PinsUnavailable(`pins were not written: nobody could read ${lockPath} any more, since ${why}`)
  }

  async #writeContents(change: PinChange, lock: Lock, holds: Holds): Promise<void> {
    const folder = join(this.#options.folder, 'contents')
    for (const [server, items] of change.contents ?? []) {
      const known = new Map(await readContents(folder, server))
      for (const item of items) known.set(itemDigest(item), item)
      const needed = referredTo(server, lock, holds)
      for (const hash of known.keys()) if (!needed.has(hash)) known.delete(hash)
      await writeContents(folder, server, known)
    }
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}

/** Without holds of what somebody approved since it was judged. */
function stillNeeded(changes: readonly HoldChange[], lock: Lock): readonly HoldChange[] {
  return changes.filter((change) => {
    if (change.kind !== 'hold' || change.unlessApproved !== true) return true
    const { server, hash, content, since } = change.hold
    const locked = lockedServer(lock, server)
    return (
      locked.denied.has(content) ||
      approvalOf(locked, itemKey(change.hold), hash, Date.parse(since)) === undefined
    )
  })
}

/** Several changes as one, in their order. */
function together(changes: readonly PinChange[]): PinChange {
  const [first] = changes
  if (first !== undefined && changes.length === 1) return first
  const contents = new Map<string, readonly SurfaceItem[]>()
  for (const change of changes)
    for (const [server, items] of change.contents ?? [])
      contents.set(server, [...(contents.get(server) ?? []), ...items])
  return {
    lock: changes.flatMap(({ lock }) => lock ?? []),
    holds: changes.flatMap(({ holds }) => holds ?? []),
    contents,
  }
}

/** Digests that the pins of a server name. */
function referredTo(server: string, lock: Lock, holds: Holds): ReadonlySet<string> {
  const hashes = new Set<string>()
  for (const versions of lockedServer(lock, server).items.values())
    for (const { hash } of versions) hashes.add(hash)
  for (const { hash, base } of holds.get(server)?.values() ?? []) {
    hashes.add(hash)
    if (base !== undefined) hashes.add(base)
  }
  return hashes
}

/** Does the work; an error of the disk says which file it was about, and what to do. */
async function explained(what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (error instanceof ConfigError || error instanceof PinsUnavailable || error instanceof PinsChanged)
      throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new PinsUnavailable(`${what}: ${why}. The file and its folder must be this user's and writable`, {
      cause: error,
    })
  }
}

function sameBytes(a: Buffer | undefined, b: Buffer | undefined): boolean {
  return a === undefined || b === undefined ? a === b : a.equals(b)
}
