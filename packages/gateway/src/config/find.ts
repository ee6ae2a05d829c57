/**
 * Which file is the configuration: the one that was named, or the user's own. Never one that merely lies in the current
 * folder: a project that was cloned could bring commands along (control I02, CVE-2025-54135).
 */
import { statSync } from 'node:fs'
import { extname, join, resolve } from 'node:path'
import { statePaths } from '../state/paths.ts'

/** How a file is read, by how its name ends. */
export const EXTENSIONS: ReadonlyMap<string, 'yaml' | 'jsonc' | 'json'> = new Map([
  ['.yaml', 'yaml'],
  ['.yml', 'yaml'],
  ['.jsonc', 'jsonc'],
  ['.json', 'json'],
])

export interface ConfigPlaces {
  /** What `--config` names. */
  readonly path?: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly homeDir: string
  /** Only to complete a relative `path` or `$SALLYPORT_CONFIG`. */
  readonly cwd: string
}

export type FoundConfig =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly path: string; readonly explain: string; readonly hint: string }

/**
 * Looks at `path`, then `$SALLYPORT_CONFIG`, then `sallyport.{yaml,yml,jsonc,json}` in the user's configuration folder.
 *
 * @example await findConfig({ env: {}, homeDir: '/home/ada', cwd: '/' }) // { kind: 'none' } on a fresh machine
 */
export async function findConfig({ path, env, homeDir, cwd }: ConfigPlaces): Promise<FoundConfig> {
  const named = path ?? (env.SALLYPORT_CONFIG === '' ? undefined : env.SALLYPORT_CONFIG)
  if (named !== undefined) {
    const file = resolve(cwd, named)
    if (EXTENSIONS.has(extname(file))) return { kind: 'file', path: file }
    const explain = 'a configuration file ends in .yaml, .yml, .jsonc or .json'
    return { kind: 'refused', path: file, explain, hint: 'rename it' }
  }
  const folder = statePaths({ env, homeDir }).config
  const candidates = [...EXTENSIONS.keys()].map((extension) => join(folder, `sallyport${extension}`))
  const there: string[] = []
  for (const candidate of candidates) if (exists(candidate)) there.push(candidate)
  const [first, second] = there
  if (first === undefined) return { kind: 'none' }
  if (second === undefined) return { kind: 'file', path: first }
  const explain = `there are two configurations, this one and ${second}`
  return { kind: 'refused', path: first, explain, hint: 'keep one' }
}

/** Asked at once and not in turns: the relay, which hosts wait for, does without `node:fs/promises`. */
function exists(path: string): boolean {
  try {
    statSync(path)
    return true
  } catch (error) {
    // Anything but "not there" must surface when the file is read: a configuration that cannot be read is not absent.
    return !(
      error instanceof Error &&
      'code' in error &&
      (error.code === 'ENOENT' || error.code === 'ENOTDIR')
    )
  }
}
