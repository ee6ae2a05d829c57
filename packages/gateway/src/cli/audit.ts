/**
 * `sallyport audit tail|query|verify|export`: reads the trail, prints, and returns the exit code of DESIGN 6.
 *
 * Results go to `out`, remarks to `err`. A reader that goes away (`| head`) ends a command without an error.
 */
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { visible } from '@sallyport/controls/text'
import { exportTrail } from '../audit/exportTrail.ts'
import { lastLines, newLines } from '../audit/follow.ts'
import { CHECKPOINTS_FILE, PUBLIC_KEY_FILE } from '../audit/layout.ts'
import { printRecord } from '../audit/printRecord.ts'
import { printReport } from '../audit/printReport.ts'
import { queryTrail } from '../audit/query.ts'
import { matchesFilter } from '../audit/recordFilter.ts'
import { readRecord } from '../audit/storedRecord.ts'
import { verifyTrail } from '../audit/verify.ts'
import { type AuditFilterOptions, readFilter } from './auditFilter.ts'

export interface AuditCommandIo {
  readonly out: Writable
  readonly err: Writable
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

const FINE = 0
const FALLS_SHORT = 1
const USAGE = 2
const COULD_NOT_CHECK = 3

export interface AuditTailOptions extends AuditFilterOptions {
  readonly dir: string
  /** How many records before the new ones. */
  readonly lines: number
  readonly follow: boolean
  readonly json: boolean
  /** Ends `follow`. */
  readonly signal?: AbortSignal
  /** How often `follow` looks; 200 ms if not given. */
  readonly pollMs?: number
}

/** Prints the last records that match, and with `follow` those that come until `signal`. */
export function runAuditTail(options: AuditTailOptions, io: AuditCommandIo): Promise<number> {
  return guarded(options.dir, io, async (print) => {
    const filter = readFilter(options, io.now())
    if (typeof filter === 'string') return usage(io, filter)
    let open = true
    const wanted = (line: string) => {
      const record = readRecord(line)
      return record !== undefined && matchesFilter(record, filter) ? record : undefined
    }
    const show = async (lines: readonly string[]): Promise<void> => {
      for (const line of lines) {
        const record = wanted(line)
        if (open && record) open = await print(options.json ? line : printRecord(record))
      }
    }
    const { lines, cursor } = lastLines(options.dir, options.lines, (line) => wanted(line) !== undefined)
    await show(lines)
    const { signal } = options
    while (options.follow && open && !signal?.aborted) {
      await wait(options.pollMs ?? 200, undefined, signal ? { signal } : {}).catch((error: Error) => {
        if (error.name !== 'AbortError') throw error
      })
      await show(newLines(options.dir, cursor))
    }
    return FINE
  })
}

export interface AuditQueryOptions extends AuditFilterOptions {
  readonly dir: string
  readonly limit: number
  readonly json: boolean
}

/** Prints the newest records that match, the oldest of them first. */
export function runAuditQuery(options: AuditQueryOptions, io: AuditCommandIo): Promise<number> {
  return guarded(options.dir, io, async (print) => {
    const filter = readFilter(options, io.now())
    if (typeof filter === 'string') return usage(io, filter)
    const found = queryTrail(options.dir, filter, options.limit)
    for (const { line, record } of found) await print(options.json ? line : printRecord(record))
    if (found.length === options.limit)
      io.err.write(`the newest ${options.limit} are shown: there may be more, see --limit\n`)
    return FINE
  })
}

export interface AuditVerifyOptions {
  readonly dir: string
  /** Where the signing key is, if it is on this machine. */
  readonly stateDir?: string
  readonly keys: readonly string[]
  readonly checkpoints: readonly string[]
  readonly json: boolean
}

/** Checks the whole trail: 0 intact, 1 altered (the first bad record is named), 3 could not be checked. */
export function runAuditVerify(options: AuditVerifyOptions, io: AuditCommandIo): Promise<number> {
  return guarded(options.dir, io, async (print) => {
    const report = verifyTrail(options)
    if (options.json) await print(JSON.stringify(report))
    else for (const line of printReport(report)) await print(line)
    return { intact: FINE, altered: FALLS_SHORT, unchecked: COULD_NOT_CHECK }[report.outcome]
  })
}

export interface AuditExportOptions extends AuditFilterOptions {
  readonly dir: string
  readonly format: 'jsonl'
  /** `checkpoints` and `public-key` are what `audit verify --checkpoint` and `--key` take, to be kept elsewhere. */
  readonly what?: 'records' | 'checkpoints' | 'public-key'
}

/** Prints all records that match, by time, exactly as they are stored; or the checkpoints; or the public key. */
export function runAuditExport(options: AuditExportOptions, io: AuditCommandIo): Promise<number> {
  return guarded(options.dir, io, async (print) => {
    const { dir, what = 'records' } = options
    if (what !== 'records') {
      const path = join(dir, what === 'checkpoints' ? CHECKPOINTS_FILE : PUBLIC_KEY_FILE)
      await print(readFileSync(path, 'utf8').trimEnd())
      return FINE
    }
    const filter = readFilter(options, io.now())
    if (typeof filter === 'string') return usage(io, filter)
    let damaged = 0
    for (const each of exportTrail(dir, filter)) {
      if ('line' in each) {
        if (!(await print(each.line))) return FINE
      } else if (++damaged === 1) io.err.write(`no record, left out: ${each.damaged}\n`)
    }
    if (damaged === 0) return FINE
    io.err.write(`${damaged} damaged lines were left out: see \`sallyport audit verify\`\n`)
    return FALLS_SHORT
  })
}

/** Prints one line; false once nobody reads any more. */
type Print = (line: string) => Promise<boolean>

/** Runs a command; what it cannot read is exit 3 with a sentence, not a stack. */
async function guarded(
  dir: string,
  io: AuditCommandIo,
  run: (print: Print) => Promise<number>,
): Promise<number> {
  if (!existsSync(dir)) {
    io.err.write(`no audit trail at ${visible(dir)}: nothing was recorded yet, or audit.dir is another\n`)
    return COULD_NOT_CHECK
  }
  let gone = false
  // Stays until the process ends: what is still on its way to a reader that left fails after the last line.
  io.out.on('error', (error: NodeJS.ErrnoException) => {
    gone = true
    if (error.code !== 'EPIPE') io.err.write(`the output failed: ${visible(error.message)}\n`)
  })
  try {
    return await run(async (line) => {
      if (gone || io.out.destroyed) return false
      if (!io.out.write(`${line}\n`)) {
        await once(io.out, 'drain').catch((error: unknown) => {
          if (!gone) throw error
        })
      }
      return !gone
    })
  } catch (error) {
    io.err.write(`${visible(error instanceof Error ? error.message : String(error))}\n`)
    return COULD_NOT_CHECK
  }
}

function usage(io: AuditCommandIo, message: string): number {
  io.err.write(`${visible(message)}\n`)
  return USAGE
}
