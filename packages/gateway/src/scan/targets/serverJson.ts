/**
 * `server.json` of the MCP registry (schema 2025-12-11): which packages and addresses a server is offered as. Each becomes
 * an entry as a host would write it, so that the same checks apply.
 *
 * Read with its places, both in the spelling of today and in the older one with underscores.
 */
import { type DocumentNode, type MapEntry, type Path, pointer } from '../../config/document.ts'
import type { HostServer, NamedSpot, Spot } from '../../hosts/readServers.ts'
import type { Notice } from '../configs/notice.ts'

export interface OfferedServer {
  readonly server: HostServer
  /** Of a package, what a registry calls it. */
  readonly offer?: { readonly registry: string; readonly identifier: string; readonly version?: string }
  readonly notices: readonly Notice[]
  /** Arguments behind the package's name. */
  readonly args: readonly string[]
}

/** Is this document a `server.json`? */
export function isServerJson(root: DocumentNode): boolean {
  const schema = textOf(member(root, 'schema', '$schema')?.node) ?? ''
  if (/\/server\.schema\.json$/.test(schema)) return true
  const offers =
    member(root, 'packages')?.node.kind === 'list' || member(root, 'remotes')?.node.kind === 'list'
  return (
    offers && textOf(member(root, 'name')?.node) !== undefined && member(root, 'mcpServers') === undefined
  )
}

/** Every package and address that the document offers. */
export function readServerJson(root: DocumentNode): OfferedServer[] {
  const name = textOf(member(root, 'name')?.node) ?? 'server'
  const packages = itemsOf(root, [], ['packages']).map(({ node, path }) => readPackage(name, node, path))
  const remotes = itemsOf(root, [], ['remotes']).map(({ node, path }) => readRemote(name, node, path))
  return [...packages, ...remotes]
}

const LAUNCHERS: Readonly<Record<string, (name: string, version: string | undefined) => readonly string[]>> =
  {
    npm: (name, version) => ['npx', '-y', version === undefined ? name : `${name}@${version}`],
    pypi: (name, version) => ['uvx', version === undefined ? name : `${name}==${version}`],
    oci: (name, version) => [
      'docker',
      'run',
      '-i',
      '--rm',
      // Since 2025-10 the tag or digest is part of the identifier.
      version === undefined || /[@:][^/]+$/.test(name) ? name : `${name}:${version}`,
    ],
    nuget: (name, version) => ['dnx', version === undefined ? name : `${name}@${version}`, '--yes'],
  }

function readPackage(name: string, node: DocumentNode, path: Path): OfferedServer {
  const registry = textOf(member(node, 'registryType', 'registry_type', 'registry_name')?.node) ?? ''
  const found = member(node, 'identifier', 'name')
  const identifier = textOf(found?.node) ?? ''
  const version = textOf(member(node, 'version')?.node)
  const at: Spot = {
    value: identifier,
    place: found?.node.place ?? node.place,
    path: [...path, found?.key ?? 'identifier'],
  }
  const args = [
    ...readArguments(node, path, ['runtimeArguments', 'runtime_arguments']),
    ...readArguments(node, path, ['packageArguments', 'package_arguments']),
  ]
  const launch = LAUNCHERS[registry]?.(identifier, version) ?? []
  const env = readNamed(node, path, ['environmentVariables', 'environment_variables'])
  const bundle = registry === 'mcpb'
  const hash = textOf(member(node, 'fileSha256', 'file_sha256')?.node)
  const server: HostServer = {
    name,
    place: node.place,
    path,
    node: entryNode(node, args, env, []),
    enabled: true,
    command: identifier === '' ? [] : [...launch.map((value) => ({ ...at, value })), ...args],
    ...(bundle ? { url: at } : {}),
    env,
    headers: [],
    approvals: [],
  }
  const notices: Notice[] =
    bundle && !/^[0-9a-f]{64}$/i.test(hash ?? '')
      ? [
          {
            rule: 'config/unpinned',
            place: at.place,
            pointer: pointer(at.path),
            evidence: identifier,
            explain: 'A bundle is fetched without the hash that tells whether it is still the same.',
            advice: 'Give its SHA-256 as "fileSha256".',
          },
        ]
      : []
  return {
    server,
    offer: { registry, identifier, ...(version === undefined ? {} : { version }) },
    notices,
    args: args.map(({ value }) => value),
  }
}

function readRemote(name: string, node: DocumentNode, path: Path): OfferedServer {
  const url = member(node, 'url')
  const headers = readNamed(node, path, ['headers'])
  const value = textOf(url?.node)
  return {
    server: {
      name,
      place: node.place,
      path,
      node: entryNode(node, [], [], headers),
      enabled: true,
      command: [],
      ...(value === undefined || url === undefined
        ? {}
        : { url: { value, place: url.node.place, path: [...path, 'url'] } }),
      env: [],
      headers,
      approvals: [],
    },
    notices: [],
    args: [],
  }
}

/** `[{ type: 'named', name: '--x', value: 'y' }, { type: 'positional', value: 'z' }]`; what has no value yet is left out. */
function readArguments(node: DocumentNode, path: Path, names: readonly string[]): Spot[] {
  return itemsOf(node, path, names).flatMap(({ node: one, path: at }): Spot[] => {
    const option = textOf(member(one, 'name')?.node)
    const found = member(one, 'value') ?? member(one, 'default')
    const value = textOf(found?.node)
    if (found === undefined || value === undefined) return []
    const spot: Spot = { value, place: found.node.place, path: [...at, found.key] }
    return option === undefined ? [spot] : [{ ...spot, value: option }, spot]
  })
}

function readNamed(node: DocumentNode, path: Path, names: readonly string[]): NamedSpot[] {
  return itemsOf(node, path, names).flatMap(({ node: one, path: at }) => {
    const name = textOf(member(one, 'name')?.node)
    const found = member(one, 'value') ?? member(one, 'default')
    const value = textOf(found?.node)
    if (name === undefined || value === undefined || found === undefined) return []
    return [{ name, value, place: found.node.place, path: [...at, found.key] }]
  })
}

/** The entry as a host would have it, so that secrets are found by the names they stand under. */
function entryNode(
  node: DocumentNode,
  args: readonly Spot[],
  env: readonly NamedSpot[],
  headers: readonly NamedSpot[],
): DocumentNode {
  const texts = (spots: readonly Spot[]) =>
    spots.map(({ value, place }): DocumentNode => ({ kind: 'text', value, place }))
  const map = (spots: readonly NamedSpot[]): DocumentNode => ({
    kind: 'map',
    place: node.place,
    entries: spots.map(({ name, value, place }) => ({
      key: name,
      keyPlace: place,
      node: { kind: 'text', value, place },
    })),
  })
  const entry = (key: string, value: DocumentNode): MapEntry => ({ key, keyPlace: node.place, node: value })
  return {
    kind: 'map',
    place: node.place,
    entries: [
      entry('args', { kind: 'list', place: node.place, items: texts(args) }),
      entry('env', map(env)),
      entry('headers', map(headers)),
    ],
  }
}

function itemsOf(
  node: DocumentNode,
  path: Path,
  names: readonly string[],
): { readonly node: DocumentNode; readonly path: Path }[] {
  const found = member(node, ...names)
  if (found?.node.kind !== 'list') return []
  return found.node.items.map((item, index) => ({ node: item, path: [...path, found.key, index] }))
}

function member(node: DocumentNode, ...names: string[]): MapEntry | undefined {
  if (node.kind !== 'map') return undefined
  for (const name of names) {
    const found = node.entries.find(({ key }) => key === name)
    if (found !== undefined) return found
  }
  return undefined
}

function textOf(node: DocumentNode | undefined): string | undefined {
  return node?.kind === 'text' ? node.value : undefined
}
