/**
 * An `.mcpb` bundle (MCPB manifest 0.1 to 0.4): read as an archive, its manifest checked as an entry of a host would be, and
 * unpacked into a private folder only to be started.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isObject, type JsonObject, parseJson } from '@sallyport/controls/json'
import { type DocumentNode, pointer } from '../../config/document.ts'
import { readDocument, serverAt } from '../../hosts/readServers.ts'
import { readZip, type ZipEntry } from '../bundle/zip.ts'
import type { Candidate, Opened, Start } from '../candidate.ts'
import { checkServer } from '../configs/checkServer.ts'
import type { Notice } from '../configs/notice.ts'
import { findSecrets } from '../configs/secrets.ts'
import { showCommand } from '../configs/show.ts'
import { type ScanFinding, safeText } from '../finding.ts'
import { SCAN_RULES, type ScanRuleId } from '../rules.ts'
import { readDump } from '../surface/readDump.ts'
import type { ScanWorld } from '../world.ts'
import { findingOf } from './entries.ts'
import { resolveReferences, startConfig } from './startConfig.ts'

export const MAX_BUNDLE_BYTES = 256 * 1024 * 1024
const MAX_MANIFEST_BYTES = 1024 * 1024

export interface OpenBundle {
  readonly servers: readonly Candidate[]
  readonly findings: readonly Omit<ScanFinding, 'server'>[]
  readonly problems: readonly string[]
}

/** Reads a bundle. `file`: as it may be shown; `integrity`: of the whole file, as `sha512-...`. */
export function openBundle(bytes: Buffer, file: string, integrity: string, world: ScanWorld): OpenBundle {
  const zip = readZip(bytes)
  if (!zip.ok) return { servers: [], findings: [bundleFinding(zip.rule, zip.explain, file)], problems: [] }
  const entry = zip.entries.find(({ path }) => path === 'manifest.json')
  if (entry === undefined || entry.bytes > MAX_MANIFEST_BYTES)
    return manifestless('It has no manifest.json of a sensible size.', file)
  const content = entry.read()
  if (!content.ok)
    return { servers: [], findings: [bundleFinding(content.rule, content.explain, file)], problems: [] }
  const parsed = parseJson(content.bytes)
  const tree = readDocument(content.bytes, 'jsonc')
  if (!parsed.ok || !isObject(parsed.value) || !tree.ok)
    return manifestless(
      parsed.ok
        ? 'Its manifest.json is no object.'
        : `Its manifest.json is no plain JSON: ${parsed.fault.explain}.`,
      file,
    )
  return openManifest(parsed.value, tree.root, zip.entries, { file, integrity, world })
}

interface BundleContext {
  readonly file: string
  readonly integrity: string
  readonly world: ScanWorld
}

function openManifest(
  manifest: JsonObject,
  root: DocumentNode,
  entries: readonly ZipEntry[],
  { file, integrity, world }: BundleContext,
): OpenBundle {
  const inner = `${file}!manifest.json`
  const name = safeText(typeof manifest.name === 'string' ? manifest.name : 'bundle', 80)
  const version = typeof manifest.version === 'string' ? safeText(manifest.version, 100) : undefined
  const launch = isObject(manifest.server) && isObject(manifest.server.mcp_config)
  const server = serverAt(root, ['server', 'mcp_config'], name)
  const findings: Omit<ScanFinding, 'server'>[] = []
  const missing = ['name', 'version', 'server'].filter((member) => manifest[member] === undefined)
  if (missing.length > 0 || !launch)
    findings.push(
      bundleFinding(
        'bundle/manifest',
        missing.length > 0
          ? `Its manifest lacks "${missing[0]}".`
          : 'Its manifest does not say how it is started.',
        inner,
      ),
    )
  const said = readDump(manifest)
  const secrets = new Set(server === undefined ? [] : findSecrets(server).map(({ at }) => at))
  const runs = server === undefined ? '' : showCommand(server.command, secrets)
  const notices: Notice[] = server === undefined ? [] : checkServer(server, world)
  const candidate: Candidate = {
    name,
    where: {
      kind: 'file',
      file: inner,
      line: 1,
      column: 1,
      pointer: server === undefined ? '' : pointer(server.path),
    },
    enabled: true,
    transport: 'stdio',
    runs,
    package: {
      registry: 'mcpb',
      name,
      ...(version === undefined ? {} : { version }),
      pinned: true,
      integrity,
    },
    ...(said === undefined ? {} : { said: { surface: said, partial: true } }),
    ...(server === undefined || server.command.length === 0
      ? { unstartable: 'its manifest does not say how it is started' }
      : { start: bundleStart(manifest, server, entries, { say: runs, server: name }) }),
    findings: notices.map((notice) => findingOf(notice, inner)),
  }
  return { servers: [candidate], findings, problems: [] }
}

function bundleStart(
  manifest: JsonObject,
  server: NonNullable<ReturnType<typeof serverAt>>,
  entries: readonly ZipEntry[],
  { say, server: name }: { readonly say: string; readonly server: string },
): Start {
  return {
    request: { kind: 'start', say: `${say}  (unpacked into a folder of its own)`, server: name },
    open: async (world): Promise<Opened> => {
      const folder = await world.scratch.folder()
      const failure = await unpack(entries, folder)
      if (failure !== undefined) return { kind: 'failed', explain: failure }
      const home = await world.scratch.folder()
      const fill = (text: string) => fillManifest(text, manifest, folder, home)
      const filled = {
        ...server,
        command: server.command.map((spot) => ({ ...spot, value: fill(spot.value) })),
        env: server.env.map((spot) => ({ ...spot, value: fill(spot.value) })),
      }
      const start = startConfig(filled, { env: world.env, homeDir: home, folder })
      if (!start.ok) return { kind: 'failed', explain: start.explain }
      if (start.config.kind !== 'stdio') return { kind: 'failed', explain: 'it names no command' }
      const env = { HOME: { source: home, secret: false }, ...start.config.env }
      return { kind: 'server', config: { ...start.config, env } }
    },
  }
}

/** `${__dirname}`, and what the user would be asked for, where the manifest has a value of its own for it. */
function fillManifest(text: string, manifest: JsonObject, folder: string, home: string): string {
  const asked = isObject(manifest.user_config) ? manifest.user_config : {}
  const filled = text.replaceAll(
    /\$\{(__dirname|HOME|DESKTOP|DOCUMENTS|DOWNLOADS|user_config\.[\w.-]{1,100})\}/g,
    (whole, name: string) => {
      if (name === '__dirname') return folder
      if (!name.startsWith('user_config.')) return home
      const option = asked[name.slice('user_config.'.length)]
      const value = isObject(option) ? option.default : undefined
      return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
        ? String(value)
        : whole
    },
  )
  const resolved = resolveReferences(filled, { env: {}, homeDir: home, folder })
  return resolved.ok ? resolved.text : filled
}

/** Writes the files of the archive; every path was proven to stay inside. Only new files are written, never over one. */
async function unpack(entries: readonly ZipEntry[], folder: string): Promise<string | undefined> {
  for (const entry of entries) {
    const path = join(folder, entry.path)
    if (entry.isFolder) {
      await mkdir(path, { recursive: true, mode: 0o700 })
      continue
    }
    const content = entry.read()
    if (!content.ok) return content.explain
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await writeFile(path, content.bytes, { flag: 'wx', mode: entry.isExecutable ? 0o700 : 0o600 })
  }
  return undefined
}

function manifestless(explain: string, file: string): OpenBundle {
  return { servers: [], findings: [bundleFinding('bundle/manifest', explain, file)], problems: [] }
}

function bundleFinding(rule: ScanRuleId, evidence: string, file: string): Omit<ScanFinding, 'server'> {
  const { severity, explain, advice } = SCAN_RULES[rule]
  return {
    rule,
    severity,
    where: { kind: 'file', file, line: 1, column: 1, pointer: '' },
    evidence: safeText(evidence),
    explain,
    advice,
  }
}
