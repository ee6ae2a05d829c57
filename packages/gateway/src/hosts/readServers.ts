/**
 * The servers in a host's configuration, whichever host's it is: every host's key and every host's names for the same
 * things are read, each with its place. Which host reads the file does not matter: what one of them would start is there.
 *
 * Nothing is left out because it is strange: an entry that no host can start is still an entry, and of a key that is
 * given twice both are read, since hosts differ in which they take.
 */
import { isUtf8 } from 'node:buffer'
import {
  type Complaint,
  type DocumentNode,
  type MapEntry,
  type MapNode,
  type Path,
  Unreadable,
} from '../config/document.ts'
import type { Place } from '../config/fault.ts'
import { readJsonc } from '../config/readJsonc.ts'
import { readYaml } from '../config/readYaml.ts'
import { readToml } from './readToml.ts'

/** A text of the file, with its place. */
export interface Spot {
  readonly value: string
  readonly place: Place
  readonly path: Path
}

/** A variable, or a header. */
export interface NamedSpot extends Spot {
  readonly name: string
}

/** What is called without asking. */
export interface Approval {
  /** `*` for everything the server has, now and later. */
  readonly tool: string
  readonly place: Place
  readonly path: Path
}

export interface HostServer {
  readonly name: string
  /** Of its name. */
  readonly place: Place
  readonly path: Path
  /** The whole entry. */
  readonly node: DocumentNode
  /** Claude Code keeps servers of a project under the project's folder. */
  readonly project?: string
  readonly enabled: boolean
  /** Program and arguments; empty for a remote server. */
  readonly command: readonly Spot[]
  readonly url?: Spot
  readonly cwd?: Spot
  readonly env: readonly NamedSpot[]
  readonly headers: readonly NamedSpot[]
  readonly approvals: readonly Approval[]
}

export type Syntax = 'jsonc' | 'toml' | 'yaml'

export type DocumentRead =
  | { readonly ok: true; readonly root: DocumentNode; readonly complaints: readonly Complaint[] }
  | { readonly ok: false; readonly explain: string; readonly place: Place }

/** `~/.claude.json` holds histories with schemas in them. */
const MAX_DEPTH = 200
/** One wrong bracket must not cost memory for each key behind it. */
const MAX_COMPLAINTS = 1_000

/** The syntax that a file's name tells of. JSON is read as JSONC: most hosts take comments, and what runs counts. */
export function syntaxOf(path: string): Syntax {
  if (/\.toml$/i.test(path)) return 'toml'
  return /\.ya?ml$/i.test(path) ? 'yaml' : 'jsonc'
}

/** Reads a file into a tree. Never throws for anything a file can hold. */
export function readDocument(bytes: Buffer, syntax: Syntax): DocumentRead {
  if (!isUtf8(bytes)) return { ok: false, explain: 'the file is not UTF-8', place: { line: 1, column: 1 } }
  const text = new TextDecoder().decode(bytes)
  const complaints: Complaint[] = []
  const complain = (complaint: Complaint) => {
    if (complaints.length < MAX_COMPLAINTS) complaints.push(complaint)
  }
  try {
    return { ok: true, root: readers[syntax](text, complain), complaints }
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    const { explain, hint, place } = error.complaint
    return { ok: false, explain: hint === undefined ? explain : `${explain}: ${hint}`, place }
  }
}

const readers: Readonly<Record<Syntax, (text: string, complain: (one: Complaint) => void) => DocumentNode>> =
  {
    jsonc: (text, complain) => readJsonc(text, { relaxed: true, maxDepth: MAX_DEPTH }, complain),
    toml: readToml,
    yaml: readYaml,
  }

/** Where hosts keep their servers. `certain`: whatever stands there is meant as one. `*` is any key. */
const SHELVES: readonly { readonly path: readonly string[]; readonly certain: boolean }[] = [
  { path: ['mcpServers'], certain: true },
  { path: ['mcp_servers'], certain: true },
  { path: ['servers'], certain: true },
  { path: ['context_servers'], certain: true },
  { path: ['projects', '*', 'mcpServers'], certain: true },
  { path: ['amp.mcpServers'], certain: true },
  { path: ['mcp.servers'], certain: true },
  { path: ['mcp', 'servers'], certain: true },
  { path: ['mcp', 'mcpServers'], certain: true },
  { path: ['customizations', 'vscode', 'mcp', 'servers'], certain: true },
  { path: ['experimental', 'modelContextProtocolServers'], certain: true },
  { path: ['mcp'], certain: false },
  { path: ['extensions'], certain: false },
]

/** A member by one of these names makes an entry of an uncertain shelf a server. */
const TELLING = ['command', 'cmd', 'url', 'uri', 'serverUrl', 'httpUrl', 'transport']

/** Does the document have a place for servers, be it empty? */
export function hasServers(root: DocumentNode): boolean {
  return SHELVES.some(({ path, certain }) =>
    nodesAt(root, path).some(({ node }) => certain || entriesOf(node).some((one) => isTelling(one.node))),
  )
}

/** Every server of the document, in the order of the file within each place hosts keep them. */
export function readServers(root: DocumentNode): HostServer[] {
  return SHELVES.flatMap(({ path, certain }) =>
    nodesAt(root, path).flatMap(({ node, at }) =>
      entriesOf(node)
        .flatMap((entry) => bothReadings(entry.node).map((reading) => ({ ...entry, node: reading })))
        .filter((entry) => certain || isTelling(entry.node))
        .map((entry) =>
          readServer(entry, [...at, ...entry.step], at[0] === 'projects' ? String(at[1]) : undefined),
        ),
    ),
  )
}

/** The object at a path as an entry: what other formats than a host's configuration have of the same shape. */
export function serverAt(root: DocumentNode, path: readonly string[], name: string): HostServer | undefined {
  const [found] = nodesAt(root, path)
  if (found?.node.kind !== 'map') return undefined
  return readServer({ name, place: found.node.place, step: [], node: found.node }, found.at, undefined)
}

interface Named {
  readonly name: string
  readonly place: Place
  readonly step: Path
  readonly node: DocumentNode
}

/** The entries of a shelf: a map by name, or a list whose items name themselves. */
function entriesOf(shelf: DocumentNode): Named[] {
  if (shelf.kind === 'map')
    return allEntries(shelf).map(({ key, keyPlace, node }) => ({
      name: key,
      place: keyPlace,
      step: [key],
      node,
    }))
  if (shelf.kind !== 'list') return []
  return shelf.items.map((node, index) => {
    const named = textOf(member(node, 'name')?.node)
    return { name: named ?? String(index), place: node.place, step: [index], node }
  })
}

function isTelling(node: DocumentNode): boolean {
  return node.kind === 'map' && TELLING.some((name) => member(node, name) !== undefined)
}

function readServer(entry: Named, path: Path, project: string | undefined): HostServer {
  // Cline's command line nests what others have flat, Zed had the program in an object of its own.
  const inner = member(entry.node, 'transport')
  const own = member(entry.node, 'command')
  const levels: { readonly node: DocumentNode; readonly path: Path }[] = [{ node: entry.node, path }]
  if (inner?.node.kind === 'map') levels.push({ node: inner.node, path: [...path, inner.key] })
  if (own?.node.kind === 'map') levels.push({ node: own.node, path: [...path, own.key] })
  const find = (...names: string[]): { readonly node: DocumentNode; readonly path: Path } | undefined => {
    for (const level of levels) {
      for (const name of names) {
        const found = member(level.node, name)
        if (found !== undefined && !(name === 'command' && found.node.kind === 'map'))
          return { node: found.node, path: [...level.path, found.key] }
      }
    }
    return undefined
  }
  const texts = (...names: string[]) => {
    const found = find(...names)
    return found === undefined ? [] : spotsOf(found.node, found.path)
  }
  const url = texts('url', 'serverUrl', 'httpUrl', 'uri')[0]
  const cwd = texts('cwd', 'workingDirectory')[0]
  return {
    name: entry.name,
    place: entry.place,
    path,
    node: entry.node,
    ...(project === undefined ? {} : { project }),
    enabled:
      !isFlag(member(entry.node, 'disabled')?.node, true) &&
      !isFlag(member(entry.node, 'enabled')?.node, false),
    command: [...texts('command', 'cmd', 'path'), ...texts('args')],
    ...(url === undefined ? {} : { url }),
    ...(cwd === undefined ? {} : { cwd }),
    env: namedSpots(find('env', 'environment', 'envs')),
    headers: namedSpots(find('headers', 'http_headers')),
    approvals: readApprovals(entry.node, path),
  }
}

const APPROVAL_LISTS = ['alwaysAllow', 'autoApprove', 'always_allow', 'auto_approve', 'autoApproved']

function readApprovals(node: DocumentNode, path: Path): Approval[] {
  const all = (found: MapEntry, where: Path = [...path, found.key]): Approval => ({
    tool: '*',
    place: found.node.place,
    path: where,
  })
  const lists = APPROVAL_LISTS.flatMap((name) => member(node, name) ?? [])
  const modes = [member(node, 'default_tools_approval_mode') ?? []].flat()
  const trust = [member(node, 'trust') ?? []].flat()
  const tools = member(node, 'tools')?.node
  return [
    ...lists.flatMap((found) =>
      isFlag(found.node, true)
        ? [all(found)]
        : spotsOf(found.node, [...path, found.key]).map(({ value, ...spot }) => ({ tool: value, ...spot })),
    ),
    ...trust.filter((found) => isFlag(found.node, true)).map((found) => all(found)),
    ...modes.filter((found) => textOf(found.node) === 'approve').map((found) => all(found)),
    ...(tools?.kind === 'map' ? tools.entries : []).flatMap(({ key, node: tool }) => {
      const own = member(tool, 'approval_mode')
      if (own === undefined || textOf(own.node) !== 'approve') return []
      return [{ tool: key, place: own.node.place, path: [...path, 'tools', key, own.key] }]
    }),
  ]
}

/** The texts of a node: itself, or the items of a list. Numbers and flags are what a host would turn them into. */
function spotsOf(node: DocumentNode, path: Path): Spot[] {
  if (node.kind === 'list') return node.items.flatMap((item, index) => spotsOf(item, [...path, index]))
  const value = textOf(node)
  return value === undefined ? [] : [{ value, place: node.place, path }]
}

function namedSpots(found: { readonly node: DocumentNode; readonly path: Path } | undefined): NamedSpot[] {
  if (found?.node.kind !== 'map') return []
  return allEntries(found.node).flatMap(({ key, keyPlace, node }) => {
    const value = textOf(node)
    return value === undefined ? [] : [{ name: key, value, place: keyPlace, path: [...found.path, key] }]
  })
}

function textOf(node: DocumentNode | undefined): string | undefined {
  if (node?.kind === 'text') return node.value
  return node?.kind === 'number' || node?.kind === 'flag' ? String(node.value) : undefined
}

function isFlag(node: DocumentNode | undefined, value: boolean): boolean {
  return node?.kind === 'flag' && node.value === value
}

function member(node: DocumentNode, name: string): MapEntry | undefined {
  return node.kind === 'map' ? node.entries.find(({ key }) => key === name) : undefined
}

function allEntries(map: MapNode): readonly MapEntry[] {
  return map.repeated === undefined ? map.entries : [...map.entries, ...map.repeated]
}

/** What a reader sees that takes the first of two equal keys, and what one sees that takes the last. */
function bothReadings(node: DocumentNode): DocumentNode[] {
  if (node.kind !== 'map' || node.repeated === undefined) return [node]
  const last = new Map(allEntries(node).map((entry) => [entry.key, entry]))
  return [node, { kind: 'map', place: node.place, entries: [...last.values()] }]
}

/** Every node that the path leads to; a key given twice leads to two. */
function nodesAt(
  root: DocumentNode,
  path: readonly string[],
): { readonly node: DocumentNode; readonly at: Path }[] {
  let level: { node: DocumentNode; at: Path }[] = [{ node: root, at: [] }]
  for (const step of path) {
    level = level.flatMap(({ node, at: before }) =>
      node.kind === 'map'
        ? allEntries(node)
            .filter(({ key }) => step === '*' || key === step)
            .map((entry) => ({ node: entry.node, at: [...before, entry.key] }))
        : [],
    )
  }
  return level
}
