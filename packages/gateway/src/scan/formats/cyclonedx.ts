/**
 * The servers as a CycloneDX 1.6 inventory (ECMA-424): a component for each that runs here, with its package URL and hash, a
 * service for each that is called elsewhere, and the digest of everything each says of itself.
 */
import { createHash } from 'node:crypto'
import type { ScannedPackage, ScannedServer, ScanReport } from '../report.ts'

interface Property {
  readonly name: string
  readonly value: string
}

export function cyclonedxReport(report: ScanReport): string {
  const remote = report.servers.filter(({ transport }) => transport === 'http')
  const local = report.servers.filter(({ transport }) => transport !== 'http')
  return JSON.stringify({
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify(report))}`,
    version: 1,
    metadata: {
      timestamp: report.scannedAt,
      tools: { components: [{ type: 'application', name: 'sallyport', version: report.version }] },
    },
    components: local.map((server) => component(server, report)),
    services: remote.map((server) => service(server, report)),
  })
}

function component(server: ScannedServer, report: ScanReport): object {
  const { package: about, surface } = server
  const info = surface.state === 'read' ? surface.serverInfo : undefined
  const version = about === undefined ? info?.version : about.pinned ? about.version : undefined
  const purl = about === undefined ? undefined : purlOf(about)
  const hash = about?.integrity === undefined ? undefined : hashOf(about.integrity)
  return {
    type: 'application',
    'bom-ref': `server:${server.id}`,
    name: about?.name ?? server.name,
    ...(version === undefined ? {} : { version }),
    ...(hash === undefined ? {} : { hashes: [hash] }),
    ...(purl === undefined ? {} : { purl }),
    properties: properties(server, report),
  }
}

function service(server: ScannedServer, report: ScanReport): object {
  const info = server.surface.state === 'read' ? server.surface.serverInfo : undefined
  // What stood in the query is not shown, since it may be a key.
  const endpoint = server.runs.replace(/\?…$/, '')
  return {
    'bom-ref': `server:${server.id}`,
    name: server.name === '' ? server.id : server.name,
    ...(info?.version === undefined ? {} : { version: info.version }),
    ...(isIri(endpoint) ? { endpoints: [endpoint] } : {}),
    'x-trust-boundary': true,
    properties: properties(server, report),
  }
}

function properties(server: ScannedServer, report: ScanReport): Property[] {
  const { surface, where } = server
  const target = report.targets[server.target]
  const all: (readonly [string, string | undefined])[] = [
    ['server', server.id],
    ['runs', server.runs],
    ['enabled', String(server.enabled)],
    ['found-in', where === undefined ? target?.label : `${where.file}:${where.line}`],
    ['hosts', target?.hosts.join(', ')],
    ['version-pinned', server.package === undefined ? undefined : String(server.package.pinned)],
    ['version-wanted', server.package?.pinned === false ? server.package.version : undefined],
    ['surface', surface.state],
    ['era', surface.state === 'read' ? surface.era : undefined],
    ['server-info', surface.state === 'read' ? infoText(surface.serverInfo) : undefined],
  ]
  const facts = all.flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [{ name: `sallyport:${name}`, value }],
  )
  const items = surface.state === 'read' ? surface.items : []
  return [
    ...facts,
    ...items.map(({ kind, name, digest }) => ({
      name: `sallyport:item:${kind}`,
      value: name === '' ? digest : `${name} ${digest}`,
    })),
  ]
}

function infoText(
  info: { readonly name: string; readonly version?: string } | undefined,
): string | undefined {
  return info === undefined ? undefined : [info.name, info.version].filter(Boolean).join(' ')
}

/** Package URL (purl-spec); the version only where it is exactly one. */
function purlOf({ registry, name, version, pinned }: ScannedPackage): string | undefined {
  const at = pinned && version !== undefined ? `@${encodeURIComponent(version)}` : ''
  const encoded = name.split('/').map(encodeURIComponent).join('/')
  switch (registry) {
    case 'npm':
      return `pkg:npm/${encoded}${at}`
    case 'pypi':
      return `pkg:pypi/${encoded.toLowerCase().replaceAll('_', '-')}${at}`
    case 'nuget':
      return `pkg:nuget/${encoded}${at}`
    case 'oci': {
      const short = name.slice(name.lastIndexOf('/') + 1).toLowerCase()
      const tag = version !== undefined && !pinned ? `&tag=${encodeURIComponent(version)}` : ''
      return `pkg:oci/${encodeURIComponent(short)}${at}?repository_url=${encodeURIComponent(name.toLowerCase())}${tag}`
    }
    case 'mcpb':
      return `pkg:generic/${encoded}${at}`
    case 'url':
      return undefined
  }
}

const ALGORITHMS: Readonly<Record<string, string>> = {
  sha256: 'SHA-256',
  sha384: 'SHA-384',
  sha512: 'SHA-512',
}

/** From subresource integrity, whose strongest hash counts. */
function hashOf(integrity: string): { readonly alg: string; readonly content: string } | undefined {
  for (const one of integrity.split(/\s+/)) {
    const [, name = '', value = ''] = /^(sha256|sha384|sha512)-([A-Za-z0-9+/]{40,90}={0,2})$/.exec(one) ?? []
    const alg = ALGORITHMS[name]
    if (alg !== undefined) return { alg, content: Buffer.from(value, 'base64').toString('hex') }
  }
  return undefined
}

function isIri(text: string): boolean {
  return /^https?:\/\/[^\s\\<>"{}|^`]+$/.test(text)
}

/** A name for this very report (RFC 9562, version 8: our own way of making it). */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
