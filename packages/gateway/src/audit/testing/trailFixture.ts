/** What the audit's tests share: a folder of their own, trails in it, entries, and its raw content. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '../../log.ts'
import type { AuditEntry, AuditTrail, ExchangeEntry } from '../entry.ts'
import { CHECKPOINTS_FILE, listChains, listSegments } from '../layout.ts'
import { type AuditTrailOptions, openAuditTrail } from '../openTrail.ts'
import { verifyTrail } from '../verify.ts'
import type { VerifyReport } from '../verifyReport.ts'

export interface Place {
  readonly root: string
  readonly dir: string
  readonly stateDir: string
  remove(): void
}

export function makePlace(root = mkdtempSync(join(tmpdir(), 'sallyport-audit-'))): Place {
  return {
    root,
    dir: join(root, 'audit'),
    stateDir: join(root, 'state'),
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

export function openAt(place: Place, options: Partial<AuditTrailOptions> = {}): Promise<AuditTrail> {
  return openAuditTrail({
    dir: place.dir,
    stateDir: place.stateDir,
    durability: 'write',
    maxSegmentBytes: 64 * 1024 * 1024,
    retainMs: 0,
    retainBytes: 0,
    now: Date.now,
    log: silentLog,
    ...options,
  })
}

/** An ordinary call; `requestId` tells one from another. */
export function exchange(id: number | string, more: Partial<ExchangeEntry> = {}): ExchangeEntry {
  return {
    kind: 'exchange',
    principal: '["local","alice"]',
    transport: 'http',
    direction: 'client-to-server',
    method: 'tools/call',
    server: 'files',
    name: 'read_file',
    requestId: String(id),
    arguments: { path: `/project/${id}.md` },
    outcome: 'ok',
    durationMs: 1.5,
    ...more,
  }
}

export async function appendMany(trail: AuditTrail, count: number, from = 1): Promise<void> {
  const entries: AuditEntry[] = Array.from({ length: count }, (_, at) => exchange(from + at))
  await Promise.all(entries.map((entry) => trail.append(entry)))
}

/** Writes one chain of `count` exchanges and its opening and closing events. */
export async function writeTrail(
  place: Place,
  count: number,
  options: Partial<AuditTrailOptions> = {},
): Promise<void> {
  const trail = await openAt(place, options)
  for (let at = 1; at <= count; at++) await trail.append(exchange(at))
  await trail.close()
}

export function verifyAt(place: Place, more: { keys?: string[]; checkpoints?: string[] } = {}): VerifyReport {
  return verifyTrail({ dir: place.dir, stateDir: place.stateDir, keys: [], checkpoints: [], ...more })
}

/** Every record of every chain, in chain order; what is none, after an attack, is left out. */
export function recordsAt(place: Place): Record<string, unknown>[] {
  return segmentsAt(place).flatMap((path) =>
    readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{"v":1,') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Record<string, unknown>),
  )
}

export function segmentsAt(place: Place): string[] {
  return listChains(place.dir).flatMap((chain) =>
    listSegments(join(place.dir, chain)).map(({ path }) => path),
  )
}

export function checkpointsAt(place: Place): string {
  return join(place.dir, CHECKPOINTS_FILE)
}

/** All bytes of all files under the folder, for canaries. */
export function allBytesAt(place: Place): string {
  return readdirSync(place.root, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => readFileSync(join(item.parentPath, item.name), 'latin1'))
    .join('\n')
}
