/**
 * The signed checkpoints of one or more files, by chain, and what is wrong with the others.
 */
import { existsSync } from 'node:fs'
import { type Checkpoint, isSignedBy, readCheckpoint } from './checkpoint.ts'
import { readLines } from './segmentReader.ts'
import type { PublicKey } from './signingKey.ts'
import type { AuditProblem } from './verifyReport.ts'

export interface CheckpointSet {
  readonly byChain: ReadonlyMap<string, readonly Checkpoint[]>
  readonly count: number
  readonly problems: readonly AuditProblem[]
  readonly notes: readonly string[]
}

/** Reads checkpoint files. A line that is in more than one counts once. Files that do not exist are empty. */
export function readCheckpoints(files: readonly string[], trusted: readonly PublicKey[]): CheckpointSet {
  const keys = new Map(trusted.map((key) => [key.id, key]))
  const byChain = new Map<string, Checkpoint[]>()
  const seen = new Set<string>()
  const problems: AuditProblem[] = []
  const notes: string[] = []
  for (const file of files) {
    if (!existsSync(file)) continue
    for (const { text, line, whole } of readLines(file)) {
      if (text === '' || seen.has(text)) continue
      seen.add(text)
      const reading = readCheckpoint(text)
      if (!reading.ok) {
        if (reading.torn || !whole) notes.push(`${file}:${line} was not written to its end and is left out`)
        else
          problems.push({
            reason: 'checkpoint-unreadable',
            file,
            line,
            explain: 'this line is no checkpoint',
          })
        continue
      }
      const { chain, seq, segment, keyId } = reading.checkpoint
      const key = keys.get(keyId)
      if (!key) {
        // Without any key nothing can be said about it; the caller reports that once.
        if (trusted.length === 0) continue
        const explain = `signed by key ${keyId}, which is not trusted`
        problems.push({ reason: 'unknown-key', file, line, chain, segment, seq, explain })
      } else if (!isSignedBy(reading, key)) {
        const explain = 'its signature is not the one of its content'
        problems.push({ reason: 'checkpoint-signature', file, line, chain, segment, seq, explain })
      } else {
        const checkpoints = byChain.get(chain)
        if (checkpoints) checkpoints.push(reading.checkpoint)
        else byChain.set(chain, [reading.checkpoint])
      }
    }
  }
  let count = 0
  for (const checkpoints of byChain.values()) count += checkpoints.length
  return { byChain, count, problems, notes }
}
