/**
 * The servers of a configuration as candidates: checked by their own text and files, and ready to be started.
 */
import { pointer } from '../../config/document.ts'
import type { HostServer } from '../../hosts/readServers.ts'
import type { Candidate, Start } from '../candidate.ts'
import type { FileChecks } from '../configs/checkFiles.ts'
import { checkServer } from '../configs/checkServer.ts'
import { launchOf } from '../configs/launch.ts'
import type { Notice } from '../configs/notice.ts'
import { packageOf } from '../configs/packages.ts'
import { findSecrets } from '../configs/secrets.ts'
import { showServer } from '../configs/show.ts'
import { type ScanFinding, safeText } from '../finding.ts'
import type { ScannedPackage } from '../report.ts'
import { SCAN_RULES } from '../rules.ts'
import type { ScanWorld } from '../world.ts'
import { isOurselves, startConfig } from './startConfig.ts'

export interface EntryContext {
  readonly file: string
  /** Where relative paths of an entry start. */
  readonly folder: string
  readonly world: Pick<ScanWorld, 'env' | 'homeDir'>
  readonly files: FileChecks
  /** Starts an entry in another way than by its words. */
  readonly start?: (server: HostServer, request: Start['request']) => Start
}

/** One entry of a configuration, checked. */
export async function candidateOf(server: HostServer, context: EntryContext): Promise<Candidate> {
  const { file, world, files } = context
  const folder = server.project ?? context.folder
  const secrets = new Set(findSecrets(server).map(({ at }) => at))
  const runs = showServer(server, secrets)
  const notices = [...checkServer(server, world), ...(await files.checkServer(server, folder))]
  const launched = packageOf(launchOf(server.command).words)
  const transport = server.command.length > 0 ? 'stdio' : server.url === undefined ? 'none' : 'http'
  const name = safeText(server.name, 80)
  const request = {
    kind: transport === 'http' ? 'connect' : 'start',
    say: runs,
    server: name,
  } as const
  const findings = notices.map((notice) => findingOf(notice, file))
  const how = howToStart(server, findings, { ...world, folder })
  return {
    name,
    where: { kind: 'file', file, ...server.place, pointer: safeText(pointer(server.path)) },
    ...(server.project === undefined ? {} : { project: safeText(server.project) }),
    enabled: server.enabled,
    transport,
    runs,
    ...(launched === undefined ? {} : { package: packageFact(launched) }),
    ...(how.ok
      ? {
          start: context.start?.(server, request) ?? {
            request,
            open: async () => ({ kind: 'server', config: how.config }),
          },
        }
      : { unstartable: safeText(how.explain) }),
    entry: { server, signature: signatureOf(server) },
    findings,
  }
}

function howToStart(
  server: HostServer,
  findings: readonly Pick<ScanFinding, 'severity'>[],
  world: Parameters<typeof startConfig>[1],
): ReturnType<typeof startConfig> {
  if (!server.enabled) return { ok: false, explain: 'it is switched off' }
  if (isOurselves(server)) return { ok: false, explain: 'it is the gateway itself' }
  // `--yes` in CI must not run what was just found to download and run a script.
  if (findings.some(({ severity }) => severity === 'critical'))
    return { ok: false, explain: 'it is not started, for its critical finding' }
  return startConfig(server, world)
}

/** A notice as a finding in this file. */
export function findingOf(notice: Notice, file: string): Omit<ScanFinding, 'server'> {
  const rule = SCAN_RULES[notice.rule]
  return {
    rule: notice.rule,
    severity: notice.severity ?? rule.severity,
    where: { kind: 'file', file, ...notice.place, pointer: safeText(notice.pointer, 300) },
    evidence: safeText(notice.evidence),
    explain: safeText(notice.explain ?? rule.explain, 400),
    advice: safeText(notice.advice ?? rule.advice, 300),
  }
}

function packageFact({
  registry,
  name,
  version,
  pin,
}: NonNullable<ReturnType<typeof packageOf>>): ScannedPackage {
  return {
    registry,
    name: safeText(name, 200),
    ...(version === undefined ? {} : { version: safeText(version, 100) }),
    pinned: pin === 'exact',
  }
}

function signatureOf({ command, url }: HostServer): string {
  return JSON.stringify([command.map(({ value }) => value), url?.value ?? ''])
}
