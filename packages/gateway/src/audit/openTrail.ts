/**
 * Opens the audit trail of this process: key, chain, what a crash left behind, retention.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../log.ts'
import { type ChainClaim, claimChain } from './chainClaim.ts'
import { ChainWriter } from './chainWriter.ts'
import { type AuditTrail, AuditUnavailable, type EventEntry } from './entry.ts'
import { PUBLIC_KEY_FILE } from './layout.ts'
import { applyRetention } from './retention.ts'
import { diskIo, type SegmentIo } from './segmentIo.ts'
import { openSigningKey, type PublicKey } from './signingKey.ts'
import { Trail } from './trail.ts'
import { createWholeFile } from './wholeFile.ts'

export interface AuditTrailOptions {
  /** Holds the chains. Created if need be, private to the user. Several processes may share it. */
  readonly dir: string
  /** Holds the signing key. Better not inside `dir`. */
  readonly stateDir: string
  /** `write`: survives `kill -9`. `fsync`: survives power loss. */
  readonly durability: 'write' | 'fsync'
  readonly maxSegmentBytes: number
  /** Milliseconds; 0 keeps everything. */
  readonly retainMs: number
  /** Of all chains together; 0 keeps everything. */
  readonly retainBytes: number
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly log: Log
  /** Must be unpredictable: the signing key comes from it. Default: the system's. */
  readonly random?: (bytes: number) => Uint8Array
  readonly io?: SegmentIo
}

const DAY_MS = 86_400_000

/**
 * Opens the trail. Rejects with `AuditUnavailable` when nothing can be recorded: then the gateway must not start.
 *
 * @example
 * const trail = await openAuditTrail({ dir, stateDir, durability: 'write', maxSegmentBytes: 64 << 20,
 *   retainMs: 0, retainBytes: 0, now: Date.now, log })
 * await trail.append({ kind: 'event', event: 'gateway.started' })
 */
export async function openAuditTrail(options: AuditTrailOptions): Promise<AuditTrail> {
  try {
    return await open(options)
  } catch (cause) {
    if (cause instanceof AuditUnavailable) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new AuditUnavailable(
      `the audit trail in ${options.dir} cannot be opened: ${reason}. Make the folder writable, or set audit.dir`,
      { cause },
    )
  }
}

async function open(options: AuditTrailOptions): Promise<AuditTrail> {
  const { dir, retainMs, retainBytes, now, log, random = randomBytes, io = diskIo } = options
  const key = openSigningKey(options.stateDir, random)
  const claim = claimChain(dir, key.publicKey, random)
  const writer = openWriter(claim, io)
  const trail = new Trail(
    {
      dir,
      durability: options.durability,
      maxSegmentBytes: options.maxSegmentBytes,
      maxSegmentMs: retainMs > 0 ? Math.min(DAY_MS, retainMs) : Number.POSITIVE_INFINITY,
      key,
      now,
      log,
      freshWriter: () => {
        const fresh = openWriter(claimChain(dir, key.publicKey, random, true), io)
        publishKey(dir, key.publicKey, random)
        return fresh
      },
      retain: (own) => applyRetention({ dir, key, io, retainMs, retainBytes, now, own, log }),
    },
    writer,
  )
  try {
    const keyChanged = publishKey(dir, key.publicKey, random)
    if (keyChanged)
      log.error('audit.key-changed', { keyId: key.publicKey.id, file: join(dir, PUBLIC_KEY_FILE) })
    for (const { chain, why } of claim.passedOver) log.error('audit.chain-altered', { chain, explain: why })
    await trail.start(openingEvents(claim, key.publicKey, keyChanged))
  } catch (error) {
    writer.close()
    throw error
  }
  return trail
}

function openWriter(claim: ChainClaim, io: SegmentIo): ChainWriter {
  try {
    return new ChainWriter(claim.chain, io)
  } catch (error) {
    claim.chain.lock.release()
    throw error
  }
}

function openingEvents(claim: ChainClaim, key: PublicKey, keyChanged: boolean): EventEntry[] {
  const { tail, unsigned } = claim.chain
  const events: EventEntry[] = []
  if (tail.tornBytes > 0) {
    events.push({
      kind: 'event',
      event: 'audit.recovered',
      explain:
        'the process before this one was stopped within a write; the unfinished record had no answer yet',
      details: { cutBytes: tail.tornBytes, segment: Math.max(1, tail.segment) },
    })
  }
  events.push({
    kind: 'event',
    event: 'audit.opened',
    details: {
      pid: process.pid,
      keyId: key.id,
      ...(keyChanged ? { keyChanged } : {}),
      // What was there when it was signed now: nothing proves who wrote it.
      ...(unsigned > 0 ? { unsignedRecords: unsigned } : {}),
      ...(claim.passedOver.length > 0
        ? { alteredChains: claim.passedOver.map(({ chain }) => chain).join(' ') }
        : {}),
    },
  })
  return events
}

/**
 * Leaves the public key beside the chains, for whoever gets a copy of them. Returns true when another one is there:
 * it is left as it is, since the checkpoints before this start were signed by it, or somebody put it there.
 */
function publishKey(dir: string, key: PublicKey, random: (bytes: number) => Uint8Array): boolean {
  const path = join(dir, PUBLIC_KEY_FILE)
  if (!existsSync(path) && createWholeFile(path, key.pem, random)) return false
  return readFileSync(path, 'utf8') !== key.pem
}
