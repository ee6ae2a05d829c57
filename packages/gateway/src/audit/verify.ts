/**
 * Checks a whole audit trail: every chain against its hashes, the chains against the signed checkpoints, the
 * checkpoints against the keys that are trusted.
 */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readCheckpoints } from './checkpointSet.ts'
import { CHECKPOINTS_FILE, listChains, listSegments, PUBLIC_KEY_FILE, SIGNING_KEY_FILE } from './layout.ts'
import { type PublicKey, readPublicKey } from './signingKey.ts'
import { type SegmentSnapshot, verifyChain } from './verifyChain.ts'
import type { AuditProblem, ChainReport, VerifyReport } from './verifyReport.ts'

export interface VerifyOptions {
  readonly dir: string
  /** Where the signing key is, if it is at hand: its public half is trusted unless `keys` says otherwise. */
  readonly stateDir?: string
  /** Files with public keys (PEM) that are trusted instead of those on this disk. */
  readonly keys: readonly string[]
  /** Copies of checkpoint lines kept elsewhere: what they name must be there, whatever was removed here. */
  readonly checkpoints: readonly string[]
}

/**
 * Verifies a trail, also while gateways write to it. Throws when it cannot be read.
 *
 * @example
 * verifyTrail({ dir, stateDir, keys: [], checkpoints: [] }).problems[0]
 * // { reason: 'edited', chain: '9f...', segment: 3, line: 17, seq: 20412, explain: '...' }
 */
export function verifyTrail(options: VerifyOptions): VerifyReport {
  for (const file of [...options.keys, ...options.checkpoints]) statSync(file)
  const own = join(options.dir, CHECKPOINTS_FILE)
  for (let attempt = 1; ; attempt++) {
    const before = sizeOf(own)
    try {
      const report = verifyOnce(options, own)
      if (report.outcome !== 'altered' || attempt === ATTEMPTS || sizeOf(own) === before) return report
    } catch (error) {
      if (
        attempt === ATTEMPTS ||
        (error as NodeJS.ErrnoException).code !== 'ENOENT' ||
        sizeOf(own) === before
      )
        throw error
    }
    // A checkpoint was added meanwhile: retention may have removed what was being read, or a chain was just begun.
  }
}

const ATTEMPTS = 3

function verifyOnce(options: VerifyOptions, ownCheckpoints: string): VerifyReport {
  const { dir } = options
  const trust = trustedKeys(options)
  // First the checkpoints, then the segments: what a checkpoint names was written before it.
  const signed = readCheckpoints([ownCheckpoints, ...options.checkpoints], trust.keys)
  const snapshots = new Map<string, SegmentSnapshot[]>()
  for (const chain of listChains(dir)) {
    const segments = listSegments(join(dir, chain))
    snapshots.set(
      chain,
      segments.map(({ number, path }) => ({ number, path, bytes: statSync(path).size })),
    )
  }
  const problems: AuditProblem[] = []
  const notes = [...signed.notes]
  const chains: ChainReport[] = []
  const lost: AuditProblem[] = []
  for (const [chain, segments] of snapshots) {
    const checkpoints = signed.byChain.get(chain) ?? []
    if (segments.length === 0 && checkpoints.length === 0) continue
    const result = verifyChain(chain, segments, checkpoints)
    chains.push(result.report)
    notes.push(...result.notes)
    for (const { chain: before, seq } of result.before) {
      if (snapshots.has(before) || signed.byChain.has(before)) continue
      const explain = `record ${seq} of chain ${chain} says that this one was written before it; nothing of it is here, nor a checkpoint that names it`
      lost.push({ reason: 'missing-chain', chain: before, explain })
    }
    // Without a key no chain is signed, and that is said once below.
    if (result.problem && !(result.problem.reason === 'unsigned' && trust.keys.length === 0))
      problems.push(result.problem)
  }
  for (const [chain, checkpoints] of signed.byChain) {
    const last = checkpoints.at(-1)
    if (snapshots.has(chain) || !last) continue
    const explain = `checkpoints name this chain up to record ${last.seq}, and nothing of it is here`
    problems.push({ reason: 'missing-chain', chain, segment: last.segment, seq: last.seq, explain })
  }
  problems.push(...lost, ...signed.problems, ...trust.problems)
  if (trust.keys.length === 0) notes.push('no key: the signatures could not be checked, give one with --key')
  if (chains.length === 0 && problems.length === 0) notes.push(`${dir} holds no records`)
  const checked = trust.keys.length > 0 && chains.length > 0
  return {
    outcome: problems.length > 0 ? 'altered' : checked ? 'intact' : 'unchecked',
    problems,
    notes,
    chains,
    checkpoints: signed.count,
    keys: trust.keys.map((key) => ({ id: key.id, pem: key.pem, source: trust.source })),
  }
}

interface Trust {
  readonly keys: readonly PublicKey[]
  readonly source: string
  readonly problems: readonly AuditProblem[]
}

/** The keys given, else the one in the state directory, else the one beside the chains; all that are there must agree. */
function trustedKeys(options: VerifyOptions): Trust {
  const published = readIfThere(join(options.dir, PUBLIC_KEY_FILE))
  const state =
    options.stateDir === undefined ? undefined : readIfThere(join(options.stateDir, SIGNING_KEY_FILE))
  const given = options.keys.map((file) => ({ file, key: readPublicKey(file) }))
  const [first] = given.length > 0 ? given : state ? [state] : published ? [published] : []
  if (!first) return { keys: [], source: 'none', problems: [] }
  const keys = given.length > 0 ? given.map(({ key }) => key) : [first.key]
  const problems: AuditProblem[] = []
  for (const found of [state, published]) {
    if (!found || keys.some(({ id }) => id === found.key.id)) continue
    const explain = `holds key ${found.key.id}, trusted is ${keys.map(({ id }) => id).join(', ')} from ${first.file}`
    problems.push({ reason: 'key-swap', file: found.file, explain })
  }
  return { keys, source: given.length > 0 ? given.map(({ file }) => file).join(', ') : first.file, problems }
}

function readIfThere(file: string): { file: string; key: PublicKey } | undefined {
  return existsSync(file) ? { file, key: readPublicKey(file) } : undefined
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
