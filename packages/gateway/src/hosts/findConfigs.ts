/**
 * Which of the files that hosts read are there: for the user, in a project, and managed. Looks, opens nothing.
 */
import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { foldersOf, HOSTS, type Machine } from './catalogue.ts'

export type Scope = 'user' | 'project' | 'managed'

/** A file that is there, and the hosts that read it. */
export interface HostFile {
  readonly path: string
  readonly scope: Scope
  /** As people call them: several hosts share `.mcp.json`. */
  readonly hosts: readonly string[]
}

/** Caches of plugins nest; what lies deeper, or beyond so many folders, is no configuration. */
const MAX_DEPTH = 8
const MAX_FOLDERS = 2_000
/** From a folder up to the root of its project. */
const MAX_UP = 32

/**
 * Every configuration file on this machine that a known host reads, with those of the project that `cwd` belongs to.
 *
 * @example await findConfigs({ platform: 'linux', homeDir: '/home/ada', env: {}, cwd: '/src/app' })
 * // [{ path: '/home/ada/.claude.json', scope: 'user', hosts: ['Claude Code'] }, ...]
 */
export async function findConfigs(machine: Machine & { readonly cwd: string }): Promise<HostFile[]> {
  const folders = foldersOf(machine)
  const found = new Found()
  for (const host of HOSTS) {
    const places = host.places(folders)
    for (const path of places.user) await found.add(path, 'user', host.title)
    for (const path of places.managed ?? []) await found.add(path, 'managed', host.title)
    for (const { folder, name } of places.below ?? []) {
      for (const path of await filesBelow(folder, name)) await found.add(path, 'user', host.title)
    }
  }
  for (const folder of await projectFolders(machine.cwd, machine.homeDir)) await addProject(folder, found)
  return found.files()
}

/** Every configuration file that a known host reads when `folder` is its project. */
export async function findProjectConfigs(folder: string): Promise<HostFile[]> {
  const found = new Found()
  await addProject(folder, found)
  return found.files()
}

async function addProject(folder: string, found: Found): Promise<void> {
  for (const host of HOSTS) {
    for (const place of host.project) await found.add(join(folder, place), 'project', host.title)
  }
}

/** The folder and those above it, up to the root of the repository. Without one: the folder alone. */
async function projectFolders(cwd: string, homeDir: string): Promise<string[]> {
  const folders: string[] = []
  let folder = resolve(cwd)
  for (let step = 0; step < MAX_UP; step++) {
    // What a home folder holds is the user's, not a project's.
    if (folder === homeDir && step > 0) break
    folders.push(folder)
    if ((await kindOf(join(folder, '.git'))) !== undefined) return folders
    const above = dirname(folder)
    if (above === folder) break
    folder = above
  }
  return folders.slice(0, 1)
}

class Found {
  readonly #files = new Map<string, { scope: Scope; hosts: string[] }>()
  readonly #missing = new Set<string>()

  async add(path: string, scope: Scope, host: string): Promise<void> {
    if (path.endsWith('*')) {
      const folder = dirname(path)
      for (const { name } of await entriesOf(folder)) {
        if (/\.(?:json|jsonc|ya?ml|toml)$/.test(name)) await this.add(join(folder, name), scope, host)
      }
      return
    }
    const known = this.#files.get(path)
    if (known !== undefined) {
      if (!known.hosts.includes(host)) known.hosts.push(host)
      return
    }
    if (this.#missing.has(path)) return
    if ((await kindOf(path)) === 'file') this.#files.set(path, { scope, hosts: [host] })
    else this.#missing.add(path)
  }

  files(): HostFile[] {
    return [...this.#files].map(([path, { scope, hosts }]) => ({ path, scope, hosts }))
  }
}

/** Files of this name below the folder; links are not followed, lest a plugin leads out of its cache. */
async function filesBelow(folder: string, name: string): Promise<string[]> {
  const found: string[] = []
  const open: { path: string; depth: number }[] = [{ path: folder, depth: 0 }]
  for (let seen = 0; seen < MAX_FOLDERS; seen++) {
    const next = open.shift()
    if (next === undefined) break
    for (const entry of await entriesOf(next.path)) {
      const path = join(next.path, entry.name)
      if (entry.isFile() && entry.name === name) found.push(path)
      else if (entry.isDirectory() && next.depth < MAX_DEPTH && entry.name !== 'node_modules')
        open.push({ path, depth: next.depth + 1 })
    }
  }
  return found
}

/** A folder that is not there, or not ours to read, has nothing in it. */
async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch {
    return []
  }
}

async function kindOf(path: string): Promise<'file' | 'other' | undefined> {
  try {
    return (await stat(path)).isFile() ? 'file' : 'other'
  } catch {
    // Not there, or in a folder that may not be entered: not a file that a host of this user reads.
    return undefined
  }
}
