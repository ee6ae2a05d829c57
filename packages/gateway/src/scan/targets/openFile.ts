/**
 * A file, told by what it holds: a bundle, a `server.json`, a host's or the gateway's configuration, or a dump.
 */
import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import { type JsonValue, parseJson } from '@sallyport/controls/json'
import { visible } from '@sallyport/controls/text'
import { type DocumentNode, pointer } from '../../config/document.ts'
import { describeFault } from '../../config/fault.ts'
import { loadFile } from '../../config/load.ts'
import { hasServers, readDocument, readServers, syntaxOf } from '../../hosts/readServers.ts'
import type { Candidate, OpenTarget, Start } from '../candidate.ts'
import type { FileChecks } from '../configs/checkFiles.ts'
import type { Notice } from '../configs/notice.ts'
import { type ScanFinding, safeText } from '../finding.ts'
import { readBounded } from '../readBounded.ts'
import type { ScannedTarget, TargetKind } from '../report.ts'
import type { SurfaceAnswers } from '../surface/answers.ts'
import { readDump } from '../surface/readDump.ts'
import type { ScanWorld } from '../world.ts'
import { MAX_BUNDLE_BYTES, openBundle } from './bundle.ts'
import { candidateOf, findingOf } from './entries.ts'
import { npmFact, npmStart, parseNpmSpec } from './packageStart.ts'
import { isServerJson, type OfferedServer, readServerJson } from './serverJson.ts'

/** The largest configuration that is read, with places for every value. */
const MAX_CONFIG_BYTES = 16 * 1024 * 1024
/** The largest dump that is read. */
const MAX_DUMP_BYTES = 64 * 1024 * 1024
const DUMP_BUDGET = { maxBytes: MAX_DUMP_BYTES, maxDepth: 256, maxKeys: 3_000_000, maxValues: 6_000_000 }

export interface FileTarget {
  readonly path: string
  readonly label: string
  readonly hosts: readonly string[]
  readonly scope: ScannedTarget['scope']
}

/** Reads a file that was named or found. Never rejects for anything a file can hold. */
export async function openFile(target: FileTarget, world: ScanWorld, files: FileChecks): Promise<OpenTarget> {
  const read = await readBounded(target.path, MAX_BUNDLE_BYTES)
  if (!read.ok) return unreadable(target, read.explain)
  const { bytes } = read
  if (bytes.subarray(0, 2).toString('latin1') === 'PK' || /\.(?:mcpb|dxt)$/i.test(target.path)) {
    const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
    return { ...known(target, 'bundle'), ...openBundle(bytes, visible(target.path), integrity, world) }
  }
  if (bytes.length > MAX_DUMP_BYTES) return unreadable(target, 'it is larger than 64 MiB')
  const parsed = syntaxOf(target.path) === 'jsonc' ? parseJson(bytes, DUMP_BUDGET) : undefined
  // Of two keys that are alike the tree keeps both: what is no plain JSON may still be a configuration.
  const dump = parsed?.ok === true ? readDump(parsed.value) : undefined
  if (dump !== undefined && !isConfiguration(parsed?.ok === true ? parsed.value : null))
    return { ...known(target, 'dump'), servers: [dumped(target.path, dump)], findings: [] }
  if (bytes.length > MAX_CONFIG_BYTES)
    return unreadable(target, parsed?.ok === false ? parsed.fault.explain : 'it is larger than 16 MiB')
  const document = readDocument(bytes, syntaxOf(target.path))
  if (!document.ok) {
    const { line, column } = document.place
    return unreadable(target, `${document.explain} (line ${line}, column ${column})`)
  }
  return await openDocument(target, document.root, document.complaints, world, files)
}

async function openDocument(
  target: FileTarget,
  root: DocumentNode,
  complaints: readonly {
    readonly rule: string
    readonly path: readonly (string | number)[]
    readonly place: Notice['place']
    readonly explain: string
  }[],
  world: ScanWorld,
  files: FileChecks,
): Promise<OpenTarget> {
  const { path } = target
  // A plugin's folder may be called anything.
  const file = visible(path)
  const twice = complaints
    .filter(({ rule }) => rule === 'config/duplicate-key')
    .map(
      (one): Notice => ({
        rule: 'config/duplicate-key',
        place: one.place,
        pointer: pointer(one.path),
        evidence: String(one.path.at(-1) ?? ''),
      }),
    )
  if (isServerJson(root)) {
    const offered = readServerJson(root)
    const servers: Candidate[] = []
    for (const one of offered) servers.push(await offeredCandidate(one, target, world, files))
    return {
      ...known(target, 'server-json'),
      servers,
      findings: twice.map((one) => findingOf(one, file)),
    }
  }
  const isOwn = isSallyportConfig(root)
  if (!hasServers(root) && target.hosts.length === 0 && !isOwn)
    return unreadable(
      target,
      'it is none of what can be scanned: a host configuration, sallyport.yaml, server.json, .mcpb, or what a server answered to tools/list',
    )
  const own = isOwn ? await ownStarts(path, world) : { problems: [] }
  const servers: Candidate[] = []
  const folder = isOwn ? dirname(path) : target.scope === 'user' ? world.homeDir : projectOf(path)
  for (const server of readServers(root)) {
    const ready = own.start
    servers.push(
      await candidateOf(server, {
        file,
        folder,
        world,
        files,
        ...(ready === undefined ? {} : { start: (one, request) => ready(one.name, request) }),
      }),
    )
  }
  const related = twice.filter((one) => isAboutServers(one.pointer))
  return {
    ...known(target, isOwn ? 'sallyport-config' : 'host-config'),
    problems: own.problems,
    servers,
    findings: [...related, ...(await files.checkConfig(path))].map((one) => findingOf(one, file)),
  }
}

/** A project's file lies in its folder, or in one of its folders such as `.vscode`. */
function projectOf(path: string): string {
  const folder = dirname(path)
  return /[\\/]\.[^\\/]+$/.test(folder) ? dirname(folder) : folder
}

/** Settings of an editor may repeat what they like elsewhere. */
function isAboutServers(at: string): boolean {
  return /servers|extensions|mcp/i.test(at)
}

/** Members that only configurations have: a settings file with `tools` is no dump. */
function isConfiguration(value: JsonValue): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return ['mcpServers', 'servers', 'context_servers', 'mcp', 'packages', 'remotes', 'mcp_servers'].some(
    (key) => Object.hasOwn(value, key),
  )
}

function isSallyportConfig(root: DocumentNode): boolean {
  if (root.kind !== 'map') return false
  const version = root.entries.find(({ key }) => key === 'version')?.node
  return (
    version?.kind === 'number' && version.value === 1 && !root.entries.some(({ key }) => key === 'inputs')
  )
}

/** How the gateway itself would start its servers, or what is wrong with its configuration. */
async function ownStarts(
  path: string,
  world: ScanWorld,
): Promise<{
  readonly problems: readonly string[]
  readonly start?: (id: string, request: Start['request']) => Start
}> {
  const loaded = await loadFile(path, { env: { ...world.env }, homeDir: world.homeDir })
  if (!loaded.ok) {
    // Secrets in clear are findings, each at its place.
    const others = loaded.error.faults.filter(({ rule }) => rule !== 'config/secret')
    return {
      problems: others.slice(0, 20).map((fault) => safeText(describeFault(fault), 400)),
      start: (_id, request) => ({
        request,
        open: async () => ({ kind: 'failed', explain: 'the gateway refuses its configuration' }),
      }),
    }
  }
  const { servers } = loaded.config
  return {
    problems: [],
    start: (id, request) => ({
      request,
      open: async () => {
        const config = servers.find((server) => server.id === id)
        return config === undefined
          ? { kind: 'failed', explain: 'it is not in the configuration any more' }
          : { kind: 'server', config: { ...config, maxResultBytes: 32 * 1024 * 1024 } }
      },
    }),
  }
}

async function offeredCandidate(
  { server, offer, notices, args }: OfferedServer,
  target: FileTarget,
  world: ScanWorld,
  files: FileChecks,
): Promise<Candidate> {
  const candidate = await candidateOf(server, {
    file: visible(target.path),
    folder: world.homeDir,
    world,
    files,
  })
  const findings: Omit<ScanFinding, 'server'>[] = [
    ...candidate.findings.filter(({ rule }) => rule !== 'config/command-missing'),
    ...notices.map((notice) => findingOf(notice, visible(target.path))),
  ]
  if (offer?.registry === 'mcpb') {
    const { start: _start, ...rest } = candidate
    return { ...rest, findings, unstartable: 'it is a bundle: download it and scan the file' }
  }
  const spec =
    offer?.registry === 'npm'
      ? parseNpmSpec(offer.version === undefined ? offer.identifier : `${offer.identifier}@${offer.version}`)
      : undefined
  if (spec === undefined) return { ...candidate, findings }
  return {
    ...candidate,
    findings,
    package: npmFact(spec),
    start: npmStart(spec, {
      server: candidate.name,
      args,
      env: Object.fromEntries(server.env.map(({ name, value }) => [name, { source: value, secret: false }])),
    }),
  }
}

function dumped(path: string, surface: SurfaceAnswers): Candidate {
  return {
    name: safeText(path.replace(/^.*[\\/]/, '').replace(/\.json$/i, ''), 80),
    enabled: true,
    transport: 'none',
    runs: '',
    said: { surface, partial: false },
    findings: [],
  }
}

function known(target: FileTarget, kind: TargetKind): Omit<OpenTarget, 'servers' | 'findings'> {
  return {
    kind,
    label: safeText(target.label, 300),
    file: visible(target.path),
    hosts: target.hosts,
    scope: target.scope,
    problems: [],
  }
}

function unreadable(target: FileTarget, explain: string): OpenTarget {
  return { ...known(target, 'unknown'), problems: [safeText(explain, 300)], servers: [], findings: [] }
}
