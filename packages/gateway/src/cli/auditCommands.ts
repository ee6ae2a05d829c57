/** `sallyport audit tail|query|verify|export`: command line options to the audit trail's own commands. */
import { statePaths } from '../state/paths.ts'
import { type AuditCommandIo, runAuditExport, runAuditQuery, runAuditTail, runAuditVerify } from './audit.ts'
import type { AuditFilterOptions } from './auditFilter.ts'
import { type GlobalOptions, place, requireConfig } from './context.ts'
import { CommandError, EXIT } from './exit.ts'

type Filtered = GlobalOptions & AuditFilterOptions

export async function tail(options: Filtered & { follow?: boolean; lines?: string }): Promise<number> {
  const { dir } = (await requireConfig(options)).audit
  const stopped = new AbortController()
  process.on('SIGINT', () => stopped.abort())
  const asked = {
    ...options,
    dir,
    lines: count(options.lines, '--lines', 20),
    follow: options.follow === true,
    json: options.json === true,
    signal: stopped.signal,
  }
  return await runAuditTail(asked, io())
}

export async function query(options: Filtered & { limit?: string }): Promise<number> {
  const { dir } = (await requireConfig(options)).audit
  const limit = count(options.limit, '--limit', 100)
  return await runAuditQuery({ ...options, dir, limit, json: options.json === true }, io())
}

export async function verify(
  options: GlobalOptions & { checkpoint?: string[]; key?: string[] },
): Promise<number> {
  const { dir } = (await requireConfig(options)).audit
  const { state } = statePaths(place())
  const asked = {
    dir,
    stateDir: state,
    keys: options.key ?? [],
    checkpoints: options.checkpoint ?? [],
    json: options.json === true,
  }
  return await runAuditVerify(asked, io())
}

export async function exportRecords(
  options: Filtered & { format: 'jsonl'; what?: 'records' | 'checkpoints' | 'public-key' },
): Promise<number> {
  const { dir } = (await requireConfig(options)).audit
  return await runAuditExport({ ...options, dir }, io())
}

function io(): AuditCommandIo {
  return { out: process.stdout, err: process.stderr, now: () => Date.now() }
}

function count(text: string | undefined, option: string, otherwise: number): number {
  if (text === undefined) return otherwise
  if (!/^\d{1,9}$/.test(text))
    throw new CommandError(EXIT.usage, `${option} takes a whole number, not "${text}"`)
  return Number(text)
}
