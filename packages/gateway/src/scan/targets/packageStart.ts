/**
 * An npm package: installed without its scripts into a private folder, then started from there by its own `bin`.
 *
 * Two questions, since two things happen: the registry is asked for the package, and later its code runs. Whatever it
 * depends on is installed too, also without scripts. It gets a home folder of its own.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, constants, readFile, realpath } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { isObject, parseJson } from '@sallyport/controls/json'
import type { SecretText } from '../../config/config.ts'
import type { Opened, Start } from '../candidate.ts'
import { safeText } from '../finding.ts'
import type { ScannedPackage } from '../report.ts'
import type { ScanWorld } from '../world.ts'
import { localServer } from './startConfig.ts'

export interface NpmSpec {
  readonly name: string
  /** A version, range or tag. */
  readonly version?: string
}

const NAME = /^(?:@[a-z0-9~-][a-z0-9._~-]{0,100}\/)?[a-z0-9~-][a-z0-9._~-]{0,200}$/i
const VERSION = /^[\w.^~<>=*+ |-]{1,100}$/
const INSTALL_WITHIN_MS = 300_000
const MAX_OUTPUT = 4_096

/**
 * `NAME` or `NAME@VERSION`, and nothing else that npm would take: no address, no folder, no option.
 *
 * @example parseNpmSpec('@scope/server@1.2.3') // { name: '@scope/server', version: '1.2.3' }
 */
export function parseNpmSpec(text: string): NpmSpec | undefined {
  const at = text.indexOf('@', 1)
  const name = at < 0 ? text : text.slice(0, at)
  const version = at < 0 ? undefined : text.slice(at + 1)
  if (!NAME.test(name) || name.startsWith('-') || (version !== undefined && !VERSION.test(version)))
    return undefined
  return version === undefined ? { name } : { name, version }
}

const EXACT = /^\d{1,9}\.\d{1,9}\.\d{1,9}(?:-[\w.-]{1,64})?(?:\+[\w.-]{1,64})?$/

/** What a report says of it; pinned is an exact version alone, since a range or tag is whatever the registry gives then. */
export function npmFact({ name, version }: NpmSpec): ScannedPackage {
  return {
    registry: 'npm',
    name,
    ...(version === undefined ? {} : { version }),
    pinned: version !== undefined && EXACT.test(version),
  }
}

/** What starting a package is given beside its name. */
export interface PackageUse {
  readonly server: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, SecretText>>
}

const FLAGS = [
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--no-update-notifier',
  '--omit=dev',
  '--loglevel=error',
]

/** How it is installed, once that is agreed to, and then started, once that is agreed to as well. */
export function npmStart(spec: NpmSpec, use: PackageUse): Start {
  const text = spec.version === undefined ? spec.name : `${spec.name}@${spec.version}`
  const say = `npm install --ignore-scripts ${text}  (into a folder of its own; no script of the package runs)`
  return {
    request: { kind: 'download', say: safeText(say, 400), server: use.server },
    open: async (world) => await install(spec, text, use, world),
  }
}

async function install(spec: NpmSpec, text: string, use: PackageUse, world: ScanWorld): Promise<Opened> {
  const folder = await world.scratch.folder()
  const failure = await runNpm([...FLAGS, '--prefix', folder, '--', text], folder, world)
  if (failure !== undefined) return { kind: 'failed', explain: `npm could not install it: ${failure}` }
  const installed = await readInstalled(spec.name, folder)
  if ('explain' in installed) return { kind: 'failed', explain: installed.explain }
  const { program, learned } = installed
  const home = await world.scratch.folder()
  const command = [...program, ...(use.args ?? [])] as [string, ...string[]]
  const shown = command.map((word) => (word.startsWith(folder) ? relative(folder, word) : word))
  const env = { HOME: { source: home, secret: false }, ...use.env }
  return {
    kind: 'next',
    learned,
    start: {
      request: { kind: 'start', say: safeText(shown.join(' '), 400), server: use.server },
      open: async () => ({ kind: 'server', config: localServer({ command, cwd: home, env }), learned }),
    },
  }
}

/** Runs npm under the guardian; resolves with what went wrong, if anything. */
async function runNpm(args: readonly string[], cwd: string, world: ScanWorld): Promise<string | undefined> {
  const { env, guardian, signal } = world
  await guardian.ready()
  const child = spawn('npm', ['install', ...args], {
    cwd,
    env: { ...env, ...guardian.environment },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  })
  const group = child.pid
  if (group !== undefined) guardian.guard(group)
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    if (said.length < MAX_OUTPUT) said += chunk.toString('utf8')
  })
  const limit = AbortSignal.any([signal, AbortSignal.timeout(INSTALL_WITHIN_MS)])
  const kill = () => {
    if (group !== undefined) endGroup(group)
  }
  limit.addEventListener('abort', kill, { once: true })
  if (limit.aborted) kill()
  try {
    const [code] = await once(child, 'close')
    if (limit.aborted) return 'it took too long, or the scan was stopped'
    return code === 0 ? undefined : lastLine(said)
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    return missing ? 'there is no npm on this machine' : String(error)
  } finally {
    limit.removeEventListener('abort', kill)
    if (group !== undefined) guardian.release(group)
  }
}

function endGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL')
  } catch (error) {
    // It has ended by itself.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

function lastLine(text: string): string {
  const lines = text.split('\n').filter((line) => /\S/.test(line) && !/complete log of this run/i.test(line))
  const telling = lines.find((line) => /\b(?:E\d{3}|code|notfound|404)\b/i.test(line)) ?? lines.at(-1)
  return safeText(telling ?? 'it said nothing', 200)
}

type Installed =
  | { readonly program: readonly [string, ...string[]]; readonly learned: ScannedPackage }
  | { readonly explain: string }

async function readInstalled(name: string, folder: string): Promise<Installed> {
  const root = join(folder, 'node_modules', name)
  const manifest = await readJson(join(root, 'package.json'))
  if (!isObject(manifest)) return { explain: 'it has no package.json that can be read' }
  const lock = await readJson(join(folder, 'package-lock.json'))
  const packages = isObject(lock) && isObject(lock.packages) ? lock.packages : {}
  const locked = packages[`node_modules/${name}`]
  const integrity = isObject(locked) && typeof locked.integrity === 'string' ? locked.integrity : undefined
  const version = typeof manifest.version === 'string' ? safeText(manifest.version, 100) : undefined
  const learned: ScannedPackage = {
    registry: 'npm',
    name,
    ...(version === undefined ? {} : { version }),
    pinned: true,
    ...(integrity === undefined ? {} : { integrity: safeText(integrity, 200) }),
  }
  const bin = chooseBin(manifest.bin, name)
  if (bin === undefined)
    return {
      explain: 'it has no command of its own ("bin" in its package.json), or several and none by its name',
    }
  try {
    const file = await realpath(join(root, bin))
    // A `bin` must not lead to a program of the user's.
    if (!file.startsWith((await realpath(root)) + sep))
      return { explain: 'its command lies outside the package' }
    await access(file, constants.R_OK)
    const first = (await readFile(file, 'utf8')).slice(0, 200)
    const isNode = /\.[cm]?[jt]s$/.test(file) || /^#!.*\bnode\b/.test(first)
    return { program: isNode ? [process.execPath, file] : [file], learned }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    return { explain: `its command cannot be read (${code})` }
  }
}

async function readJson(path: string): Promise<unknown> {
  try {
    const parsed = parseJson(await readFile(path), {
      maxBytes: 64 * 1024 * 1024,
      maxKeys: 2_000_000,
      maxValues: 4_000_000,
    })
    return parsed.ok ? parsed.value : undefined
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined
    throw error
  }
}

/** As npx chooses: the only one, or the one by the package's own name. */
function chooseBin(bin: unknown, name: string): string | undefined {
  if (typeof bin === 'string') return bin
  if (!isObject(bin)) return undefined
  const paths = Object.entries(bin).filter((pair): pair is [string, string] => typeof pair[1] === 'string')
  const [only, ...others] = paths
  if (only !== undefined && others.every(([, path]) => path === only[1])) return only[1]
  const short = name.slice(name.indexOf('/') + 1)
  return paths.find(([command]) => command === short)?.[1]
}
