/**
 * What `npm run NAME` and its kind start: a line of a `package.json` that lies beside the server, and is exchanged as easily as
 * the server itself.
 */
import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { isObject, type JsonObject, parseJson } from '@sallyport/controls/json'

/** A script as it would be run. */
export interface PackageScript {
  readonly name: string
  /** The lines that run, by name: the script, and what runs before and after it (npm 11, "scripts": "pre", "post"). */
  readonly lines: JsonObject
  /** Files that the lines name, in their order. */
  readonly files: readonly string[]
}

const RUNNERS: ReadonlySet<string> = new Set(['npm', 'pnpm', 'yarn', 'bun'])
/** Options whose next word is the folder of the package. */
const FOLDER_OPTIONS = /^(?:--prefix|-C|--dir|--cwd)$/
/** Options whose next word is a workspace, by its name or folder. */
const WORKSPACE_OPTIONS = /^(?:-w|--workspace|-F|--filter)$/
const RUN = /^(?:run|run-script|rum|urn)$/
/** Commands that are scripts of their own name. */
const OWN = /^(?:start|test|stop|restart)$/
/** Runners for which any word that is no command of theirs is a script. */
const RUNS_ANY = /^(?:yarn|pnpm|bun)$/
const MAX_MANIFEST = 1024 * 1024
/** What a line names beyond this is not looked at. */
const MAX_FILES = 16
/** Scripts that start scripts, one in another. */
const MAX_NESTED = 4
/** Workspaces whose name is looked for. */
const MAX_WORKSPACES = 256

/**
 * The script that a runner of packages would run; `undefined` where it runs none, or where that cannot be read: then its words are
 * all there is to go by.
 *
 * @example await packageScript('npm', ['run', 'serve'], '/srv/files') // { name: 'serve', lines: { serve: 'node dist/index.js' }, files: ['/srv/files/dist/index.js'] }
 */
export async function packageScript(
  program: string,
  words: readonly string[],
  folder: string,
): Promise<PackageScript | undefined> {
  const called = await calledScript(program, words, folder)
  if (called === undefined) return undefined
  const lines: Record<string, string> = {}
  const files: string[] = []
  await follow(called, 0, { lines, files })
  return { name: called.name, lines, files }
}

interface CalledScript {
  readonly name: string
  readonly home: string
  readonly scripts: JsonObject
}

/** Which script of which package a command runs. */
async function calledScript(
  program: string,
  words: readonly string[],
  folder: string,
): Promise<CalledScript | undefined> {
  if (program === 'node') {
    const at = words.findIndex((word) => word === '--run' || word.startsWith('--run='))
    const name = at < 0 ? undefined : (words[at]?.split('=', 2)[1] ?? words[at + 1])
    return name === undefined ? undefined : await scriptIn(folder, name)
  }
  if (!RUNNERS.has(program)) return undefined
  let home = folder
  let workspace: string | undefined
  const plain: string[] = []
  for (let at = 0; at < words.length && plain.length < 4; at++) {
    const word = words[at] ?? ''
    if (word === '--') break
    const [option = '', value] = word.split('=', 2)
    if (FOLDER_OPTIONS.test(option)) home = resolve(folder, value ?? words[++at] ?? '.')
    else if (WORKSPACE_OPTIONS.test(option)) workspace = value ?? words[++at]
    else if (!word.startsWith('-')) plain.push(word)
  }
  // `yarn workspace NAME SCRIPT`
  if (program === 'yarn' && plain[0] === 'workspace') [, workspace] = plain.splice(0, 2)
  if (workspace !== undefined) {
    const found = await workspaceOf(home, workspace)
    if (found === undefined) return undefined
    home = found
  }
  const [command = '', named] = plain
  if (RUN.test(command)) return named === undefined ? undefined : await scriptIn(home, named)
  if (OWN.test(command) || RUNS_ANY.test(program)) return await scriptIn(home, command)
  return undefined
}

async function scriptIn(home: string, name: string): Promise<CalledScript | undefined> {
  const scripts = await scriptsOf(home)
  const there = scripts !== undefined && Object.hasOwn(scripts, name) && typeof scripts[name] === 'string'
  return there ? { name, home, scripts } : undefined
}

/** The lines of a script and of those that it starts, and the files that they name. */
async function follow(
  { name, home, scripts }: CalledScript,
  depth: number,
  found: { readonly lines: Record<string, string>; readonly files: string[] },
): Promise<void> {
  for (const key of [`pre${name}`, name, `post${name}`]) {
    const line = Object.hasOwn(scripts, key) ? scripts[key] : undefined
    if (typeof line !== 'string' || found.lines[key] === line) continue
    // Of another package there may be one of the same name.
    found.lines[Object.hasOwn(found.lines, key) ? `${key} ${Object.keys(found.lines).length}` : key] = line
    for (const file of await filesIn(line, home))
      if (found.files.length < MAX_FILES && !found.files.includes(file)) found.files.push(file)
    if (depth >= MAX_NESTED) continue
    for (const command of line.split(/&&|\|\||[;&|]/)) {
      const [program = '', ...words] = command.trim().split(/\s+/)
      const nested = await calledScript(basename(program), words, home)
      if (nested !== undefined) await follow(nested, depth + 1, found)
    }
  }
}

/** The folder of a workspace: by its path, or by its name in the folders that the manifest lists. */
async function workspaceOf(root: string, workspace: string): Promise<string | undefined> {
  if ((await readManifest(resolve(root, workspace))) !== undefined) return resolve(root, workspace)
  const listed = (await readManifest(root))?.workspaces
  const patterns = Array.isArray(listed)
    ? listed
    : isObject(listed) && Array.isArray(listed.packages)
      ? listed.packages
      : []
  let looked = 0
  for (const pattern of patterns) {
    if (typeof pattern !== 'string') continue
    const [parent = '', rest] = pattern.split('/*', 2)
    const folders = rest === undefined ? [pattern] : await foldersIn(resolve(root, parent), parent)
    for (const folder of folders) {
      if (++looked > MAX_WORKSPACES) return undefined
      const at = resolve(root, folder)
      if ((await readManifest(at))?.name === workspace) return at
    }
  }
  return undefined
}

async function foldersIn(path: string, name: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map((entry) => join(name, entry.name))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

async function scriptsOf(folder: string): Promise<JsonObject | undefined> {
  const manifest = await readManifest(folder)
  return isObject(manifest?.scripts) ? manifest.scripts : undefined
}

/**
 * The file that a folder stands for as a script: `node .`.
 *
 * @example await mainOf('/srv/files') // '/srv/files/dist/index.js'
 */
export async function mainOf(folder: string): Promise<string | undefined> {
  const main = (await readManifest(folder))?.main
  const named = typeof main === 'string' ? [main, `${main}.js`, join(main, 'index.js')] : []
  for (const name of [...named, 'index.js', 'index.ts']) {
    const found = await plainFile(resolve(folder, name))
    if (found !== undefined) return found
  }
  return undefined
}

async function readManifest(folder: string): Promise<JsonObject | undefined> {
  const path = await plainFile(join(folder, 'package.json'))
  if (path === undefined || (await stat(path)).size > MAX_MANIFEST) return undefined
  const read = parseJson(await readFile(path), { maxBytes: MAX_MANIFEST })
  return read.ok && isObject(read.value) ? read.value : undefined
}

/** A shell takes a line apart at these. */
const BETWEEN = /[\s'"`|&;<>()=]+/

async function filesIn(text: string, folder: string): Promise<readonly string[]> {
  const folders = [folder]
  for (const [, to = ''] of text.matchAll(/(?:^|[;&|(]\s*)cd\s+([^\s;&|()'"]+)/g))
    folders.push(resolve(folders.at(-1) ?? folder, to))
  const files: string[] = []
  for (const word of new Set(text.split(BETWEEN))) {
    if (word === '' || word.startsWith('-')) continue
    for (const from of folders) {
      if (files.length >= MAX_FILES) return files
      const found = await moduleFile(resolve(from, word))
      if (found !== undefined) files.push(found)
    }
  }
  return files
}

/** As interpreters of JavaScript find a file: with its ending or without, or as the folder that it stands for. */
export async function moduleFile(path: string): Promise<string | undefined> {
  for (const ending of ['', '.js', '.mjs', '.cjs', '.ts']) {
    const found = await plainFile(`${path}${ending}`)
    if (found !== undefined) return found
  }
  return await mainOf(path)
}

/** Behind links; `undefined` for what is no file, or not to be had. */
export async function plainFile(path: string): Promise<string | undefined> {
  try {
    const real = await realpath(path)
    return (await stat(real)).isFile() ? real : undefined
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (
      code === 'ENOENT' ||
      code === 'ENOTDIR' ||
      code === 'EACCES' ||
      code === 'ELOOP' ||
      code === 'ENAMETOOLONG'
    )
      return undefined
    throw error
  }
}
