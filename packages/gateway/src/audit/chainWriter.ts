/**
 * Writes one chain: stages records in memory, commits them by one write, starts new segments.
 *
 * Knows nothing of promises, timers or entries. What fails leaves the chain where the last commit left it: staged
 * records are dropped whole, and a part of them that reached the file is cut off again before anything else is written.
 */
import { closeSync, fstatSync, openSync, statSync, unlinkSync } from 'node:fs'
import type { ClaimedChain } from './chainClaim.ts'
import type { CheckpointPlace } from './checkpoint.ts'
import { digestText } from './digest.ts'
import { segmentPath, syncFolder } from './layout.ts'
import { asciiJson, HASH_END_CHARS, hashEnd, hashedPart, MAX_RECORD_BYTES } from './record.ts'
import type { SegmentIo } from './segmentIo.ts'

/** The file is gone, was replaced, or somebody else wrote to it: this chain cannot be continued. */
export class ChainLost extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ChainLost'
  }
}

const BUFFER_BYTES = 1024 * 1024

export class ChainWriter {
  readonly id: string
  /** The segment being written, and the time of its first record (ms), if it has one. */
  segment: number
  segmentTime: number | undefined
  readonly #chain: ClaimedChain
  readonly #io: SegmentIo
  #fd: number
  /** Size of the segment up to the last committed record. */
  #size: number
  /** Closed segments that were not synced yet. */
  #retired: number[] = []
  #committed: { seq: number; hash: string; segment: number }
  #seq: number
  #hash: string
  /** True while a part of a failed commit may be in the file. */
  #torn = false
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  #used = 0

  /** Takes over a claimed chain; cuts off a record that was never finished. */
  constructor(chain: ClaimedChain, io: SegmentIo) {
    const { tail } = chain
    this.#chain = chain
    this.#io = io
    this.id = chain.id
    this.segment = Math.max(1, tail.segment)
    this.#fd =
      tail.segment === 0 ? createSegment(chain.dir, 1) : openSync(segmentPath(chain.dir, tail.segment), 'r+')
    if (tail.tornBytes > 0) io.truncate(this.#fd, tail.size)
    this.#size = tail.size
    this.segmentTime = tail.segmentTime === undefined ? undefined : Date.parse(tail.segmentTime)
    this.#seq = tail.seq
    this.#hash = tail.hash
    this.#committed = { seq: tail.seq, hash: tail.hash, segment: this.segment }
  }

  /** Bytes staged and not committed. */
  get staged(): number {
    return this.#used
  }

  /** Size of the current segment. */
  get size(): number {
    return this.#size
  }

  /** The last committed record; `undefined` while there is none. */
  get place(): CheckpointPlace | undefined {
    const { seq, hash, segment } = this.#committed
    return seq === 0 ? undefined : { chain: this.id, seq, hash, segment }
  }

  /** Is there no room for another record without a commit first? */
  get full(): boolean {
    return BUFFER_BYTES - this.#used < MAX_RECORD_BYTES
  }

  /**
   * Stages one record. `members` from `storedMembers`, `time` in ISO 8601.
   * Returns false, with nothing staged, when the record would be too long. Not to be called while `full`.
   */
  stage(members: string, time: string): boolean {
    const seq = this.#seq + 1
    // In UTF-8 a character outside ASCII takes more than one byte: then the lengths differ, and it is escaped.
    let text = hashedPart(this.id, seq, time, members, this.#hash)
    if (text.length > MAX_RECORD_BYTES - HASH_END_CHARS - 1) return false
    const start = this.#used
    let bytes = this.#buffer.write(text, start, MAX_RECORD_BYTES, 'utf8')
    if (bytes !== text.length || text.includes('\x7f')) {
      text = asciiJson(text)
      if (text.length > MAX_RECORD_BYTES - HASH_END_CHARS - 1) return false
      bytes = this.#buffer.write(text, start, 'latin1')
    }
    const hash = digestText(this.#buffer.subarray(start, start + bytes))
    this.#used = start + bytes + this.#buffer.write(hashEnd(hash), start + bytes, 'latin1')
    this.#seq = seq
    this.#hash = hash
    return true
  }

  /** Writes what is staged. Throws the system's error, or `ChainLost`; then nothing of it is in the chain. */
  commit(time: number): void {
    const length = this.#used
    if (length === 0) return
    try {
      this.#restoreEnd()
      this.#write(length)
    } catch (error) {
      this.drop()
      throw error
    }
    this.#size += length
    this.#used = 0
    this.segmentTime ??= time
    this.#committed = { seq: this.#seq, hash: this.#hash, segment: this.segment }
  }

  /** Forgets what is staged. */
  drop(): void {
    this.#used = 0
    this.#seq = this.#committed.seq
    this.#hash = this.#committed.hash
  }

  /** Starts the next segment. Nothing may be staged. On an error the current one goes on. */
  rotate(): void {
    const fd = this.#nextSegment()
    this.#retired.push(this.#fd)
    this.#fd = fd
    this.segment += 1
    this.#size = 0
    this.segmentTime = undefined
  }

  /** Makes everything committed so far survive a power loss. */
  async sync(): Promise<void> {
    const retired = this.#retired
    this.#retired = []
    try {
      for (const fd of retired) await this.#io.sync(fd)
    } finally {
      for (const fd of retired) closeSync(fd)
    }
    await this.#io.sync(this.#fd)
  }

  /** Throws `ChainLost` when the segment's path no longer leads to the file that is written. */
  checkPath(): void {
    const at = statSync(segmentPath(this.#chain.dir, this.segment), { throwIfNoEntry: false })
    const open = fstatSync(this.#fd)
    if (at?.ino !== open.ino || at.dev !== open.dev) throw this.#lost('was removed or replaced')
  }

  /** Closes the files and gives the chain back. */
  close(): void {
    this.drop()
    for (const fd of [...this.#retired, this.#fd]) closeSync(fd)
    this.#retired = []
    this.#chain.lock.release()
  }

  #nextSegment(): number {
    try {
      return createSegment(this.#chain.dir, this.segment + 1)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      throw this.#lost('has a next segment that is not ours')
    }
  }

  /** The file must end where the last commit ended, or what is written now would not follow it. */
  #restoreEnd(): void {
    const { size, nlink } = this.#io.stat(this.#fd)
    if (nlink === 0) throw this.#lost('was removed')
    if (size < this.#size) throw this.#lost('was cut short')
    if (size > this.#size) {
      if (!this.#torn) throw this.#lost('was written to by somebody else')
      this.#io.truncate(this.#fd, this.#size)
    }
    this.#torn = false
  }

  #write(length: number): void {
    try {
      for (let done = 0; done < length; ) {
        const written = this.#io.write(this.#fd, this.#buffer, done, length - done, this.#size + done)
        if (written <= 0) throw new Error('the disk took no bytes')
        done += written
      }
    } catch (error) {
      this.#torn = true
      throw this.#cutTorn(error)
    }
  }

  /** Cuts off what a failed write left. Returns the error to report; cutting is tried again before the next write. */
  #cutTorn(cause: unknown): unknown {
    try {
      this.#io.truncate(this.#fd, this.#size)
      return cause
    } catch (second) {
      return new AggregateError([cause, second], 'a write failed, and so did cutting off its remains', {
        cause,
      })
    }
  }

  #lost(how: string): ChainLost {
    return new ChainLost(`segment ${this.segment} of chain ${this.id} ${how}`)
  }
}

/** Creates a segment that did not exist, and makes its name survive a power loss. */
function createSegment(chainDir: string, number: number): number {
  const path = segmentPath(chainDir, number)
  const fd = openSync(path, 'wx+', 0o600)
  try {
    syncFolder(chainDir)
  } catch (error) {
    closeSync(fd)
    unlinkSync(path)
    throw error
  }
  return fd
}
