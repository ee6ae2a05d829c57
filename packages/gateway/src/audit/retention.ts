/**
 * Retention: removes whole closed segments that are too old, or the oldest while there is too much, and leaves a signed
 * checkpoint for each, so that the first kept record is still proven.
 */
import { statSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../log.ts'
import { type ClaimedChain, claimExisting } from './chainClaim.ts'
import { readLastFrame } from './chainTail.ts'
import { ChainWriter } from './chainWriter.ts'
import { signCheckpoint } from './checkpoint.ts'
import { appendCheckpoint } from './checkpointFile.ts'
import { listChains, listSegments, type SegmentPath } from './layout.ts'
import type { RecordFrame } from './record.ts'
import type { SegmentIo } from './segmentIo.ts'
import type { SigningKey } from './signingKey.ts'
import { storedMembers } from './storedEntry.ts'

export interface RetentionOptions {
  readonly dir: string
  readonly key: SigningKey
  readonly io: SegmentIo
  /** Milliseconds; 0 keeps them however old. */
  readonly retainMs: number
  /** Of all segments of all chains; 0 keeps them however many. */
  readonly retainBytes: number
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** The chain that the caller writes; those of other processes are left to them. */
  readonly own: string
  readonly log: Log
}

/** Removes what may go. Resolves with the number of segments removed. */
export async function applyRetention(options: RetentionOptions): Promise<number> {
  if (options.retainMs === 0 && options.retainBytes === 0) return 0
  const free: ClaimedChain[] = []
  try {
    const queues: ChainQueue[] = []
    let total = 0
    for (const id of listChains(options.dir)) {
      const chain = id === options.own ? undefined : claimExisting(options.dir, id, options.key.publicKey)
      const mine = id === options.own || (chain !== undefined && chain !== 'busy' && !('why' in chain))
      if (chain !== undefined && chain !== 'busy' && !('why' in chain)) free.push(chain)
      const segments = listSegments(join(options.dir, id))
      for (const { path } of segments) total += statSync(path).size
      if (mine) queues.push({ id, closed: segments.slice(0, -1) })
    }
    return await removeOldest(options, queues, total)
  } finally {
    for (const chain of free) await retire(options, chain)
  }
}

interface ChainQueue {
  readonly id: string
  /** Closed segments, the oldest first: only the first may be removed. */
  readonly closed: SegmentPath[]
}

async function removeOldest(options: RetentionOptions, queues: ChainQueue[], total: number): Promise<number> {
  const { dir, key, now, retainMs, retainBytes, log } = options
  let bytes = total
  let removed = 0
  for (;;) {
    const oldest = oldestClosed(queues, log)
    if (!oldest) return removed
    const tooOld = retainMs > 0 && now() - Date.parse(oldest.last.time) > retainMs
    if (!tooOld && !(retainBytes > 0 && bytes > retainBytes)) return removed
    const { chain, seq, hash } = oldest.last
    const place = { chain, seq, hash, segment: oldest.segment.number }
    const line = await signCheckpoint('retention', place, new Date(now()).toISOString(), key)
    // First the proof, then the removal: a stop between them leaves more than was promised, never less.
    await appendCheckpoint(dir, line, true)
    bytes -= statSync(oldest.segment.path).size
    unlinkSync(oldest.segment.path)
    oldest.queue.closed.shift()
    removed += 1
    log.info('audit.segment-removed', {
      chain,
      segment: place.segment,
      lastSeq: seq,
      reason: tooOld ? 'age' : 'size',
    })
  }
}

interface Oldest {
  readonly queue: ChainQueue
  readonly segment: SegmentPath
  readonly last: RecordFrame
}

function oldestClosed(queues: readonly ChainQueue[], log: Log): Oldest | undefined {
  let oldest: Oldest | undefined
  for (const queue of queues) {
    const segment = queue.closed[0]
    if (!segment) continue
    const last = readLastFrame(segment.path)
    if (!last || last.chain !== queue.id) {
      // What was altered is evidence: it and all behind it stay until a person has looked.
      log.warn('audit.segment-kept', {
        chain: queue.id,
        segment: segment.number,
        reason: 'its last record was altered',
      })
      queue.closed.length = 0
      continue
    }
    if (!oldest || last.time < oldest.last.time) oldest = { queue, segment, last }
  }
  return oldest
}

/** Gives a free chain back. If even its last record is too old, its last segment is closed, to be removed next time. */
async function retire(options: RetentionOptions, chain: ClaimedChain): Promise<void> {
  const { retainMs, now, io, key, dir } = options
  const lastSegment = listSegments(chain.dir).at(-1)
  const last = lastSegment && readLastFrame(lastSegment.path)
  if (retainMs === 0 || !last || now() - Date.parse(last.time) <= retainMs) {
    chain.lock.release()
    return
  }
  const writer = new ChainWriter(chain, io)
  try {
    const time = new Date(now()).toISOString()
    // As every process that goes on with a chain says first.
    if (writer.place)
      await appendCheckpoint(dir, await signCheckpoint('open', writer.place, time, key), false)
    writer.rotate()
    writer.stage(
      storedMembers({ kind: 'event', event: 'audit.rotated', explain: 'an unused chain was too old' }),
      time,
    )
    writer.commit(now())
    await writer.sync()
    const place = writer.place
    if (place) await appendCheckpoint(dir, await signCheckpoint('rotation', place, time, key), false)
  } finally {
    writer.close()
  }
}
