/**
 * What runs or answers under a server's entry: a package of a registry, a script, a program, an address. A server whose
 * words stay the same can do other things after its package or file was exchanged; this is what notices that.
 *
 * Cannot know: what a package fetches by itself when it runs, a script's dependencies, and what stands behind an address.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { basename, delimiter, dirname, isAbsolute, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { isObject, type JsonObject, parseJson } from '@sallyport/controls/json'
import type { SurfaceItem } from '@sallyport/controls/surface'
import type { HttpServerConfig, ServerConfig, StdioServerConfig } from '../config/config.ts'
import { launchOf, programName } from '../scan/configs/launch.ts'
import { packageOf } from '../scan/configs/packages.ts'
import type { ServerCertificate } from '../upstream/http.ts'
import { moduleFile, packageScript, plainFile } from './packageScript.ts'
import { isStarter, startedWords } from './starters.ts'

/** Programs that run what they are given; the script is what is pinned, not they. */
const INTERPRETERS =
  /^(?:node|deno|bun|tsx|ts-node|python(?:\d+(?:\.\d+)?)?|pypy3?|ruby|perl|php|java|dotnet|rscript|(?:ba|z|da|k|a|fi)?sh)$/

/** Options of interpreters that have a value in the next word; a script is what comes after them. */
interface Options {
  /** The value is the program, or names one that is no file: the words themselves say what runs. */
  readonly text?: RegExp
  /** The value is a file that runs as well as the script. */
  readonly loads?: RegExp
  /** The value is something else. */
  readonly other?: RegExp
}
const OPTIONS: readonly (readonly [programs: RegExp, options: Options])[] = [
  [
    /^(?:node|deno|bun|tsx|ts-node)$/,
    {
      text: /^(?:-e|--eval|-p|--print|-pe)$/,
      loads: /^(?:-r|--require|--import|--preload|--loader|--experimental-loader)$/,
      other: /^(?:-C|--conditions|--env-file|--env-file-if-exists|--title|-c|--config|--import-map)$/,
    },
  ],
  [/^(?:python|pypy)/, { text: /^(?:-c|-m)$/, other: /^-[XW]$/ }],
  [/^(?:ruby|perl)$/, { text: /^-[eE]$/, other: /^-[ICM]$/ }],
  [/^php$/, { text: /^-r$/, other: /^-[cd]$/ }],
  [/^java$/, { loads: /^(?:-cp|-classpath|--class-path)$/ }],
]

/** Interpreters that find a file without its ending, or by its folder. */
const MODULES = /^(?:node|bun|tsx|ts-node)$/

/** A file larger than this is known by its size and time alone, in bytes. */
const MAX_HASHED = 512 * 1024 * 1024
/** Folders looked through upwards for the `package.json` that a script belongs to. */
const MAX_LEVELS = 12
const MAX_MANIFEST = 1024 * 1024

/**
 * The identity of a server as it would be started now, as an item of its surface.
 *
 * @param path `PATH` of the server's environment
 * @returns `undefined` where nothing is there to be started: then the start says why
 * @example
 * await identityOf(server, process.env.PATH)
 * // { kind: 'identity', name: '', value: { runs: 'npx @scope/server@1.2.3', package: 'npm:@scope/server@1.2.3' } }
 */
export async function identityOf(
  server: ServerConfig,
  path: string | undefined,
): Promise<SurfaceItem | undefined> {
  const value = server.kind === 'http' ? remote(server) : await local(server, path ?? '')
  return value === undefined ? undefined : { kind: 'identity', name: '', value }
}

/** Without query and credentials, which are secrets more often than names. */
function remote({ url }: HttpServerConfig): JsonObject {
  const { origin, pathname } = new URL(url)
  return { answers: `${origin}${pathname}` }
}

async function local(server: StdioServerConfig, path: string): Promise<JsonObject | undefined> {
  const spots = server.command.map((value) => ({ value, place: { line: 1, column: 1 }, path: [] }))
  const { words, shells } = launchOf(spots)
  const [program, ...rest] = words.map(({ value }) => value)
  if (program === undefined) return undefined
  const folder = server.cwd ?? process.cwd()
  const launched = packageOf(words)
  if (launched !== undefined) {
    const { registry, name, version } = launched
    const spec = version === undefined ? name : `${name}@${version}`
    const fetched = { runs: `${programName(program)} ${spec}`, package: `${registry}:${spec}` }
    // `npx tsx server.ts`: the package is an interpreter, and the script is the server.
    if (!INTERPRETERS.test(name)) return fetched
    const { script } = await findScript(name, rest.slice(rest.indexOf(launched.spot.value) + 1), folder)
    return script === undefined ? fetched : { ...fetched, file: await hashFile(script) }
  }
  const file = await findProgram(program, folder, path)
  // A shell starts what only it understands: its words are all there is to go by.
  if (file === undefined) return shells.length === 0 ? undefined : { runs: server.command.join(' ') }
  if (isStarter(programName(program))) {
    const inner = await startedBy(server, programName(program), rest, folder, path)
    // What it starts is not to be told: its words are all there is to go by.
    return inner ?? { runs: [programName(program), ...rest].join(' ') }
  }
  const started = await packageScript(programName(program), rest, folder)
  if (started !== undefined) {
    const { name, lines, files } = started
    const scripts = { runs: `${programName(program)} run ${name}`, scripts: lines }
    return { ...scripts, files: await Promise.all(files.map(hashFile)) }
  }
  if (INTERPRETERS.test(programName(program))) {
    const { script, loaded } = await findScript(programName(program), rest, folder)
    const loads = loaded.length === 0 ? {} : { loads: await Promise.all(loaded.map(hashFile)) }
    // `python -m NAME`, `node -e TEXT`: the words themselves say what runs.
    if (script === undefined) return { runs: [programName(program), ...rest].join(' '), ...loads }
    return { ...(await ofFile(script)), ...(await manifestOf(script)), ...loads }
  }
  return { ...(await ofFile(file)), ...(await manifestOf(file)) }
}

/** What a starter starts: the first of these words that is a program, or a script that it gives to an interpreter of its own. */
async function startedBy(
  server: StdioServerConfig,
  starter: string,
  words: readonly string[],
  folder: string,
  path: string,
): Promise<JsonObject | undefined> {
  const started = startedWords(starter, words)
  for (const [at, word] of started.entries()) {
    if ((await findProgram(word, folder, path)) !== undefined) {
      const [program = '', ...rest] = started.slice(at)
      return await local({ ...server, command: [program, ...rest] }, path)
    }
    const script = await plainFile(resolve(folder, word))
    if (script !== undefined) return { ...(await ofFile(script)), ...(await manifestOf(script)) }
  }
  return undefined
}

/** What the item is called beside that of the address, which has no name: one of each. */
export const ISSUER = 'issuer'

/**
 * Who vouches for the name of a remote server: the authority that signed its certificate. Not the certificate, which is new
 * every few weeks, nor the authority's own intermediate one, which public authorities exchange at random: their organisation.
 * An authority that names none is known by its whole name.
 *
 * Cannot know: whether somebody else got a certificate for this name from the same authority.
 *
 * @example issuerOf({ issuer: "C=US\nO=Let's Encrypt\nCN=R11", ... }).value // { vouches: "O=Let's Encrypt, C=US" }
 */
export function issuerOf({ issuer }: Pick<ServerCertificate, 'issuer'>): SurfaceItem {
  const lines = issuer.split('\n')
  const organisation = lines.find((line) => line.startsWith('O='))
  const country = lines.find((line) => line.startsWith('C='))
  const vouches =
    organisation === undefined ? lines : [organisation, ...(country === undefined ? [] : [country])]
  return { kind: 'identity', name: ISSUER, value: { vouches: vouches.join(', ') } }
}

/** By its bytes, not by where it lies: the lock is shared by people whose folders differ. */
async function ofFile(file: string): Promise<JsonObject> {
  return { runs: basename(file), file: await hashFile(file) }
}

/** The program as the system would find it. */
async function findProgram(program: string, folder: string, path: string): Promise<string | undefined> {
  if (program.includes('/') || program.includes('\\')) return await plainFile(resolve(folder, program))
  for (const entry of path.split(delimiter)) {
    if (!isAbsolute(entry)) continue
    const found = await plainFile(join(entry, program))
    if (found !== undefined) return found
  }
  return undefined
}

interface FoundScript {
  readonly script?: string
  /** Files that the interpreter runs before it. */
  readonly loaded: readonly string[]
}

/** The first word that is a file and no option's value: what comes before it are the interpreter's options. */
async function findScript(program: string, words: readonly string[], folder: string): Promise<FoundScript> {
  const { text, loads, other }: Options = OPTIONS.find(([programs]) => programs.test(program))?.[1] ?? {}
  const loaded: string[] = []
  const load = async (word: string | undefined) => {
    const found = word === undefined ? undefined : await plainFile(resolve(folder, word))
    if (found !== undefined) loaded.push(found)
  }
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    if (text?.test(word)) return { loaded }
    if (!word.startsWith('-')) {
      const named = resolve(folder, word)
      const script = MODULES.test(program) ? await moduleFile(named) : await plainFile(named)
      if (script !== undefined) return { script, loaded }
      continue
    }
    const [option = '', value] = word.split('=', 2)
    if (loads?.test(option)) await load(value ?? words[++at])
    else if (other?.test(word)) at++
  }
  return { loaded }
}

const hashes = new Map<string, { readonly seal: string; readonly hash: string }>()
const MAX_HASHES = 256

/** SHA-256 of a file; not read again while its size, time and inode are the same. */
async function hashFile(path: string): Promise<string> {
  const { size, mtimeMs, ctimeMs, ino } = await stat(path)
  const seal = `${size} ${mtimeMs} ${ctimeMs} ${ino}`
  const known = hashes.get(path)
  if (known?.seal === seal) return known.hash
  if (size > MAX_HASHED) return `size ${size}, changed ${new Date(mtimeMs).toISOString()}`
  const sum = createHash('sha256')
  await pipeline(createReadStream(path), sum)
  const hash = `sha256-${sum.digest('hex')}`
  if (hashes.size >= MAX_HASHES) hashes.clear()
  hashes.set(path, { seal, hash })
  return hash
}

/** Name and version of the npm package that a file belongs to. */
async function manifestOf(file: string): Promise<JsonObject> {
  let folder = dirname(file)
  for (let level = 0; level < MAX_LEVELS; level++) {
    const manifest = await readManifest(join(folder, 'package.json'))
    if (manifest !== undefined) return manifest
    const parent = dirname(folder)
    if (parent === folder) break
    folder = parent
  }
  return {}
}

async function readManifest(path: string): Promise<JsonObject | undefined> {
  const found = await plainFile(path)
  if (found === undefined || (await stat(found)).size > MAX_MANIFEST) return undefined
  const read = parseJson(await readFile(found), { maxBytes: MAX_MANIFEST })
  if (!read.ok || !isObject(read.value)) return undefined
  const { name, version } = read.value
  // A folder's mere `{"type":"module"}` names no package.
  if (typeof name !== 'string') return undefined
  return { package: typeof version === 'string' ? `npm:${name}@${version}` : `npm:${name}` }
}
