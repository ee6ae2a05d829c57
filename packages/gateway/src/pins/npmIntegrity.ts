/**
 * What bytes npm installed of the package that `npx` or `npm exec` starts: the integrity that npm itself wrote down beside
 * it. A version that was published anew, or comes from another registry, has another one.
 *
 * Where npm puts it follows libnpmexec: in the folder's own tree where that has this version, else in
 * `CACHE/_npx/HASH`, HASH being the first 16 hex digits of SHA-512 over the specs, sorted, a line each.
 *
 * Cannot know: whether the files are still those (whoever may write to the cache may write there, too), a package that is
 * installed globally, the dependencies, and anything before npm installed it.
 */
import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { isObject, type JsonObject, parseJson } from '@sallyport/controls/json'
import type { ServerConfig } from '../config/config.ts'
import type { Spot } from '../hosts/readServers.ts'
import { launchOf } from '../scan/configs/launch.ts'
import { npmExec, packageOf } from '../scan/configs/packages.ts'
import { plainFile } from './packageScript.ts'

export type NpmIntegrity =
  | { readonly kind: 'known'; readonly integrity: string }
  /** Not installed yet, or not to be told; `explain` is for the log. */
  | { readonly kind: 'unknown'; readonly explain: string }
  /** npm starts no exact version of a package here. */
  | { readonly kind: 'none' }

type Environment = Readonly<Record<string, string | undefined>>

/** Larger than the tree of any server; a list that is larger still says nothing. */
const MAX_LIST_BYTES = 8 * 1024 * 1024
const MAX_MANIFEST_BYTES = 1024 * 1024
const MAX_NPMRC_BYTES = 64 * 1024
const MAX_LEVELS = 64
/** What stands before `npx` (`nice -n 5`, `timeout 10`) is not longer. */
const MAX_STARTER_WORDS = 16

/** What makes npm look elsewhere. Its cache may be named: then that is where we look. */
const ELSEWHERE =
  /^(?:-C|--prefix|-g|--global|--location|-w|-ws|--workspaces?|--userconfig|--globalconfig|--install-strategy)$/
const ELSEWHERE_VARIABLES =
  /^npm_config_(?:prefix|global|location|workspaces?|userconfig|globalconfig|package|install_strategy)$/i
const ELSEWHERE_LINE =
  /^[ \t]*(?:cache|prefix|global|location|package|install-strategy)[ \t]*(?:\[\])?[ \t]*=/m

const NAME = /^(?:@[a-z0-9~_-][a-z0-9~._-]*\/)?[a-z0-9~_-][a-z0-9~._-]*$/i
/** As npm has it; the lock takes no longer line. */
const MAX_NAME_CHARS = 214
const SHA512 = /^sha512-[A-Za-z0-9+/]{86}==$/

/**
 * The integrity of the package of a server's command, as far as npm has installed it by now.
 *
 * @param environment the server's own
 * @example
 * await npmIntegrity(server, { HOME: '/home/ada' })
 * // { kind: 'known', integrity: 'sha512-...' }
 */
export async function npmIntegrity(server: ServerConfig, environment: Environment): Promise<NpmIntegrity> {
  if (server.kind !== 'stdio') return NONE
  const spots = server.command.map((value) => ({ value, place: { line: 1, column: 1 }, path: [] }))
  const { words, variables, asRoot } = launchOf(spots)
  const launch = npmLaunch(words)
  if (launch === undefined) return NONE
  if (asRoot !== undefined) return unknown('it runs as another user, with a cache of its own')
  const set = Object.fromEntries(variables.map(({ name, value }) => [name, value]))
  const folder = server.cwd ?? process.cwd()
  try {
    return await look(launch, { ...environment, ...set }, folder)
  } catch (error) {
    // What cannot be read now may be readable in a moment; what was approved stays so.
    return unknown(error instanceof Error ? error.message : String(error))
  }
}

interface NpmLaunch {
  readonly name: string
  readonly version: string
  readonly specs: readonly string[]
  readonly cache: string | undefined
  /** An option that makes npm look elsewhere. */
  readonly elsewhere: string | undefined
}

function npmLaunch(words: readonly Spot[]): NpmLaunch | undefined {
  for (let at = 0; at < Math.min(words.length, MAX_STARTER_WORDS); at++) {
    const own = words.slice(at)
    const exec = npmExec(own)
    if (exec === undefined) continue
    const found = packageOf(own)
    // A range or a name alone stands for other bytes every few weeks: there is nothing to compare.
    if (found?.registry !== 'npm' || found.pin !== 'exact' || found.version === undefined) return undefined
    if (found.name.length > MAX_NAME_CHARS || !NAME.test(found.name)) return undefined
    const { options, operand } = exec
    const named = options.filter(({ name }) => name === '-p' || name === '--package')
    const specs = named.length > 0 ? named.map(({ value }) => value) : [operand?.value ?? '']
    const version = found.version.replace(/^v/, '')
    const cache = options.findLast(({ name }) => name === '--cache')?.value
    const elsewhere = options.find(({ name }) => ELSEWHERE.test(name))?.name
    return { name: found.name, version, specs, cache, elsewhere }
  }
  return undefined
}

async function look(launch: NpmLaunch, environment: Environment, folder: string): Promise<NpmIntegrity> {
  const { name, version, elsewhere } = launch
  if (elsewhere !== undefined) return unknown(`npm is told by ${elsewhere} to look elsewhere`)
  const variables = Object.entries(environment).filter(([, value]) => value !== undefined && value !== '')
  const variable = variables.find(([key]) => ELSEWHERE_VARIABLES.test(key))
  if (variable !== undefined) return unknown(`npm is told by ${variable[0]} to look elsewhere`)
  const home = environment.HOME ?? homedir()
  const { prefix, roots } = await localRoots(folder)
  for (const file of [join(home, '.npmrc'), join(prefix, '.npmrc')]) {
    const lines = await readText(file, MAX_NPMRC_BYTES)
    if (lines !== undefined && ELSEWHERE_LINE.test(lines))
      return unknown(`npm is told by ${file} to look elsewhere`)
  }
  for (const root of roots) {
    const manifest = await readJson(join(root, 'node_modules', name, 'package.json'), MAX_MANIFEST_BYTES)
    if (manifest?.version === version) return await listed(join(root, 'node_modules'), name, version)
  }
  const named = launch.cache ?? variables.find(([key]) => /^npm_config_cache$/i.test(key))?.[1]
  const cache = cacheFolder(named, home, folder, environment)
  return await listed(join(cache, '_npx', npxFolder(launch.specs), 'node_modules'), name, version)
}

/** The folder of npx for some packages. @example npxFolder(['server@1.2.3']) // 16 hex digits */
export function npxFolder(specs: readonly string[]): string {
  const lines = specs.toSorted((a, b) => a.localeCompare(b, 'en')).join('\n')
  return createHash('sha512').update(lines).digest('hex').slice(0, 16)
}

function cacheFolder(
  named: string | undefined,
  home: string,
  folder: string,
  environment: Environment,
): string {
  if (named !== undefined && named !== '')
    return named.startsWith('~/') ? join(home, named.slice(2)) : resolve(folder, named)
  const { LOCALAPPDATA } = environment
  return process.platform === 'win32' && LOCALAPPDATA !== undefined
    ? join(LOCALAPPDATA, 'npm-cache')
    : join(home, '.npm')
}

/** What npm's own list of a `node_modules` says. */
async function listed(modules: string, name: string, version: string): Promise<NpmIntegrity> {
  const path = join(modules, '.package-lock.json')
  const list = await readJson(path, MAX_LIST_BYTES)
  if (list === undefined) return unknown(`npm has no readable list at ${path}`)
  const packages = isObject(list.packages) ? list.packages : {}
  const key = `node_modules/${name}`
  const entry = Object.hasOwn(packages, key) ? packages[key] : undefined
  if (!isObject(entry) || entry.version !== version)
    return unknown(`${path} does not have ${name}@${version}`)
  const hashes = typeof entry.integrity === 'string' ? entry.integrity.split(/\s+/) : []
  const [integrity, ...more] = hashes.filter((hash) => SHA512.test(hash))
  return integrity === undefined || more.length > 0
    ? unknown(`${path} has no single SHA-512 of ${name}@${version}`)
    : { kind: 'known', integrity }
}

interface LocalRoots {
  readonly prefix: string
  /** Where npm looks before it fetches anything. */
  readonly roots: readonly string[]
}

/** The folder that npm takes for the project, and the workspace root above it, as `@npmcli/config` finds them. */
async function localRoots(folder: string): Promise<LocalRoots> {
  let prefix: string | undefined
  let at = resolve(folder)
  for (let level = 0; level < MAX_LEVELS; level++) {
    const manifest = join(at, 'package.json')
    if (prefix === undefined) {
      if ((await plainFile(manifest)) !== undefined || (await isFolder(join(at, 'node_modules')))) prefix = at
    } else if ((await readJson(manifest, MAX_MANIFEST_BYTES))?.workspaces !== undefined) {
      return { prefix, roots: [prefix, at] }
    }
    const parent = dirname(at)
    if (parent === at) break
    at = parent
  }
  return { prefix: prefix ?? folder, roots: [prefix ?? folder] }
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => error)
  return 'isDirectory' in found && found.isDirectory()
}

async function readJson(path: string, maxBytes: number): Promise<JsonObject | undefined> {
  const file = await plainFile(path)
  if (file === undefined || (await stat(file)).size > maxBytes) return undefined
  const read = parseJson(await readFile(file), { maxBytes })
  return read.ok && isObject(read.value) ? read.value : undefined
}

async function readText(path: string, maxBytes: number): Promise<string | undefined> {
  const file = await plainFile(path)
  if (file === undefined) return undefined
  if ((await stat(file)).size > maxBytes) throw new Error(`${path} is too large to be read`)
  return await readFile(file, 'utf8')
}

const NONE: NpmIntegrity = { kind: 'none' }

function unknown(explain: string): NpmIntegrity {
  return { kind: 'unknown', explain }
}
