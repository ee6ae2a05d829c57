/**
 * What was named on the command line, told by what it is, as targets with their servers. Files are read; nothing is
 * started, called or fetched yet.
 */

import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { DocumentNode } from '../../config/document.ts'
import { findConfig } from '../../config/find.ts'
import { findConfigs, findProjectConfigs, type HostFile } from '../../hosts/findConfigs.ts'
import type { HostServer, Spot } from '../../hosts/readServers.ts'
import type { Candidate, OpenTarget } from '../candidate.ts'
import { FileChecks } from '../configs/checkFiles.ts'
import { launchOf } from '../configs/launch.ts'
import { packageOf } from '../configs/packages.ts'
import { findSecrets } from '../configs/secrets.ts'
import { showCommand, showUrl } from '../configs/show.ts'
import { safeText } from '../finding.ts'
import type { TargetKind } from '../report.ts'
import type { ScanWorld } from '../world.ts'
import { openFile } from './openFile.ts'
import { npmFact, npmStart, parseNpmSpec } from './packageStart.ts'
import { localServer, remoteServer } from './startConfig.ts'

export interface Targets {
  /** Files, folders, addresses, `npm:NAME@VERSION`. */
  readonly named: readonly string[]
  /** What stood behind `--`. */
  readonly command: readonly string[]
}

/**
 * The targets in the order they were named; with nothing named, every configuration of a known host and the gateway's own.
 * What cannot be read is a target with its problem, never an error.
 */
export async function openTargets({ named, command }: Targets, world: ScanWorld): Promise<OpenTarget[]> {
  const files = new FileChecks(world)
  const targets: OpenTarget[] = []
  const everything = named.length === 0 && command.length === 0
  const own = everything ? await findConfig(world) : { kind: 'none' as const }
  if (own.kind === 'refused')
    targets.push(plainTarget('sallyport-config', own.path, [`${own.explain}: ${own.hint}`]))
  if (own.kind === 'file')
    targets.push(await openFound({ path: own.path, hosts: ['Sallyport'], scope: 'user' }, world, files))
  const found = everything ? await findConfigs(world) : []
  for (const file of found) targets.push(await openFound(file, world, files))
  for (const text of named) targets.push(...(await openNamed(text, world, files)))
  const [program, ...args] = command
  if (program !== undefined) targets.push(commandTarget([program, ...args], world))
  return targets
}

async function openNamed(text: string, world: ScanWorld, files: FileChecks): Promise<OpenTarget[]> {
  if (/^https?:\/\//i.test(text)) return [urlTarget(text)]
  if (text.startsWith('npm:')) return [npmTarget(text.slice('npm:'.length))]
  const path = resolve(world.cwd, text)
  if (await isFolder(path)) {
    const found = await findProjectConfigs(path)
    if (found.length === 0)
      return [plainTarget('unknown', text, ['this folder has no configuration of a known host'])]
    return await Promise.all(found.map((file) => openFound(file, { ...world, cwd: path }, files)))
  }
  return [await openFile({ path, label: text, hosts: [], scope: 'given' }, world, files)]
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    // Reading it will say what is wrong with it.
    return false
  }
}

function openFound(
  { path, hosts, scope }: HostFile,
  world: ScanWorld,
  files: FileChecks,
): Promise<OpenTarget> {
  return openFile({ path, label: path, hosts, scope }, world, files)
}

function urlTarget(url: string): OpenTarget {
  const label = showUrl(url)
  if (!URL.canParse(url)) return plainTarget('url', label, ['this is no address'])
  const { username, password } = new URL(url)
  if (username !== '' || password !== '')
    return plainTarget('url', label, [
      'an address must not carry a password: it ends up in logs and histories',
    ])
  const candidate: Candidate = {
    name: safeText(new URL(url).host, 80),
    enabled: true,
    transport: 'http',
    runs: label,
    start: {
      request: { kind: 'connect', say: label, server: label },
      agreed: true,
      open: async () => ({ kind: 'server', config: remoteServer(url) }),
    },
    findings: [],
  }
  return { ...plainTarget('url', label), servers: [candidate] }
}

function npmTarget(text: string): OpenTarget {
  const spec = parseNpmSpec(text)
  const label = `npm:${safeText(text, 200)}`
  if (spec === undefined)
    return plainTarget('npm', label, ['this is no name of a package: write npm:NAME@VERSION'])
  const candidate: Candidate = {
    name: spec.name,
    enabled: true,
    transport: 'stdio',
    runs: label,
    package: npmFact(spec),
    start: npmStart(spec, { server: spec.name }),
    findings: [],
  }
  return { ...plainTarget('npm', label), servers: [candidate] }
}

function commandTarget(command: readonly [string, ...string[]], world: ScanWorld): OpenTarget {
  const server = typed(command)
  const runs = showCommand(server.command, new Set(findSecrets(server).map(({ at }) => at)))
  const launched = packageOf(launchOf(server.command).words)
  const candidate: Candidate = {
    name: safeText(nameOf(command, launched?.name), 80),
    enabled: true,
    transport: 'stdio',
    runs,
    ...(launched === undefined
      ? {}
      : {
          package: {
            registry: launched.registry,
            name: safeText(launched.name, 200),
            ...(launched.version === undefined ? {} : { version: safeText(launched.version, 100) }),
            pinned: launched.pin === 'exact',
          },
        }),
    start: {
      request: { kind: 'start', say: runs, server: safeText(command[0], 80) },
      open: async () => ({ kind: 'server', config: localServer({ command, cwd: world.cwd, env: {} }) }),
    },
    findings: [],
  }
  return { ...plainTarget('command', runs), servers: [candidate] }
}

/** `node dist/index.js` is not called node. */
function nameOf([program, ...args]: readonly [string, ...string[]], launched: string | undefined): string {
  if (launched !== undefined) return launched
  const script = args.find((word) => /^[^-].*\.[cm]?(?:js|ts|py|rb|sh)$/.test(word))
  return (script ?? program).replace(/^.*[\\/]/, '')
}

/** Words of a command line as an entry, to be shown without its secrets. */
function typed(command: readonly string[]): HostServer {
  const place = { line: 1, column: 1 }
  const words: Spot[] = command.map((value, index) => ({ value, place, path: ['command', index] }))
  const items = command.map((value): DocumentNode => ({ kind: 'text', value, place }))
  const node: DocumentNode = {
    kind: 'map',
    place,
    entries: [{ key: 'command', keyPlace: place, node: { kind: 'list', place, items } }],
  }
  return {
    name: '',
    place,
    path: [],
    node,
    enabled: true,
    command: words,
    env: [],
    headers: [],
    approvals: [],
  }
}

function plainTarget(kind: TargetKind, label: string, problems: readonly string[] = []): OpenTarget {
  return { kind, label: safeText(label, 300), hosts: [], scope: 'given', problems, servers: [], findings: [] }
}
