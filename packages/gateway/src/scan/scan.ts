/**
 * `sallyport scan`: looks at servers before anyone connects them, and says what it found.
 *
 * In this order: what was named is read; configurations are checked by their own text and files; whoever is asked agrees
 * to what is started; servers are listed and ended; what they say is inspected, each by itself and all against one
 * another. Sends nothing anywhere but to the targets themselves.
 */
import { SEVERITIES } from '@sallyport/controls/detection'
import { VERSION } from '../version.ts'
import type { Candidate, OpenTarget } from './candidate.ts'
import { checkTogether } from './configs/checkTogether.ts'
import { type ScanFinding, safeText } from './finding.ts'
import type { ScannedServer, ScannedSurface, ScanReport } from './report.ts'
import { inspectSurfaces, type ReadSurface } from './surface/inspectSurfaces.ts'
import { type Looked, listAll } from './surface/listAll.ts'
import { findingOf } from './targets/entries.ts'
import { openTargets, type Targets } from './targets/openTargets.ts'
import type { ScanWorld } from './world.ts'

interface Numbered {
  readonly id: string
  readonly target: number
  readonly candidate: Candidate
}

/**
 * @example
 * const report = await scan({ named: ['~/.claude.json'], command: [] }, world)
 */
export async function scan(what: Targets, world: ScanWorld): Promise<ScanReport> {
  const targets = await openTargets(what, world)
  const servers = number(targets)
  const looked = await listAll(
    servers.map(({ candidate }) => candidate),
    world,
  )
  const { surfaces, findings: said } = inspect(servers, looked)
  const together = conflicts(servers, targets)
  const findings = [
    ...targets.flatMap((target) => target.findings),
    ...servers.flatMap(({ id, candidate }, index) =>
      [...candidate.findings, ...(together.get(index) ?? [])].map((finding) => ({ ...finding, server: id })),
    ),
    ...said,
  ]
  return {
    version: VERSION,
    scannedAt: world.wallClock().toISOString(),
    targets: targets.map(({ kind, label, file, hosts, scope, problems }, index) => ({
      kind,
      label,
      ...(file === undefined ? {} : { file }),
      hosts,
      scope,
      problems: [...problems, ...unreadOf(index, servers, looked)],
    })),
    servers: servers.map((one, index) => serverFacts(one, looked[index], surfaces.get(index))),
    findings: worstFirst(findings),
  }
}

/** A name of its own for each server: the second `files` is `files-2`. */
function number(targets: readonly OpenTarget[]): Numbered[] {
  const times = new Map<string, number>()
  const taken = new Set<string>()
  return targets.flatMap((target, index) =>
    target.servers.map((candidate) => {
      let time = times.get(candidate.name) ?? 0
      let id: string
      do id = ++time === 1 ? candidate.name : `${candidate.name}-${time}`
      while (taken.has(id))
      times.set(candidate.name, time)
      taken.add(id)
      return { id, target: index, candidate }
    }),
  )
}

function inspect(
  servers: readonly Numbered[],
  looked: readonly Looked[],
): {
  readonly surfaces: ReadonlyMap<number, Extract<ScannedSurface, { state: 'read' }>>
  readonly findings: readonly ScanFinding[]
} {
  const read: (ReadSurface & { readonly index: number })[] = servers.flatMap(({ id, candidate }, index) => {
    const one = looked[index]
    if (one?.state !== 'read') return []
    return [{ index, id, surface: one.surface, partial: candidate.said?.partial === true }]
  })
  const inspected = inspectSurfaces(read)
  const surfaces = new Map<number, Extract<ScannedSurface, { state: 'read' }>>()
  for (const [at, { index }] of read.entries()) {
    const facts = inspected[at]?.facts
    if (facts !== undefined) surfaces.set(index, facts)
  }
  return { surfaces, findings: inspected.flatMap((one) => one.findings) }
}

/** Findings about entries beside one another, by index of the server. */
function conflicts(
  servers: readonly Numbered[],
  targets: readonly OpenTarget[],
): ReadonlyMap<number, readonly Omit<ScanFinding, 'server'>[]> {
  const placed = servers.flatMap(({ target, candidate }, index) => {
    const at = targets[target]
    if (candidate.entry === undefined || at?.file === undefined || at.kind !== 'host-config') return []
    const from = [at.hosts[0], at.label].filter((part) => part !== undefined).join(', ')
    return [{ index, file: at.file, ...candidate.entry, from, scope: at.scope }]
  })
  const found = new Map<number, readonly Omit<ScanFinding, 'server'>[]>()
  for (const [at, notice] of checkTogether(placed)) {
    const one = placed[at]
    if (one !== undefined) found.set(one.index, [findingOf(notice, one.file)])
  }
  return found
}

/** Lists of a target's servers that could not be read to their end. */
function unreadOf(target: number, servers: readonly Numbered[], looked: readonly Looked[]): string[] {
  return servers.flatMap((server, index) => {
    const one = looked[index]
    if (server.target !== target || one?.state !== 'read') return []
    return one.surface.unread.map((what) => safeText(`${server.id}: ${what}`, 300))
  })
}

function serverFacts(
  { id, target, candidate }: Numbered,
  looked: Looked | undefined,
  read: Extract<ScannedSurface, { state: 'read' }> | undefined,
): ScannedServer {
  const { name, where, project, enabled, transport, runs } = candidate
  const about = looked?.learned ?? candidate.package
  const surface: ScannedSurface =
    read ??
    (looked === undefined || looked.state === 'read'
      ? { state: 'failed', why: 'it was not looked at' }
      : { state: looked.state, why: looked.why })
  return {
    id,
    name,
    target,
    ...(where === undefined ? {} : { where }),
    ...(project === undefined ? {} : { project }),
    enabled,
    transport,
    runs,
    ...(about === undefined ? {} : { package: about }),
    surface,
  }
}

/** By severity, else as they were found: by target, server and place. */
function worstFirst(findings: readonly ScanFinding[]): ScanFinding[] {
  return [...findings].sort((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity))
}
