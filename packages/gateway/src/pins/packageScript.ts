/**
 * What `npm run NAME` and its kind start: a line of a `package.json` that lies beside the server, and is exchanged as easily as
 * the server itself.
 */
import { readFile, realpath, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
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
const RUN = /^(?:run|run-script|rum|urn)$/
/** Commands that are scripts of their own name. */
const OWN = /^(?:start|test|stop|restart)$/
const MAX_MANIFEST = 1024 * 1024
/** What a line names beyond this is not looked at. */
const MAX_FILES = 16

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
  if (!RUNNERS.has(program)) return undefined
  let home = folder
  const plain: string[] = []
  for (let at = 0; at < words.length && plain.length < 2; at++) {
    const word = words[at] ?? ''
    const [option = '', value] = word.split('=', 2)
    if (FOLDER_OPTIONS.test(option)) home = resolve(folder, value ?? words[++at] ?? '.')
    else if (!word.startsWith('-')) plain.push(word)
  }
  const [command = '', named] = plain
  const name = RUN.test(command) ? named : OWN.test(command) || program === 'yarn' ? command : undefined
  const scripts = name === undefined ? undefined : await scriptsOf(home)
  if (name === undefined || scripts === undefined || typeof scripts[name] !== 'string') return undefined
  const lines: Record<string, string> = {}
  for (const key of [`pre${name}`, name, `post${name}`]) {
    const line = Object.hasOwn(scripts, key) ? scripts[key] : undefined
    if (typeof line === 'string') lines[key] = line
  }
  const files = await filesIn(Object.values(lines).join(' '), home)
  return { name, lines, files }
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
  for (const name of [...named, 'index.js']) {
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
  const files: string[] = []
  for (const word of new Set(text.split(BETWEEN))) {
    if (word === '' || word.startsWith('-') || files.length >= MAX_FILES) continue
    const found = await plainFile(resolve(folder, word))
    if (found !== undefined) files.push(found)
  }
  return files
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
