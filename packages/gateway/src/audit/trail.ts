/**
 * The audit trail: every entry becomes a record of this process's chain, and the answer waits for it.
 *
 * All entries of one turn of the event loop are written by one synchronous write at its end, which for one waiting call
 * is faster than a round trip through the thread pool, and for many is one system call together. Data is synced within
 * 50 ms behind that; with `durability: 'fsync'` the promises wait for it. When a write fails, its entries are rejected,
 * and every further one until a write succeeds: the trail never fails open.
 */
import type { Log } from '../log.ts'
import { ChainLost, type ChainWriter } from './chainWriter.ts'
import { type CheckpointKind, type CheckpointPlace, signCheckpoint } from './checkpoint.ts'
import { appendCheckpoint } from './checkpointFile.ts'
import { type AuditEntry, type AuditTrail, AuditUnavailable, type EventEntry } from './entry.ts'
import { errorCode, type Failure, messageOf, resumedEvent } from './failure.ts'
import type { SigningKey } from './signingKey.ts'
import { storedMembers } from './storedEntry.ts'
import { Timers } from './timers.ts'

export interface TrailParts {
  readonly dir: string
  readonly durability: 'write' | 'fsync'
  readonly maxSegmentBytes: number
  /** A segment is closed at this age even if it is small, so that retention by age can remove it. */
  readonly maxSegmentMs: number
  readonly key: SigningKey
  readonly now: () => number
  readonly log: Log
  /** A writer on a new chain, for when the one in use was lost. */
  readonly freshWriter: () => ChainWriter
  /** Removes what is too old. `own` is the chain in use. */
  readonly retain: (own: string) => Promise<number>
}

/** Synced this long after a write at the latest, less the time the disk takes. */
const SYNC_AFTER_MS = 40
const CHECKPOINT_RECORDS = 1000
const CHECKPOINT_MS = 60_000
const RETAIN_EVERY_MS = 3_600_000
const FIRST_PROBE_MS = 100
const LAST_PROBE_MS = 5_000
/** Entries that may wait for the disk with `durability: 'fsync'`. */
const MAX_WAITING = 65_536

/** The entries of one turn: they are written, or not, together. */
interface Group {
  readonly promise: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: AuditUnavailable) => void
  count: number
}

export class Trail implements AuditTrail {
  readonly #parts: TrailParts
  #writer: ChainWriter
  #group: Group | undefined
  #waiting: Group[] = []
  #waitingEntries = 0
  #failure: Failure | undefined
  #probeMs = FIRST_PROBE_MS
  #resumedMs = 0
  #syncing: Promise<void> | undefined
  #probing: Promise<void> | undefined
  #retaining: Promise<void> | undefined
  #retainAgain = false
  #closing: Promise<void> | undefined
  #dirty = false
  /** Records that no checkpoint covers, and since when. */
  #unsigned = 0
  #checkpointMs: number
  /** The last record of a segment that was closed and has no checkpoint yet. */
  #closed: CheckpointPlace | undefined
  readonly #timers = new Timers<'sync' | 'checkpoint' | 'probe' | 'retain'>()
  #isoMs = Number.NaN
  #iso = ''

  constructor(parts: TrailParts, writer: ChainWriter) {
    this.#parts = parts
    this.#writer = writer
    this.#checkpointMs = parts.now()
  }

  get healthy(): boolean {
    return this.#failure === undefined && this.#closing === undefined
  }

  /** The chain in use. */
  get chain(): string {
    return this.#writer.id
  }

  /** Writes the events with which a process takes over its chain, and the checkpoint that nothing precedes. */
  async start(events: readonly EventEntry[]): Promise<void> {
    // First, where the chain has been closed: `audit verify` takes records behind a closed end for forgeries.
    const before = this.#writer.place
    if (before) {
      // A process that was killed may have left it unsynced.
      await this.#writer.sync()
      await this.#sign('open', before)
    }
    for (const event of events) this.#stage(event)
    this.#writer.commit(this.#parts.now())
    const place = this.#writer.place
    await this.#writer.sync()
    if (place) await this.#sign('open', place)
    this.#retain()
  }

  append(entry: AuditEntry): Promise<void> {
    if (this.#writer.full) this.#commit()
    const refusal = this.#refusal()
    if (refusal) return refused(refusal)
    try {
      this.#stage(entry)
    } catch (cause) {
      return refused(new AuditUnavailable('this entry cannot be written as a record', { cause }))
    }
    if (this.#group === undefined) {
      this.#group = newGroup()
      setImmediate(this.#commit)
    }
    this.#group.count += 1
    return this.#group.promise
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown()
    return this.#closing
  }

  #refusal(): AuditUnavailable | undefined {
    if (this.#closing) return new AuditUnavailable('the audit trail is closed')
    if (this.#failure) {
      this.#failure.refused += 1
      return this.#failure.error
    }
    if (this.#waitingEntries >= MAX_WAITING)
      return new AuditUnavailable('the disk does not keep up with the audit trail')
    return undefined
  }

  #stage(entry: AuditEntry): void {
    const now = this.#parts.now()
    if (now !== this.#isoMs) {
      this.#isoMs = now
      this.#iso = new Date(now).toISOString()
    }
    if (this.#writer.stage(storedMembers(entry), this.#iso)) return
    // Too long in spite of all limits: what happened is kept, what it was called with is not.
    if (!this.#writer.stage(storedMembers(withoutArguments(entry)), this.#iso))
      throw new RangeError('the entry is too long')
  }

  /** The end of a turn. An arrow function, so that it is made once and not for every turn. */
  readonly #commit = (): void => {
    const group = this.#group
    if (!group) return
    this.#group = undefined
    const now = this.#parts.now()
    try {
      this.#writer.commit(now)
    } catch (error) {
      this.#fail(error, [group])
      return
    }
    this.#unsigned += group.count
    this.#dirty = true
    if (this.#parts.durability === 'write') {
      group.resolve()
      this.#timers.after('sync', SYNC_AFTER_MS, () => this.#startSync())
    } else {
      this.#waiting.push(group)
      this.#waitingEntries += group.count
      this.#startSync()
    }
    this.#rotateIfDue(now)
  }

  #rotateIfDue(now: number): void {
    const { maxSegmentBytes, maxSegmentMs } = this.#parts
    const { size, segmentTime } = this.#writer
    if (size < maxSegmentBytes && now - (segmentTime ?? now) < maxSegmentMs) return
    try {
      this.#writer.rotate()
    } catch (error) {
      this.#fail(error, [])
      return
    }
    // Kept from now: on a busy disk the signature comes late, and must still pin the segment's last record.
    this.#closed = this.#writer.place
    this.#startSync()
    this.#retain()
  }

  #startSync(): void {
    if (this.#syncing || this.#failure) return
    this.#timers.cancel('sync')
    this.#syncing = this.#sync().finally(() => {
      this.#syncing = undefined
      if (this.#closing) return
      if (this.#waiting.length > 0 || this.#closed) this.#startSync()
      else if (this.#dirty) this.#timers.after('sync', SYNC_AFTER_MS, () => this.#startSync())
    })
  }

  async #sync(): Promise<void> {
    const groups = this.#waiting
    this.#waiting = []
    const due = this.#takeDue()
    this.#dirty = false
    try {
      this.#writer.checkPath()
      await this.#writer.sync()
    } catch (error) {
      this.#fail(error, groups, !(error instanceof ChainLost))
      return
    }
    for (const group of groups) {
      this.#waitingEntries -= group.count
      group.resolve()
    }
    if (!due) {
      if (this.#unsigned > 0) this.#timers.after('checkpoint', CHECKPOINT_MS, () => this.#startSync())
      return
    }
    try {
      await this.#sign(due.kind, due.place)
      const { place } = this.#writer
      if (place?.chain === due.place.chain) this.#unsigned = place.seq - due.place.seq
    } catch (error) {
      this.#fail(error, [])
    }
  }

  #takeDue(): { kind: CheckpointKind; place: CheckpointPlace } | undefined {
    const closed = this.#closed
    this.#closed = undefined
    if (closed) return { kind: 'rotation', place: closed }
    const { place } = this.#writer
    const late = this.#unsigned > 0 && this.#parts.now() - this.#checkpointMs >= CHECKPOINT_MS
    return place && (late || this.#unsigned >= CHECKPOINT_RECORDS) ? { kind: 'periodic', place } : undefined
  }

  async #sign(kind: CheckpointKind, place: CheckpointPlace): Promise<void> {
    const now = this.#parts.now()
    const line = await signCheckpoint(kind, place, new Date(now).toISOString(), this.#parts.key)
    await appendCheckpoint(this.#parts.dir, line, false)
    this.#checkpointMs = now
    this.#timers.cancel('checkpoint')
  }

  /** From here on everything is refused until `#probe` has written a record again. */
  #fail(cause: unknown, groups: readonly Group[], unsynced = false): void {
    const code = errorCode(cause)
    const error = new AuditUnavailable(
      `the audit trail cannot be written (${code}): calls are refused until ${this.#parts.dir} takes records again`,
      { cause },
    )
    const refusedGroups = [...groups, ...this.#waiting, ...(this.#group ? [this.#group] : [])]
    this.#waiting = []
    this.#waitingEntries = 0
    this.#group = undefined
    this.#writer.drop()
    const refused = refusedGroups.reduce((sum, group) => sum + group.count, 0)
    const now = this.#parts.now()
    if (this.#failure) {
      this.#failure.refused += refused
    } else {
      this.#failure = { error, sinceMs: now, lost: cause instanceof ChainLost, unsynced, refused }
      // A disk that is full again right after it had room for one record is not asked ten times a second.
      if (now - this.#resumedMs > 2 * LAST_PROBE_MS) this.#probeMs = FIRST_PROBE_MS
      this.#parts.log.error('audit.failed', {
        code,
        explain: messageOf(cause),
        chain: this.#writer.id,
        refused,
      })
      this.#probeLater()
    }
    for (const group of refusedGroups) group.reject(error)
  }

  #probeLater(): void {
    if (this.#closing) return
    this.#timers.after('probe', this.#probeMs, () => {
      this.#probing = this.#probe().finally(() => {
        this.#probing = undefined
      })
    })
    this.#probeMs = Math.min(this.#probeMs * 2, LAST_PROBE_MS)
  }

  /** Tries to write again: a record that says for how long there were none. */
  async #probe(): Promise<void> {
    await this.#syncing
    const failure = this.#failure
    if (!failure) return
    try {
      if (failure.lost) {
        failure.chainBefore ??= this.#writer.id
        const fresh = this.#parts.freshWriter()
        this.#writer.close()
        this.#writer = fresh
        failure.lost = false
      } else if (failure.unsynced && this.#writer.size > 0) {
        this.#writer.rotate()
      }
      const now = this.#parts.now()
      this.#stage(resumedEvent(failure, now))
      this.#writer.commit(now)
      const { place } = this.#writer
      this.#writer.checkPath()
      await this.#writer.sync()
      if (place) await this.#sign('open', place)
      this.#unsigned = 0
      this.#failure = undefined
      this.#resumedMs = now
      this.#parts.log.info('audit.resumed', { chain: this.#writer.id, refused: failure.refused })
    } catch (error) {
      this.#writer.drop()
      if (error instanceof ChainLost) failure.lost = true
      this.#parts.log.debug('audit.still-failing', { code: errorCode(error), explain: messageOf(error) })
      this.#probeLater()
    }
  }

  /** One run at a time; what was rotated during a run gets one more behind it. */
  #retain(): void {
    if (this.#closing) return
    if (this.#retaining) {
      this.#retainAgain = true
      return
    }
    this.#retaining = this.#retainOnce().finally(() => {
      this.#retaining = undefined
      const again = this.#retainAgain
      this.#retainAgain = false
      if (again) this.#retain()
      else this.#timers.after('retain', RETAIN_EVERY_MS, () => this.#retainNow())
    })
  }

  async #retainOnce(): Promise<void> {
    try {
      await this.#parts.retain(this.#writer.id)
    } catch (error) {
      const fields = { code: errorCode(error), explain: messageOf(error) }
      this.#parts.log.warn('audit.retention-failed', fields)
    }
  }

  /** Closes a segment that nothing was written to for long, so that it can go, then removes what may. */
  #retainNow(): void {
    if (this.healthy) this.#rotateIfDue(this.#parts.now())
    this.#retain()
  }

  async #shutDown(): Promise<void> {
    this.#commit()
    this.#timers.stop()
    await this.#retaining
    await this.#probing
    await this.#syncing
    if (this.#waiting.length > 0) await this.#sync()
    try {
      if (!this.#failure) {
        this.#stage({ kind: 'event', event: 'audit.closed' })
        this.#writer.commit(this.#parts.now())
        const { place } = this.#writer
        await this.#writer.sync()
        if (place) await this.#sign('close', place)
      }
    } catch (error) {
      this.#parts.log.error('audit.close-failed', { code: errorCode(error), explain: messageOf(error) })
    } finally {
      this.#writer.close()
    }
  }
}

function withoutArguments(entry: AuditEntry): AuditEntry {
  if (entry.kind !== 'exchange') return entry
  const { argumentsText: _text, ...rest } = entry
  return { ...rest, arguments: '[cut: too long]' }
}

function newGroup(): Group {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  return { promise: quiet(promise), resolve, reject, count: 0 }
}

function refused(error: AuditUnavailable): Promise<void> {
  return quiet(Promise.reject(error))
}

/**
 * A caller that does not wait (an event nobody's answer depends on) must not bring the process down. The failure is
 * logged and counted, and whoever does wait gets it.
 */
function quiet(promise: Promise<void>): Promise<void> {
  promise.catch(() => undefined)
  return promise
}
